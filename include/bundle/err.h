/*
 * One error, of fixed size, so that reporting one cannot fail.
 *
 * The rule for the whole program: `int f(..., struct err *e)` returns 0 or -1;
 * look-ups and iterators return 1 found, 0 none, -1 error. On -1 (and only
 * then) *e is set. Each layer may put its context in front with err_prefix(),
 * so that a person reads "sync: pypi/requests: 404 from the index".
 *
 * Only commands print errors; the code decides the exit status.
 */
#ifndef BUNDLE_ERR_H
#define BUNDLE_ERR_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bundle/banned.h"

enum err_code {
        ERR_NONE = 0,
        ERR_FAILED,     /* exit 1: the operation failed (I/O, network, ...) */
        ERR_USAGE,      /* exit 2: the command line or dray.toml is wrong */
        ERR_REFUSED,    /* exit 3: not authentic, or damaged */
        ERR_CHAIN,      /* exit 4: authentic, but not the next step here */
        ERR_INCOMPLETE, /* exit 5: done as far as possible; holes remain */
        ERR_POLICY,     /* exit 6: authentic, and not let in by this mirror's policy */
        ERR_LOCKED,     /* exit 75: another dray holds the lock */
};

struct err {
        enum err_code code;
        const char *cause; /* for programs: which of the known refusals it is, "fork"; NULL: none */
        char msg[1024];    /* one line, no newline, printable */
};

/* clang-format off */
#define ERR_INIT {0}
/* clang-format on */

/* Sets *e. Returns -1, so that a failing function can `return err_set(...)`. Long text is cut. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set with ERR_FAILED, and adds ": " and strerror(errno). Returns -1. */
int err_sys(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Puts "text: " in front of the message of *e. Where both are too long the text is cut: what to do
 * about it stands at the end of the message. Returns -1.
 */
int err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Names the cause of *e, in lower case with hyphens; a string literal. It stays when a prefix is
 * added, and goes with the next err_set(). Returns -1.
 */
int err_cause(struct err *e, const char *cause);

/* The exit status of the program that ends with this error (0 for ERR_NONE). */
int err_exit_status(enum err_code code);

#endif
