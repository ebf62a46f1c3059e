/*
 * The options that may stand in a requirements.txt, as pip knows them.
 *
 *     struct option_words w;
 *     if (option_words_init(&w, "--hash=sha256:00 -r 'other file.txt'", &e) < 0) ...
 *     while ((n = option_next(&w, &o, &e)) > 0)
 *             use(o.option, o.value);
 *     option_words_release(&w);
 */
#ifndef MIRROR_PYPI_REQUIREMENTS_OPTION_H
#define MIRROR_PYPI_REQUIREMENTS_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/err.h"

enum requirements_option {
        OPTION_NONE, /* a word that is no option */
        OPTION_REQUIREMENT,
        OPTION_CONSTRAINT,
        OPTION_EDITABLE,
        OPTION_INDEX_URL,
        OPTION_EXTRA_INDEX_URL,
        OPTION_NO_INDEX,
        OPTION_FIND_LINKS,
        OPTION_NO_BINARY,
        OPTION_ONLY_BINARY,
        OPTION_PREFER_BINARY,
        OPTION_REQUIRE_HASHES,
        OPTION_PRE,
        OPTION_TRUSTED_HOST,
        OPTION_HASH,
        OPTION_WITHOUT_EFFECT, /* about building and installing; nothing to a mirror */
};

struct option {
        enum requirements_option option;
        const char *name;  /* "--hash", or the word itself for OPTION_NONE */
        const char *value; /* "" for an option that takes none */
};

struct option_words {
        char *text;   /* all words, each with its NUL */
        size_t count; /* words that are left */
        char *next;
};

/* Splits as a shell does: blanks, '...', "...", backslash. */
int option_words_init(struct option_words *w, const char *text, struct err *e);
void option_words_release(struct option_words *w);

/* 1: *o is the next option, borrowed from *w; 0: no more; -1: unknown, or its value is missing. */
int option_next(struct option_words *w, struct option *o, struct err *e);

#endif
