/* From wishes to closures, for one architecture. */
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "selection.h"

/* Wishes that are solved together. */
struct environment {
        struct selection *s;
        struct host *host;
        struct universe *u;
        uint32_t *roots;
        const struct selection_wish **asked; /* by root; NULL: the base */
        size_t count, cap, asked_cap;
        bool older; /* of an older version, for `keep`: what it lacks is no hole */
};

struct reading {
        struct universe *u;
        unsigned suite;
        int pin;
        size_t refused;
        char first[sizeof((struct err *)0)->msg]; /* why the first one was */
};

static int on_stanza(void *user, const char *stanza, size_t len, struct err *e)
{
        struct reading *r = user;
        struct err why = ERR_INIT;

        if (universe_end(r->u) > LIMIT_DEB_PACKAGES)
                return err_set(e, ERR_REFUSED, "more than %d packages", LIMIT_DEB_PACKAGES);
        if (universe_add(r->u, r->suite, r->pin, stanza, len, &why) < 0 && r->refused++ == 0)
                snprintf(r->first, sizeof r->first, "%s", why.msg);
        return 0;
}

static int read_index(struct selection *s, unsigned number, struct suite_index *index,
    struct universe *u, struct host *host, struct err *e)
{
        struct suite *suite = &s->suites[number];
        struct reading r = {.u = u, .suite = number, .pin = suite->pin};
        char name[128], *note;

        if (suite_index_read(suite, index, true, host, on_stanza, &r, e) < 0)
                return err_prefix(e, "%s", suite_index_name(suite, index, name));
        if (r.refused) {
                note = xasprintf(
                    "%s: %zu packages left out, as their stanzas are unfit; the first: %s",
                    suite_index_name(suite, index, name), r.refused, r.first);
                host->note(host, note);
                free(note);
        }
        return 0;
}

/* In-house packages go before any other of their name. */
#define LOCAL_PIN 1001

static int add_locals(struct selection *s, struct universe *u, struct err *e)
{
        for (size_t i = 0; i < s->local_count; i++) {
                const struct buf *stanza = &s->locals[i].stanza;

                if (universe_add(u, 0, LOCAL_PIN, stanza->data, stanza->len, e) < 0)
                        return err_prefix(e, "%s", s->locals[i].path);
        }
        return 0;
}

static int read_universe(struct selection *s, const char *architecture, struct universe *u,
    struct host *host, struct err *e)
{
        for (size_t i = 0; i < s->source->exclude.count; i++)
                universe_exclude(u, s->source->exclude.items[i].text);
        if (add_locals(s, u, e) < 0)
                return -1;
        for (size_t i = 0; i < s->suite_count; i++)
                for (size_t k = 0; k < s->suites[i].index_count; k++) {
                        struct suite_index *index = &s->suites[i].indexes[k];

                        if (strcmp(index->architecture, architecture) != 0 &&
                            strcmp(index->architecture, "all") != 0)
                                continue;
                        if (read_index(s, (unsigned)i, index, u, host, e) < 0)
                                return -1;
                }
        universe_settle(u);
        return 0;
}

/* -- environments -- */

static void add_root(struct environment *env, uint32_t package, const struct selection_wish *asked)
{
        for (size_t i = 0; i < env->count; i++)
                if (env->roots[i] == package)
                        return;
        env->roots = xgrow(env->roots, env->count, &env->cap, sizeof *env->roots);
        env->asked = xgrow(env->asked, env->count, &env->asked_cap, sizeof *env->asked);
        env->roots[env->count] = package;
        env->asked[env->count++] = asked;
}

static void drop_root(struct environment *env, size_t index)
{
        env->count--;
        memmove(
            env->roots + index, env->roots + index + 1, (env->count - index) * sizeof *env->roots);
        memmove(
            env->asked + index, env->asked + index + 1, (env->count - index) * sizeof *env->asked);
}

static void environment_release(struct environment *env)
{
        free(env->roots);
        free(env->asked);
}

/* Why a root is there. */
static void root_why(const struct environment *env, size_t index, struct buf *out)
{
        const struct selection_wish *asked = env->asked[index];

        if (asked)
                buf_addf(out, "%s %s", asked->where, asked->text);
        else
                buf_adds(out, "part of the base system");
}

static void choose(struct environment *env, const struct closure *c)
{
        struct buf why;

        buf_init(&why, LIMIT_REQUIREMENT);
        for (size_t i = 0; i < c->count; i++) {
                const struct universe_package *p = universe_get(env->u, c->items[i].package);

                if (p->excluded)
                        continue;
                buf_reset(&why);
                if (c->items[i].parent == i)
                        root_why(env, i, &why);
                else
                        closure_why(env->u, c, i, &why);
                chosen_add(&env->s->chosen, p->sha256, why.data);
        }
        buf_release(&why);
}

static void tell_unsolved(struct environment *env, const struct closure *c)
{
        const struct universe_package *p = universe_get(env->u, env->roots[c->culprit]);
        char *item = xasprintf("%s %s (%s)", p->name, p->version, universe_architecture(env->u));
        char *note;

        if (env->older) {
                note = xasprintf("%s is left out: %.400s", item, c->problem);
                note[strcspn(note, "\n")] = '\0';
                env->host->note(env->host, note);
                free(note);
        } else {
                env->host->hole(
                    env->host, item, p->name, *c->problem ? c->problem : "it cannot be installed");
        }
        free(item);
}

/* Solves it; a root that cannot be had is told, and left out. */
static int solve(struct environment *env, struct err *e)
{
        struct closure_options options = {env->s->settings.recommends};
        int r = 0;

        while (env->count && r == 0) {
                struct closure c;

                r = closure_solve(env->u, env->roots, env->count, &options, &c, e);
                if (r == 1)
                        choose(env, &c);
                if (r == 0) {
                        tell_unsolved(env, &c);
                        drop_root(env, c.culprit);
                }
                closure_release(&c);
        }
        return r < 0 ? -1 : 0;
}

/* -- wishes -- */

static bool is_excluded(const struct selection *s, const char *name)
{
        for (size_t i = 0; i < s->source->exclude.count; i++)
                if (strcmp(s->source->exclude.items[i].text, name) == 0)
                        return true;
        return false;
}

static void tell_missing(struct environment *env, const struct selection_wish *w)
{
        const char *architecture = universe_architecture(env->u);
        char *item = xasprintf("%s (%s)", w->text, architecture);
        struct buf why;

        buf_init(&why, LIMIT_RESOLVE_TEXT);
        if (w->wish.task)
                buf_addf(&why, "no package says Task: %s", w->wish.name);
        else if (universe_find(env->u, w->wish.name))
                for (uint32_t p = universe_find(env->u, w->wish.name); p;
                     p = universe_get(env->u, p)->next)
                        buf_addf(&why, "%s%s", why.len ? ", " : "the suites have ",
                            universe_get(env->u, p)->version);
        else if (universe_providers(env->u, w->wish.name, &why) == 0)
                buf_addf(
                    &why, "none of the suites has a package of that name for %s", architecture);
        env->host->hole(env->host, item, w->wish.name, why.data);
        buf_release(&why);
        free(item);
}

/* A wish's root, and for `keep` the older versions, each on its own. */
static int add_wish(struct environment *env, const struct selection_wish *w,
    const char *const *folders, struct err *e)
{
        size_t room = w->wish.task ? universe_end(env->u) : env->s->source->keep;
        uint32_t *found;
        size_t count;
        int ret = 0;

        if (!wish_is_for(&w->wish, universe_architecture(env->u)) ||
            is_excluded(env->s, w->wish.name))
                return 0;
        room = room < universe_end(env->u) ? room : universe_end(env->u);
        found = xcalloc(room + 1, sizeof *found);
        count = wish_find(&w->wish, env->u, folders, env->s->suite_count, found, room);
        if (count == 0)
                tell_missing(env, w);
        for (size_t i = 0; ret == 0 && i < count && i < room; i++) {
                struct environment one = {
                    .s = env->s, .host = env->host, .u = env->u, .older = true};

                if (i == 0 || w->wish.task) {
                        add_root(env, found[i], w);
                        continue;
                }
                add_root(&one, found[i], w);
                ret = solve(&one, e);
                environment_release(&one);
        }
        free(found);
        return ret;
}

static void add_base(struct environment *env)
{
        const struct settings *settings = &env->s->settings;

        for (uint32_t p = UNIVERSE_FIRST; p < universe_end(env->u); p++) {
                const struct universe_package *package = universe_get(env->u, p);
                bool wanted = (settings->essential && package->essential) ||
                              (settings->has_base && package->priority <= settings->base);

                if (wanted && !package->excluded && universe_candidate(env->u, package->name) == p)
                        add_root(env, p, NULL);
        }
}

static int solve_wishes(struct environment *env, const char *const *folders, struct err *e)
{
        struct selection *s = env->s;

        add_base(env);
        for (size_t i = 0; i < s->wish_count; i++) {
                if (add_wish(env, &s->wishes[i], folders, e) < 0)
                        return -1;
                if (!s->source->together) {
                        if (solve(env, e) < 0)
                                return -1;
                        env->count = 0;
                }
        }
        return solve(env, e);
}

int deb_solve(struct selection *s, const char *architecture, struct host *host, struct err *e)
{
        struct environment env = {.s = s, .host = host, .u = universe_new(architecture)};
        const char **folders = xcalloc(s->suite_count, sizeof *folders);
        int ret = -1;

        for (size_t i = 0; i < s->suite_count; i++)
                folders[i] = s->suites[i].folder;
        if (read_universe(s, architecture, env.u, host, e) < 0 ||
            solve_wishes(&env, folders, e) < 0)
                goto out;
        ret = 0;
out:
        environment_release(&env);
        universe_free(env.u);
        free(folders);
        return ret;
}
