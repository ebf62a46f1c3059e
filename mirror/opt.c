#include "mirror/opt.h"

#include <errno.h>
#include <stdbool.h>

#include "bundle/mem.h"
#include "mirror/nearest.h"

static const struct opt_spec *find_long(
    const struct opt_spec *const *specs, const char *name, size_t len)
{
        for (; *specs; specs++)
                for (const struct opt_spec *s = *specs; s->name; s++)
                        if (strlen(s->name) == len && strncmp(s->name, name, len) == 0)
                                return s;
        return NULL;
}

static const struct opt_spec *find_letter(const struct opt_spec *const *specs, char letter)
{
        for (; *specs; specs++)
                for (const struct opt_spec *s = *specs; s->name; s++)
                        if (s->letter == letter)
                                return s;
        return NULL;
}

const char *opt_nearest(const char *word, const char *const *words)
{
        struct nearest n = nearest_to(word);

        nearest_offer(&n, words);
        return n.word;
}

static int unknown(const struct opt_spec *const *specs, const char *given, struct err *e)
{
        const char *names[64], *near;
        char word[64];
        size_t n = 0;

        for (; *specs; specs++)
                for (const struct opt_spec *s = *specs; s->name && n < 63; s++)
                        names[n++] = s->name;
        names[n] = NULL;
        snprintf(word, sizeof word, "%.*s", (int)strcspn(given, "="), given);
        near = opt_nearest(word, names);
        if (near)
                return err_set(e, ERR_USAGE, "unknown option --%s; did you mean --%s?", word, near);
        return err_set(e, ERR_USAGE, "unknown option --%s; -h lists those there are", word);
}

static void record(struct opt *o, const struct opt_spec *spec, const char *value)
{
        o->given = xgrow(o->given, o->given_count, &o->given_cap, sizeof *o->given);
        o->given[o->given_count++] = (struct opt_given){spec, value};
}

static int parse_long(struct opt *o, const struct opt_spec *const *specs, const char *arg,
    char **argv, int argc, int *i, struct err *e)
{
        const char *equals = strchr(arg, '=');
        const struct opt_spec *s =
            find_long(specs, arg, equals ? (size_t)(equals - arg) : strlen(arg));

        if (!s)
                return unknown(specs, arg, e);
        if (!s->value && equals)
                return err_set(e, ERR_USAGE, "option --%s takes no value", s->name);
        if (!s->value) {
                record(o, s, NULL);
        } else if (equals) {
                record(o, s, equals + 1);
        } else {
                if (*i + 1 >= argc)
                        return err_set(e, ERR_USAGE, "option --%s needs %s", s->name, s->value);
                record(o, s, argv[++*i]);
        }
        return 0;
}

static int parse_letters(struct opt *o, const struct opt_spec *const *specs, const char *letters,
    char **argv, int argc, int *i, struct err *e)
{
        for (; *letters; letters++) {
                const struct opt_spec *s = find_letter(specs, *letters);

                if (!s)
                        return err_set(
                            e, ERR_USAGE, "unknown option -%c; -h lists those there are", *letters);
                if (!s->value) {
                        record(o, s, NULL);
                        continue;
                }
                if (letters[1]) {
                        record(o, s, letters + 1);
                } else {
                        if (*i + 1 >= argc)
                                return err_set(
                                    e, ERR_USAGE, "option -%c needs %s", *letters, s->value);
                        record(o, s, argv[++*i]);
                }
                break;
        }
        return 0;
}

static int parse(struct opt *o, const struct opt_spec *const *specs, int argc, char **argv,
    bool leading, struct err *e)
{
        bool only_args = false;
        int i = 0;

        *o = (struct opt){0};
        for (; i < argc; i++) {
                const char *arg = argv[i];
                int r = 0;

                if (only_args || arg[0] != '-' || !arg[1]) {
                        if (leading)
                                break;
                        o->args = xgrow(o->args, o->arg_count, &o->arg_cap, sizeof *o->args);
                        o->args[o->arg_count++] = arg;
                } else if (strcmp(arg, "--") == 0) {
                        only_args = true;
                } else if (arg[1] == '-') {
                        r = parse_long(o, specs, arg + 2, argv, argc, &i, e);
                } else {
                        r = parse_letters(o, specs, arg + 1, argv, argc, &i, e);
                }
                if (r < 0) {
                        opt_release(o);
                        return -1;
                }
        }
        return i;
}

int opt_parse(
    struct opt *o, const struct opt_spec *const *specs, int argc, char **argv, struct err *e)
{
        return parse(o, specs, argc, argv, false, e) < 0 ? -1 : 0;
}

int opt_parse_leading(
    struct opt *o, const struct opt_spec *const *specs, int argc, char **argv, struct err *e)
{
        return parse(o, specs, argc, argv, true, e);
}

void opt_release(struct opt *o)
{
        free(o->given);
        free(o->args);
        *o = (struct opt){0};
}

int opt_flag(const struct opt *o, const char *name)
{
        for (size_t i = 0; i < o->given_count; i++)
                if (strcmp(o->given[i].spec->name, name) == 0)
                        return 1;
        return 0;
}

const char *opt_value(const struct opt *o, const char *name)
{
        for (size_t i = o->given_count; i-- > 0;)
                if (strcmp(o->given[i].spec->name, name) == 0)
                        return o->given[i].value;
        return NULL;
}

const char *opt_value_at(const struct opt *o, const char *name, size_t n)
{
        for (size_t i = 0; i < o->given_count; i++)
                if (strcmp(o->given[i].spec->name, name) == 0 && n-- == 0)
                        return o->given[i].value;
        return NULL;
}

int opt_number(const struct opt *o, const char *name, long long min, long long max, long long *out,
    struct err *e)
{
        const char *text = opt_value(o, name);
        char *end;

        if (!text)
                return 0;
        errno = 0;
        *out = strtoll(text, &end, 10);
        if (errno || end == text || *end || *out < min || *out > max)
                return err_set(e, ERR_USAGE, "--%s takes a number from %lld to %lld, not \"%s\"",
                    name, min, max, text);
        return 1;
}
