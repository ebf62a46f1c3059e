/* What the last generation holds and the selection does not ask for any more. */
#include "bundle/catalog_stream.h"
#include "bundle/mem.h"
#include "mirror/intern.h"
#include "sync_state.h"

/* "source package" of all that is wanted, and then of what leaves. */
static int add_package(struct intern *packages, const struct record *r)
{
        size_t before = packages->count;
        char *name = xasprintf("%s %s", r->source, r->package);

        intern_put(packages, name);
        free(name);
        return packages->count > before;
}

static int leave_source(
    struct sync *s, int64_t generation, const char *source, struct intern *packages, struct err *e)
{
        struct sync_leaving *out = &s->result->leaving;
        struct record_rows *rows = NULL;
        struct record r;
        int more =
            catalog_records(s->mirror->catalog, generation, source, NULL, ORDER_PACKAGE, &rows, e);

        if (more < 0)
                return -1;
        while ((more = record_rows_next(rows, &r, NULL, NULL, e)) == 1) {
                if (wanted_find(&s->result->list, &r))
                        continue;
                out->files = xgrow(out->files, out->count, &out->cap, sizeof *out->files);
                out->files[out->count++] =
                    (struct leaving){.title = wanted_title(&r), .package = xstrdup(r.package)};
                out->packages += (size_t)add_package(packages, &r);
        }
        record_rows_close(rows);
        return more;
}

/* A source of this run loses what it does not ask for; one that dray.toml has no more, everything. */
static int loses(const struct sync *s, const char *source, struct err *e)
{
        int imported;

        for (size_t i = 0; i < s->run_count; i++)
                if (strcmp(s->runs[i].config->name, source) == 0)
                        return !s->runs[i].unchanged && !sync_has_holes(s, source);
        if (s->options->only || config_source_find(s->mirror->config, source))
                return 0;
        imported = catalog_source_is_imported(s->mirror->catalog, source, e);
        return imported < 0 ? -1 : !imported;
}

int sync_leave(struct sync *s, struct err *e)
{
        const struct wanted_list *l = &s->result->list;
        struct intern packages = {0};
        struct generation g = {0};
        char **names = NULL;
        size_t count = 0;
        int ret = -1;

        for (size_t i = 0; i < l->count; i++)
                add_package(&packages, &l->items[i].record);
        if (catalog_generation_last(s->mirror->catalog, &g, e) < 0 ||
            catalog_sources(s->mirror->catalog, &names, &count, e) < 0)
                goto out;
        for (size_t i = 0; g.id && i < count; i++) {
                int r = loses(s, names[i], e);

                if (r < 0 || (r && leave_source(s, g.id, names[i], &packages, e) < 0))
                        goto out;
        }
        ret = 0;
out:
        catalog_names_free(names, count);
        intern_release(&packages);
        return ret;
}
