#include "import_refusals.h"

#include "bundle/audit.h"
#include "bundle/mem.h"
#include "bundle_inputs.h"

int import_refusals_is_one(const struct err *e)
{
        return e->code == ERR_REFUSED || e->code == ERR_CHAIN || e->code == ERR_POLICY;
}

static struct refused_stream *find(const struct import_refusals *f, const char *name)
{
        for (size_t i = 0; i < f->count; i++)
                if (strcmp(f->streams[i].name, name) == 0)
                        return &f->streams[i];
        return NULL;
}

static struct refused_stream *of_stream(struct import_refusals *f, const char *name)
{
        struct refused_stream *s = find(f, name);

        if (s)
                return s;
        f->streams = xgrow(f->streams, f->count, &f->cap, sizeof *f->streams);
        s = &f->streams[f->count++];
        *s = (struct refused_stream){0};
        snprintf(s->name, sizeof s->name, "%s", name);
        return s;
}

/* A refusal changes nothing but the log; that the log cannot be written does not hide it. */
static void append(struct import_refusals *f, const struct audit_event *ev)
{
        struct err e = ERR_INIT;

        if (audit_append(f->mirror->catalog, ev, &e) < 0)
                cmd_warn(f->cmd, "the refusal that follows could not be logged: %s", e.msg);
}

void import_refusals_log(
    struct import_refusals *f, const struct import_result *r, const struct err *why)
{
        static const unsigned char unread[SHA256_SIZE];
        int read = memcmp(r->manifest_sha256, unread, SHA256_SIZE) != 0;
        const struct audit_event ev = {.event = "refusal",
            .stream = r->manifest.stream,
            .seq = r->manifest.seq,
            .manifest = read ? r->manifest_sha256 : NULL,
            .text = why->msg};

        if (f->logged >= LIMIT_RUN_REFUSALS) {
                f->beyond++;
                f->unlogged = *why;
                return;
        }
        f->logged++;
        append(f, &ev);
}

void import_refusals_older(
    struct import_refusals *f, const struct import_result *r, const struct err *why)
{
        struct refused_stream *s = of_stream(f, r->manifest.stream);

        if (s->older++)
                return;
        s->older_seq = r->manifest.seq;
        s->why = *why;
}

void import_refusals_hold(struct import_refusals *f, const char *stream)
{
        of_stream(f, stream)->held = 1;
}

int import_refusals_holds(struct import_refusals *f, const char *stream)
{
        struct refused_stream *s = find(f, stream);

        if (!s || !s->held)
                return 0;
        s->left++;
        return 1;
}

static void end_stream(
    struct import_refusals *f, struct refused_stream *s, const struct import_waits *w)
{
        if (s->left)
                cmd_note(f->cmd, "%zu more files of stream %s were left for now", s->left, s->name);
        if (!s->older)
                return;
        if (s->older > 1) {
                err_set(&s->why, s->why.code, "%s (and %zu more)", s->why.msg, s->older - 1);
                err_cause(&s->why, "older");
        }
        append(
            f, &(struct audit_event){
                   .event = "refusal", .stream = s->name, .seq = s->older_seq, .text = s->why.msg});
        if (import_waits_has(w, s->name))
                cmd_note(f->cmd, "passed over: %s", s->why.msg);
        else
                bundle_inputs_keep_worst(f->cmd, &f->worst, &s->why);
}

int import_refusals_end(
    struct import_refusals *f, const struct import_waits *w, int ended, struct err *e)
{
        for (size_t i = 0; i < f->count; i++)
                end_stream(f, &f->streams[i], w);
        if (f->beyond) {
                char *text = xasprintf(
                    "%zu more refusals in one import; the last: %s", f->beyond, f->unlogged.msg);

                append(f, &(struct audit_event){.event = "refusal", .text = text});
                free(text);
        }
        if (ended < 0 || import_waits_end(w, f->cmd, e) < 0)
                bundle_inputs_keep_worst(f->cmd, &f->worst, e);
        *e = f->worst;
        return e->code == ERR_NONE ? 0 : -1;
}

void import_refusals_release(struct import_refusals *f)
{
        free(f->streams);
        *f = (struct import_refusals){0};
}
