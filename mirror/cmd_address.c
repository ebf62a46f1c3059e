#include "bundle/catalog_stream.h"
#include "bundle/mem.h"
#include "mirror/cmd.h"
#include "mirror/config.h"
#include "mirror/mirror.h"
#include "mirror/registry.h"

/* A source whose pages hold absolute addresses, as long as base_url is not set: 1, 0, -1. */
static int guesses_address(struct mirror *m, char **source, struct err *e)
{
        char **names = NULL, *kind = NULL;
        size_t count = 0;
        int ret = 0;

        if (*m->config->base_url)
                return 0;
        if (catalog_sources(m->catalog, &names, &count, e) < 0)
                return -1;
        for (size_t i = 0; ret == 0 && i < count; i++) {
                const struct registry *r;

                ret = catalog_source_kind(m->catalog, names[i], &kind, e);
                r = ret == 1 ? registry_find(kind) : NULL;
                free(kind);
                kind = NULL;
                if (ret < 0)
                        break;
                ret = r && r->absolute;
                if (ret)
                        *source = xstrdup(names[i]);
        }
        catalog_names_free(names, count);
        return ret;
}

int cmd_note_address(const struct cmd *c, struct mirror *m, struct err *e)
{
        char *source = NULL;
        int guessed = guesses_address(m, &source, e);

        if (guessed == 1)
                cmd_note(c,
                    "base_url is not set: the pages of source %s say that their files are at %s, where dray "
                    "serve listens. Set base_url in [mirror] of dray.toml to the site's address, and run dray "
                    "publish",
                    source, SITE_ASSUMED_URL);
        free(source);
        return guessed < 0 ? -1 : 0;
}
