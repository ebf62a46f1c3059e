/* From records to the paths and pages of an npm registry made of plain files. */
#include <jansson.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/npm/name.h"
#include "mirror/npm/release.h"
#include "mirror/npm/semver.h"
#include "npm.h"

int npm_path(const struct record *r, struct buf *out, struct err *e)
{
        struct semver v;
        char *file;
        int same;

        if (!npm_name_is_valid(r->package))
                return err_set(e, ERR_REFUSED, "%s is no package name", r->package);
        if (semver_parse(&v, r->version, strlen(r->version), SEMVER_LOOSE) < 0)
                return err_set(e, ERR_REFUSED, "%s is no version", r->version);
        file = release_file_name(r->package, r->version);
        same = strcmp(file, r->file) == 0;
        free(file);
        if (!same)
                return err_set(
                    e, ERR_REFUSED, "%s is no file of %s %s", r->file, r->package, r->version);
        return buf_addf(out, "%s/-/%s", r->package, r->file) < 0
                   ? err_set(e, ERR_REFUSED, "%s: path too long", r->file)
                   : 0;
}

/* One version on its page. */
struct held {
        const struct record *record;
        struct semver semver;
        json_t *meta;
};

static int by_version(const void *a, const void *b)
{
        const struct held *x = a, *y = b;

        return semver_compare(&x->semver, &y->semver);
}

/* The manifest as clients want it: the part that was kept, with its name and where its file is. */
static json_t *make_manifest(const struct site_source *site, const struct held *h)
{
        const struct record *r = h->record;
        json_t *manifest = json_deep_copy(json_object_get(h->meta, "manifest"));
        json_t *dist = json_deep_copy(json_object_get(h->meta, "dist"));
        char *address = xasprintf("%s%s/%s/-/%s",
            *site->base_url ? site->base_url : SITE_ASSUMED_URL, site->name, r->package, r->file);

        manifest = json_is_object(manifest) ? manifest : json_object();
        dist = json_is_object(dist) ? dist : json_object();
        json_object_set_new(manifest, "name", json_string(r->package));
        json_object_set_new(manifest, "version", json_string(r->version));
        json_object_set_new(dist, "tarball", json_string(address));
        json_object_set_new(manifest, "dist", dist);
        free(address);
        return manifest;
}

static bool is_deprecated(const struct held *h)
{
        const json_t *text = json_object_get(json_object_get(h->meta, "manifest"), "deprecated");

        return json_is_true(text) || (json_is_string(text) && *json_string_value(text));
}

/* What `latest` stands at when upstream's is not here: the newest that nobody advises against. */
static const char *best_latest(const struct held *held, size_t count)
{
        const struct held *best = &held[count - 1];
        int merit = -1;

        for (size_t i = 0; i < count; i++) {
                int m = 2 * !held[i].semver.pre + !is_deprecated(&held[i]);

                if (m >= merit) {
                        merit = m;
                        best = &held[i];
                }
        }
        return best->record->version;
}

static json_t *make_tags(const struct held *held, size_t count)
{
        json_t *tags = json_object();

        for (size_t i = 0; i < count; i++) {
                char *all = xstrdup(json_string_value(json_object_get(held[i].meta, "tags")));
                char *rest = all, *tag;

                while ((tag = strsep(&rest, " ")))
                        if (*tag)
                                json_object_set_new(
                                    tags, tag, json_string(held[i].record->version));
                free(all);
        }
        if (!json_object_get(tags, "latest"))
                json_object_set_new(tags, "latest", json_string(best_latest(held, count)));
        return tags;
}

/* Times as the registry stated them, so that the clients' own age limits work. */
static json_t *make_times(const struct held *held, size_t count)
{
        json_t *times = json_object();
        const char *first = NULL, *last = NULL;

        for (size_t i = 0; i < count; i++) {
                const char *time = json_string_value(json_object_get(held[i].meta, "time"));

                if (!time)
                        continue;
                json_object_set_new(times, held[i].record->version, json_string(time));
                first = !first || strcmp(time, first) < 0 ? time : first;
                last = !last || strcmp(time, last) > 0 ? time : last;
        }
        if (first) {
                json_object_set_new(times, "created", json_string(first));
                json_object_set_new(times, "modified", json_string(last));
        }
        return times;
}

static json_t *make_page(
    const struct site_source *site, const char *package, const struct held *held, size_t count)
{
        json_t *versions = json_object(), *times = make_times(held, count);

        for (size_t i = 0; i < count; i++)
                json_object_set_new(
                    versions, held[i].record->version, make_manifest(site, &held[i]));
        return json_pack("{ss so so so}", "name", package, "dist-tags", make_tags(held, count),
            "versions", versions, "time", times);
}

/*
 * A package's path is a folder, in which a web server looks for the page: index.json where it is
 * told to, index.html where it is not. Clients do not care.
 */
static int put_page(struct page_sink *sink, const char *package, const char *text, struct err *e)
{
        static const char *const names[] = {"index.json", "index.html"};

        for (size_t i = 0; i < 2; i++) {
                char path[LIMIT_NAME + 32];

                snprintf(path, sizeof path, "%s/%s", package, names[i]);
                if (sink->page(sink, path, text, text ? strlen(text) : 0, e) < 0)
                        return -1;
        }
        return 0;
}

int npm_package_pages(const struct site_source *site, const char *package,
    const struct record *records, size_t count, struct page_sink *sink, struct err *e)
{
        struct held *held = xcalloc(count, sizeof *held);
        json_t *page = NULL;
        char *text = NULL;
        int ret = -1;

        if (count == 0) {
                ret = put_page(sink, package, NULL, e);
                goto out;
        }
        for (size_t i = 0; i < count; i++) {
                held[i].record = &records[i];
                held[i].meta = json_loads(records[i].meta, 0, NULL);
                if (semver_parse(&held[i].semver, records[i].version, strlen(records[i].version),
                        SEMVER_LOOSE) < 0) {
                        err_set(e, ERR_REFUSED, "%s is no version", records[i].version);
                        goto out;
                }
        }
        qsort(held, count, sizeof *held, by_version);
        page = make_page(site, package, held, count);
        text = json_dumps(page, JSON_COMPACT);
        if (!text) {
                err_set(e, ERR_REFUSED, "%s: its metadata is not UTF-8", package);
                goto out;
        }
        ret = put_page(sink, package, text, e);
out:
        for (size_t i = 0; i < count; i++)
                json_decref(held[i].meta);
        free(held);
        free(text);
        json_decref(page);
        return ret;
}

/* Each key once, by its id. */
static void add_keys(json_t *keys, const char *meta)
{
        json_t *document = json_loads(meta, 0, NULL), *key, *there;
        size_t i, k;

        json_array_foreach (json_object_get(document, "keys"), i, key) {
                bool known = false;

                json_array_foreach (keys, k, there)
                        known = known || json_equal(key, there);
                if (!known)
                        json_array_append(keys, key);
        }
        json_decref(document);
}

/* The keys that what is held was signed with, where clients look for them. */
int npm_source_pages(const struct site_source *site, struct record_cursor *all,
    struct page_sink *sink, struct err *e)
{
        json_t *document = json_pack("{s[]}", "keys"), *keys = json_object_get(document, "keys");
        struct record r;
        char *text;
        int more, ret;

        (void)site;
        while ((more = all->next(all, &r, e)) == 1)
                if (strstr(r.meta, "\"keys\":["))
                        add_keys(keys, r.meta);
        text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
        ret = more < 0 ? -1
              : json_array_size(keys) == 0
                  ? 0
                  : sink->page(sink, "-/npm/v1/keys", text, strlen(text), e);
        free(text);
        json_decref(document);
        return ret;
}
