#include "mirror/facts.h"

#include "bundle/mem.h"

void facts_remember(struct facts *f, const char *source, const char *name, const char *value)
{
        f->items = xgrow(f->items, f->count, &f->cap, sizeof *f->items);
        f->items[f->count++] = (struct fact){xstrdup(source), xstrdup(name), xstrdup(value)};
}

int facts_settle(const struct facts *f, struct catalog *c, struct err *e)
{
        for (size_t i = 0; i < f->count; i++) {
                const struct fact *fact = &f->items[i];

                if (catalog_fact_put(c, fact->source, fact->name, fact->value, e) < 0)
                        return -1;
        }
        return 0;
}

void facts_release(struct facts *f)
{
        for (size_t i = 0; i < f->count; i++) {
                free(f->items[i].source);
                free(f->items[i].name);
                free(f->items[i].value);
        }
        free(f->items);
        *f = (struct facts){0};
}
