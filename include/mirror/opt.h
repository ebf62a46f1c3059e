/*
 * Command lines: a table of options for each command, from which the parsing,
 * `-h` and the man page all come.
 *
 *     static const struct opt_spec options[] = {
 *             {"full", 'f', NULL, "start a new base"},
 *             {"output", 'o', "DIR", "where to put the file"},
 *             {0}};
 *     const struct opt_spec *const tables[] = {options, NULL};
 *     opt_parse(&o, tables, argc, argv, e);
 *     opt_flag(&o, "full"), opt_value(&o, "output"), o.args[i]
 *     opt_release(&o);
 *
 * Long options as --name VALUE or --name=VALUE, short ones as -o VALUE or
 * -oVALUE; `--` ends options. Options and arguments may be mixed.
 */
#ifndef MIRROR_OPT_H
#define MIRROR_OPT_H

#include <stddef.h>

#include "bundle/err.h"

struct opt_spec {
        const char *name;  /* long name; NULL ends the table */
        char letter;       /* 0: none */
        const char *value; /* what its value is called; NULL: a flag */
        const char *help;
};

struct opt_given {
        const struct opt_spec *spec;
        const char *value; /* NULL for a flag */
};

struct opt {
        struct opt_given *given;
        size_t given_count, given_cap;
        const char **args; /* what is no option, in order; borrowed from argv */
        size_t arg_count, arg_cap;
};

/* specs: tables that are searched in turn, NULL-terminated. ERR_USAGE names the nearest option. */
int opt_parse(
    struct opt *o, const struct opt_spec *const *specs, int argc, char **argv, struct err *e);
/* Those before the first argument, which is left where it is: how many words they take, or -1. */
int opt_parse_leading(
    struct opt *o, const struct opt_spec *const *specs, int argc, char **argv, struct err *e);
void opt_release(struct opt *o);

int opt_flag(const struct opt *o, const char *name);
/* The last value given, or NULL. */
const char *opt_value(const struct opt *o, const char *name);
/* The n-th value given, or NULL. */
const char *opt_value_at(const struct opt *o, const char *name, size_t n);
/* A number between min and max: 1 given, 0 not given, -1 ERR_USAGE. */
int opt_number(const struct opt *o, const char *name, long long min, long long max, long long *out,
    struct err *e);

/* The word of `words` (NULL-terminated) that is nearest to `word`, or NULL if none is near. */
const char *opt_nearest(const char *word, const char *const *words);

#endif
