#include "mirror/sync.h"

#include "bundle/catalog_stream.h"
#include "bundle/mem.h"
#include "mirror/identity.h"
#include "mirror/upstream.h"
#include "sync_state.h"

void sync_result_release(struct sync_result *r)
{
        wanted_release(&r->list);
        for (size_t i = 0; i < r->leaving.count; i++) {
                free(r->leaving.files[i].title);
                free(r->leaving.files[i].package);
        }
        free(r->leaving.files);
        catalog_names_free(r->moves.lines, r->moves.count);
        *r = (struct sync_result){0};
}

void sync_tick(struct sync *s, const char *phase)
{
        if (s->options->tick)
                s->options->tick(s->options->user, phase, s->fetch, &s->result->downloads);
}

static int is_wanted(const struct sync_options *o, const char *name)
{
        if (!o->only)
                return 1;
        for (size_t i = 0; o->only[i]; i++)
                if (strcmp(o->only[i], name) == 0)
                        return 1;
        return 0;
}

/* What it holds is of the kind that it was first synced as. */
static int check_kind(const struct sync *s, const struct config_source *source, struct err *e)
{
        char *kind = NULL;
        int known = catalog_source_kind(s->mirror->catalog, source->name, &kind, e), ret = known;

        if (known == 1 && strcmp(kind, source->registry->kind) != 0)
                ret = toml_err(e, toml_get(source->table, "kind"),
                    "source %s was of kind `%s` so far; give the one of kind `%s` another name",
                    source->name, kind, source->registry->kind);
        free(kind);
        return ret < 0 ? -1 : 0;
}

static int choose_sources(struct sync *s, struct err *e)
{
        const struct config *config = s->mirror->config;
        char *const *only = s->options->only;

        for (size_t i = 0; only && only[i]; i++) {
                size_t n = 0;

                while (n < config->source_count && strcmp(config->sources[n].name, only[i]) != 0)
                        n++;
                if (n == config->source_count)
                        return err_set(
                            e, ERR_USAGE, "%s has no source named %s", config->path, only[i]);
        }
        if (config->source_count == 0)
                return err_set(e, ERR_USAGE, "%s has no [[source]] to sync", config->path);
        s->runs = xcalloc(config->source_count, sizeof *s->runs);
        for (size_t i = 0; i < config->source_count; i++) {
                const struct config_source *source = &config->sources[i];
                int imported;

                if (!is_wanted(s->options, source->name))
                        continue;
                imported = catalog_source_is_imported(s->mirror->catalog, source->name, e);
                if (imported)
                        return imported < 0
                                   ? -1
                                   : err_set(e, ERR_USAGE,
                                         "%s: source %s comes to this mirror by bundles; give the one "
                                         "to sync another name",
                                         config->path, source->name);
                if (check_kind(s, source, e) < 0)
                        return -1;
                s->runs[s->run_count++] =
                    (struct source_run){.config = source, .registry = source->registry};
        }
        return 0;
}

/* What was read to select is here: it is not fetched a second time. */
static void take_documents(struct sync *s)
{
        for (size_t i = 0; i < s->result->list.count; i++) {
                struct wanted *w = &s->result->list.items[i];
                unsigned char sha[SHA256_SIZE];
                uint64_t size;

                if (w->local ||
                    !documents_file(
                        s->documents, w->record.source, w->url, &w->digest, sha, &size) ||
                    (w->record.size && w->record.size != size))
                        continue;
                memcpy(w->record.sha256, sha, SHA256_SIZE);
                w->record.size = size;
                w->held = 1;
        }
}

/* What is another package inside than its index says is not taken: a hole that says so. */
static int check_identity(struct sync *s, struct err *e)
{
        for (size_t i = 0; i < s->run_count; i++)
                if (!s->runs[i].unchanged && identity_check_list(s->mirror, s->runs[i].config->name,
                                                 s->runs[i].registry, &s->result->list, e) < 0)
                        return -1;
        return 0;
}

/* A selection that was made by parts of files which are not in the files: a hole for each. */
static void distrust(void *user, const char *source, const struct stated_digest *file)
{
        const struct sync *s = user;

        for (size_t i = 0; i < s->result->list.count; i++) {
                struct wanted *w = &s->result->list.items[i];

                if (w->digest.kind != file->kind || strcmp(w->record.source, source) != 0 ||
                    memcmp(w->digest.value, file->value, digest_size(file->kind)) != 0)
                        continue;
                w->held = 0;
                free(w->error);
                w->error = xstrdup("the server sent other bytes of it to select by than are in "
                                   "the file, so what it needs is not known; run dray sync again");
        }
}

static void tick_download(void *user)
{
        sync_tick(user, "fetching");
}

static int everything_unchanged(const struct sync *s)
{
        return s->result->sources_unchanged == s->run_count;
}

/* As the clients are configured here: what they trust is trusted, and what opens doors to them does here. */
static struct fetch *open_fetch(struct sync *s, struct err *e)
{
        struct fetch_options options = *s->options->fetch;

        for (size_t i = 0; i < s->run_count; i++) {
                struct client client = {0};

                if (!s->runs[i].registry->trusts)
                        continue;
                s->runs[i].registry->client(&client);
                access_take(&s->access, &client.access);
                if (!s->ca_file) {
                        s->ca_file = client.ca_file;
                        client.ca_file = NULL;
                }
                client_release(&client);
        }
        if (!options.ca_file)
                options.ca_file = s->ca_file;
        options.access = &s->access;
        return fetch_open(&options, e);
}

static int plan(struct sync *s, struct err *e)
{
        struct sync_result *r = s->result;

        if (download_look(s->mirror, &r->list, &r->downloads, e) < 0 ||
            sync_check_changed(s, e) < 0 || sync_check_names(s, e) < 0 || sync_leave(s, e) < 0)
                return -1;
        r->open_holes = r->list.hole_count;
        for (size_t i = 0; i < r->list.count; i++)
                r->open_holes += r->list.items[i].error != NULL;
        return 0;
}

int sync_run(struct mirror *m, const struct sync_options *o, struct sync_result *out, struct err *e)
{
        struct sync s = {.mirror = m, .options = o, .result = out};
        int ret = -1;

        *out = (struct sync_result){0};
        if (choose_sources(&s, e) < 0)
                goto out;
        s.fetch = open_fetch(&s, e);
        if (!s.fetch)
                goto out;
        s.documents = documents_open(m, s.fetch, !o->plan);
        if (sync_select(&s, e) < 0)
                goto out;
        if (o->plan) {
                ret = plan(&s, e);
                goto out;
        }
        if (everything_unchanged(&s) && s.run_count == m->config->source_count) {
                ret = catalog_generation_last(m->catalog, &out->generation, e) < 0 ? -1 : 0;
                goto out;
        }
        take_documents(&s);
        if (download_all(
                m, s.fetch, &out->list, &out->downloads, tick_download, &s, &s.download, e) < 0 ||
            check_identity(&s, e) < 0 ||
            documents_compare_parts(s.documents, distrust, &s, e) < 0 ||
            sync_check_changed(&s, e) < 0 || sync_check_names(&s, e) < 0 || sync_leave(&s, e) < 0 ||
            sync_commit(&s, e) < 0)
                goto out;
        ret = 0;
out:
        if (s.documents)
                documents_count(s.documents, &out->documents);
        fetch_close(s.fetch);
        download_free(s.download);
        documents_close(s.documents);
        facts_release(&s.facts);
        gpgv_answer_release(&s.verified);
        free(s.runs);
        free(s.ca_file);
        access_release(&s.access);
        return ret;
}
