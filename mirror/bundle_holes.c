#include "bundle_holes.h"

#include "bundle/catalog_work.h"
#include "bundle/mem.h"
#include "bundle/text.h"
#include "mirror/synced.h"

struct gathering {
        struct bundle_holes *holes;
        char *const *sources;
        size_t source_count;
};

static void note(struct bundle_holes *h, char *text_take)
{
        h->items = xgrow(h->items, h->count, &h->cap, sizeof *h->items);
        h->items[h->count++] = text_take;
}

static int add_hole(void *user, const struct hole_row *row, struct err *e)
{
        struct gathering *g = user;

        (void)e;
        for (size_t i = 0; i < g->source_count; i++)
                if (strcmp(g->sources[i], row->source) == 0)
                        note(g->holes, xasprintf("%s: %s", row->source, row->item));
        return 0;
}

/* Of what dray.toml asks for since, or of a source before its first sync, nothing is known: not even what it lacks. */
static int check_synced(
    struct gathering *g, struct catalog *c, const struct config *config, int allowed, struct err *e)
{
        for (size_t i = 0; i < g->source_count; i++) {
                enum synced state;
                const char *what;

                if (synced_look(c, config_source_find(config, g->sources[i]), &state, e) < 0)
                        return -1;
                what = synced_text(state);
                if (what && !allowed)
                        return err_set(e, ERR_INCOMPLETE,
                            "source %s was %s; run dray sync, or bundle what is here by --allow-missing",
                            g->sources[i], what);
                if (what)
                        note(g->holes, xasprintf("%s: %s", g->sources[i], what));
        }
        return 0;
}

static void sort(struct bundle_holes *h)
{
        size_t n = 0;

        if (h->count)
                qsort(h->items, h->count, sizeof *h->items, text_compare);
        for (size_t i = 0; i < h->count; i++) {
                if (n && strcmp(h->items[n - 1], h->items[i]) == 0)
                        free(h->items[i]);
                else
                        h->items[n++] = h->items[i];
        }
        h->count = n;
}

int bundle_holes_gather(struct bundle_holes *h, const struct mirror *m, char *const *sources,
    size_t source_count, int allowed, struct err *e)
{
        struct gathering g = {h, sources, source_count};

        if (catalog_holes(m->catalog, NULL, add_hole, &g, e) < 0)
                return -1;
        if (h->count && !allowed)
                return err_set(e, ERR_INCOMPLETE,
                    "%zu of what is selected is missing (first: %s); run dray sync again, or bundle "
                    "without it by --allow-missing",
                    h->count, h->items[0]);
        if (check_synced(&g, m->catalog, m->config, allowed, e) < 0)
                return -1;
        sort(h);
        return 0;
}

void bundle_holes_release(struct bundle_holes *h)
{
        catalog_names_free(h->items, h->count);
        *h = (struct bundle_holes){0};
}
