/* The host that adapters speak to. */
#include <fcntl.h>

#include "bundle/catalog_work.h"
#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/names.h"
#include "sync_state.h"

/* What fails here (a full disk, the catalog) is no source's hole: it ends the run. */
static int or_fault(struct sync *s, int r, const struct err *e)
{
        if (r < 0 && s->fault.code == ERR_NONE)
                s->fault = *e;
        return r;
}

/* It may come another time: it failed, or is a file that an index promises. */
static int may_come(const struct document_request *request, const struct document *document)
{
        return document->state == DOCUMENT_FAILED ||
               (document->state == DOCUMENT_GONE && request->kind == DOCUMENT_FILE);
}

/* A selection that such a document is missing of is made again in the next run, whatever its adapter says. */
static int host_document(
    struct host *h, const struct document_request *request, struct document *out, struct err *e)
{
        struct sync *s = h->user;
        int r = documents_get(s->documents, s->current->config->name, request, out, e);

        if (r == 1 && may_come(request, out))
                s->current->unrepeatable = 1;
        return or_fault(s, r, e);
}

static void host_unfit(struct host *h, const struct document_request *request)
{
        struct sync *s = h->user;

        if (documents_unfit(s->documents, s->current->config->name, request))
                s->current->unrepeatable = 1;
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
        if (record_format(&record, &line, &why) < 0 ||
            names_check(s->current->registry, &record, &why) < 0) {
                /* a name that no mirror takes: this file's hole, and nobody else's */
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

        return or_fault(
            s, catalog_reserved(s->mirror->catalog, s->current->config->name, package, e), e);
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
        return or_fault(
            s, catalog_reserve(s->mirror->catalog, s->current->config->name, package, e), e);
}

static int host_scratch(struct host *h, struct err *e)
{
        struct sync *s = h->user;
        struct fs_temp t = FS_TEMP_INIT;
        int fd;

        if (fs_temp_open(&t, store_temp_dir(s->mirror->store), e) < 0)
                return or_fault(s, -1, e);
        fd = fcntl(t.fd, F_DUPFD_CLOEXEC, 0);
        fs_temp_discard(&t);
        return fd < 0 ? or_fault(s, err_sys(e, "a temporary file"), e) : fd;
}

static void host_unrepeatable(struct host *h)
{
        struct sync *s = h->user;

        s->current->unrepeatable = 1;
}

static int host_verify(
    struct host *h, const struct signed_text *text, struct verified_text *out, struct err *e)
{
        struct sync *s = h->user;

        gpgv_answer_release(&s->verified);
        if (gpgv_run(text, &s->verified, e) < 0)
                return e->code == ERR_FAILED ? or_fault(s, -1, e) : -1;
        *out = (struct verified_text){
            s->verified.status.data, s->verified.body.data, s->verified.body.len};
        return 0;
}

static void host_remember(struct host *h, const char *name, const char *value)
{
        struct sync *s = h->user;

        facts_remember(&s->facts, s->current->config->name, name, value);
}

static int host_recall(struct host *h, const char *name, char **value, struct err *e)
{
        struct sync *s = h->user;

        return or_fault(
            s, catalog_fact_get(s->mirror->catalog, s->current->config->name, name, value, e), e);
}

static void host_until(struct host *h, int64_t when)
{
        struct sync *s = h->user;

        if (!s->current->until || when < s->current->until)
                s->current->until = when;
}

struct host sync_host(struct sync *s)
{
        return (struct host){.user = s,
            .document = host_document,
            .unfit = host_unfit,
            .file = host_file,
            .hole = host_hole,
            .note = host_note,
            .reserve = host_reserve,
            .reserved = host_reserved,
            .verify = host_verify,
            .remember = host_remember,
            .recall = host_recall,
            .until = host_until,
            .scratch = host_scratch,
            .unrepeatable = host_unrepeatable};
}
