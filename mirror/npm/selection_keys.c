/* What the registry signs with. */
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "selection.h"

/* Keys that the registry says are its own. It may have none; not to know is another matter. */
static void take_keys(struct npm_packages *p, const struct document_request *request,
    const struct document *doc, struct host *host)
{
        struct err why = ERR_INIT;

        if (doc->state == DOCUMENT_GONE)
                return;
        if (doc->state == DOCUMENT_OK)
                p->keys = signing_keys_parse(doc->bytes, doc->len, &why);
        else
                err_set(&why, ERR_FAILED, "%s", doc->error);
        if (p->keys)
                return;
        if (doc->state == DOCUMENT_OK)
                host->unfit(host, request);
        p->keys_owed = xstrdup(why.msg);
}

static int read_registry_keys(struct selection *s, struct host *host, struct err *e)
{
        struct npm_packages *p = &s->packages;
        char *url = xasprintf("%s-/npm/v1/keys", p->places[p->place_count - 1].url);
        struct document_request request = {.kind = DOCUMENT_INDEX,
            .url = url,
            .accept = "application/json",
            .max_size = LIMIT_METADATA};
        struct document doc;
        int r = host->document(host, &request, &doc, e);

        if (r == 1)
                take_keys(p, &request, &doc, host);
        free(url);
        return r;
}

static int read_pinned_keys(struct selection *s, struct host *host, struct err *e)
{
        struct document_request request = {
            .kind = DOCUMENT_LOCAL, .url = s->signing_keys, .max_size = LIMIT_METADATA};
        struct npm_packages *p = &s->packages;
        struct document doc;
        struct err why = ERR_INIT;

        if (host->document(host, &request, &doc, e) < 0)
                return -1;
        if (doc.state == DOCUMENT_OK)
                p->keys = signing_keys_parse(doc.bytes, doc.len, &why);
        else
                err_set(&why, ERR_FAILED, "%s", doc.error);
        if (!p->keys)
                return err_set(e, ERR_USAGE, "signing_keys: %s: %s", s->signing_keys, why.msg);
        p->signature_required = true;
        return 1;
}

int npm_read_keys(struct selection *s, struct host *host, struct err *e)
{
        return s->signing_keys ? read_pinned_keys(s, host, e) : read_registry_keys(s, host, e);
}
