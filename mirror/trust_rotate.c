#include "trust_rotate.h"

#include <fcntl.h>
#include <unistd.h>

#include "bundle/catalog_trust.h"
#include "bundle/fs.h"
#include "bundle/mem.h"
#include "bundle/timestamp.h"
#include "bundle_signers.h"
#include "trust_edit.h"

/* -- proposing -- */

/* In a new epoch numbers begin anew, so limits by number mean nothing: the keys go. */
static int drop_revoked(const struct cmd *c, struct trust *t, struct err *e)
{
        for (size_t i = t->count; i-- > 0;) {
                struct public_key key = t->keys[i].key;
                char id[KEY_ID_TEXT];

                if (!t->keys[i].valid_up_to_seq)
                        continue;
                if (trust_remove(t, &key, e) < 0)
                        return -1;
                key_id_format(id, key.id);
                cmd_note(c, "key %s is revoked: it has no place in a new epoch", id);
        }
        return 0;
}

/* The bundle up to which a revoked key counts: --after, or the last one here. */
static int revoke_all(const struct cmd *c, struct mirror *m, struct trust *t, struct err *e)
{
        const char *text;

        for (size_t i = 0; (text = opt_value_at(&c->opt, "revoke", i)); i++)
                if (trust_edit_revoke(c, m, t, text, trust_revoke, e) < 0)
                        return -1;
        return 0;
}

static int edit(const struct cmd *c, struct mirror *m, struct trust *t, struct err *e)
{
        const char *text;

        for (size_t i = 0; (text = opt_value_at(&c->opt, "add", i)); i++)
                if (trust_edit_add(c, t, text, e) < 0)
                        return -1;
        if (trust_edit_thresholds(c, t, e) < 0 || revoke_all(c, m, t, e) < 0)
                return -1;
        for (size_t i = 0; (text = opt_value_at(&c->opt, "remove", i)); i++)
                if (trust_edit_remove(t, text, e) < 0)
                        return -1;
        if (!opt_flag(&c->opt, "new-epoch"))
                return 0;
        if (t->number == 1)
                return err_set(e, ERR_USAGE,
                    "stream %s has no signed list yet, and its first one begins epoch 1: write it without "
                    "--new-epoch, have it signed and take it by dray trust accept; then dray trust rotate %s "
                    "--new-epoch",
                    t->stream, t->stream);
        t->epoch++;
        return drop_revoked(c, t, e);
}

/* From what is in force to the next list, but for the changes asked for. */
static int next_place(struct mirror *m, const char *stream, struct trust *t, struct err *e)
{
        int r = catalog_trust_load(m->catalog, stream, t, e);

        if (r == 0)
                r = trust_init(t, stream, e);
        if (r < 0)
                return -1;
        r = catalog_trust_in_force(m->catalog, t, t->previous, e);
        if (r < 0)
                return -1;
        t->has_previous = r;
        t->number++;
        t->issued = timestamp_now();
        return 0;
}

static void say_signers(const struct cmd *c, const struct trust *t, const char *which)
{
        cmd_note(c, "signatures by %u of these (%s):", t->list_threshold, which);
        for (size_t i = 0; i < t->count; i++) {
                const struct trust_key *k = &t->keys[i];
                char id[KEY_ID_TEXT];

                key_id_format(id, k->key.id);
                if ((k->signs & TRUST_LISTS) && !k->valid_up_to_seq)
                        cmd_note(c, "  %s  %s", id, k->comment);
        }
}

static int write_list(
    const struct cmd *c, struct mirror *m, const struct trust *t, char **path, struct err *e)
{
        const char *dir = opt_value(&c->opt, "output");
        const char *name;
        struct buf text;
        int ret = -1, folder = -1, written;

        buf_init(&text, LIMIT_TRUST_LIST);
        *path = xasprintf("%s%s/%s-trust-%lld.list", dir ? "" : m->path, dir ? dir : "/outbox",
            t->stream, (long long)t->number);
        if (trust_list_format(t, &text, e) < 0)
                goto out;
        folder = fs_open_parent(*path, &name, e);
        written = folder < 0 ? -1 : fs_write_new(folder, name, text.data, text.len, 0644, e);
        if (written == 0)
                err_set(e, ERR_USAGE,
                    "%s is there already, and people may have signed it; remove it if it was given up",
                    *path);
        ret = written == 1 ? 0 : -1;
out:
        if (folder >= 0)
                close(folder);
        buf_release(&text);
        return ret;
}

int trust_rotate(const struct cmd *c, struct mirror *m, const char *stream, struct err *e)
{
        struct trust *t = xcalloc(1, sizeof *t), *now = xcalloc(1, sizeof *now);
        char *path = NULL;
        int ret = -1;

        if (next_place(m, stream, t, e) < 0)
                goto out;
        *now = *t;
        if (edit(c, m, t, e) < 0 || write_list(c, m, t, &path, e) < 0)
                goto out;
        trust_edit_print(t);
        cmd_note(c, "list %lld of %s counts once it bears:", (long long)t->number, stream);
        if (now->count)
                say_signers(c, now, "as it is now");
        say_signers(c, t, "as it will be");
        if (!now->count && bundle_signers_note_last(c, m, stream, e) < 0)
                goto out;
        cmd_note(c, "each of them: dray sign %s --key KEY; then, here: dray trust accept %s", path,
            path);
        printf("%s\n", path);
        ret = 0;
out:
        free(path);
        free(t);
        free(now);
        return ret;
}

/* -- taking -- */

struct accepted {
        struct trust *t;         /* what is in force; then the list */
        struct trust_list *list; /* the file's */
        struct buf text;
        int again; /* it is in force already */
};

/* The first list of a stream: it is the operator who says that it counts. */
static int take_first(struct accepted *a, const struct trust *parsed, struct err *e)
{
        if (trust_list_verify_self(a->list, parsed, e) < 0)
                return -1;
        *a->t = *parsed;
        return 0;
}

static int take_next(
    struct mirror *m, struct accepted *a, const struct trust *parsed, struct err *e)
{
        unsigned char in_force[SHA256_SIZE];
        struct verdict v;
        int r = catalog_trust_in_force(m->catalog, a->t, in_force, e);

        if (r < 0)
                return -1;
        if (r == 1 && memcmp(in_force, a->list->sha256, SHA256_SIZE) == 0) {
                a->again = 1;
                return trust_list_verify_self(a->list, parsed, e);
        }
        /* why it is not for bare keys trust_list_follow() does not say */
        if (trust_verify_list(
                a->t, a->list->signatures, a->list->signature_count, a->list->hash, &v, e) < 0)
                return -1;
        return trust_list_follow(a->t, r ? in_force : NULL, a->list, e) < 0 ? -1 : 0;
}

static int judge(struct mirror *m, struct accepted *a, struct err *e)
{
        struct trust *parsed = xmalloc(sizeof *parsed);
        int ret = -1, r;

        if (trust_list_split(a->list, a->text.data, a->text.len, e) < 0 ||
            trust_list_parse(a->list, parsed, e) < 0)
                goto out;
        r = catalog_trust_load(m->catalog, parsed->stream, a->t, e);
        if (r < 0)
                goto out;
        ret = r ? take_next(m, a, parsed, e) : take_first(a, parsed, e);
out:
        free(parsed);
        return ret;
}

static int put(struct catalog *c, const struct accepted *a, struct err *e)
{
        if (catalog_trust_list_put(
                c, a->t->stream, a->t->number, a->text.data, (int64_t)time(NULL), e) < 0)
                return -1;
        if (a->again)
                return 0;
        return catalog_trust_save(c, a->t, e) < 0 ? -1 : catalog_trust_log(c, a->t, e);
}

static int keep(struct mirror *m, const struct accepted *a, struct err *e)
{
        if (catalog_begin(m->catalog, e) < 0)
                return -1;
        if (put(m->catalog, a, e) < 0 || catalog_commit(m->catalog, e) < 0) {
                catalog_rollback(m->catalog);
                return -1;
        }
        return 0;
}

int trust_accept(const struct cmd *c, struct mirror *m, const char *path, struct err *e)
{
        struct accepted a = {.t = xcalloc(1, sizeof *a.t), .list = xcalloc(1, sizeof *a.list)};
        int ret = -1, found;

        buf_init(&a.text, LIMIT_TRUST_LIST);
        found = fs_read_file(AT_FDCWD, path, &a.text, e);
        if (found == 0)
                err_set(e, ERR_USAGE, "%s: no such file", path);
        if (found <= 0)
                goto out;
        if (judge(m, &a, e) < 0) {
                err_prefix(e, "%s", path);
                goto out;
        }
        if (keep(m, &a, e) < 0)
                goto out;
        cmd_note(c, "list %lld of %s is in force here%s", (long long)a.t->number, a.t->stream,
            a.again ? " already; its signatures are kept" : "");
        trust_edit_print(a.t);
        ret = 0;
out:
        buf_release(&a.text);
        free(a.t);
        free(a.list);
        return ret;
}
