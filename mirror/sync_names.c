/* Of names that differ in case only, and of files with one path, the first is taken. */
#include <strings.h>

#include "bundle/catalog_stream.h"
#include "bundle/mem.h"
#include "mirror/intern.h"
#include "mirror/names.h"
#include "sync_state.h"

struct naming {
        struct sync *sync;
        const struct source_run *run;
        int64_t generation;     /* the last one */
        struct intern packages; /* that it holds */
        struct name_set names;
        int waits; /* something held stays, so upstream's new indexes do not come yet */
};

static int is_taken(const struct naming *n, const struct wanted *w)
{
        return (n->sync->options->plan ? !w->error : w->held) && !(n->waits && w->index) &&
               strcmp(w->record.source, n->run->config->name) == 0;
}

/* What has the name that was refused to this one; NULL: it is not on the list. */
static const struct wanted *find_other(const struct naming *n, const struct wanted *w)
{
        const struct wanted_list *l = &n->sync->result->list;

        for (size_t i = 0; i < l->count; i++) {
                const struct wanted *other = &l->items[i];

                if (other != w && is_taken(n, other) &&
                    (strcasecmp(other->record.file, w->record.file) == 0 ||
                        (strcasecmp(other->record.package, w->record.package) == 0 &&
                            strcmp(other->record.package, w->record.package) != 0)))
                        return other;
        }
        return NULL;
}

static void refuse(const struct naming *n, struct wanted *w, const struct err *why)
{
        const struct wanted *other = find_other(n, w);
        char *title = other ? wanted_title(&other->record) : NULL;

        w->held = 0;
        free(w->error);
        w->error = title ? xasprintf("%s (the other one: %s)", why->msg, title) : xstrdup(why->msg);
        free(title);
}

/* Those of packages that were here before (known), or the others. */
static void add_wanted(struct naming *n, int known)
{
        const struct wanted_list *l = &n->sync->result->list;

        for (size_t i = 0; i < l->count; i++) {
                struct wanted *w = &l->items[i];
                struct record r = w->record;
                struct err why = ERR_INIT;
                uint32_t ignored;

                if (!is_taken(n, w) || intern_find(&n->packages, r.package, &ignored) != known)
                        continue;
                if (!w->held && w->digest.kind == DIGEST_SHA256)
                        memcpy(r.sha256, w->digest.value, SHA256_SIZE);
                if (name_set_add(&n->names, n->run->registry, &r, &why) < 0)
                        refuse(n, w, &why);
        }
}

/* stays: what is held and nothing of this run replaces takes its names first. */
static int add_held(struct naming *n, int stays, struct err *e)
{
        struct catalog *c = n->sync->mirror->catalog;
        struct record_rows *rows = NULL;
        struct record r;
        int more;

        if (catalog_records(c, n->generation, n->run->config->name, NULL, ORDER_PACKAGE, &rows, e) <
            0)
                return -1;
        while ((more = record_rows_next(rows, &r, NULL, NULL, e)) == 1) {
                const struct wanted *w = wanted_find(&n->sync->result->list, &r);
                struct err ignored = ERR_INIT;

                intern_put(&n->packages, r.package);
                if (!stays)
                        continue;
                n->waits = 1;
                if (!w ||
                    !is_taken(n, w)) /* one that was here with a clash is for bundle to refuse */
                        name_set_add(&n->names, n->run->registry, &r, &ignored);
        }
        record_rows_close(rows);
        return more;
}

static int check(struct sync *s, const struct source_run *run, int64_t generation, struct err *e)
{
        const char *name = run->config->name;
        struct naming n = {.sync = s, .run = run, .generation = generation};
        int stays = sync_has_holes(s, name), ret = generation ? add_held(&n, stays, e) : 0;

        if (ret == 0) {
                add_wanted(&n, 1);
                add_wanted(&n, 0);
        }
        name_set_release(&n.names);
        intern_release(&n.packages);
        if (ret < 0 || stays || !sync_has_holes(s, name))
                return ret;
        return check(s, run, generation, e); /* with the new hole, what is held stays */
}

int sync_check_names(struct sync *s, struct err *e)
{
        struct generation g = {0};

        if (catalog_generation_last(s->mirror->catalog, &g, e) < 0)
                return -1;
        for (size_t i = 0; i < s->run_count; i++)
                if (!s->runs[i].unchanged && check(s, &s->runs[i], g.id, e) < 0)
                        return -1;
        return 0;
}
