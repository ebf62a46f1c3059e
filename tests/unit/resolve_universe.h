/*
 * A hand-made world of packages for the resolver's tests: a text, and the provider that
 * answers from it. One statement a line:
 *
 *     # a remark
 *     app 1.0: a>=2,<4 b           a version and what it needs
 *     b 3 unusable: it needs x     a version that cannot be used
 *     ask app b<3                  what is asked for
 *     = app 1.0                    expected choice (all of them, in any order)
 *     ? you asked for app; ...     expected reason for a choice (if any, then of all)
 *     | Because app ...            expected explanation (all its lines)
 *
 * Versions are numbers with dots; the newest is preferred. With `late` set, an
 * answer is "not here yet" until universe_deliver() lets it arrive.
 */
#ifndef TESTS_UNIT_RESOLVE_UNIVERSE_H
#define TESTS_UNIT_RESOLVE_UNIVERSE_H

#include "bundle/err.h"
#include "bundle/mem.h"
#include "mirror/resolve.h"

struct uversion {
        char *text;
        uint32_t *needs; /* requirement numbers */
        size_t need_count, need_cap;
        char *unusable;
        bool here; /* the answer about its dependencies has arrived */
        bool wanted;
        unsigned asked; /* times answered */
};

struct upackage {
        char *name;
        struct uversion *versions; /* newest first */
        size_t count, cap;
        bool here;
        bool wanted;
};

struct urequirement {
        char *text;
        uint32_t package;
};

struct universe {
        struct upackage *packages;
        size_t package_count, package_cap;
        struct urequirement *requirements;
        size_t requirement_count, requirement_cap;
        uint32_t *asked; /* requirement numbers */
        size_t asked_count, asked_cap;
        char **lines; /* "=", "?" and "|" lines */
        size_t line_count, line_cap;
        bool late;
        uint64_t seed;
        const char *slow;   /* this package arrives when nothing else is wanted */
        size_t rounds;      /* universe_deliver() calls */
        size_t before_slow; /* arrivals before that */
        size_t most;        /* arrivals in one of them */
        size_t arrivals;    /* in all */
};

static inline uint32_t universe_random(uint64_t *seed, uint32_t below)
{
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        return (uint32_t)((*seed >> 16) % below);
}

/* -1, 0, 1, as numbers between dots. */
static inline int universe_compare(const char *a, const char *b)
{
        while (*a || *b) {
                char *end_a, *end_b;
                unsigned long x = strtoul(a, &end_a, 10), y = strtoul(b, &end_b, 10);

                if (x != y)
                        return x < y ? -1 : 1;
                a = *end_a == '.' ? end_a + 1 : end_a;
                b = *end_b == '.' ? end_b + 1 : end_b;
                if (a == end_a && *a)
                        abort();
        }
        return 0;
}

static inline uint32_t universe_package(struct universe *u, const char *name, size_t len)
{
        for (uint32_t i = 0; i < u->package_count; i++)
                if (strlen(u->packages[i].name) == len && !memcmp(u->packages[i].name, name, len))
                        return i;
        u->packages = xgrow(u->packages, u->package_count, &u->package_cap, sizeof *u->packages);
        u->packages[u->package_count++] = (struct upackage){.name = xstrndup(name, len)};
        return (uint32_t)u->package_count - 1;
}

/* The number of the requirement. */
static inline uint32_t universe_requirement(struct universe *u, const char *text, size_t len)
{
        size_t name = strcspn(text, "<>=!~ \n");

        for (uint32_t i = (uint32_t)u->requirement_count; i-- > 0;)
                if (strlen(u->requirements[i].text) == len &&
                    !memcmp(u->requirements[i].text, text, len))
                        return i;
        u->requirements = xgrow(
            u->requirements, u->requirement_count, &u->requirement_cap, sizeof *u->requirements);
        u->requirements[u->requirement_count++] = (struct urequirement){
            xstrndup(text, len), universe_package(u, text, name < len ? name : len)};
        return (uint32_t)u->requirement_count - 1;
}

static inline struct uversion *universe_version(
    struct universe *u, uint32_t package, const char *text, size_t len)
{
        struct upackage *p = &u->packages[package];
        char *copy = xstrndup(text, len);
        size_t at = 0;

        while (at < p->count && universe_compare(p->versions[at].text, copy) > 0)
                at++;
        p->versions = xgrow(p->versions, p->count, &p->cap, sizeof *p->versions);
        memmove(&p->versions[at + 1], &p->versions[at], (p->count - at) * sizeof *p->versions);
        p->count++;
        p->versions[at] = (struct uversion){.text = copy};
        return &p->versions[at];
}

/* Adds the requirements in a list separated by blanks to the array. */
static inline void universe_list(
    struct universe *u, const char *text, uint32_t **list, size_t *count, size_t *cap)
{
        for (;;) {
                size_t len;

                text += strspn(text, " ");
                len = strcspn(text, " \n");
                if (!len)
                        return;
                *list = xgrow(*list, *count, cap, sizeof **list);
                (*list)[(*count)++] = universe_requirement(u, text, len);
                text += len;
        }
}

static inline void universe_line(struct universe *u, const char *line)
{
        size_t name = strcspn(line, " "), version;
        const char *rest = line + name + (line[name] == ' ');

        if (line[0] == '#' || line[0] == '\0')
                return;
        if (line[0] == '=' || line[0] == '|' || line[0] == '?') {
                u->lines = xgrow(u->lines, u->line_count, &u->line_cap, sizeof *u->lines);
                u->lines[u->line_count++] = xstrdup(line);
                return;
        }
        if (name == 3 && !memcmp(line, "ask", 3)) {
                universe_list(u, rest, &u->asked, &u->asked_count, &u->asked_cap);
                return;
        }
        uint32_t package = universe_package(u, line, name);

        version = strcspn(rest, " :");
        if (!version) /* "b:" alone: a package without versions */
                return;

        uint32_t *needs = NULL;
        size_t count = 0, cap = 0;
        const char *after = rest + version;

        if (*after == ':')
                universe_list(u, after + 1, &needs, &count, &cap);
        struct uversion *v = universe_version(u, package, rest, version);

        v->needs = needs;
        v->need_count = count;
        v->need_cap = cap;
        if (!strncmp(after, " unusable: ", 11))
                v->unusable = xstrdup(after + 11);
}

static inline void universe_parse(struct universe *u, const char *text)
{
        while (*text) {
                size_t len = strcspn(text, "\n");
                char *line = xstrndup(text, len);

                universe_line(u, line);
                free(line);
                text += len + (text[len] == '\n');
        }
}

static inline void universe_release(struct universe *u)
{
        for (size_t i = 0; i < u->package_count; i++) {
                struct upackage *p = &u->packages[i];

                for (size_t k = 0; k < p->count; k++) {
                        free(p->versions[k].text);
                        free(p->versions[k].needs);
                        free(p->versions[k].unusable);
                }
                free(p->versions);
                free(p->name);
        }
        for (size_t i = 0; i < u->requirement_count; i++)
                free(u->requirements[i].text);
        for (size_t i = 0; i < u->line_count; i++)
                free(u->lines[i]);
        free(u->packages);
        free(u->requirements);
        free(u->asked);
        free(u->lines);
        *u = (struct universe){0};
}

/* Does a version fulfil "name>=1,<3"? */
static inline bool universe_fits(const char *requirement, const char *version)
{
        const char *at = requirement + strcspn(requirement, "<>=!");

        while (*at) {
                size_t sign = strspn(at, "<>=!"), len;
                const char *bound = at + sign;
                char text[64];
                int order;
                bool fits;

                len = strcspn(bound, ",");
                snprintf(text, sizeof text, "%.*s", (int)len, bound);
                order = universe_compare(version, text);
                if (sign == 2 && at[0] == '>')
                        fits = order >= 0;
                else if (sign == 2 && at[0] == '<')
                        fits = order <= 0;
                else if (at[0] == '=')
                        fits = order == 0;
                else if (at[0] == '!')
                        fits = order != 0;
                else
                        fits = at[0] == '<' ? order < 0 : order > 0;
                if (!fits)
                        return false;
                at = bound + len + (bound[len] == ',');
        }
        return true;
}

/* ---- the provider */

static inline int universe_candidates(void *p, uint32_t package, uint32_t *count, struct err *e)
{
        struct universe *u = p;
        struct upackage *k = &u->packages[package];

        (void)e;
        if (u->late && !k->here) {
                k->wanted = true;
                return 0;
        }
        *count = (uint32_t)k->count;
        return 1;
}

static inline int universe_dependencies(
    void *p, uint32_t package, uint32_t candidate, struct resolve_sink *sink, struct err *e)
{
        struct universe *u = p;
        struct uversion *v = &u->packages[package].versions[candidate];

        (void)e;
        if (u->late && !v->here) {
                /* What was said before a "not yet" must be forgotten. */
                resolve_depends(sink, package, 0);
                v->wanted = true;
                return 0;
        }
        v->asked++;
        if (v->unusable)
                resolve_unusable(sink, v->unusable);
        for (size_t i = 0; !v->unusable && i < v->need_count; i++)
                resolve_depends(sink, u->requirements[v->needs[i]].package, v->needs[i]);
        return 1;
}

static inline bool universe_matches(
    void *p, uint32_t requirement, uint32_t package, uint32_t candidate)
{
        struct universe *u = p;

        return universe_fits(
            u->requirements[requirement].text, u->packages[package].versions[candidate].text);
}

static inline const char *universe_name(void *p, uint32_t package)
{
        return ((struct universe *)p)->packages[package].name;
}

static inline const char *universe_version_text(void *p, uint32_t package, uint32_t candidate)
{
        return ((struct universe *)p)->packages[package].versions[candidate].text;
}

static inline const char *universe_requirement_text(void *p, uint32_t requirement)
{
        return ((struct universe *)p)->requirements[requirement].text;
}

/* A package whose name begins with "young" has its reasons. */
static inline const char *universe_absence(void *p, uint32_t package)
{
        bool young = !strncmp(universe_name(p, package), "young", 5);

        return young ? "all versions are younger than 7d" : NULL;
}

static const struct resolve_provider universe_provider = {
    .candidates = universe_candidates,
    .dependencies = universe_dependencies,
    .matches = universe_matches,
    .name = universe_name,
    .version = universe_version_text,
    .requirement = universe_requirement_text,
    .absence = universe_absence,
};

static inline bool universe_arrives(struct universe *u, bool *wanted, bool *here, uint32_t one_in)
{
        if (!*wanted || *here || universe_random(&u->seed, one_in))
                return false;
        return *here = true;
}

/* Lets some of what was asked for arrive, each with a chance of 1 in `one_in`, but at least one.
 * Returns how much; 0: nothing was asked for. */
static inline size_t universe_deliver(struct universe *u, uint32_t one_in)
{
        size_t arrived = 0;

        for (size_t i = 0; i < u->package_count; i++) {
                struct upackage *k = &u->packages[i];

                if (u->slow && !strcmp(u->slow, k->name))
                        continue;
                arrived += universe_arrives(u, &k->wanted, &k->here, one_in);
                for (size_t j = 0; j < k->count; j++)
                        arrived += universe_arrives(
                            u, &k->versions[j].wanted, &k->versions[j].here, one_in);
        }
        if (!arrived && one_in > 1)
                return universe_deliver(u, 1);
        if (!arrived && u->slow) {
                u->before_slow = u->arrivals;
                u->slow = NULL;
                return universe_deliver(u, 1);
        }
        u->rounds++;
        u->arrivals += arrived;
        if (arrived > u->most)
                u->most = arrived;
        return arrived;
}

static inline struct resolve *universe_resolver(struct universe *u)
{
        struct resolve *r = resolve_new(&universe_provider, u);

        for (size_t i = 0; i < u->asked_count; i++)
                resolve_require(r, u->requirements[u->asked[i]].package, u->asked[i]);
        return r;
}

/* Steps until it is done; delivers in between when the universe is late. */
static inline int universe_run(
    struct universe *u, struct resolve *r, uint32_t one_in, struct err *e)
{
        int status;

        while ((status = resolve_step(r, e)) == RESOLVE_PENDING)
                if (!universe_deliver(u, one_in))
                        return -1;
        return status;
}

#endif
