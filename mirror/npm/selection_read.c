/* What a selection reads from this machine: in-house tarballs and lock files. */
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/local_files.h"
#include "mirror/npm/integrity.h"
#include "mirror/npm/name.h"
#include "mirror/npm/tarball.h"
#include "selection.h"

/* The package.json of a local tarball, with the `dist` that a registry would have given it. */
static json_t *read_manifest(int fd, struct err *e)
{
        json_t *manifest = tarball_manifest(fd, e);
        const char *name = json_string_value(json_object_get(manifest, "name"));
        char *sri, *shasum;

        if (manifest && !npm_name_is_valid(name)) {
                err_set(e, ERR_REFUSED, "\"%.80s\" is no package name", name);
                json_decref(manifest);
                return NULL;
        }
        if (!manifest)
                return NULL;
        if (integrity_state(fd, &sri, &shasum, e) < 0) {
                json_decref(manifest);
                return NULL;
        }
        json_object_set_new(
            manifest, "dist", json_pack("{ss ss}", "integrity", sri, "shasum", shasum));
        free(sri);
        free(shasum);
        return manifest;
}

static int read_one(void *user, struct host *host, const char *path, struct err *e)
{
        struct selection *s = user;
        struct document_request request = {
            .kind = DOCUMENT_LOCAL_FILE, .url = path, .max_size = LIMIT_FILE};
        struct document doc;
        struct npm_package *p;
        struct err why = ERR_INIT;
        json_t *manifest;
        char *text;

        if (host->document(host, &request, &doc, e) < 0)
                return -1;
        manifest = doc.state == DOCUMENT_OK ? read_manifest(doc.fd, &why) : NULL;
        if (!manifest) {
                host->hole(host, path, NULL, doc.state == DOCUMENT_OK ? why.msg : doc.error);
                return 0;
        }
        p = npm_package_get(&s->packages, json_string_value(json_object_get(manifest, "name")));
        if (p->place) {
                text = xasprintf("local package %s shadows any upstream one of that name", p->name);
                host->note(host, text);
                free(text);
                if (host->reserve(host, p->name, e) < 0) {
                        json_decref(manifest);
                        return -1;
                }
        }
        if (npm_package_add_local(p, path, manifest, &why) < 0)
                host->hole(host, path, p->name, why.msg);
        return 0;
}

int npm_read_local(struct selection *s, struct host *host, struct err *e)
{
        size_t known;

        if (local_packages(s->source, host, read_one, s, e) < 0)
                return -1;
        known = s->packages.names.count;
        for (size_t u = 0; u < s->universe_count; u++)
                for (size_t i = 0; i < known; i++)
                        for (size_t k = 0; k < s->packages.items[i]->local_count; k++) {
                                const struct npm_package *p = s->packages.items[i];

                                npm_add_group(s, &s->universes[u], "a local file",
                                    json_pack("{s{sO}}", "dependencies", p->name,
                                        json_object_get(p->locals[k].manifest, "version")));
                        }
        return 0;
}

/* -- lock files -- */

static int read_lock(
    struct selection *s, const struct config_text *file, struct host *host, struct err *e)
{
        struct document_request request = {
            .kind = DOCUMENT_LOCAL, .url = file->text, .max_size = LIMIT_LOCK_FILE};
        struct document doc;
        struct err why = ERR_INIT;
        struct npm_lock *l = &s->locks[s->lock_count];

        if (host->document(host, &request, &doc, e) < 0)
                return -1;
        if (doc.state != DOCUMENT_OK)
                return toml_err(e, file->at, "%s", doc.error);
        if (npm_lock_parse(l, file->text, doc.bytes, doc.len, &why) < 0)
                return toml_err(e, file->at, "%s", why.msg);
        s->lock_count++;
        return 0;
}

static void ask_lock(struct selection *s, const struct npm_lock *l, struct host *host)
{
        for (size_t i = 0; i < l->count; i++) {
                const struct locked *item = &l->items[i];
                char *text;

                if (item->version) {
                        text = xasprintf("%s (%s) names", l->path, item->where);
                        picks_ask(s->locked, item->package, item->version, text);
                } else {
                        text = xasprintf("%s (%s) names %s", l->path, item->where,
                            npm_spec_kind_name(item->kind));
                        host->hole(host, item->text, item->package, text);
                }
                free(text);
        }
}

int npm_read_locks(struct selection *s, struct host *host, struct err *e)
{
        const struct config_list *files = &s->source->lockfiles;

        s->locks = xcalloc(files->count, sizeof *s->locks);
        for (size_t i = 0; i < files->count; i++) {
                if (!npm_lock_name_is_known(files->items[i].text))
                        return toml_err(e, files->items[i].at,
                            "not the name of a lock file: package-lock.json, npm-shrinkwrap.json, "
                            "pnpm-lock.yaml or yarn.lock");
                if (read_lock(s, &files->items[i], host, e) < 0)
                        return -1;
                ask_lock(s, &s->locks[s->lock_count - 1], host);
        }
        return 0;
}
