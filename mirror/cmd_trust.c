#include <jansson.h>

#include "bundle/audit.h"
#include "bundle/bundle_cut.h"
#include "bundle/catalog_stream.h"
#include "bundle/catalog_trust.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/seen.h"
#include "trust_edit.h"
#include "trust_lookback.h"
#include "trust_rotate.h"

static const struct opt_spec options[] = {
    {"threshold", 'k', "N",
        "how many of the stream's keys must have signed (default: as it is, or 1)"},
    {"list-threshold", 0, "N",
        "how many must have signed a change of the list (default: as --threshold)"},
    {"signs", 0, "WHAT", "what the added keys may sign: bundles, lists or both (default)"},
    {"comment", 0, "TEXT", "whose key it is"},
    {"after", 0, "SEQ", "revoke: bundles up to this one still count (default: the last one here)"},
    {"add", 0, "KEY", "rotate: a key that the next list has too"},
    {"revoke", 0, "KEY", "rotate: a key that signs nothing new"},
    {"remove", 0, "KEY", "rotate: a key that the next list does not have"},
    {"new-epoch", 0, NULL, "rotate: the stream's numbers begin anew, with a full bundle"},
    {"output", 'o', "DIR", "rotate: where the list goes (default: outbox/)"},
    {0},
};

/* The log tells what the operator asked for, in the words of the command line. */
static int log_change(const struct cmd *c, struct mirror *m, const struct trust *t, struct err *e)
{
        struct audit_event ev = {.event = "trust", .stream = t->stream};
        struct buf text;
        int ret;

        buf_init(&text, LIMIT_AUDIT_LINE / 2);
        buf_addf(&text, "%s", c->opt.args[0]);
        for (size_t i = 2; i < c->opt.arg_count; i++)
                buf_addf(&text, " %.200s", c->opt.args[i]);
        buf_adds(&text, t->count ? "; the keys are now" : "; no key is left");
        for (size_t i = 0; i < t->count; i++) {
                char id[KEY_ID_TEXT];

                key_id_format(id, t->keys[i].key.id);
                buf_addf(&text, " %s", id);
                if (t->keys[i].valid_up_to_seq)
                        buf_addf(&text, " (up to bundle %llu)",
                            (unsigned long long)t->keys[i].valid_up_to_seq);
        }
        if (t->count)
                buf_addf(&text, ", threshold %u", t->threshold);
        ev.text = text.data;
        ret = audit_append(m->catalog, &ev, e);
        buf_release(&text);
        return ret;
}

/* put: catalog_trust_save, or what stands for it. */
static int save(const struct cmd *c, struct mirror *m, const struct trust *t,
    int (*put)(struct catalog *c, const struct trust *t, struct err *e), struct err *e)
{
        if (catalog_begin(m->catalog, e) < 0)
                return -1;
        if (put(m->catalog, t, e) < 0 || log_change(c, m, t, e) < 0 ||
            catalog_commit(m->catalog, e) < 0) {
                catalog_rollback(m->catalog);
                return -1;
        }
        return 0;
}

static int add(
    const struct cmd *c, struct mirror *m, struct trust *t, const char *key, struct err *e)
{
        (void)m;
        return trust_edit_add(c, t, key, e);
}

static int drop(
    const struct cmd *c, struct mirror *m, struct trust *t, const char *key, struct err *e)
{
        (void)c;
        (void)m;
        return trust_edit_remove(t, key, e);
}

static int revoke(
    const struct cmd *c, struct mirror *m, struct trust *t, const char *key, struct err *e)
{
        return trust_edit_revoke(c, m, t, key, trust_revoke_here, e);
}

/* What the operator of this mirror decides for it, by the authority of being at it. */
static int change(const struct cmd *c, struct mirror *m, struct trust *t,
    int (*each)(
        const struct cmd *c, struct mirror *m, struct trust *t, const char *key, struct err *e),
    struct err *e)
{
        const char *stream = c->opt.args[1];
        int r = catalog_trust_load(m->catalog, stream, t, e);

        if (r == 0)
                r = bundle_stream_check(stream, e) < 0 ? -1 : trust_init(t, stream, e);
        if (r < 0)
                return -1;
        for (size_t i = 2; i < c->opt.arg_count; i++)
                if (each(c, m, t, c->opt.args[i], e) < 0)
                        return -1;
        if (trust_edit_thresholds(c, t, e) < 0 || save(c, m, t, catalog_trust_save, e) < 0)
                return -1;
        trust_edit_print(t);
        if (trust_active(t, TRUST_BUNDLES) < t->threshold)
                cmd_warn(c,
                    "stream %s has fewer valid keys now than must sign: it takes no new bundle until "
                    "one is added",
                    stream);
        return 0;
}

static int run_add(struct cmd *c, struct mirror *m, struct trust *t, struct err *e)
{
        return change(c, m, t, add, e);
}

static int put_none(struct catalog *c, const struct trust *t, struct err *e)
{
        return catalog_trust_forget(c, t->stream, e);
}

/* All keys of a stream of which nothing is here, as of one that was misspelt: 1, 0, -1 */
static int is_mistake(const struct cmd *c, struct mirror *m, struct trust *t, struct err *e)
{
        struct bundle_row any;
        struct seen seen;
        int r = catalog_trust_load(m->catalog, c->opt.args[1], t, e);

        if (r <= 0 || t->number || !trust_edit_names_all(t, c->opt.args + 2, c->opt.arg_count - 2))
                return r < 0 ? -1 : 0;
        r = catalog_bundle_get(m->catalog, t->stream, 0, &any, e);
        bundle_row_release(&any);
        if (r == 0) /* the catalog may be a backup's */
                r = seen_get(m->state, t->stream, &seen, e);
        return r < 0 ? -1 : !r;
}

static int run_remove(struct cmd *c, struct mirror *m, struct trust *t, struct err *e)
{
        int mistake = is_mistake(c, m, t, e);

        if (mistake < 0)
                return -1;
        if (mistake) {
                t->count = 0;
                if (save(c, m, t, put_none, e) < 0)
                        return -1;
                printf("%s: nobody is trusted for it, and no bundle of it is taken\n", t->stream);
                return 0;
        }
        return change(c, m, t, drop, e);
}

static int run_revoke(struct cmd *c, struct mirror *m, struct trust *t, struct err *e)
{
        return change(c, m, t, revoke, e) < 0 ? -1 : trust_lookback(m->catalog, t, e);
}

static int run_rotate(struct cmd *c, struct mirror *m, struct trust *t, struct err *e)
{
        (void)t;
        return trust_rotate(c, m, c->opt.args[1], e);
}

static int run_accept(struct cmd *c, struct mirror *m, struct trust *t, struct err *e)
{
        (void)t;
        for (size_t i = 1; i < c->opt.arg_count; i++)
                if (trust_accept(c, m, c->opt.args[i], e) < 0)
                        return -1;
        return 0;
}

static int run_settle(struct cmd *c, struct mirror *m, struct trust *t, struct err *e)
{
        const char *stream = c->opt.args[1];
        int r = catalog_trust_load(m->catalog, stream, t, e);

        if (r == 0)
                return err_set(
                    e, ERR_USAGE, "stream %s is not trusted here (dray trust list)", stream);
        if (r == 1)
                r = seen_settle(m->state, stream, m->catalog, e);
        if (r < 0)
                return -1;
        cmd_note(c, r ? "stream %s goes on" : "nothing stops stream %s", stream);
        return 0;
}

/* The list as it is stored, and beside it what was revoked here. */
static json_t *list_json(const struct trust *t, const char *stored)
{
        json_t *list = json_loads(stored, 0, NULL), *revoked = json_array();

        for (size_t i = 0; i < t->revoked_count; i++) {
                const struct trust_revoked *r = &t->revoked[i];
                char line[PUBLIC_KEY_LINE];

                public_key_line(&r->key, line);
                json_array_append_new(revoked,
                    json_pack("{s:s, s:I, s:I}", "key", line, "epoch", (json_int_t)r->epoch,
                        "valid_up_to_seq", (json_int_t)r->valid_up_to_seq));
        }
        json_object_set_new(list, "revoked_here", revoked);
        return list;
}

static int run_list(struct cmd *c, struct mirror *m, struct trust *t, struct err *e)
{
        char **streams = NULL;
        size_t count = 0;
        json_t *all = json_array();
        int ret = -1;

        if (catalog_trust_streams(m->catalog, &streams, &count, e) < 0)
                goto out;
        for (size_t i = 0; i < count; i++) {
                char *json = NULL;

                if (catalog_trust_load(m->catalog, streams[i], t, e) < 0 ||
                    catalog_trust_get(m->catalog, streams[i], &json, e) < 0)
                        goto out;
                json_array_append_new(all, list_json(t, json));
                free(json);
                if (!c->json)
                        trust_edit_print(t);
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

/* A catalog from a backup must not read as one in which nobody was revoked since. */
static int note_log(struct mirror *m, struct err *e)
{
        char **streams = NULL;
        size_t count = 0;
        int ret = catalog_trust_streams(m->catalog, &streams, &count, e);

        for (size_t i = 0; ret == 0 && i < count; i++)
                ret = seen_note(m->state, streams[i], NULL, m->catalog, e);
        catalog_names_free(streams, count);
        return ret < 0 ? err_prefix(e, "done, but not noted (state/seen)") : 0;
}

static const struct verb {
        const char *name;
        size_t min, max; /* arguments, itself included */
        int (*run)(struct cmd *c, struct mirror *m, struct trust *t, struct err *e);
        unsigned need;
} verbs[] = {
    {"list", 1, 1, run_list, MIRROR_READ},
    {"add", 3, 1000, run_add, MIRROR_LOCKED},
    {"revoke", 3, 1000, run_revoke, MIRROR_LOCKED},
    {"remove", 3, 1000, run_remove, MIRROR_LOCKED},
    {"rotate", 2, 2, run_rotate, 0},
    {"accept", 2, 1000, run_accept, MIRROR_LOCKED},
    {"settle", 2, 2, run_settle, MIRROR_LOCKED},
};

static const struct verb *find_verb(const struct cmd *c, struct err *e)
{
        const char *name = c->opt.arg_count ? c->opt.args[0] : "list";
        size_t given = c->opt.arg_count ? c->opt.arg_count : 1;

        for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
                if (strcmp(verbs[i].name, name) == 0 && given >= verbs[i].min &&
                    given <= verbs[i].max)
                        return &verbs[i];
        err_set(e, ERR_USAGE,
            "usage: dray trust list, dray trust add|revoke|remove STREAM KEY..., dray trust rotate "
            "STREAM, dray trust accept LIST..., dray trust settle STREAM (-h tells more)");
        return NULL;
}

static int run(struct cmd *c, struct err *e)
{
        const struct verb *verb = find_verb(c, e);
        struct mirror m = MIRROR_INIT;
        struct trust *t = xcalloc(1, sizeof *t);
        int ret = -1;

        if (verb && c->json && verb->run != run_list)
                err_set(e, ERR_USAGE, "of dray trust, only list has --json");
        else if (verb && mirror_open(&m, c->dir, verb->need, e) == 0)
                ret = verb->run(c, &m, t, e);
        if (ret == 0 && verb->need & MIRROR_LOCKED)
                ret = note_log(&m, e);
        free(t);
        mirror_close(&m);
        return ret;
}

const struct command cmd_trust = {
    .name = "trust",
    .run = run,
    .json = 1,
    .options = options,
    .arguments = "add|revoke|remove|rotate|accept|settle|list ...",
    .summary = "whose bundles this mirror imports",
    .description =
        "trust list                  shows streams, keys and thresholds\n"
        "trust add STREAM KEY...     accept bundles of STREAM that KEY has signed\n"
        "trust revoke STREAM KEY...  no new ones by KEY: those up to --after still count;\n"
        "                            what came in by revoked keys alone is listed\n"
        "trust remove STREAM KEY...  drops a key that was added by mistake; with the last one, a\n"
        "                            stream of which no bundle is here\n"
        "trust rotate STREAM         writes the stream's next signed list, with --add, --revoke,\n"
        "                            --remove, --threshold, --new-epoch, for its signers\n"
        "trust accept LIST...        takes a list that enough keys have signed (dray sign);\n"
        "                            bundles made here carry it from then on\n"
        "trust settle STREAM         lets a stream go on that an alarm stops: a fork, or a catalog\n"
        "                            that is older than what was noted (state/seen)\n\n"
        "KEY is a .pub file, a key line (\"RW...\") or, where it is in the list, a key id.\n"
        "add, revoke and remove change this mirror alone; a signed list changes every mirror that\n"
        "a bundle reaches. A list counts if enough keys of the list before it and enough of its\n"
        "own have signed it.",
};
