/*
 * The commands: one table, one file cmd_*.c each. Results go to stdout,
 * everything else to stderr. Only commands print, and what prints for several of
 * them (changes.c, bundle_report.c, trust_edit.c, sign_*.c).
 */
#ifndef MIRROR_CMD_H
#define MIRROR_CMD_H

#include <stdint.h>

#include "bundle/err.h"
#include "mirror/opt.h"

/* What every command is handed. */
struct cmd {
        const char *dir; /* the mirror's folder: -C, or "." */
        int json;        /* --json: results for programs */
        int quiet;       /* --quiet: no progress, no notes */
        const struct command *command;
        struct opt opt; /* its own options and arguments */
};

struct command {
        const char *name;
        int (*run)(
            struct cmd *c, struct err *e); /* 0, or -1 with the error that ends the program */
        const struct opt_spec *options;    /* NULL: none but the common ones */
        int json;                          /* it has results for --json; refused otherwise */
        const char *arguments;             /* "SOURCE SPEC..." or "" */
        const char *summary;               /* one line */
        const char *description;           /* lines for -h and the man page */
};

extern const struct command *const commands[]; /* NULL-terminated, in the order of help */
extern const struct opt_spec cmd_common_options[];

extern const struct command cmd_init, cmd_add, cmd_plan, cmd_sync, cmd_status, cmd_key, cmd_trust,
    cmd_bundle, cmd_sign, cmd_split, cmd_join, cmd_verify, cmd_import, cmd_receipt, cmd_diff,
    cmd_rollback, cmd_log, cmd_publish, cmd_serve, cmd_fsck, cmd_gc, cmd_help;

/* A note for a person, to stderr, as "dray: ..."; nothing when quiet. */
void cmd_note(const struct cmd *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A warning: also when quiet. */
void cmd_warn(const struct cmd *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A result for programs, to stdout. Takes the value. */
struct json_t; /* jansson.h */
void cmd_print_json_take(struct json_t *value);

struct mirror;

/* Which generation the site shows, to stdout. changed: it did not before. */
void cmd_print_site(const struct cmd *c, int64_t generation, int changed);

/* Tells when pages of the site hold an address that had to be guessed. 0, or -1. */
int cmd_note_address(const struct cmd *c, struct mirror *m, struct err *e);

/* ERR_USAGE unless there are between min and max arguments. */
int cmd_want_args(const struct cmd *c, size_t min, size_t max, struct err *e);

/* Help of one command, or of all, to stdout. */
void help_command(const struct command *command);
void help_all(void);
void help_man(void); /* the man page, in man(7) */

#endif
