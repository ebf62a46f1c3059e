#include "mirror/upstream.h"

#include "bundle/mem.h"

void client_release(struct client *c)
{
        free(c->url);
        free(c->found);
        free(c->ca_file);
        access_release(&c->access);
        *c = (struct client){0};
}

char *upstream_stated(const struct registry *r, const struct config_source *source)
{
        struct client client = {0};
        char *url;

        if (source && source->upstream)
                return xstrdup(source->upstream);
        r->client(&client);
        url = xstrdup(client.url);
        client_release(&client);
        return url;
}

int upstream_find(const struct registry *r, const struct config_source *source,
    struct upstream *out, struct err *e)
{
        struct client client = {0};

        if (source && source->upstream) {
                out->url = xstrdup(source->upstream);
                out->found = xstrdup("dray.toml");
                return 0;
        }
        r->client(&client);
        if (!client.url) {
                client_release(&client);
                return r->builtin(out, e);
        }
        out->url = client.url;
        out->found = client.found;
        client.url = client.found = NULL;
        client_release(&client);
        return 0;
}

void upstream_release(struct upstream *u)
{
        free(u->url);
        free(u->found);
        *u = (struct upstream){0};
}
