#include "moment.h"

#include <sys/stat.h>
#include <unistd.h>

#include "bundle/bundle_read.h"
#include "bundle/catalog_stream.h"
#include "bundle/import.h"
#include "bundle/mem.h"
#include "bundle_inputs.h"
#include "mirror/site.h"

void moment_release(struct moment *m)
{
        if (m->file) {
                bundle_close(m->file);
                manifest_release(&m->manifest);
                close(m->fd);
        }
        *m = (struct moment){0};
}

static int find_generation(struct mirror *m, int64_t id, struct err *e)
{
        struct generation g;
        int r = id ? catalog_generation_get(m->catalog, id, &g, e) : 1;

        if (r < 0)
                return -1;
        return r ? 0
                 : err_set(e, ERR_USAGE,
                       "generation %lld is not here (dray gc keeps the last ones, --keep says how many)",
                       (long long)id);
}

/* "plant-a/12" */
static int find_bundle(struct mirror *m, const char *text, struct moment *out, struct err *e)
{
        const char *slash = strrchr(text, '/');
        char *stream = xstrndup(text, (size_t)(slash - text)), *end;
        long long seq = strtoll(slash + 1, &end, 10);
        struct bundle_row row = {0};
        int r = 0, ret = -1;

        if (seq > 0 && !*end)
                r = catalog_bundle_get(m->catalog, stream, seq, &row, e);
        if (r < 0)
                goto out;
        if (r == 0 || !row.done) {
                err_set(e, ERR_USAGE,
                    "%.200s: no such file, and no bundle of this mirror (dray status)", text);
                goto out;
        }
        out->generation = row.generation;
        ret = find_generation(m, row.generation, e);
out:
        bundle_row_release(&row);
        free(stream);
        return ret;
}

/* A bundle's file stands for what its stream is after it. */
static int open_file(struct mirror *m, const char *path, struct moment *out, struct err *e)
{
        struct import_result judged = {0};
        struct bundle_row base = {0};
        int ret = -1, r;

        out->fd = bundle_open_input(path, e);
        if (out->fd < 0)
                goto out;
        if (bundle_open(out->fd, &out->file, e) < 0) {
                close(out->fd);
                goto out;
        }
        if (import_judge(m->catalog, out->file, &judged, e) < 0)
                goto out;
        out->manifest = judged.manifest;
        judged.manifest = (struct manifest){0};
        if (out->manifest.base_seq == 0) {
                ret = 0;
                goto out;
        }
        r = catalog_bundle_get(m->catalog, out->manifest.stream, out->manifest.base_seq, &base, e);
        if (r < 0)
                goto out;
        if (r == 0 || memcmp(base.manifest, out->manifest.base_manifest, SHA256_SIZE) != 0) {
                err_set(e, ERR_CHAIN,
                    "it adds to bundle %lld of stream %s, which is not here to compare with",
                    (long long)out->manifest.base_seq, out->manifest.stream);
                goto out;
        }
        out->generation = base.generation;
        ret = find_generation(m, base.generation, e);
out:
        bundle_row_release(&base);
        import_result_release(&judged);
        return ret < 0 ? err_prefix(e, "%s", path) : 0;
}

int moment_find(struct mirror *m, const char *text, int files, struct moment *out, struct err *e)
{
        struct generation last;
        struct stat st;
        char tree[2], *end;
        long long number = strtoll(text, &end, 10);
        int r;

        *out = (struct moment){0};
        if (strcmp(text, "last") == 0) {
                if (catalog_generation_last(m->catalog, &last, e) < 0)
                        return -1;
                out->generation = last.id;
                return 0;
        }
        if (strcmp(text, "site") == 0) {
                r = site_shown(m, tree, &out->generation, e);
                if (r == 0 || (r == 1 && out->generation < 0))
                        return err_set(e, ERR_USAGE, "the site shows nothing yet");
                return r < 0 ? -1 : 0;
        }
        if (*text && !*end && number >= 0) {
                out->generation = number;
                return find_generation(m, number, e);
        }
        if (files && stat(text, &st) == 0)
                return open_file(m, text, out, e);
        if (strchr(text, '/'))
                return find_bundle(m, text, out, e);
        return err_set(e, ERR_USAGE, "%.200s is none of: " MOMENT_FORMS, text);
}

/* -- what changes -- */

struct adding {
        struct changes *changes;
        int set;
};

static int add_line(
    void *user, const struct record *r, const char *line, size_t len, int added, struct err *e)
{
        const struct adding *a = user;

        (void)line;
        (void)len;
        return added ? changes_add(a->changes, r, a->set, e)
                     : changes_drop(a->changes, r, a->set, e);
}

/* All of one set; or (set 0) a difference, what is there in neither or both left out. */
static int add_rows(struct record_rows *rows, struct changes *out, int set, struct err *e)
{
        struct record r;
        int more, added, ret = -1;

        while ((more = record_rows_next(rows, &r, NULL, &added, e)) == 1)
                if (changes_add(out, &r, set ? set : added ? 1 : -1, e) < 0)
                        goto out;
        ret = more;
out:
        record_rows_close(rows);
        return ret;
}

/* Of a generation, the sources of `stream` only, or all of them (NULL). */
static int add_generation(struct mirror *m, int64_t generation, const char *stream,
    struct changes *out, int set, struct err *e)
{
        struct record_rows *rows;
        char **sources = NULL;
        size_t count = 0;
        int ret = -1;

        if (!stream)
                return catalog_records(
                           m->catalog, generation, NULL, NULL, ORDER_PACKAGE, &rows, e) < 0
                           ? -1
                           : add_rows(rows, out, set, e);
        if (catalog_stream_sources(m->catalog, stream, &sources, &count, e) < 0)
                goto out;
        for (size_t i = 0; i < count; i++)
                if (catalog_records(
                        m->catalog, generation, sources[i], NULL, ORDER_PACKAGE, &rows, e) < 0 ||
                    add_rows(rows, out, set, e) < 0)
                        goto out;
        ret = 0;
out:
        catalog_names_free(sources, count);
        return ret;
}

static int add_moment(struct mirror *m, const struct moment *x, const char *stream,
    struct changes *out, int set, struct err *e)
{
        struct adding adding = {out, set};
        struct manifest again = {0};
        int ret;

        if (x->generation && add_generation(m, x->generation, stream, out, set, e) < 0)
                return -1;
        if (!x->file)
                return 0;
        ret = bundle_manifest(x->file, add_line, &adding, &again, e);
        manifest_release(&again);
        return ret;
}

/* Both are generations: the catalog knows the difference without reading either. */
static int add_difference(
    struct mirror *m, int64_t a, int64_t b, struct changes *out, struct err *e)
{
        struct record_rows *rows;
        char **sources = NULL;
        size_t count = 0;
        int ret = -1;

        if (catalog_sources(m->catalog, &sources, &count, e) == 0 &&
            catalog_scope(m->catalog, sources, count, e) == 0 &&
            catalog_difference(m->catalog, a, b, ORDER_PACKAGE, &rows, e) == 0)
                ret = add_rows(rows, out, 0, e);
        catalog_names_free(sources, count);
        return ret;
}

struct old_side {
        struct mirror *mirror;
        int64_t generation;
};

static int count_old(
    void *user, const char *source, const char *package, uint64_t *records, struct err *e)
{
        const struct old_side *o = user;

        return catalog_package_count(
            o->mirror->catalog, o->generation, source, package, records, e);
}

int moment_changes(struct mirror *m, const struct moment *a, const struct moment *b,
    struct changes *out, struct err *e)
{
        struct old_side old = {m, a->generation};
        const char *stream = b->file ? b->manifest.stream : a->file ? a->manifest.stream : NULL;

        if (a->file && b->file && strcmp(a->manifest.stream, b->manifest.stream) != 0)
                return err_set(e, ERR_USAGE, "the two bundles are of different streams, %s and %s",
                    a->manifest.stream, b->manifest.stream);
        if (!stream) {
                if (add_difference(m, a->generation, b->generation, out, e) < 0)
                        return -1;
        } else if (add_moment(m, a, stream, out, -1, e) < 0 ||
                   add_moment(m, b, stream, out, 1, e) < 0) {
                return -1;
        }
        return changes_settle(out, stream ? NULL : count_old, &old, e);
}
