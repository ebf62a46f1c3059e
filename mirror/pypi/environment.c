/* One environment: from what was asked for to a solution. */
#include "environment.h"

#include "bundle/limit.h"
#include "bundle/mem.h"

/* -- roots -- */

int environment_add_root(
    struct environment *env, const char *requirement, const char *where, struct err *e)
{
        struct root *root;
        struct requirement r = {0};

        if (requirement_parse(&r, requirement, e) < 0)
                return -1;
        env->roots = xgrow(env->roots, env->root_count, &env->root_cap, sizeof *env->roots);
        root = &env->roots[env->root_count++];
        *root =
            (struct root){.requirement = r, .text = xstrdup(requirement), .where = xstrdup(where)};
        return 0;
}

static void report(struct environment *env, const char *item, const char *package, const char *why)
{
        char *text;

        if (!env->extra_one) {
                env->host->hole(env->host, item, package, why);
                return;
        }
        text = xasprintf("%s is not kept beside the newest: %s", item, why);
        env->host->note(env->host, text);
        free(text);
}

/* Why a root has no candidate, for a person. */
static char *no_match_text(const struct environment *env, const struct env_package *base)
{
        const struct project *p = base->project;

        if (p->release_count == 0)
                return xasprintf("the index lists no release of %s that can be taken%s%s", p->name,
                    p->unusable ? " under " : "", p->unusable ? env->selection->policy.rule : "");
        if (env_has_hashes(env, p->name))
                return xasprintf(
                    "no file of %s for %s has one of the hashes that are stated for it; "
                    "the newest release there is %s",
                    p->name, env->target->title, p->releases[0].version.text);
        if (base->count == 0)
                return xasprintf("none of the %zu releases of %s (newest %s) has a file for %s%s",
                    p->release_count, p->name, p->releases[0].version.text, env->target->title,
                    env->selection->policy.sdist ? "" : " (sdist = false)");
        return xasprintf("no release of %s for %s matches; the newest there is %s", p->name,
            env->target->title, env_candidate_version(base, 0)->text);
}

/* A file of the release is what the root states, but for another platform. */
static int is_for_others(
    const struct environment *env, const struct root *root, const struct project *p)
{
        for (size_t i = 0; i < p->release_count; i++) {
                const struct release *r = &p->releases[i];

                if (!specifier_set_contains(&root->requirement.specifier, &r->version, true))
                        continue;
                for (size_t k = r->first; k < r->first + r->count; k++)
                        if (env_hash_allowed(env, p, &p->files[k]))
                                return 1;
        }
        return 0;
}

/* 1: some candidate satisfies the root; 0: none (reported); -1 */
static int check_root(
    struct environment *env, const struct root *root, const struct env_package *base)
{
        struct env_requirement q = {.requirement = &root->requirement, .pre = -1};
        const struct project *p = base->project;
        char *why, *item;

        if (p->state == PROJECT_GONE) {
                item = xasprintf("%s (%s)", root->text, root->where);
                why = xasprintf("the index has no project %s", p->name);
        } else {
                int pre = env_takes_prereleases(&q, base);

                for (uint32_t i = 0; i < base->count; i++)
                        if (specifier_set_contains(
                                &root->requirement.specifier, env_candidate_version(base, i), pre))
                                return 1;
                item = xasprintf("%s (%s) for %s", root->text, root->where, env->target->title);
                why = no_match_text(env, base);
        }
        if (root->lenient && is_for_others(env, root, p)) {
                char *text = xasprintf("%s is left out: %s", item, why);

                env->host->note(env->host, text);
                free(text);
        } else {
                report(env, item, p->name, why);
        }
        free(item);
        free(why);
        return 0;
}

/* Pins and pre-releases that a root asks for change what its project offers. */
static void mark_project(const struct root *root, struct project *p)
{
        const struct specifier_set *s = &root->requirement.specifier;

        if (specifier_set_mentions_prerelease(s))
                p->pre_allowed = 1;
        if (!specifier_set_pins(s))
                return;
        for (size_t i = 0; i < p->release_count; i++)
                if (specifier_set_contains(s, &p->releases[i].version, true))
                        p->releases[i].asked = 1;
}

/* 1: the root takes part; 0: it does not, for a reason that has been told or needs no telling */
static int root_applies(struct environment *env, const struct root *root, struct err *e)
{
        struct err why = ERR_INIT;
        int holds;

        (void)e;
        if (root->constraint || selection_excludes(env->selection, root->requirement.name))
                return 0;
        if (root->requirement.url) {
                report(env, root->text, root->requirement.name,
                    "it names an address of its own; only what the index has can be mirrored");
                return 0;
        }
        holds = env_marker_holds(env, root->requirement.marker, "", &why);
        if (holds < 0)
                report(env, root->text, root->requirement.name, why.msg);
        return holds > 0;
}

/* With one --hash, pip wants each requirement to have one, and to be pinned. ERR_USAGE */
static int check_hashed(const struct environment *env, const struct root *root, struct err *e)
{
        const struct specifier_set *s = &root->requirement.specifier;

        if (!env->hashed)
                return 0;
        if (!env_has_hashes(env, root->requirement.name))
                return err_set(e, ERR_USAGE,
                    "%s: %s has no --hash, but other requirements have: pip then wants one for each; "
                    "add it, or remove the others",
                    root->where, root->text);
        if (s->count != 1 || !specifier_set_pins(s))
                return err_set(e, ERR_USAGE,
                    "%s: %s is not pinned: with --hash, pip wants name==version for each requirement",
                    root->where, root->text);
        return 0;
}

/* Loads the pages of all roots; then requires those that can be had. 1, 0, -1 */
static int begin(struct environment *env, struct err *e)
{
        struct selection *s = env->selection;
        size_t required = 0;
        int waiting = 0;

        for (size_t i = 0; i < env->root_count; i++) {
                struct project *p = selection_project(s, env->roots[i].requirement.name);
                int r = project_load(p, s->upstream, &s->policy, env->host, e);

                if (r < 0)
                        return -1;
                waiting |= r == 0;
                if (r == 1)
                        mark_project(&env->roots[i], p);
        }
        if (waiting)
                return 0;
        env->resolve = resolve_new(&env_provider, env);
        for (size_t i = 0; i < env->root_count; i++) {
                const struct root *root = &env->roots[i];
                struct env_package *base;
                struct err why = ERR_INIT;

                if (!root_applies(env, root, e))
                        continue;
                if (check_hashed(env, root, e) < 0)
                        return -1;
                if (env_know_package(
                        env, env_package(env, root->requirement.name, NULL), &base, &why) < 0) {
                        /* not a matter of what fits: also for an extra version this is a hole */
                        env->host->hole(env->host, root->text, NULL, why.msg);
                        continue;
                }
                if (!check_root(env, root, base))
                        continue;
                env_depend(env, &root->requirement, root->text, NULL);
                required++;
        }
        env->state = required ? ENVIRONMENT_SOLVING : ENVIRONMENT_SOLVED;
        return 1;
}

/* Everything asked for, in one line, for a hole's name. */
static char *roots_text(const struct environment *env)
{
        struct buf out;
        char *text;
        size_t shown = 0;

        buf_init(&out, 400);
        for (size_t i = 0; i < env->root_count && shown < 6; i++)
                if (!env->roots[i].constraint)
                        buf_addf(&out, "%s%s", shown++ ? ", " : "", env->roots[i].text);
        if (shown == 6)
                buf_adds(&out, ", ...");
        buf_addf(&out, " for %s", env->target->title);
        text = buf_take(&out, NULL);
        buf_release(&out);
        return text;
}

static void conflict(struct environment *env)
{
        struct buf why;
        char *item = roots_text(env);

        buf_init(&why, 2 * WHY_TEXT);
        resolve_explain(env->resolve, &why);
        if (env->root_count > 1 && env->selection->source->together && !env->build)
                buf_adds(&why,
                    "\n(to carry packages that cannot be installed together, set together = "
                    "false)");
        report(env, item, NULL, why.data);
        buf_release(&why);
        free(item);
        env->state = ENVIRONMENT_FAILED;
}

int environment_step(struct environment *env, struct host *host, struct err *e)
{
        struct err why = ERR_INIT;
        int r;

        env->host = host;
        if (env->state == ENVIRONMENT_NEW) {
                r = begin(env, e);
                if (r != 1)
                        return r;
        }
        if (env->state != ENVIRONMENT_SOLVING)
                return 1;
        r = resolve_step(env->resolve, &why);
        if (r == RESOLVE_PENDING)
                return 0;
        if (r == RESOLVE_DONE) {
                env->state = ENVIRONMENT_SOLVED;
        } else if (r == RESOLVE_CONFLICT) {
                conflict(env);
        } else if (why.code == ERR_INCOMPLETE) {
                char *item = roots_text(env);

                env->host->hole(env->host, item, NULL, why.msg);
                free(item);
                env->state = ENVIRONMENT_FAILED;
        } else {
                *e = why;
                return -1;
        }
        return 1;
}

void environment_free(struct environment *env)
{
        if (!env)
                return;
        resolve_free(env->resolve);
        for (size_t i = 0; i < env->root_count; i++) {
                requirement_release(&env->roots[i].requirement);
                free(env->roots[i].text);
                free(env->roots[i].where);
        }
        for (size_t i = 0; i < env->package_count; i++) {
                free(env->packages[i].extra);
                free(env->packages[i].candidates);
        }
        for (size_t i = 0; i < env->requirement_count; i++)
                free(env->requirements[i].text);
        free(env->requirements);
        free(env->packages);
        free(env->roots);
        intern_release(&env->names);
        free(env->key);
        free(env);
}
