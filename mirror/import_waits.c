#include "import_waits.h"

#include <jansson.h>

#include "bundle/fs.h"
#include "bundle/mem.h"

void import_waits_release(struct import_waits *w)
{
        for (size_t i = 0; i < w->count; i++)
                free(w->items[i].json);
        free(w->items);
        *w = (struct import_waits){0};
}

static struct import_wait *find(
    const struct import_waits *w, const unsigned char manifest[SHA256_SIZE])
{
        for (size_t i = 0; i < w->count; i++)
                if (memcmp(w->items[i].manifest, manifest, SHA256_SIZE) == 0)
                        return &w->items[i];
        return NULL;
}

static struct import_wait *place(struct import_waits *w, const struct import_result *r)
{
        struct import_wait *wait = find(w, r->manifest_sha256);

        if (wait)
                return wait;
        w->items = xgrow(w->items, w->count, &w->cap, sizeof *w->items);
        wait = &w->items[w->count++];
        *wait = (struct import_wait){0};
        memcpy(wait->manifest, r->manifest_sha256, SHA256_SIZE);
        snprintf(wait->stream, sizeof wait->stream, "%s", r->manifest.stream);
        return wait;
}

static char *json_text(const struct import_result *r)
{
        const struct manifest *m = &r->manifest;
        json_t *top = json_pack("{ss ss sI ss sI sI}", "verdict", "waiting", "stream", m->stream,
            "seq", (json_int_t)m->seq, "waits_for", r->missing, "held", (json_int_t)r->held,
            "stored", (json_int_t)r->total);
        char *text = json_dumps(top, JSON_INDENT(1) | JSON_SORT_KEYS);

        json_decref(top);
        return text;
}

void import_waits_note(struct import_waits *w, const struct import_result *r, int damaged)
{
        struct import_wait *wait = place(w, r);
        char held[16], total[16];

        wait->damaged |= damaged;
        snprintf(wait->text, sizeof wait->text,
            "bundle %lld of stream %.80s waits for %s; %s of %s have come and are kept, nothing was "
            "imported yet",
            (long long)r->manifest.seq, r->manifest.stream, r->missing, fs_size_text(r->held, held),
            fs_size_text(r->total, total));
        free(wait->json);
        wait->json = json_text(r);
}

void import_waits_done(struct import_waits *w, const struct import_result *r)
{
        place(w, r)->done = 1;
}

int import_waits_is_done(const struct import_waits *w, const unsigned char manifest[SHA256_SIZE])
{
        const struct import_wait *wait = find(w, manifest);

        return wait && wait->done;
}

int import_waits_has(const struct import_waits *w, const char *stream)
{
        for (size_t i = 0; i < w->count; i++)
                if (strcmp(w->items[i].stream, stream) == 0)
                        return 1;
        return 0;
}

int import_waits_end(const struct import_waits *w, const struct cmd *c, struct err *e)
{
        const struct import_wait *last = NULL;
        int damaged = 0;

        for (size_t i = 0; i < w->count; i++) {
                if (w->items[i].done)
                        continue;
                damaged |= w->items[i].damaged;
                if (last)
                        cmd_warn(c, "%s", last->text);
                last = &w->items[i];
                if (c->json)
                        printf("%s\n", last->json);
        }
        if (last)
                return err_set(e, damaged ? ERR_REFUSED : ERR_INCOMPLETE, "%s", last->text);
        return 0;
}
