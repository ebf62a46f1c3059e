/*
 * The lines of a requirements.txt as pip sees them: physical lines joined at a
 * final "\", comments and blank lines dropped. The first step of
 * requirements.c; nobody else needs it.
 */
#ifndef MIRROR_PYPI_REQUIREMENTS_LINE_H
#define MIRROR_PYPI_REQUIREMENTS_LINE_H

#include <stddef.h>

#include "bundle/buf.h"
#include "bundle/err.h"

struct requirements_lines {
        char *text; /* UTF-8, no byte order mark */
        size_t len, at;
        unsigned long read;      /* physical lines so far */
        struct buf line;         /* the current line, trimmed */
        unsigned long number;    /* the physical line where it begins, from 1 */
        unsigned long swallowed; /* a later physical line that a comment swallowed, or 0 */
};

/* Copies the text. UTF-8, or UTF-16 with its mark, as a Windows shell writes it. */
int requirements_lines_init(
    struct requirements_lines *l, const char *text, size_t len, struct err *e);
void requirements_lines_release(struct requirements_lines *l);

/* 1: the next line is in l->line; 0: there is none. */
int requirements_lines_next(struct requirements_lines *l);

#endif
