/*
 * A place in one line of text that is being parsed (requirements and markers),
 * and the one form in which both report what is wrong there.
 */
#ifndef MIRROR_PYPI_CURSOR_H
#define MIRROR_PYPI_CURSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/err.h"

struct cursor {
        const char *text;
        size_t len;
        size_t at;
};

bool cursor_ended(const struct cursor *c);
char cursor_peek(const struct cursor *c);             /* NUL at the end */
void cursor_skip_blanks(struct cursor *c);            /* spaces and tabs, as PEP 508 has it */
bool cursor_take(struct cursor *c, const char *text); /* exactly this text, or nothing */

/* The same for a word: neither a letter, digit nor "_" may follow it or stand before it. */
bool cursor_take_word(struct cursor *c, const char *word);

/* Sets "column N of "<text>": <problem>", N counted from 1, a long text cut. Returns -1. */
int cursor_refuse(const struct cursor *c, size_t at, struct err *e, const char *problem);

#endif
