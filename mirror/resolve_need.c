#include <assert.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "resolve_state.h"

struct resolve_sink {
        struct dependency *dependencies;
        size_t count, cap;
        char *reason;
};

void resolve_depends(struct resolve_sink *sink, uint32_t package, uint32_t requirement)
{
        sink->dependencies =
            xgrow(sink->dependencies, sink->count, &sink->cap, sizeof *sink->dependencies);
        sink->dependencies[sink->count++] = (struct dependency){package, requirement};
}

void resolve_unusable(struct resolve_sink *sink, const char *reason)
{
        free(sink->reason);
        sink->reason = xstrdup(reason);
}

int resolve_package_add(struct resolve *r, uint32_t package, struct err *e)
{
        size_t before = r->package_count, count = before ? before : 64;

        if (package < before)
                return 0;
        if (package >= LIMIT_RESOLVE_PACKAGES)
                return err_set(e, ERR_FAILED,
                    "resolve: more than %d packages: ask for less at once", LIMIT_RESOLVE_PACKAGES);
        while (count <= package)
                count *= 2;
        r->packages = xrealloc(r->packages, count * sizeof *r->packages);
        r->package_count = count;
        for (size_t i = before; i < count; i++)
                r->packages[i] = (struct package){.depth = RESOLVE_NONE,
                    .order = RESOLVE_NONE,
                    .unusable = RESOLVE_NONE,
                    .choice = RESOLVE_NONE,
                    .lost_to = RESOLVE_NONE,
                    .last_lost = RESOLVE_NONE};
        return 0;
}

int resolve_candidates(struct resolve *r, uint32_t package, struct err *e)
{
        struct package *p;
        uint32_t count = 0;
        int known;

        if (resolve_package_add(r, package, e) < 0)
                return -1;
        if (r->packages[package].known)
                return 1;
        known = r->provider->candidates(r->p, package, &count, e);
        if (known <= 0)
                return known;
        if (count > LIMIT_RESOLVE_CANDIDATES)
                return err_set(e, ERR_FAILED, "resolve: %s has %u versions, more than %d",
                    r->provider->name(r->p, package), count, LIMIT_RESOLVE_CANDIDATES);
        p = &r->packages[package];
        p->known = true;
        p->name = r->provider->name(r->p, package);
        p->count = count;
        p->releases = xcalloc(count ? count : 1, sizeof *p->releases);
        r->known = xgrow(r->known, r->known_count, &r->known_cap, sizeof *r->known);
        r->known[r->known_count++] = package;
        return 1;
}

int resolve_release(
    struct resolve *r, uint32_t package, uint32_t candidate, struct release **out, struct err *e)
{
        struct resolve_sink sink = {0};
        struct release *made;
        int known = 1;

        *out = r->packages[package].releases[candidate];
        if (*out)
                return 1;
        if (!r->facts_only)
                known = r->provider->dependencies(r->p, package, candidate, &sink, e);
        if (known > 0 && sink.count > LIMIT_RESOLVE_DEPENDENCIES)
                known = err_set(e, ERR_FAILED, "resolve: %s %s has more than %d dependencies",
                    r->provider->name(r->p, package),
                    r->provider->version(r->p, package, candidate), LIMIT_RESOLVE_DEPENDENCIES);
        if (known <= 0) {
                free(sink.dependencies);
                free(sink.reason);
                return known;
        }
        made = xcalloc(1, sizeof *made);
        made->dependencies = sink.dependencies;
        made->dependency_count = sink.reason ? 0 : (uint32_t)sink.count;
        made->reason = sink.reason;
        r->packages[package].releases[candidate] = *out = made;
        return 1;
}

static struct set *need_refused(const struct resolve *r, uint32_t package, uint32_t requirement)
{
        uint32_t count = r->packages[package].count;
        struct resolve_range *ranges = NULL;
        size_t range_count = 0, cap = 0;
        struct set *s;

        for (uint32_t i = 0; i <= count; i++) {
                if (i < count && r->provider->matches(r->p, requirement, package, i))
                        continue;
                if (range_count && ranges[range_count - 1].last + 1 == i) {
                        ranges[range_count - 1].last = i;
                        continue;
                }
                ranges = xgrow(ranges, range_count, &cap, sizeof *ranges);
                ranges[range_count++] = (struct resolve_range){i, i};
        }
        s = set_of_ranges(ranges, (uint32_t)range_count);
        free(ranges);
        return s;
}

uint32_t resolve_need(struct resolve *r, uint32_t package, uint32_t requirement)
{
        uint64_t key = (uint64_t)package << 32 | requirement;
        uint32_t id = (uint32_t)r->need_count;
        struct set *refused;

        if (map_get(&r->need_map, key, &id))
                return id;
        refused = need_refused(r, package, requirement);
        r->stats.memory += sizeof *r->needs + set_bytes(refused);
        r->needs = xgrow(r->needs, r->need_count, &r->need_cap, sizeof *r->needs);
        r->needs[r->need_count++] = (struct need){package, requirement, refused};
        map_put(&r->need_map, key, id);
        return id;
}

static void release_free(struct release *release)
{
        if (!release)
                return;
        free(release->dependencies);
        free(release->reason);
        free(release->clauses);
        free(release);
}

void resolve_package_release(struct package *p)
{
        for (uint32_t i = 0; p->releases && i < p->count; i++)
                release_free(p->releases[i]);
        free(p->releases);
        set_unref(p->guess);
        free(p->history);
        free(p->watchers);
}
