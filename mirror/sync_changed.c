/* Versions of which upstream gives out other bytes than are held. */
#include "bundle/catalog_stream.h"
#include "bundle/catalog_work.h"
#include "bundle/mem.h"
#include "mirror/intern.h"
#include "sync_state.h"

static int is_accepted(const struct sync *s, const char *package)
{
        char *const *names = s->options->accept_changed;

        for (size_t i = 0; names && names[i]; i++)
                if (strcmp(names[i], package) == 0)
                        return 1;
        return 0;
}

/* What the index stated when the bytes that are held came, against what it states now. */
static int is_stated_anew(
    struct sync *s, const struct wanted *w, const struct record *held, struct err *e)
{
        char now[DIGEST_TEXT];
        struct item_row row;
        int known = catalog_item_get(
            s->mirror->catalog, held->source, held->package, held->version, held->file, &row, e);

        if (known <= 0 || row.state != ITEM_VERIFIED ||
            memcmp(row.sha256, held->sha256, SHA256_SIZE) != 0)
                return known < 0 ? -1 : 0;
        digest_text(w->digest.kind, w->digest.value, now);
        return strncmp(row.digest, now, strcspn(now, ":") + 1) == 0 && strcmp(row.digest, now) != 0;
}

/* Before it is fetched, a file is known by what its index states. 1/0/-1 */
static int has_other_bytes(
    struct sync *s, const struct wanted *w, const struct record *held, struct err *e)
{
        if (!w->held && w->digest.kind != DIGEST_SHA256)
                return is_stated_anew(s, w, held, e);
        return memcmp(w->held ? w->record.sha256 : w->digest.value, held->sha256, SHA256_SIZE) != 0;
}

static void put_version(struct intern *versions, const struct record *r)
{
        char *name = xasprintf("%s %s %s", r->source, r->package, r->version);

        intern_put(versions, name);
        free(name);
}

static int has_version(const struct intern *versions, const struct record *r)
{
        char *name = xasprintf("%s %s %s", r->source, r->package, r->version);
        uint32_t ignored;
        int found = intern_find(versions, name, &ignored);

        free(name);
        return found;
}

static void refuse(struct wanted *w)
{
        w->held = 0;
        free(w->error);
        w->error = xasprintf(
            "upstream has changed %s %s: its files have other bytes now than those that are held, "
            "which stay; if that is right: dray sync %s --accept-changed %s",
            w->record.package, w->record.version, w->record.source, w->record.package);
}

static int find_changed(
    struct sync *s, int64_t generation, const char *source, struct intern *versions, struct err *e)
{
        struct record_rows *rows = NULL;
        struct record r;
        int more;

        if (catalog_records(s->mirror->catalog, generation, source, NULL, ORDER_PACKAGE, &rows, e) <
            0)
                return -1;
        while ((more = record_rows_next(rows, &r, NULL, NULL, e)) == 1) {
                struct wanted *w = wanted_find(&s->result->list, &r);
                int other;

                if (!w || w->local || w->index || is_accepted(s, r.package))
                        continue;
                other = has_other_bytes(s, w, &r, e);
                if (other < 0) {
                        more = -1;
                        break;
                }
                if (!other)
                        continue;
                refuse(w);
                put_version(versions, &r);
        }
        record_rows_close(rows);
        return more;
}

/* Files of one version belong together: none that is not held as it is now is taken. */
static int refuse_others(struct sync *s, const struct intern *versions, struct err *e)
{
        const struct wanted_list *l = &s->result->list;

        for (size_t i = 0; versions->count && i < l->count; i++) {
                struct wanted *w = &l->items[i];
                int known;

                if (!w->held || w->local || w->index || !has_version(versions, &w->record))
                        continue;
                known = catalog_record_has(s->mirror->catalog, &w->record, e);
                if (known < 0)
                        return -1;
                if (!known)
                        refuse(w);
        }
        return 0;
}

int sync_check_changed(struct sync *s, struct err *e)
{
        struct intern versions = {0};
        struct generation g = {0};
        int ret = -1;

        if (catalog_generation_last(s->mirror->catalog, &g, e) < 0)
                goto out;
        for (size_t i = 0; g.id && i < s->run_count; i++)
                if (!s->runs[i].unchanged &&
                    find_changed(s, g.id, s->runs[i].config->name, &versions, e) < 0)
                        goto out;
        ret = refuse_others(s, &versions, e);
out:
        intern_release(&versions);
        return ret;
}
