/* The generation: records, holes, and what is remembered of a source. */
#include "bundle/catalog_stream.h"
#include "bundle/catalog_work.h"
#include "bundle/mem.h"
#include "mirror/synced.h"
#include "sync_state.h"

static int source_failed(const struct sync *s, const char *name)
{
        for (size_t i = 0; i < s->result->list.hole_count; i++)
                if (!s->result->list.holes[i].package &&
                    strcmp(s->result->list.holes[i].source, name) == 0)
                        return 1;
        return 0;
}

int sync_has_holes(const struct sync *s, const char *name)
{
        const struct wanted_list *l = &s->result->list;

        for (size_t i = 0; i < l->hole_count; i++)
                if (strcmp(l->holes[i].source, name) == 0)
                        return 1;
        for (size_t i = 0; i < l->count; i++)
                if ((s->options->plan ? l->items[i].error != NULL : !l->items[i].held) &&
                    strcmp(l->items[i].record.source, name) == 0)
                        return 1;
        return 0;
}

static int is_in_store(void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size)
{
        const struct sync *s = user;

        return store_present(s->mirror->store, sha256, size);
}

static int holds_any(struct sync *s, const char *name, struct err *e)
{
        struct record_rows *rows = NULL;
        struct generation g = {0};
        struct record r;
        int ret = catalog_generation_last(s->mirror->catalog, &g, e);

        if (ret <= 0)
                return ret;
        if (catalog_records(s->mirror->catalog, g.id, name, NULL, ORDER_PACKAGE, &rows, e) < 0)
                return -1;
        ret = record_rows_next(rows, &r, NULL, NULL, e);
        record_rows_close(rows);
        return ret;
}

/*
 * What is whole goes in. While something of a source is missing, nothing that
 * it holds goes out, but what a new record of the same file replaces: what was
 * installable stays so. So an index that speaks of what is missing waits, if
 * there is something that it would break.
 */
static int put_records(struct sync *s, const struct source_run *run, struct err *e)
{
        struct catalog *c = s->mirror->catalog;
        const struct wanted_list *l = &s->result->list;
        const char *name = run->config->name;
        int holes = sync_has_holes(s, name), wait = holes ? holds_any(s, name, e) : 0;

        if (wait < 0)
                return -1;
        for (size_t i = 0; i < l->count; i++) {
                const struct wanted *w = &l->items[i];

                if (w->held && !(wait && w->index) && strcmp(w->record.source, name) == 0 &&
                    catalog_record_keep(c, &w->record, e) < 0)
                        return -1;
        }
        if (holes && (catalog_keep_held(c, name, NULL, e) < 0 ||
                         catalog_keep_whole(c, is_in_store, s, e) < 0))
                return -1;
        return catalog_source_settle(c, name, e);
}

static int put_holes(struct sync *s, const struct source_run *run, struct err *e)
{
        struct catalog *c = s->mirror->catalog;
        const struct wanted_list *l = &s->result->list;
        const char *name = run->config->name;

        if (catalog_holes_begin(c, e) < 0)
                return -1;
        for (size_t i = 0; i < l->hole_count; i++) {
                if (strcmp(l->holes[i].source, name) != 0)
                        continue;
                s->result->open_holes++;
                if (catalog_hole_put(c, name, l->holes[i].item, l->holes[i].why, e) < 0)
                        return -1;
        }
        for (size_t i = 0; i < l->count; i++) {
                const struct wanted *w = &l->items[i];

                if (w->held || strcmp(w->record.source, name) != 0)
                        continue;
                s->result->open_holes++;
                if (catalog_hole_put(
                        c, name, w->record.file, w->error ? w->error : "not fetched", e) < 0)
                        return -1;
        }
        return catalog_holes_end(c, name, e);
}

/* Only a selection without holes may be taken over unasked the next time. */
static int put_selection(struct sync *s, const struct source_run *run, size_t holes, struct err *e)
{
        const char *name = run->config->name;
        unsigned char inputs[SHA256_SIZE];
        char until[32];

        if (holes || run->unrepeatable)
                return catalog_selection_forget(s->mirror->catalog, name, e);
        snprintf(until, sizeof until, "%lld", (long long)run->until);
        if (catalog_fact_put(s->mirror->catalog, name, SYNC_UNTIL, until, e) < 0 ||
            sync_inputs(s, run, inputs, e) < 0)
                return -1;
        return catalog_selection_put(s->mirror->catalog, name, inputs, e);
}

static int use_items(struct sync *s, const struct source_run *run, struct err *e)
{
        struct catalog *c = s->mirror->catalog;
        const struct wanted_list *l = &s->result->list;

        if (catalog_items_begin(c, e) < 0)
                return -1;
        for (size_t i = 0; i < l->count; i++) {
                struct item_row row = {.source = l->items[i].record.source,
                    .package = l->items[i].record.package,
                    .version = l->items[i].record.version,
                    .file = l->items[i].record.file};

                if (catalog_item_use(c, &row, e) < 0)
                        return -1;
        }
        return source_failed(s, run->config->name) ? 0
                                                   : catalog_items_sweep(c, run->config->name, e);
}

static int put_source(struct sync *s, const struct source_run *run, struct err *e)
{
        char *name = xstrdup(run->config->name);
        size_t before = s->result->open_holes;
        int ret = -1, whole = !source_failed(s, name);

        /* a failed selection did not ask for all its documents: none is forgotten */
        if (documents_settle(s->documents, &name, whole ? 1 : 0, e) < 0 ||
            use_items(s, run, e) < 0 || put_holes(s, run, e) < 0 ||
            put_selection(s, run, s->result->open_holes - before, e) < 0)
                goto out;
        ret = 0;
out:
        free(name);
        return ret;
}

/* Everything that is remembered of a source that is no longer in dray.toml. */
static int withdraw_source(struct catalog *c, const char *name, struct err *e)
{
        if (catalog_source_settle(c, name, e) < 0 || catalog_holes_begin(c, e) < 0 ||
            catalog_holes_end(c, name, e) < 0 || catalog_documents_begin(c, e) < 0 ||
            catalog_documents_sweep(c, name, e) < 0 || catalog_items_begin(c, e) < 0 ||
            catalog_items_sweep(c, name, e) < 0 || catalog_facts_sweep(c, name, e) < 0)
                return -1;
        return catalog_selection_forget(c, name, e);
}

/* What bundles brought here is not dray.toml's to withdraw. */
static int withdraw_sources(struct sync *s, struct err *e)
{
        char **names = NULL;
        size_t count = 0;
        int ret = -1;

        if (s->options->only)
                return 0;
        if (catalog_sources(s->mirror->catalog, &names, &count, e) < 0)
                return -1;
        for (size_t i = 0; i < count; i++) {
                int imported = catalog_source_is_imported(s->mirror->catalog, names[i], e);

                if (imported < 0)
                        goto out;
                if (!imported && !config_source_find(s->mirror->config, names[i]) &&
                    withdraw_source(s->mirror->catalog, names[i], e) < 0)
                        goto out;
        }
        ret = 0;
out:
        catalog_names_free(names, count);
        return ret;
}

int sync_commit(struct sync *s, struct err *e)
{
        struct catalog *c = s->mirror->catalog;
        int changed = -1;

        if (store_sync(s->mirror->store, e) < 0 || catalog_begin(c, e) < 0)
                return -1;
        if (catalog_change_begin(c, e) < 0)
                goto fail;
        for (size_t i = 0; i < s->run_count; i++)
                if (catalog_source_put(c, s->runs[i].config->name, s->runs[i].registry->kind, e) <
                        0 ||
                    synced_note(c, s->runs[i].config, e) < 0)
                        goto fail;
        for (size_t i = 0; i < s->run_count; i++)
                if (!s->runs[i].unchanged && put_records(s, &s->runs[i], e) < 0)
                        goto fail;
        if (withdraw_sources(s, e) < 0)
                goto fail;
        changed = catalog_change_end(c, &s->result->generation, e);
        if (changed < 0)
                goto fail;
        for (size_t i = 0; i < s->run_count; i++)
                if (!s->runs[i].unchanged && put_source(s, &s->runs[i], e) < 0)
                        goto fail;
        if (facts_settle(&s->facts, c, e) < 0 || catalog_commit(c, e) < 0)
                goto fail;
        s->result->changed = changed;
        return 0;
fail:
        catalog_rollback(c);
        return -1;
}
