/* What a solved environment wants: files, what builds them, older versions. */
#include "environment.h"

#include "bundle/limit.h"
#include "bundle/mem.h"

/* An sdist is of use only with what builds it. */
static void add_build(struct environment *env, const struct project_file *f, struct host *host)
{
        struct selection *s = env->selection;
        struct environment *build;
        struct err why = ERR_INIT;
        struct buf key;
        char *where = xasprintf("building %s", f->index->filename);

        buf_init(&key, LIMIT_TOML);
        buf_addf(&key, "build %s:", env->target->title);
        for (size_t i = 0; i < f->build_count; i++)
                buf_addf(&key, " %s", f->build_requires[i]);
        build = selection_environment(s, env->target, key.data);
        buf_release(&key);
        if (build && build->root_count == 0) {
                build->build = 1;
                for (size_t i = 0; i < f->build_count + s->build_tool_count; i++) {
                        const char *text = i < f->build_count ? f->build_requires[i]
                                                              : s->build_tools[i - f->build_count];

                        if (environment_add_root(build, text, where, &why) < 0)
                                host->hole(host, where, NULL, why.msg);
                }
        }
        free(where);
}

/* An environment of its own, not the one that an operator's wish of the same text has. */
static struct environment *older_environment(struct environment *env, const char *requirement)
{
        char *key = xasprintf("older %s", requirement);
        struct environment *older = selection_environment(env->selection, env->target, key);

        free(key);
        return older;
}

/* keep = N: the next older versions that match what was asked for, each by itself. */
static void add_older(struct environment *env)
{
        for (size_t i = 0; i < env->root_count; i++) {
                const struct root *root = &env->roots[i];
                struct env_requirement q = {.requirement = &root->requirement, .pre = -1};
                const struct env_package *base;
                uint32_t package;
                size_t at;
                int left = env->keep - 1;

                if (!intern_find(&env->names, root->requirement.name, &package) ||
                    !resolve_find(env->resolve, package, &at))
                        continue;
                base = &env->packages[package];
                for (uint32_t c = resolve_get(env->resolve, at)->candidate + 1;
                     c < base->count && left > 0; c++) {
                        const struct version *v = env_candidate_version(base, c);
                        struct environment *older;
                        struct err ignored = ERR_INIT;
                        struct buf text;

                        if (!specifier_set_contains(
                                &root->requirement.specifier, v, env_takes_prereleases(&q, base)))
                                continue;
                        left--;
                        buf_init(&text, LIMIT_URL);
                        buf_adds(&text, root->requirement.name);
                        for (size_t x = 0; x < root->requirement.extra_count; x++)
                                buf_addf(&text, "%c%s", x ? ',' : '[', root->requirement.extras[x]);
                        buf_addf(
                            &text, "%s==%s", root->requirement.extra_count ? "]" : "", v->text);
                        older = older_environment(env, text.data);
                        if (older && older->root_count == 0) {
                                older->extra_one = 1;
                                environment_add_root(older, text.data, root->where, &ignored);
                        }
                        buf_release(&text);
                }
        }
}

/* "you asked for x; x 1 depends on y; y 2", with the place where x was asked for. */
static void tell_why(const struct environment *env, size_t choice, struct buf *out)
{
        static const char asked[] = "you asked for";
        const struct resolve_choice *top = resolve_get(env->resolve, choice);
        const char *name, *where = asked;
        struct buf text;

        while (!top->asked)
                top = resolve_get(env->resolve, top->parent);
        name = env->packages[top->package].project->name;
        for (size_t i = 0; i < env->root_count; i++)
                if (!env->roots[i].constraint && strcmp(env->roots[i].requirement.name, name) == 0)
                        where = env->roots[i].where;
        buf_init(&text, WHY_TEXT);
        resolve_why(env->resolve, choice, &text);
        if (where == asked || strcmp(where, asked) == 0 ||
            strncmp(text.data, asked, sizeof asked - 1) != 0)
                buf_adds(out, text.data);
        else
                buf_addf(out, "%s needs%s", where, text.data + sizeof asked - 1);
        buf_release(&text);
}

int environment_collect(struct environment *env, struct host *host, struct err *e)
{
        env->collected = 1;
        if (env->state != ENVIRONMENT_SOLVED || !env->resolve)
                return 0;
        for (size_t i = 0; i < resolve_count(env->resolve); i++) {
                const struct resolve_choice *choice = resolve_get(env->resolve, i);
                const struct env_package *pk = &env->packages[choice->package];
                const struct candidate *c;
                struct project_file *f;
                struct buf why;
                int r;

                if (pk->extra)
                        continue; /* its base is there too */
                c = &pk->candidates[choice->candidate];
                f = &pk->project->files[c->file];
                buf_init(&why, 2 * WHY_TEXT);
                tell_why(env, i, &why);
                r = selection_want(env->selection, pk->project, &pk->project->releases[c->release],
                    f, why.data, host, e);
                buf_release(&why);
                if (r < 0)
                        return -1;
                if (f->metadata.doubt) {
                        char *text = xasprintf("%s: %s", f->index->filename, f->metadata.doubt);

                        host->note(host, text);
                        free(text);
                }
                if (!f->wheel) {
                        intern_put(&env->selection->sources, pk->project->name);
                        add_build(env, f, host);
                }
        }
        if (env->keep > 1)
                add_older(env);
        return 0;
}
