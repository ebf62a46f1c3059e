#include "mirror/sync.h"

#include "bundle/catalog_stream.h"
#include "bundle/catalog_work.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/config.h"
#include "mirror/upstream.h"

/* One source in this run. */
struct source_run {
        const struct config_source *config;
        const struct registry *registry;
        int unchanged;
        int unrepeatable; /* depends on more than documents and dray.toml */
};

struct sync {
        struct mirror *mirror;
        const struct sync_options *options;
        struct sync_result *result;
        struct fetch *fetch;
        char *ca_file; /* that it trusts; NULL: as the environment says */
        struct documents *documents;
        struct download *download;
        struct source_run *runs;
        size_t run_count;
        struct source_run *current; /* whose adapter is at work */
};

void sync_result_release(struct sync_result *r)
{
        wanted_release(&r->list);
        *r = (struct sync_result){0};
}

static void tick(struct sync *s, const char *phase)
{
        if (s->options->tick)
                s->options->tick(s->options->user, phase, s->fetch, &s->result->downloads);
}

/* -- the host that adapters speak to -- */

static int host_document(
    struct host *h, const struct document_request *request, struct document *out, struct err *e)
{
        struct sync *s = h->user;

        return documents_get(s->documents, s->current->config->name, request, out, e);
}

static void host_hole(struct host *h, const char *item, const char *package, const char *why)
{
        struct sync *s = h->user;

        wanted_hole(&s->result->list, s->current->config->name, item, package, why);
}

static int host_file(struct host *h, const struct wanted_file *file, struct err *e)
{
        struct sync *s = h->user;
        struct record record;
        struct err why = ERR_INIT;
        struct buf line;

        if (s->result->list.count >= LIMIT_RECORDS)
                return err_set(e, ERR_FAILED, "more than %d files selected", LIMIT_RECORDS);
        record = file->record;
        record.source = s->current->config->name;
        buf_init(&line, LIMIT_MANIFEST_LINE);
        if (record_format(&record, &line, &why) < 0) {
                /* a name that no catalog takes: this file's hole, and nobody else's */
                host_hole(h, file->record.file, file->record.package, why.msg);
                buf_release(&line);
                return 0;
        }
        buf_release(&line);
        wanted_add(&s->result->list, s->current->config->name, file);
        return 0;
}

static void host_note(struct host *h, const char *text)
{
        struct sync *s = h->user;
        char *line = xasprintf("%s: %s", s->current->config->name, text);

        wanted_note(&s->result->list, line);
        free(line);
}

static int host_reserved(struct host *h, const char *package, struct err *e)
{
        struct sync *s = h->user;

        return catalog_reserved(s->mirror->catalog, s->current->config->name, package, e);
}

static int host_reserve(struct host *h, const char *package, struct err *e)
{
        struct sync *s = h->user;
        int known;

        if (s->options->plan)
                return 0;
        known = host_reserved(h, package, e);
        if (known)
                return known < 0 ? -1 : 0;
        return catalog_reserve(s->mirror->catalog, s->current->config->name, package, e);
}

static void host_unrepeatable(struct host *h)
{
        struct sync *s = h->user;

        s->current->unrepeatable = 1;
}

/* -- selecting -- */

static int is_wanted(const struct sync_options *o, const char *name)
{
        if (!o->only)
                return 1;
        for (size_t i = 0; o->only[i]; i++)
                if (strcmp(o->only[i], name) == 0)
                        return 1;
        return 0;
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
                s->runs[s->run_count++] =
                    (struct source_run){.config = source, .registry = source->registry};
        }
        return 0;
}

/*
 * Some answers: an adapter goes on with what there is. It looks at all that it
 * waits for, so it is asked again once an eighth has come, not for each one.
 */
static int wait_documents(struct sync *s, const char *phase, struct err *e)
{
        size_t waiting = documents_waiting(s->documents), enough = waiting - waiting / 8, before;

        do {
                before = waiting;
                if (before && fetch_run(s->fetch, 250, e) < 0)
                        return -1;
                tick(s, phase);
                if (documents_fault(s->documents, e))
                        return -1;
                waiting = documents_waiting(s->documents);
        } while (waiting < before && waiting > enough);
        return 0;
}

/*
 * What a selection is made from: its documents, all of dray.toml to the byte,
 * and the address that it was asked at.
 */
static int selection_inputs(
    struct sync *s, const struct source_run *run, unsigned char inputs[SHA256_SIZE], struct err *e)
{
        struct buf extra;
        char *stated = upstream_stated(run->registry, run->config);
        int ret;

        buf_init(&extra, LIMIT_TOML + LIMIT_URL);
        ret = buf_addf(&extra, "%s\n", stated ? stated : "") < 0 ||
                      buf_add(&extra, s->mirror->config_text.data, s->mirror->config_text.len) < 0
                  ? err_set(e, ERR_FAILED, "dray.toml is too large")
                  : documents_inputs(
                        s->documents, run->config->name, extra.data, extra.len, inputs, e);
        buf_release(&extra);
        free(stated);
        return ret;
}

static int find_unchanged(struct sync *s, struct source_run *run, struct err *e)
{
        const char *name = run->config->name;
        unsigned char inputs[SHA256_SIZE], last[SHA256_SIZE];
        int known = catalog_selection_get(s->mirror->catalog, name, last, e);
        int same;

        if (known < 0)
                return -1;
        if (!known || s->options->plan || run->config->min_age)
                return 0;
        same = documents_unchanged(s->documents, name, e);
        if (same <= 0)
                return same;
        if (selection_inputs(s, run, inputs, e) < 0)
                return -1;
        run->unchanged = memcmp(inputs, last, SHA256_SIZE) == 0;
        return 0;
}

/* One question for every known index page of every source, all in flight together. */
static int refresh(struct sync *s, struct err *e)
{
        for (size_t i = 0; i < s->run_count; i++)
                if (documents_refresh(s->documents, s->runs[i].config->name, e) < 0)
                        return -1;
        while (documents_waiting(s->documents))
                if (wait_documents(s, "asking", e) < 0)
                        return -1;
        for (size_t i = 0; i < s->run_count; i++) {
                if (find_unchanged(s, &s->runs[i], e) < 0)
                        return -1;
                s->result->sources_unchanged += (size_t)s->runs[i].unchanged;
        }
        return 0;
}

static int drive(struct sync *s, struct source_run *run, struct selection *selection, struct err *e)
{
        struct host host = {s, host_document, host_file, host_hole, host_note, host_reserve,
            host_reserved, host_unrepeatable};
        int r;

        while ((r = run->registry->step(selection, &host, e)) == 0) {
                if (documents_waiting(s->documents) == 0)
                        return err_set(e, ERR_FAILED,
                            "the %s adapter waits for nothing (a bug in dray)",
                            run->registry->kind);
                if (wait_documents(s, "resolving", e) < 0)
                        return -1;
        }
        return r < 0 ? -1 : 0;
}

static int select_source(struct sync *s, struct source_run *run, struct err *e)
{
        struct selection *selection = NULL;
        struct upstream upstream = {0};
        int ret = -1;

        s->current = run;
        if (upstream_find(run->registry, run->config, &upstream, e) < 0)
                goto out;
        selection = run->registry->open(run->config, upstream.url, e);
        if (!selection || drive(s, run, selection, e) < 0)
                goto out;
        ret = 0;
out:
        run->registry->close(selection);
        upstream_release(&upstream);
        return ret < 0 ? err_prefix(e, "%s", run->config->name) : 0;
}

/* -- the generation -- */

static int source_failed(const struct sync *s, const char *name)
{
        for (size_t i = 0; i < s->result->list.hole_count; i++)
                if (!s->result->list.holes[i].package &&
                    strcmp(s->result->list.holes[i].source, name) == 0)
                        return 1;
        return 0;
}

/* Is something of this source missing? */
static int has_holes(const struct sync *s, const char *name)
{
        const struct wanted_list *l = &s->result->list;

        for (size_t i = 0; i < l->hole_count; i++)
                if (strcmp(l->holes[i].source, name) == 0)
                        return 1;
        for (size_t i = 0; i < l->count; i++)
                if (!l->items[i].held && strcmp(l->items[i].record.source, name) == 0)
                        return 1;
        return 0;
}

static int is_in_store(void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size)
{
        const struct sync *s = user;

        return store_present(s->mirror->store, sha256, size);
}

/*
 * What is whole goes in. While something of a source is missing, nothing that
 * it holds goes out, but what a new record of the same file replaces: what was
 * installable stays so.
 */
static int put_records(struct sync *s, struct err *e)
{
        struct catalog *c = s->mirror->catalog;
        const struct wanted_list *l = &s->result->list;

        for (size_t i = 0; i < l->count; i++)
                if (l->items[i].held && catalog_record_keep(c, &l->items[i].record, e) < 0)
                        return -1;
        for (size_t i = 0; i < s->run_count; i++) {
                const char *name = s->runs[i].config->name;

                if (s->runs[i].unchanged)
                        continue;
                if (has_holes(s, name) && (catalog_keep_held(c, name, NULL, e) < 0 ||
                                              catalog_keep_whole(c, is_in_store, s, e) < 0))
                        return -1;
                if (catalog_source_settle(c, name, e) < 0)
                        return -1;
        }
        return 0;
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

        if (holes || run->unrepeatable)
                return catalog_selection_forget(s->mirror->catalog, name, e);
        if (selection_inputs(s, run, inputs, e) < 0)
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
            catalog_items_sweep(c, name, e) < 0)
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

static int commit(struct sync *s, struct err *e)
{
        struct catalog *c = s->mirror->catalog;
        int changed = -1;

        if (store_sync(s->mirror->store, e) < 0 || catalog_begin(c, e) < 0)
                return -1;
        if (catalog_change_begin(c, e) < 0)
                goto fail;
        for (size_t i = 0; i < s->run_count; i++)
                if (catalog_source_put(c, s->runs[i].config->name, s->runs[i].registry->kind, e) <
                    0)
                        goto fail;
        if (put_records(s, e) < 0 || withdraw_sources(s, e) < 0)
                goto fail;
        changed = catalog_change_end(c, &s->result->generation, e);
        if (changed < 0)
                goto fail;
        for (size_t i = 0; i < s->run_count; i++)
                if (!s->runs[i].unchanged && put_source(s, &s->runs[i], e) < 0)
                        goto fail;
        if (catalog_commit(c, e) < 0)
                goto fail;
        s->result->changed = changed;
        return 0;
fail:
        catalog_rollback(c);
        return -1;
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

static void tick_download(void *user)
{
        tick(user, "fetching");
}

static int everything_unchanged(const struct sync *s)
{
        return s->result->sources_unchanged == s->run_count;
}

static int select_all(struct sync *s, struct err *e)
{
        if (!s->options->plan && refresh(s, e) < 0)
                return -1;
        for (size_t i = 0; i < s->run_count; i++) {
                struct err why = ERR_INIT;

                if (s->runs[i].unchanged)
                        continue;
                if (select_source(s, &s->runs[i], &why) == 0)
                        continue;
                /* our own fault, or a wrong dray.toml, ends the run; anything else is this source's hole */
                if (documents_fault(s->documents, e))
                        return -1;
                if (why.code == ERR_USAGE) {
                        *e = why;
                        return -1;
                }
                wanted_hole(&s->result->list, s->runs[i].config->name, "the whole selection", NULL,
                    why.msg);
        }
        return 0;
}

/* As the clients are configured here: what they trust is trusted. */
static struct fetch *open_fetch(struct sync *s, struct err *e)
{
        struct fetch_options options = *s->options->fetch;

        for (size_t i = 0; i < s->run_count && !s->ca_file; i++) {
                struct client client = {0};

                s->runs[i].registry->client(&client);
                s->ca_file = client.ca_file;
                client.ca_file = NULL;
                client_release(&client);
        }
        if (!options.ca_file)
                options.ca_file = s->ca_file;
        return fetch_open(&options, e);
}

int sync_run(struct mirror *m, const struct sync_options *o, struct sync_result *out, struct err *e)
{
        struct sync s = {.mirror = m, .options = o, .result = out};
        int ret = -1;

        *out = (struct sync_result){0};
        if (choose_sources(&s, e) < 0)
                goto out;
        s.fetch = open_fetch(&s, e);
        if (!s.fetch || documents_open(m, s.fetch, !o->plan, &s.documents, e) < 0 ||
            select_all(&s, e) < 0)
                goto out;
        if (o->plan) {
                ret = download_look(m, &out->list, &out->downloads, e);
                out->open_holes = out->list.hole_count;
                goto out;
        }
        if (everything_unchanged(&s) && s.run_count == m->config->source_count) {
                ret = catalog_generation_last(m->catalog, &out->generation, e) < 0 ? -1 : 0;
                goto out;
        }
        take_documents(&s);
        if (download_all(
                m, s.fetch, &out->list, &out->downloads, tick_download, &s, &s.download, e) < 0 ||
            commit(&s, e) < 0)
                goto out;
        ret = 0;
out:
        if (s.documents)
                documents_count(s.documents, &out->documents);
        fetch_close(s.fetch);
        download_free(s.download);
        documents_close(s.documents);
        free(s.runs);
        free(s.ca_file);
        return ret;
}
