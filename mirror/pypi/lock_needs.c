/* What of a lock file a target needs. */
#include "bundle/mem.h"
#include "mirror/intern.h"
#include "mirror/pypi/lock.h"
#include "mirror/pypi/specifier.h"

struct walk {
        const struct lock *lock;
        const struct target *target; /* NULL: all platforms */
        struct intern names;
        size_t *first, *next; /* by name, by package: a package of that name + 1 */
        size_t *queue, head, count, cap;
};

/* True in one of the target's Pythons: 1, 0, -1. */
static int marker_holds(
    const struct lock *l, const struct target *target, const struct marker *m, struct err *e)
{
        int r = m == NULL;

        for (size_t i = 0; r == 0 && i < target->python_count; i++) {
                struct marker_env env;

                target_marker_env(target, i, &env);
                env.lock_file = l->is_pylock;
                env.extras =
                    (struct marker_names){(const char *const *)l->extras.list, l->extras.count};
                env.dependency_groups =
                    (struct marker_names){(const char *const *)l->groups.list, l->groups.count};
                r = marker_evaluate(m, &env, "", e);
        }
        return r;
}

/* Every Python that the target stands for. What cannot be read fits, as for pip. */
static bool python_fits(const struct target *target, const char *requires_python)
{
        struct specifier_set set = {0};
        struct err unreadable = ERR_INIT;
        bool fits = true;

        if (!requires_python || specifier_set_parse(&set, requires_python, &unreadable) < 0)
                return true;
        for (size_t i = 0; i < target->python_count; i++)
                fits = fits && specifier_set_contains(&set, &target->python[i], true);
        specifier_set_release(&set);
        return fits;
}

static void walk_init(struct walk *w, const struct lock *l)
{
        *w = (struct walk){.lock = l};
        w->first = xcalloc(l->count, sizeof *w->first);
        w->next = xcalloc(l->count, sizeof *w->next);
        for (size_t i = 0; i < l->count; i++) {
                uint32_t name = intern_put(&w->names, l->packages[i].name);

                w->next[i] = w->first[name];
                w->first[name] = i + 1;
        }
}

static void walk_release(struct walk *w)
{
        intern_release(&w->names);
        free(w->first);
        free(w->next);
        free(w->queue);
}

static void reach(struct walk *w, size_t package, enum lock_need how, enum lock_need *need)
{
        if (need[package] >= how)
                return;
        need[package] = how;
        w->queue = xgrow(w->queue, w->count, &w->cap, sizeof *w->queue);
        w->queue[w->count++] = package;
}

/* The packages that an edge may mean: start with w->first's, go on with w->next's. */
static size_t edge_first(const struct walk *w, const struct lock_edge *edge)
{
        uint32_t name;

        return intern_find(&w->names, edge->name, &name) ? w->first[name] : 0;
}

static bool edge_means(const struct walk *w, const struct lock_edge *edge, size_t package)
{
        const char *version = w->lock->packages[package].version;

        return !edge->version || (version && strcmp(version, edge->version) == 0);
}

static int follow(struct walk *w, size_t from, enum lock_need *need, struct err *e)
{
        const struct lock_package *p = &w->lock->packages[from];

        for (size_t i = 0; i < p->edge_count; i++) {
                const struct lock_edge *edge = &p->edges[i];
                bool maybe =
                    edge->optional || (edge->marker && marker_mentions_extra(edge->marker));
                enum lock_need how = maybe && need[from] == LOCK_NEEDED ? LOCK_MAYBE : need[from];
                int r = 1;

                if (w->target && !maybe)
                        r = marker_holds(w->lock, w->target, edge->marker, e);
                if (r < 0)
                        return err_prefix(
                            e, "%s:%lu: %s needs %s", w->lock->file, p->line, p->name, edge->name);
                for (size_t at = r ? edge_first(w, edge) : 0; at; at = w->next[at - 1])
                        if (edge_means(w, edge, at - 1))
                                reach(w, at - 1, how, need);
        }
        return 0;
}

static int follow_all(struct walk *w, enum lock_need *need, struct err *e)
{
        while (w->head < w->count)
                if (follow(w, w->queue[w->head++], need, e) < 0)
                        return -1;
        return 0;
}

/* What nothing depends on, and one of each ring that nothing else depends on. */
static int find_roots(struct walk *w, bool *root, struct err *e)
{
        const struct lock *l = w->lock;
        enum lock_need *reached = xcalloc(l->count, sizeof *reached);
        bool *wanted = xcalloc(l->count, sizeof *wanted);
        int ret = -1;

        for (size_t i = 0; i < l->count; i++)
                for (size_t k = 0; k < l->packages[i].edge_count; k++) {
                        const struct lock_edge *edge = &l->packages[i].edges[k];

                        for (size_t at = edge_first(w, edge); at; at = w->next[at - 1])
                                wanted[at - 1] =
                                    wanted[at - 1] || (at - 1 != i && edge_means(w, edge, at - 1));
                }
        for (int rings = 0; rings < 2; rings++)
                for (size_t i = 0; i < l->count; i++) {
                        if (reached[i] || (!rings && wanted[i]))
                                continue;
                        root[i] = true;
                        reach(w, i, LOCK_NEEDED, reached);
                        if (follow_all(w, reached, e) < 0)
                                goto out;
                }
        ret = 0;
out:
        free(reached);
        free(wanted);
        return ret;
}

static int follow_edges(
    const struct lock *l, const struct target *target, enum lock_need *need, struct err *e)
{
        bool *root = xcalloc(l->count, sizeof *root);
        struct walk w;
        int ret = -1;

        walk_init(&w, l);
        if (find_roots(&w, root, e) < 0)
                goto out;
        w.target = target;
        w.head = w.count = 0;
        for (size_t i = 0; i < l->count; i++)
                if (root[i])
                        reach(&w, i, LOCK_NEEDED, need);
        ret = follow_all(&w, need, e);
out:
        walk_release(&w);
        free(root);
        return ret;
}

/* Is the whole file for this target? */
static int check_environment(const struct lock *l, const struct target *target, struct err *e)
{
        if (!python_fits(target, l->requires_python))
                return err_set(
                    e, ERR_USAGE, "%s: it is for python %s", l->file, l->requires_python);
        for (size_t i = 0; i < l->environments.count; i++) {
                struct marker *m = NULL;
                int r = marker_parse(&m, l->environments.list[i], e);

                r = r < 0 ? -1 : marker_holds(l, target, m, e);
                marker_free(m);
                if (r)
                        return r < 0 ? err_prefix(e, "%s: environments", l->file) : 0;
        }
        if (l->environments.count)
                return err_set(e, ERR_USAGE, "%s: none of its environments is this one", l->file);
        return 0;
}

int lock_needs(
    const struct lock *l, const struct target *target, enum lock_need *need, struct err *e)
{
        if (check_environment(l, target, e) < 0)
                return -1;
        for (size_t i = 0; i < l->count; i++)
                need[i] = l->edges_decide ? LOCK_UNNEEDED : LOCK_NEEDED;
        if (l->edges_decide && follow_edges(l, target, need, e) < 0)
                return -1;
        for (size_t i = 0; i < l->count; i++) {
                const struct lock_package *p = &l->packages[i];
                /* pylock.toml states its extras and groups; elsewhere nobody knows what was asked for */
                bool maybe =
                    p->optional || (!l->is_pylock && p->marker && marker_mentions_extra(p->marker));
                int r = maybe ? 1 : marker_holds(l, target, p->marker, e);

                if (r < 0)
                        return err_prefix(e, "%s:%lu: %s", l->file, p->line, p->name);
                if (!r || !python_fits(target, p->requires_python))
                        need[i] = LOCK_UNNEEDED;
                else if (maybe && need[i])
                        need[i] = LOCK_MAYBE;
        }
        return 0;
}
