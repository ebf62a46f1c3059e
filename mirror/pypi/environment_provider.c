/* What the resolver asks of an environment. */
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "environment.h"

/* -- packages and requirements of the resolver -- */

uint32_t env_package(struct environment *env, const char *project, const char *extra)
{
        char *name = extra ? xasprintf("%s[%s]", project, extra) : xstrdup(project);
        size_t before = env->names.count;
        uint32_t id = intern_put(&env->names, name);
        struct env_package *p;

        free(name);
        if (env->names.count == before)
                return id;
        env->packages =
            xgrow(env->packages, env->package_count, &env->package_cap, sizeof *env->packages);
        p = &env->packages[env->package_count++];
        *p = (struct env_package){.base = id};
        p->project = selection_project(env->selection, project);
        if (extra) {
                uint32_t base;

                p->extra = xstrdup(extra);
                base = env_package(env, project, NULL); /* may move env->packages */
                env->packages[id].base = base;
        }
        return id;
}

/* The requirement without its marker, which has been judged: "numpy>=1.26,<3". */
static char *requirement_words(const struct requirement *r)
{
        struct buf out;
        char *words;

        buf_init(&out, LIMIT_URL);
        buf_adds(&out, r->name);
        specifier_set_text(&r->specifier, &out);
        words = buf_take(&out, NULL);
        buf_release(&out);
        return words;
}

static uint32_t env_requirement(
    struct environment *env, const struct requirement *r, uint32_t exact, const char *text)
{
        struct env_requirement *q;

        env->requirements = xgrow(env->requirements, env->requirement_count, &env->requirement_cap,
            sizeof *env->requirements);
        q = &env->requirements[env->requirement_count++];
        *q = (struct env_requirement){.requirement = r, .exact = exact, .pre = -1};
        q->text = text ? xstrdup(text) : r ? requirement_words(r) : xstrdup("the same version");
        return (uint32_t)env->requirement_count - 1;
}

/* Hands the packages of one requirement to the sink: the base, or one for each extra. */
void env_depend(struct environment *env, const struct requirement *r, const char *text,
    struct resolve_sink *sink)
{
        uint32_t id = env_requirement(env, r, 0, text);

        if (r->extra_count == 0 && sink)
                resolve_depends(sink, env_package(env, r->name, NULL), id);
        else if (r->extra_count == 0)
                resolve_require(env->resolve, env_package(env, r->name, NULL), id);
        for (size_t i = 0; i < r->extra_count; i++) {
                uint32_t package = env_package(env, r->name, r->extras[i]);

                if (sink)
                        resolve_depends(sink, package, id);
                else
                        resolve_require(env->resolve, package, id);
        }
}

/* True in one of the target's Pythons. 1, 0, -1 */
int env_marker_holds(
    const struct environment *env, const struct marker *m, const char *extra, struct err *e)
{
        for (size_t i = 0; i < env->target->target.python_count; i++) {
                struct marker_env values;
                int r;

                target_marker_env(&env->target->target, i, &values);
                r = marker_evaluate(m, &values, extra, e);
                if (r)
                        return r;
        }
        return 0;
}

/* Every Python that the target stands for must fit. */
static int python_fits(const struct environment *env, const char *requires_python)
{
        struct specifier_set set = {0};
        struct err unreadable = ERR_INIT;
        int fits = 1;

        if (!requires_python)
                return 1;
        if (specifier_set_parse(&set, requires_python, &unreadable) < 0)
                return 1; /* pip passes over what it cannot read, too */
        for (size_t i = 0; i < env->target->target.python_count; i++)
                fits = fits && specifier_set_contains(&set, &env->target->target.python[i], true);
        specifier_set_release(&set);
        return fits;
}

/* -- candidates -- */

int env_has_hashes(const struct environment *env, const char *name)
{
        for (size_t i = 0; i < env->root_count; i++)
                if (env->roots[i].hash_count && strcmp(env->roots[i].requirement.name, name) == 0)
                        return 1;
        return 0;
}

int env_hash_allowed(
    const struct environment *env, const struct project *p, const struct project_file *f)
{
        if (!env_has_hashes(env, p->name))
                return !env->hashed;
        for (size_t i = 0; i < env->root_count; i++) {
                const struct root *root = &env->roots[i];

                if (strcmp(root->requirement.name, p->name) != 0)
                        continue;
                for (size_t h = 0; h < root->hash_count; h++)
                        if (root->hashes[h].kind == f->index->digest.kind &&
                            memcmp(root->hashes[h].value, f->index->digest.value,
                                digest_size(f->index->digest.kind)) == 0)
                                return 1;
        }
        return 0;
}

/* The file of a release that this target installs, or SIZE_MAX. As pip: the best wheel, else an sdist. */
static size_t best_file(
    const struct environment *env, const struct project *p, const struct release *r)
{
        size_t best = SIZE_MAX, best_rank = TAGS_NONE;

        for (size_t i = r->first; i < r->first + r->count; i++) {
                const struct project_file *f = &p->files[i];
                size_t rank;

                if (!python_fits(env, f->index->requires_python) || !env_hash_allowed(env, p, f) ||
                    (f->index->yanked && !r->asked))
                        continue;
                if (!f->wheel) {
                        /* a .tar.gz before anything else, as build tools make it */
                        if (best == SIZE_MAX ||
                            (!p->files[best].wheel && strstr(f->index->filename, ".tar.gz")))
                                best = i;
                        continue;
                }
                rank = tags_rank_wheel(env->target->tags, f->wheel);
                if (rank == TAGS_NONE)
                        continue;
                if (rank < best_rank ||
                    (rank == best_rank && best != SIZE_MAX && p->files[best].wheel &&
                        wheel_build_compare(f->wheel->build, p->files[best].wheel->build) > 0)) {
                        best = i;
                        best_rank = rank;
                }
        }
        return best;
}

static int constrained_out(
    const struct environment *env, const struct project *p, const struct version *v)
{
        for (size_t i = 0; i < env->root_count; i++)
                if (env->roots[i].constraint &&
                    strcmp(env->roots[i].requirement.name, p->name) == 0 &&
                    !specifier_set_contains(&env->roots[i].requirement.specifier, v, true))
                        return 1;
        return 0;
}

static void list_candidates(const struct environment *env, struct env_package *pk)
{
        const struct project *p = pk->project;
        size_t cap = 0;

        for (size_t i = 0; i < p->release_count; i++) {
                const struct release *r = &p->releases[i];
                size_t file;

                if ((r->yanked && !r->asked) || constrained_out(env, p, &r->version))
                        continue;
                file = best_file(env, p, r);
                if (file == SIZE_MAX || pk->count >= LIMIT_RESOLVE_CANDIDATES)
                        continue;
                pk->candidates = xgrow(pk->candidates, pk->count, &cap, sizeof *pk->candidates);
                pk->candidates[pk->count++] = (struct candidate){i, file};
        }
        pk->known = 1;
}

/* The base package with its candidates: 1, 0, -1 */
int env_know_package(
    struct environment *env, uint32_t package, struct env_package **out, struct err *e)
{
        struct env_package *base = &env->packages[env->packages[package].base];
        struct project *p = base->project;
        int r;

        *out = base;
        if (base->known)
                return 1;
        r = project_load(p, env->selection->upstream, &env->selection->policy, env->host, e);
        if (r != 1)
                return r;
        if (p->state == PROJECT_FAILED)
                return err_set(e, ERR_INCOMPLETE, "index page of %s: %s", p->name, p->error);
        list_candidates(env, base);
        return 1;
}

const struct version *env_candidate_version(const struct env_package *base, uint32_t candidate)
{
        return &base->project->releases[base->candidates[candidate].release].version;
}

/* -- the provider -- */

static int on_candidates(void *p, uint32_t package, uint32_t *count, struct err *e)
{
        struct env_package *base;
        int r = env_know_package(p, package, &base, e);

        if (r == 1)
                *count = (uint32_t)base->count;
        return r;
}

static int add_dependencies(struct environment *env, const struct package_metadata *m,
    const char *extra, struct resolve_sink *sink, struct err *e)
{
        for (size_t i = 0; !env->locked && i < m->requires_count; i++) {
                const struct requirement *r = &m->requires_dist[i];
                struct err why = ERR_INIT;
                int holds = env_marker_holds(env, r->marker, extra ? extra : "", &why);

                (void)e;
                if (holds < 0) {
                        char *text = xasprintf(
                            "its requirement on %s has a marker that cannot be judged (%s)",
                            r->name, why.msg);

                        resolve_unusable(sink, text);
                        free(text);
                        return 1;
                }
                if (!holds)
                        continue;
                if (selection_excludes(env->selection, r->name)) {
                        char *text = xasprintf(
                            "%s is excluded; what depends on it will not install without it",
                            r->name);

                        env->host->note(env->host, text);
                        free(text);
                        continue;
                }
                if (r->url) {
                        char *text = xasprintf("it needs %s from an address of its own", r->name);

                        resolve_unusable(sink, text);
                        free(text);
                        return 1;
                }
                env_depend(env, r, NULL, sink);
        }
        return 1;
}

static int on_dependencies(
    void *p, uint32_t package, uint32_t candidate, struct resolve_sink *sink, struct err *e)
{
        struct environment *env = p;
        const char *extra = env->packages[package].extra;
        uint32_t base_id = env->packages[package].base;
        struct env_package *base;
        struct project_file *f;
        int r = env_know_package(env, package, &base, e);

        if (r != 1)
                return r;
        f = &base->project->files[base->candidates[candidate].file];
        r = project_metadata(base->project, f, env->host, e);
        if (r != 1)
                return r;
        if (f->state == METADATA_FAILED) {
                resolve_unusable(sink, f->error);
                return 1;
        }
        if (!python_fits(env, f->metadata.requires_python)) {
                char *text = xasprintf("it needs python%s", f->metadata.requires_python);

                resolve_unusable(sink, text);
                free(text);
                return 1;
        }
        if (extra)
                resolve_depends(sink, base_id, env_requirement(env, NULL, candidate, NULL));
        return add_dependencies(env, &f->metadata, extra, sink, e);
}

/*
 * PEP 440: pre-releases only where asked for, or where nothing else fits.
 */
int env_takes_prereleases(struct env_requirement *q, const struct env_package *base)
{
        const struct specifier_set *s = &q->requirement->specifier;

        if (q->pre >= 0)
                return q->pre;
        q->pre = 1;
        if (base->project->pre_allowed || specifier_set_mentions_prerelease(s))
                return 1;
        for (uint32_t i = 0; i < base->count; i++) {
                const struct version *v = env_candidate_version(base, i);

                if (!version_is_prerelease(v) && specifier_set_contains(s, v, false)) {
                        q->pre = 0;
                        break;
                }
        }
        return q->pre;
}

static bool on_matches(void *p, uint32_t requirement, uint32_t package, uint32_t candidate)
{
        struct environment *env = p;
        struct env_requirement *q = &env->requirements[requirement];
        const struct env_package *base = &env->packages[env->packages[package].base];

        if (!q->requirement)
                return candidate == q->exact;
        return specifier_set_contains(&q->requirement->specifier,
            env_candidate_version(base, candidate), env_takes_prereleases(q, base));
}

static const char *on_name(void *p, uint32_t package)
{
        return ((struct environment *)p)->names.texts[package];
}

static const char *on_version(void *p, uint32_t package, uint32_t candidate)
{
        const struct environment *env = p;

        return env_candidate_version(&env->packages[env->packages[package].base], candidate)->text;
}

static const char *on_requirement(void *p, uint32_t requirement)
{
        return ((struct environment *)p)->requirements[requirement].text;
}

static const char *on_absence(void *p, uint32_t package)
{
        const struct environment *env = p;
        const struct project *project = env->packages[package].project;

        if (env->hashed && project->release_count && !env_has_hashes(env, project->name))
                return "the file has hashes for others, and none for it; pip refuses what has none";
        return NULL;
}

const struct resolve_provider env_provider = {
    .candidates = on_candidates,
    .dependencies = on_dependencies,
    .matches = on_matches,
    .name = on_name,
    .version = on_version,
    .requirement = on_requirement,
    .absence = on_absence,
};
