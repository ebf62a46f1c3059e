#include "mirror/upstream.h"

#include "bundle/mem.h"

int upstream_find(const struct registry *r, const struct config_source *source,
    struct upstream *out, struct err *e)
{
        if (source->upstream) {
                out->url = xstrdup(source->upstream);
                out->found = xstrdup("dray.toml");
                return 0;
        }
        return r->upstream(out, e);
}

void upstream_release(struct upstream *u)
{
        free(u->url);
        free(u->found);
        *u = (struct upstream){0};
}
