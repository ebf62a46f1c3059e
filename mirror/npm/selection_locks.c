/* What lock files name, and the optional packages of the targets that they leave out. */
#include "bundle/mem.h"
#include "mirror/npm/integrity.h"
#include "selection.h"

/* Does the lock have something that is installed under that name and will do? */
static bool has_suitable(const struct npm_lock *l, const struct dependency *d)
{
        struct npm_spec spec;
        bool has = false;

        npm_spec_parse(&spec, d->name, d->spec);
        for (size_t i = 0; !has && i < l->count; i++) {
                const struct locked *item = &l->items[i];
                struct semver v;

                has = strcmp(item->installed_as, d->name) == 0 &&
                      (!item->version ||
                          npm_spec_is_met(&spec, semver_parse(&v, item->version,
                                                     strlen(item->version), SEMVER_LOOSE) == 0
                                                     ? &v
                                                     : NULL));
        }
        npm_spec_release(&spec);
        return has;
}

static struct npm_request *request_of(struct selection *s, const struct locked *item)
{
        return picks_ask(s->locked, item->package, item->version, "");
}

/* A lock that was made on one platform may lack what others need: a project of just these. */
static void widen(struct selection *s, const struct npm_lock *l, struct universe *u)
{
        json_t *optional = json_object();
        char *title;

        for (size_t i = 0; i < l->count; i++) {
                const struct release *r =
                    l->items[i].version ? request_of(s, &l->items[i])->release : NULL;

                for (size_t k = 0; r && k < r->dependency_count; k++) {
                        const struct dependency *d = &r->dependencies[k];

                        if (d->type == DEPENDENCY_OPTIONAL && !d->bundled && !has_suitable(l, d))
                                json_object_set_new(optional, d->name, json_string(d->spec));
                }
        }
        if (json_object_size(optional) == 0) {
                json_decref(optional);
                return;
        }
        title = xasprintf("%s leaves out", l->path);
        npm_add_group(s, u, title, json_pack("{so}", "optionalDependencies", optional));
        free(title);
}

/* The digest that the lock states, if the index has no other: 1 a stronger one, 0 nothing more, -1 another. */
static int compare_integrity(
    const struct locked *item, const struct release *r, struct stated_digest *stronger)
{
        const char *shasum =
            json_string_value(json_object_get(json_object_get(r->manifest, "dist"), "shasum"));
        struct stated_digest sha1;

        if (!item->integrity || !integrity_strongest(item->integrity, stronger))
                return 0;
        if (stronger->kind == r->digest.kind)
                return memcmp(stronger->value, r->digest.value, digest_size(r->digest.kind)) ? -1
                                                                                             : 0;
        if (stronger->kind != DIGEST_SHA1)
                return 1;
        if (shasum && integrity_shasum(shasum, &sha1))
                return memcmp(stronger->value, sha1.value, digest_size(DIGEST_SHA1)) ? -1 : 0;
        return 0;
}

static int collect_one(struct selection *s, const struct npm_lock *l, const struct locked *item,
    struct host *host, struct err *e)
{
        const struct npm_request *q = request_of(s, item);
        const struct release *r = q->release;
        struct stated_digest stronger;
        char *name = xasprintf("%s@%s", item->package, item->version);
        char *why = xasprintf("%s (%s) names %s", l->path, item->where, name), *text;
        int ret = 0, more;

        if (!r) {
                text = xasprintf("%s; %s", why, q->error);
                host->hole(host, name, item->package, text);
                free(text);
        } else if ((more = compare_integrity(item, r, &stronger)) < 0) {
                text = xasprintf(
                    "%s with another integrity than the registry: one of the two is not the "
                    "package that it says",
                    why);
                host->hole(host, name, item->package, text);
                free(text);
        } else {
                ret = npm_want(s, r, why, more ? &stronger : NULL, host, e);
        }
        free(name);
        free(why);
        return ret;
}

/* With targets, what none of them can install is left where it is. */
static bool is_for_targets(const struct selection *s, const struct release *r)
{
        for (size_t i = 0; i < s->universe_count; i++)
                if (universe_takes(&s->universes[i], r))
                        return true;
        return false;
}

int npm_collect_locks(struct selection *s, struct host *host, struct err *e)
{
        if (!s->locks_widened) {
                s->locks_widened = true;
                for (size_t i = 0; i < s->lock_count; i++)
                        for (size_t u = 0; u < s->universe_count; u++)
                                widen(s, &s->locks[i], &s->universes[u]);
                return 0;
        }
        for (size_t i = 0; i < s->lock_count; i++)
                for (size_t k = 0; k < s->locks[i].count; k++) {
                        const struct locked *item = &s->locks[i].items[k];
                        const struct npm_request *q = item->version ? request_of(s, item) : NULL;

                        if (!q || npm_excludes(s, item->package) ||
                            (q->release && !s->locks[i].whole && !is_for_targets(s, q->release)))
                                continue;
                        if (collect_one(s, &s->locks[i], item, host, e) < 0)
                                return -1;
                }
        return 1;
}
