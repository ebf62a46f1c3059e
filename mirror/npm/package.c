#include "mirror/npm/package.h"

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/url.h"

/* The whole document: the abbreviated one has no times, which some clients will not do without. */
#define PACKUMENT_ACCEPT "application/json"

static const struct npm_registry_place *place_of(const struct npm_packages *all, const char *name)
{
        size_t i = 0;

        for (; i + 1 < all->place_count; i++) {
                size_t len = strlen(all->places[i].scope);

                if (strncmp(name, all->places[i].scope, len) == 0 && name[len] == '/')
                        break;
        }
        return &all->places[i];
}

struct npm_package *npm_package_get(struct npm_packages *all, const char *name)
{
        size_t before = all->names.count;
        uint32_t number = intern_put(&all->names, name);
        struct npm_package *p;

        if (all->names.count == before)
                return all->items[number];
        all->items = xgrow(all->items, before, &all->cap, sizeof *all->items);
        p = all->items[number] = xcalloc(1, sizeof *p);
        p->name = xstrdup(name);
        p->place = place_of(all, name);
        return p;
}

static void package_free(struct npm_package *p)
{
        for (size_t i = 0; i < p->local_count; i++) {
                free(p->locals[i].path);
                json_decref(p->locals[i].manifest);
        }
        free(p->locals);
        buf_release(&p->local_text);
        packument_release(&p->packument);
        free(p->error);
        free(p->name);
        free(p);
}

void npm_packages_release(struct npm_packages *all)
{
        for (size_t i = 0; i < all->names.count; i++)
                package_free(all->items[i]);
        for (size_t i = 0; i < all->place_count; i++) {
                free(all->places[i].scope);
                free(all->places[i].url);
        }
        free(all->items);
        free(all->places);
        intern_release(&all->names);
        signing_keys_free(all->keys);
        free(all->keys_owed);
        *all = (struct npm_packages){0};
}

/* -- local ones -- */

int npm_package_add_local(
    struct npm_package *p, const char *path, json_t *manifest_take, struct err *e)
{
        const char *version = json_string_value(json_object_get(manifest_take, "version"));
        const char *there = npm_package_local(p, version);

        if (there) {
                err_set(e, ERR_USAGE, "%s and %s are both %s %s", there, path, p->name, version);
                json_decref(manifest_take);
                return -1;
        }
        p->place = NULL;
        p->locals = xgrow(p->locals, p->local_count, &p->local_cap, sizeof *p->locals);
        p->locals[p->local_count++] = (struct npm_local_release){xstrdup(path), manifest_take};
        return 0;
}

const char *npm_package_local(const struct npm_package *p, const char *version)
{
        for (size_t i = 0; i < p->local_count; i++)
                if (strcmp(json_string_value(json_object_get(p->locals[i].manifest, "version")),
                        version) == 0)
                        return p->locals[i].path;
        return NULL;
}

/* A document like the registry's, so that what is local is chosen by the same rules. */
static void make_local_text(struct npm_package *p)
{
        json_t *versions = json_object(), *document;
        char *text;

        for (size_t i = 0; i < p->local_count; i++)
                json_object_set(versions,
                    json_string_value(json_object_get(p->locals[i].manifest, "version")),
                    p->locals[i].manifest);
        document = json_pack("{ss so}", "name", p->name, "versions", versions);
        text = json_dumps(document, JSON_COMPACT);
        buf_init(&p->local_text, LIMIT_INDEX_PAGE);
        buf_adds(&p->local_text, text);
        free(text);
        json_decref(document);
}

/* -- loading -- */

static void fail(struct npm_package *p, const char *error)
{
        p->loaded = true;
        p->error = xstrdup(error);
}

/* "@scope%2fname": the slash is no end of a path segment. */
static char *document_url(const struct npm_package *p)
{
        const char *slash = strchr(p->name, '/');

        if (!slash)
                return xasprintf("%s%s", p->place->url, p->name);
        return xasprintf("%s%.*s%%2f%s", p->place->url, (int)(slash - p->name), p->name, slash + 1);
}

/* What was asked for has come. */
static void take_document(struct npm_package *p, const struct document_request *request,
    const struct document *doc, struct host *host)
{
        struct err why = ERR_INIT;

        if (doc->state == DOCUMENT_GONE) {
                fail(p, "the registry has no package of that name");
        } else if (doc->state == DOCUMENT_FAILED) {
                p->owed = true;
                fail(p, doc->error);
        } else if (!p->loaded &&
                   packument_parse(&p->packument, doc->bytes, doc->len, p->name, &why) < 0) {
                host->unfit(host, request);
                p->owed = true;
                fail(p, why.msg);
        }
        p->loaded = true;
}

static int load_remote(
    struct npm_package *p, struct host *host, const char **bytes, size_t *len, struct err *e)
{
        struct document_request request = {
            .kind = DOCUMENT_INDEX, .accept = PACKUMENT_ACCEPT, .max_size = LIMIT_INDEX_PAGE};
        struct document doc;
        char *url;
        int r;

        if (!p->loaded) {
                r = host->reserved(host, p->name, e);
                if (r < 0)
                        return -1;
                if (r) {
                        fail(p,
                            "it was an in-house package here and its local file is gone; put it "
                            "back, or give the package another name");
                        return 1;
                }
        }
        url = document_url(p);
        request.url = url;
        r = host->document(host, &request, &doc, e);
        if (r == 1) {
                take_document(p, &request, &doc, host);
                *bytes = p->error ? NULL : doc.bytes;
                *len = p->error ? 0 : doc.len;
        }
        free(url);
        return r;
}

int npm_package_load(struct npm_packages *all, struct npm_package *p, struct host *host,
    const char **bytes, size_t *len, struct err *e)
{
        struct err why = ERR_INIT;

        (void)all;
        *bytes = NULL;
        *len = 0;
        if (p->error)
                return 1;
        if (p->place)
                return load_remote(p, host, bytes, len, e);
        if (!p->loaded) {
                make_local_text(p);
                if (packument_parse(
                        &p->packument, p->local_text.data, p->local_text.len, p->name, &why) < 0) {
                        fail(p, why.msg);
                        return 1;
                }
                p->loaded = true;
        }
        *bytes = p->local_text.data;
        *len = p->local_text.len;
        return 1;
}
