#include "mirror/synced.h"

#include <string.h>

#include "bundle/catalog_work.h"
#include "bundle/mem.h"

#define ASKED ".asked" /* the fact: config_source_sha256. No adapter's name */

int synced_note(struct catalog *c, const struct config_source *source, struct err *e)
{
        char asked[SHA256_HEX];

        config_source_sha256(source, asked);
        return catalog_fact_put(c, source->name, ASKED, asked, e);
}

int synced_look(
    struct catalog *c, const struct config_source *source, enum synced *out, struct err *e)
{
        char now[SHA256_HEX], *kind = NULL, *asked = NULL;
        int known = catalog_source_kind(c, source->name, &kind, e);
        int noted = known <= 0 ? known : catalog_fact_get(c, source->name, ASKED, &asked, e);

        *out = known == 0 ? SYNCED_NEVER : SYNCED_SAME; /* what bundles brought has no fact */
        if (noted == 1) {
                config_source_sha256(source, now);
                if (strcmp(now, asked) != 0)
                        *out = SYNCED_OTHER;
        }
        free(kind);
        free(asked);
        return noted < 0 ? -1 : 0;
}

const char *synced_text(enum synced state)
{
        switch (state) {
        case SYNCED_NEVER:
                return "never synced";
        case SYNCED_OTHER:
                return "changed in dray.toml since its last sync";
        case SYNCED_SAME:
                break;
        }
        return NULL;
}
