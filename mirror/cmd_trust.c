#include <jansson.h>

#include "bundle/catalog_stream.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/trust.h"
#include "keyfile.h"
#include "mirror/mirror.h"

static const struct opt_spec options[] = {
    {"threshold", 'k', "N",
        "how many of the stream's keys must have signed (default: as it is, or 1)"},
    {"comment", 0, "TEXT", "whose key it is"},
    {0},
};

/* The stream's list; an empty one if there is none. */
static int load(struct mirror *m, const char *stream, struct trust *t, struct err *e)
{
        char *json = NULL;
        int r = catalog_trust_get(m->catalog, stream, &json, e);

        if (r == 0)
                r = trust_init(t, stream, e);
        else if (r == 1)
                r = trust_from_json(t, json, strlen(json), e);
        free(json);
        return r;
}

static int save(struct mirror *m, const struct trust *t, struct err *e)
{
        struct buf json;
        int ret = -1;

        buf_init(&json, LIMIT_TRUST_JSON);
        if (trust_to_json(t, &json, e) < 0 || catalog_begin(m->catalog, e) < 0)
                goto out;
        if (catalog_trust_put(m->catalog, t->stream, json.data, e) < 0 ||
            catalog_commit(m->catalog, e) < 0) {
                catalog_rollback(m->catalog);
                goto out;
        }
        ret = 0;
out:
        buf_release(&json);
        return ret;
}

static void print_text(const struct trust *t)
{
        printf("%s: %u of %zu keys must sign\n", t->stream, t->threshold, t->count);
        for (size_t i = 0; i < t->count; i++) {
                char id[KEY_ID_TEXT], line[PUBLIC_KEY_LINE];

                key_id_format(id, t->keys[i].key.id);
                public_key_line(&t->keys[i].key, line);
                printf("  %s  %s%s%s\n", id, line, *t->keys[i].comment ? "  " : "",
                    t->keys[i].comment);
        }
}

static int add(struct cmd *c, struct mirror *m, struct trust *t, struct err *e)
{
        const char *comment = opt_value(&c->opt, "comment");
        long long threshold = 0;
        int given = opt_number(&c->opt, "threshold", 1, LIMIT_TRUST_KEYS, &threshold, e);

        if (given < 0 || load(m, c->opt.args[1], t, e) < 0)
                return -1;
        for (size_t i = 2; i < c->opt.arg_count; i++) {
                struct public_key key;

                if (keyfile_public(c->opt.args[i], &key, e) < 0 ||
                    trust_add(t, &key, comment ? comment : "", e) < 0)
                        return -1;
        }
        if (given && trust_set_threshold(t, (unsigned)threshold, e) < 0)
                return -1;
        if (save(m, t, e) < 0)
                return -1;
        print_text(t);
        return 0;
}

/* By id or by key. */
static int find_key(struct trust *t, const char *text, struct public_key *out, struct err *e)
{
        unsigned char id[KEY_ID_SIZE];
        const struct trust_key *k;
        size_t matches;

        if (key_id_parse(id, text) == 0) {
                k = trust_find_id(t, id, &matches);
                if (matches > 1)
                        return err_set(e, ERR_USAGE, "%zu keys have the id %s; name the key itself",
                            matches, text);
                if (!k)
                        return err_set(
                            e, ERR_USAGE, "%s trusts no key with the id %s", t->stream, text);
                *out = k->key;
                return 0;
        }
        return keyfile_public(text, out, e);
}

static int drop(struct cmd *c, struct mirror *m, struct trust *t, struct err *e)
{
        struct public_key key;

        if (load(m, c->opt.args[1], t, e) < 0)
                return -1;
        for (size_t i = 2; i < c->opt.arg_count; i++)
                if (find_key(t, c->opt.args[i], &key, e) < 0 || trust_remove(t, &key, e) < 0)
                        return -1;
        if (save(m, t, e) < 0)
                return -1;
        print_text(t);
        return 0;
}

static int list(struct cmd *c, struct mirror *m, struct trust *t, struct err *e)
{
        char **streams = NULL;
        size_t count = 0;
        json_t *all = json_array();
        int ret = -1;

        if (catalog_trust_streams(m->catalog, &streams, &count, e) < 0)
                goto out;
        for (size_t i = 0; i < count; i++) {
                char *json = NULL;

                if (load(m, streams[i], t, e) < 0 ||
                    catalog_trust_get(m->catalog, streams[i], &json, e) < 0)
                        goto out;
                json_array_append_new(all, json_loads(json, 0, NULL));
                free(json);
                if (!c->json)
                        print_text(t);
        }
        if (c->json) {
                json_dumpf(all, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
                putchar('\n');
        } else if (count == 0) {
                printf("this mirror trusts nobody yet; dray trust add STREAM KEY.pub\n");
        }
        ret = 0;
out:
        json_decref(all);
        catalog_names_free(streams, count);
        return ret;
}

static int run(struct cmd *c, struct err *e)
{
        struct mirror m = MIRROR_INIT;
        struct trust *t = xcalloc(1, sizeof *t);
        const char *verb = c->opt.arg_count ? c->opt.args[0] : "list";
        int ret = -1, changes = strcmp(verb, "list") != 0;

        if ((strcmp(verb, "add") != 0 && strcmp(verb, "remove") != 0 && changes) ||
            (changes && c->opt.arg_count < 3)) {
                err_set(e, ERR_USAGE,
                    "usage: dray trust add STREAM KEY..., dray trust remove STREAM "
                    "KEY..., dray trust list");
                goto out;
        }
        if (mirror_open(&m, c->dir, changes ? MIRROR_LOCKED : 0, e) < 0)
                goto out;
        if (!changes)
                ret = list(c, &m, t, e);
        else if (strcmp(verb, "add") == 0)
                ret = add(c, &m, t, e);
        else
                ret = drop(c, &m, t, e);
out:
        free(t);
        mirror_close(&m);
        return ret;
}

const struct command cmd_trust = {
    .name = "trust",
    .run = run,
    .options = options,
    .arguments = "add|remove|list [STREAM KEY...]",
    .summary = "whose bundles this mirror imports",
    .description = "trust add STREAM KEY...     accept bundles of STREAM that KEY has signed\n"
                   "trust remove STREAM KEY...  do so no more\n"
                   "trust list                  shows streams, keys and thresholds\n\n"
                   "KEY is a .pub file, a key line (\"RW...\") or, to remove, a key id.",
};
