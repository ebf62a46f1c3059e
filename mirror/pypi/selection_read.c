/* What a selection reads from this machine: in-house packages and lock files. */
#include <unistd.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/text.h"
#include "mirror/local_files.h"
#include "mirror/pypi/metadata.h"
#include "mirror/pypi/name.h"
#include "mirror/pypi/sdist.h"
#include "mirror/pypi/wheel.h"
#include "selection.h"

/* The normalised name that the metadata inside a distribution states. */
static int name_inside(int fd, const char *path, char **name, struct err *e)
{
        struct metadata m = {0};
        struct sdist s = {0};
        struct buf bytes;
        int ret = -1;

        buf_init(&bytes, LIMIT_METADATA);
        if (text_ends_with(path, ".whl")) {
                if (wheel_read_metadata(fd, &bytes, e) < 0 ||
                    metadata_parse(bytes.data, bytes.len, &m, e) < 0)
                        goto out;
        } else if (sdist_name_has_ending(path)) {
                if (sdist_read(fd, path, &s, e) < 0)
                        goto out;
                if (!s.has_pkg_info) {
                        err_set(e, ERR_REFUSED, "no PKG-INFO in it");
                        goto out;
                }
                if (metadata_parse(s.pkg_info.data, s.pkg_info.len, &m, e) < 0)
                        goto out;
        } else {
                err_set(e, ERR_REFUSED, "neither a wheel (.whl) nor an sdist (.tar.gz, .zip)");
                goto out;
        }
        if (!name_is_valid(m.name, strlen(m.name))) {
                err_set(e, ERR_REFUSED, "\"%.80s\" is no name of a project", m.name);
                goto out;
        }
        *name = name_normalize(m.name, strlen(m.name));
        ret = 0;
out:
        metadata_release(&m);
        sdist_release(&s);
        buf_release(&bytes);
        return ret;
}

static int read_one(void *user, struct host *host, const char *path, struct err *e)
{
        struct selection *s = user;
        struct document_request request = {
            .kind = DOCUMENT_LOCAL_FILE, .url = path, .max_size = LIMIT_FILE};
        struct document doc;
        struct project *p;
        struct err why = ERR_INIT;
        char *name = NULL, *text;
        int r = host->document(host, &request, &doc, e);

        if (r < 0)
                return -1;
        if (doc.state != DOCUMENT_OK) {
                host->hole(host, path, NULL, doc.error);
                return 0;
        }
        if (name_inside(doc.fd, path, &name, &why) < 0) {
                host->hole(host, path, NULL, why.msg);
                return 0;
        }
        p = selection_project(s, name);
        if (!p->local) {
                text = xasprintf("local project %s shadows any upstream one of that name", name);
                host->note(host, text);
                free(text);
                if (host->reserve(host, name, e) < 0) {
                        free(name);
                        return -1;
                }
        }
        if (project_add_local(p, path, doc.sha256, doc.total, &why) < 0)
                host->hole(host, path, name, why.msg);
        free(name);
        return 0;
}

/* Every local file is carried, whatever the targets take. */
static int want_all(struct selection *s, struct project *p, struct host *host, struct err *e)
{
        for (size_t i = 0; i < p->release_count; i++) {
                const struct release *r = &p->releases[i];

                for (size_t k = r->first; k < r->first + r->count; k++) {
                        struct project_file *f = &p->files[k];

                        if (project_metadata(p, f, host, e) < 0)
                                return -1;
                        if (f->state == METADATA_FAILED)
                                host->hole(host, f->local, p->name, f->error);
                        else if (selection_want(s, p, r, f, "a local file", host, e) < 0)
                                return -1;
                }
        }
        return 0;
}

static int add_local_roots(struct selection *s, struct project *p, struct err *e)
{
        for (size_t t = 0; t < s->target_count; t++) {
                char *key = xasprintf("local %s", p->name);
                struct environment *env = selection_environment(s, &s->targets[t], key);

                free(key);
                env->extra_one = 1; /* not for this target: no hole */
                if (env->root_count == 0 && environment_add_root(env, p->name, "local", e) < 0)
                        return -1;
        }
        return 0;
}

int selection_read_local(struct selection *s, struct host *host, struct err *e)
{
        size_t known;

        if (local_packages(s->source, host, read_one, s, e) < 0)
                return -1;
        known = s->project_names.count;
        for (size_t i = 0; i < known; i++) {
                struct project *p = s->projects[i];

                if (!p->local)
                        continue;
                if (project_load(p, s->upstream, &s->policy, host, e) < 0 ||
                    want_all(s, p, host, e) < 0 || add_local_roots(s, p, e) < 0)
                        return -1;
        }
        return 0;
}

/* -- requirements.txt -- */

static int include_file(void *user, const char *path, char **text, size_t *len, struct err *e)
{
        struct host *host = user;
        struct document_request request = {
            .kind = DOCUMENT_LOCAL, .url = path, .max_size = LIMIT_REQUIREMENTS};
        struct document doc;

        if (strstr(path, "://"))
                return err_set(
                    e, ERR_USAGE, "%s: a file at an address is not read; fetch it first", path);
        if (host->document(host, &request, &doc, e) < 0)
                return -1;
        if (doc.state != DOCUMENT_OK)
                return err_set(e, ERR_USAGE, "%s", doc.error);
        *text = xstrndup(doc.bytes, doc.len);
        *len = doc.len;
        return 0;
}

static const char *environment_value(void *user, const char *name)
{
        struct host *host = user;

        host->unrepeatable(host);
        return getenv(name);
}

static void tell_notes(const struct requirements *r, struct host *host)
{
        for (size_t i = 0; i < r->note_count; i++) {
                const struct requirements_note *n = &r->notes[i];

                /* what pip would fetch from elsewhere is missing inside; what lies in a folder is at hand */
                if (n->kind == REQUIREMENTS_VCS || n->kind == REQUIREMENTS_URL)
                        host->hole(host, n->message, n->requirement.name, "cannot be mirrored");
                else
                        host->note(host, n->message);
        }
}

static int add_entries(struct selection *s, struct pypi_target *t, const char *path,
    const struct requirements *r, struct err *e)
{
        struct environment *env = selection_environment(s, t, path);

        env->hashed = requirements_needs_hashes(r);
        for (size_t i = 0; i < r->entry_count; i++) {
                const struct requirements_entry *entry = &r->entries[i];
                struct buf text;
                char *where = xasprintf("%s:%lu", entry->file, entry->line);
                struct root *root;
                int added;

                buf_init(&text, LIMIT_URL);
                added = requirement_text(&entry->requirement, &text) < 0
                            ? err_set(e, ERR_USAGE, "%s: too long", where)
                            : environment_add_root(env, text.data, where, e);
                buf_release(&text);
                free(where);
                if (added < 0)
                        return -1;
                root = &env->roots[env->root_count - 1];
                root->constraint = entry->constraint;
                root->hashes = entry->hashes;
                root->hash_count = entry->hash_count;
        }
        for (size_t i = 0; r->pre && i < r->entry_count; i++)
                selection_project(s, r->entries[i].requirement.name)->pre_allowed = 1;
        return 0;
}

static int read_requirements(
    struct selection *s, const struct config_text *file, struct host *host, struct err *e)
{
        struct requirements_reader reader = {include_file, environment_value, host};
        struct requirements *r = &s->lockfiles[s->lockfile_count];
        struct err why = ERR_INIT;
        char *text = NULL;
        size_t len = 0;
        int ret;

        if (include_file(host, file->text, &text, &len, &why) < 0)
                return toml_err(e, file->at, "%s", why.msg);
        ret = requirements_parse(r, file->text, text, len, &reader, e);
        free(text);
        if (ret < 0) {
                e->code =
                    ERR_USAGE; /* the file is wrong, and nothing that may come yet is missing */
                return -1;
        }
        s->lockfile_count++;
        tell_notes(r, host);
        for (size_t t = 0; t < s->target_count; t++)
                if (add_entries(s, &s->targets[t], file->text, r, e) < 0)
                        return -1;
        return 0;
}

int selection_read_lockfiles(struct selection *s, struct host *host, struct err *e)
{
        const struct config_list *files = &s->source->lockfiles;

        s->lockfiles = xcalloc(files->count, sizeof *s->lockfiles);
        s->locks = xcalloc(files->count, sizeof *s->locks);
        for (size_t i = 0; i < files->count; i++) {
                if (lock_is_known(files->items[i].text)) {
                        if (selection_read_lock(s, &files->items[i], host, e) < 0)
                                return -1;
                        continue;
                }
                if (!text_ends_with(files->items[i].text, ".txt") &&
                    !text_ends_with(files->items[i].text, ".in"))
                        return toml_err(e, files->items[i].at,
                            "no kind of lock file that dray reads: requirements.txt (.txt, .in), pylock.toml, "
                            "uv.lock, poetry.lock; export it to one of these");
                if (read_requirements(s, &files->items[i], host, e) < 0)
                        return -1;
        }
        return 0;
}
