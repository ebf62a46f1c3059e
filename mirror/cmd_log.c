#include <jansson.h>

#include "bundle/audit.h"
#include "bundle/hex.h"
#include "mirror/cmd.h"
#include "mirror/mirror.h"

static const struct opt_spec options[] = {
    {"check", 0, NULL, "check that no entry was changed, left out or put in"},
    {"head", 0, "HASH", "with --check: a hash that was noted earlier must still be in the log"},
    {"last", 'n', "N", "only the last N entries"},
    {0},
};

static const char *member(const json_t *v, const char *key)
{
        const char *text = json_string_value(json_object_get(v, key));

        return text ? text : "";
}

static void print_entry(const json_t *v)
{
        json_int_t seq = json_integer_value(json_object_get(v, "seq"));

        printf("%lld %s %s %s", (long long)json_integer_value(json_object_get(v, "n")),
            member(v, "at"), member(v, "person"), member(v, "event"));
        if (*member(v, "stream"))
                printf(" %s", member(v, "stream"));
        if (seq)
                printf(" %lld", (long long)seq);
        printf(": %s\n", member(v, "text"));
}

static int show(
    void *user, int64_t n, const char *line, const unsigned char hash[SHA256_SIZE], struct err *e)
{
        json_t *array = user, *v = json_loads(line, 0, NULL);
        char hex[SHA256_HEX];

        if (!json_is_object(v)) {
                json_decref(v);
                return err_set(e, ERR_REFUSED,
                    "the log was changed: entry %lld cannot be read; run dray log --check",
                    (long long)n);
        }
        hex_encode(hex, hash, SHA256_SIZE);
        json_object_set_new(v, "hash", json_string(hex));
        if (array)
                json_array_append(array, v);
        else
                print_entry(v);
        json_decref(v);
        return 0;
}

static int show_entries(const struct cmd *c, struct catalog *catalog, struct err *e)
{
        json_t *array = c->json ? json_array() : NULL;
        unsigned char hash[SHA256_SIZE];
        long long last = INT64_MAX;
        int64_t n;
        int ret = -1;

        if (opt_number(&c->opt, "last", 1, INT64_MAX, &last, e) < 0 ||
            audit_head(catalog, &n, hash, e) < 0 ||
            audit_walk(catalog, n > last ? n - last + 1 : 1, show, array, e) < 0)
                goto out;
        if (array) {
                json_dumpf(array, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
                putchar('\n');
        }
        ret = 0;
out:
        json_decref(array);
        return ret;
}

static int check(const struct cmd *c, struct catalog *catalog, struct err *e)
{
        const char *text = opt_value(&c->opt, "head");
        unsigned char known[SHA256_SIZE], head[SHA256_SIZE];
        char hex[SHA256_HEX];
        int64_t n;

        if (text && hex_decode(known, SHA256_SIZE, text) < 0)
                return err_set(e, ERR_USAGE,
                    "--head %.80s is no hash: it takes 64 digits, as --check prints", text);
        if (audit_check(catalog, text ? known : NULL, &n, head, e) < 0)
                return -1;
        hex_encode(hex, head, SHA256_SIZE);
        if (c->json)
                printf("{\n \"entries\": %lld,\n \"head\": \"%s\"\n}\n", (long long)n, hex);
        else
                printf("sound: %lld entries, the last has %s\n", (long long)n, hex);
        return 0;
}

static int run(struct cmd *c, struct err *e)
{
        struct mirror m = MIRROR_INIT;
        int ret = -1;

        if (cmd_want_args(c, 0, 0, e) < 0)
                return -1;
        if (opt_value(&c->opt, "head") && !opt_flag(&c->opt, "check"))
                return err_set(e, ERR_USAGE, "--head HASH goes with --check");
        if (mirror_open(&m, c->dir, MIRROR_READ, e) < 0)
                goto out;
        ret = opt_flag(&c->opt, "check") ? check(c, m.catalog, e) : show_entries(c, m.catalog, e);
out:
        mirror_close(&m);
        return ret;
}

const struct command cmd_log = {
    .name = "log",
    .run = run,
    .json = 1,
    .options = options,
    .arguments = "",
    .summary = "every import, refusal, review and change of trust, chained by hashes",
    .description =
        "Shows the log of this mirror: number, time, who, what, about which bundle. Each entry\n"
        "holds a hash over all before it. --check proves that no entry was changed, left out or\n"
        "put in, and prints the last hash. Note it elsewhere: with --head it proves later that\n"
        "the end was not cut off either. Exit status 3 when the log is not what was written.",
};
