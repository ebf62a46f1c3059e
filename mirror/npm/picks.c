#include "mirror/npm/picks.h"

#include "bundle/limit.h"
#include "bundle/mem.h"

/* What is asked of one package. */
struct picked_package {
        struct npm_package *package;
        struct npm_request *waiting; /* not answered */
        struct release **releases;
        size_t count, cap;
};

struct picks {
        struct npm_packages *packages;
        const struct pick_policy *policy;
        struct intern keys; /* "name spec" */
        struct npm_request **requests;
        size_t request_cap;
        struct intern names;
        struct picked_package *items; /* by number of the package's name */
        size_t item_cap;
        size_t open;    /* requests that are not answered */
        size_t answers; /* given so far */
        bool single;    /* what a release needs is not asked for */
};

struct picks *picks_new(struct npm_packages *packages, const struct pick_policy *policy)
{
        struct picks *p = xcalloc(1, sizeof *p);

        p->packages = packages;
        p->policy = policy;
        return p;
}

struct picks *picks_new_single(struct npm_packages *packages, const struct pick_policy *policy)
{
        struct picks *p = picks_new(packages, policy);

        p->single = true;
        return p;
}

void picks_free(struct picks *p)
{
        if (!p)
                return;
        for (size_t i = 0; i < p->keys.count; i++) {
                npm_spec_release(&p->requests[i]->spec);
                free(p->requests[i]->why);
                free(p->requests[i]->error);
                free(p->requests[i]);
        }
        for (size_t i = 0; i < p->names.count; i++) {
                for (size_t k = 0; k < p->items[i].count; k++)
                        release_free(p->items[i].releases[k]);
                free(p->items[i].releases);
        }
        free(p->requests);
        free(p->items);
        intern_release(&p->keys);
        intern_release(&p->names);
        free(p);
}

static struct picked_package *item_of(struct picks *p, const char *package)
{
        size_t before = p->names.count;
        uint32_t number = intern_put(&p->names, package);

        if (p->names.count > before) {
                p->items = xgrow(p->items, before, &p->item_cap, sizeof *p->items);
                p->items[number] =
                    (struct picked_package){.package = npm_package_get(p->packages, package)};
        }
        return &p->items[number];
}

static void answer(struct npm_request *q, struct release *r, char *error_take)
{
        q->release = r;
        q->error = error_take;
        q->answered = true;
}

struct npm_request *picks_ask(struct picks *p, const char *name, const char *spec, const char *why)
{
        size_t before = p->keys.count;
        char *key = xasprintf("%s %s", name, spec);
        uint32_t number = intern_put(&p->keys, key);
        struct picked_package *item;
        struct npm_request *q;

        free(key);
        if (p->keys.count == before)
                return p->requests[number];
        p->requests = xgrow(p->requests, before, &p->request_cap, sizeof *p->requests);
        q = p->requests[number] = xcalloc(1, sizeof *q);
        q->why = xstrdup(why);
        npm_spec_parse(&q->spec, name, spec);
        if (!npm_spec_is_registry(&q->spec)) {
                answer(q, NULL,
                    xasprintf("%s cannot be mirrored: %s", npm_spec_kind_name(q->spec.kind), spec));
                return q;
        }
        item = item_of(p, q->spec.package);
        q->next = item->waiting;
        item->waiting = q;
        p->open++;
        return q;
}

struct release *picks_release(const struct picks *p, const char *package, const char *version)
{
        uint32_t number;

        if (!intern_find(&p->names, package, &number))
                return NULL;
        for (size_t i = 0; i < p->items[number].count; i++)
                if (strcmp(p->items[number].releases[i]->version, version) == 0)
                        return p->items[number].releases[i];
        return NULL;
}

/* -- releases -- */

static void ask_dependencies(struct picks *p, struct release *r)
{
        char *why = xasprintf("%s %s needs", r->package, r->version);

        for (size_t i = 0; i < r->dependency_count; i++) {
                struct dependency *d = &r->dependencies[i];
                char *text;

                if (d->bundled)
                        continue;
                text = xasprintf("%s %s@%s", why, d->name, d->spec);
                d->request = picks_ask(p, d->name, d->spec, text);
                free(text);
        }
        free(why);
}

/* The registry's signature, if the package is of the registry that signs. 0; -1: it is not to be taken. */
static int check_signature(const struct npm_packages *all, const struct npm_package *package,
    const struct packument_version *v, const json_t *manifest, struct err *e)
{
        const json_t *dist = json_object_get(manifest, "dist");

        if (package->place != &all->places[all->place_count - 1])
                return 0;
        if (all->keys)
                return signing_check(all->keys, package->name, v->text, dist, v->published,
                    all->signature_required, e);
        if (all->keys_owed && json_array_size(json_object_get(dist, "signatures")))
                return err_set(e, ERR_REFUSED,
                    "%s %s is signed, and the registry's keys could not be had: %s", package->name,
                    v->text, all->keys_owed);
        return 0;
}

/* The number is passed, since asking for dependencies moves the items. NULL: q has its error. */
static struct release *make_release(struct picks *p, uint32_t number, struct npm_request *q,
    const struct packument_version *v, const char *bytes, size_t len)
{
        struct npm_package *package = p->items[number].package;
        struct picked_package *item;
        struct err why = ERR_INIT;
        json_t *manifest = packument_manifest(&package->packument, v, bytes, len, &why);
        struct release *r;

        if (manifest && check_signature(p->packages, package, v, manifest, &why) < 0) {
                q->owed = true;
                json_decref(manifest);
                manifest = NULL;
        }
        r = manifest ? release_new(manifest, &why) : NULL;
        if (!r) {
                answer(q, NULL, xstrdup(why.msg));
                return NULL;
        }
        r->time = v->time;
        r->local = npm_package_local(package, v->text);
        item = &p->items[number];
        item->releases = xgrow(item->releases, item->count, &item->cap, sizeof(struct release *));
        item->releases[item->count++] = r;
        if (!p->single)
                ask_dependencies(p, r);
        return r;
}

static void answer_one(
    struct picks *p, uint32_t number, struct npm_request *q, const char *bytes, size_t len)
{
        struct npm_package *package = p->items[number].package;
        const struct packument_version *v;
        struct release *r;
        char *why;

        if (package->error) {
                q->owed = package->owed;
                answer(q, NULL, xasprintf("%s: %s", package->name, package->error));
                return;
        }
        v = pick_version(&package->packument, &q->spec, p->policy, &why);
        if (!v) {
                answer(q, NULL, why);
                return;
        }
        r = picks_release(p, package->name, v->text);
        if (!r)
                r = make_release(p, number, q, v, bytes, len);
        if (r)
                answer(q, r, NULL);
}

/* 1: all that is asked of it is answered; 0: waits; -1. */
static int step_package(struct picks *p, uint32_t number, struct host *host, struct err *e)
{
        const char *bytes;
        size_t len;
        struct npm_request *q;
        int r;

        while (p->items[number].waiting) {
                r = npm_package_load(p->packages, p->items[number].package, host, &bytes, &len, e);
                if (r != 1)
                        return r;
                /* what these need may be asked of this same package: then it comes around again */
                q = p->items[number].waiting;
                p->items[number].waiting = NULL;
                while (q) {
                        struct npm_request *next = q->next;

                        answer_one(p, number, q, bytes, len);
                        p->open--;
                        p->answers++;
                        q = next;
                }
        }
        return 1;
}

int picks_step(struct picks *p, struct host *host, struct err *e)
{
        size_t before;

        do {
                before = p->answers;
                for (uint32_t i = 0; i < p->names.count; i++)
                        if (step_package(p, i, host, e) < 0)
                                return -1;
                if (p->keys.count > LIMIT_RESOLVE_DEPENDENCIES * 10)
                        return err_set(e, ERR_FAILED, "more than %d dependencies",
                            LIMIT_RESOLVE_DEPENDENCIES * 10);
        } while (p->open && p->answers > before);
        return p->open == 0;
}
