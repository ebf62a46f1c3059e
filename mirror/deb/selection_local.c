/* In-house packages: .debs of this machine. */
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "collect.h"
#include "mirror/deb/control.h"
#include "mirror/local_files.h"
#include "selection.h"

static bool is_configured(const struct selection *s, const char *architecture)
{
        const struct config_list *list = &s->settings.architectures;

        for (size_t i = 0; i < list->count; i++)
                if (strcmp(list->items[i].text, architecture) == 0)
                        return true;
        return strcmp(architecture, "all") == 0;
}

/* Upstream has nothing to say about this name any more, here. */
static int take_name(const struct deb_control *c, struct host *host, struct err *e)
{
        char *text =
            xasprintf("local package %s shadows any upstream one of that name", c->package);

        host->note(host, text);
        free(text);
        return host->reserve(host, c->package, e);
}

/* As a root, together with what it needs. */
static int wish_for(struct selection *s, const struct deb_control *c, struct err *e)
{
        char *wish = strcmp(c->architecture, "all") == 0
                         ? xasprintf("%s=%s", c->package, c->version)
                         : xasprintf("%s:%s=%s", c->package, c->architecture, c->version);
        int ret = deb_add_wish(s, wish, "the local file", e);

        free(wish);
        return ret;
}

static void local_release(struct selection_local *local)
{
        free(local->path);
        free(local->package);
        free(local->architecture);
        buf_release(&local->stanza);
}

void deb_locals_release(struct selection *s)
{
        for (size_t i = 0; i < s->local_count; i++)
                local_release(&s->locals[i]);
        free(s->locals);
}

static int add_local(struct selection *s, const char *path, const struct document *doc,
    const struct deb_control *c, struct err *e)
{
        struct selection_local *local;
        struct chosen_file *f;
        char hex[SHA256_HEX];

        if (!is_configured(s, c->architecture))
                return err_set(e, ERR_REFUSED,
                    "it is for %s, which is not among the `architectures` of the source",
                    c->architecture);
        f = chosen_add(&s->chosen, doc->sha256, "a local file");
        if (f->found)
                return 0;
        s->locals = xgrow(s->locals, s->local_count, &s->local_cap, sizeof *s->locals);
        local = &s->locals[s->local_count];
        *local = (struct selection_local){
            xstrdup(path), xstrdup(c->package), xstrdup(c->architecture), {0}};
        hex_encode(hex, doc->sha256, SHA256_SIZE);
        buf_init(&local->stanza, LIMIT_STANZA);
        f->size = doc->total;
        if (buf_add(&local->stanza, c->text.data, c->text.len) < 0 ||
            buf_addf(&local->stanza, "SHA256: %s\n", hex) < 0 ||
            collect_local(s, f, local, c->source, e) < 0 || wish_for(s, c, e) < 0) {
                f->found = false;
                local_release(local);
                return e->code ? -1 : err_set(e, ERR_REFUSED, "its control file is too large");
        }
        s->local_count++;
        return 0;
}

static int read_one(void *user, struct host *host, const char *path, struct err *e)
{
        struct selection *s = user;
        struct document_request request = {
            .kind = DOCUMENT_LOCAL_FILE, .url = path, .max_size = LIMIT_FILE};
        struct deb_control control = {0};
        struct document doc;
        struct err why = ERR_INIT;
        int ret = 0;

        if (host->document(host, &request, &doc, e) < 0)
                return -1;
        if (doc.state != DOCUMENT_OK) {
                host->hole(host, path, NULL, doc.error);
                return 0;
        }
        if (deb_control_read(doc.fd, &control, &why) < 0 ||
            add_local(s, path, &doc, &control, &why) < 0)
                host->hole(host, path, NULL, why.msg);
        else
                ret = take_name(&control, host, e);
        deb_control_release(&control);
        return ret;
}

int deb_read_locals(struct selection *s, struct host *host, struct err *e)
{
        return local_packages(s->source, host, read_one, s, e);
}
