/* The phases of a selection: what is local, what is asked for, building trees, handing over. */
#include "selection.h"

#include <limits.h>

#include "bundle/mem.h"
#include "mirror/config_read.h"
#include "mirror/npm/name.h"
#include "mirror/npm/npmrc.h"
#include "npm.h"

enum phase {
        PHASE_KEYS,  /* what the registry signs with */
        PHASE_READ,  /* local files and lock files */
        PHASE_PICK,  /* documents, until no more are asked for */
        PHASE_LOCKS, /* what lock files leave out */
        PHASE_DONE,
};

bool npm_excludes(void *selection, const char *package)
{
        const struct selection *s = selection;

        for (size_t i = 0; i < s->source->exclude.count; i++)
                if (strcmp(s->source->exclude.items[i].text, package) == 0)
                        return true;
        return false;
}

struct group *npm_add_group(
    struct selection *s, struct universe *u, const char *title, json_t *project_take)
{
        struct group *g;

        s->groups = xgrow(s->groups, s->group_count, &s->group_cap, sizeof *s->groups);
        g = &s->groups[s->group_count++];
        *g = (struct group){.universe = u, .title = xstrdup(title)};
        g->project = release_new_project(project_take);
        g->texts = xcalloc(g->project->dependency_count, sizeof *g->texts);
        for (size_t i = 0; i < g->project->dependency_count; i++) {
                struct dependency *d = &g->project->dependencies[i];
                char *why = xasprintf("%s %s@%s", title, d->name, d->spec);

                d->request = picks_ask(u->picks, d->name, d->spec, why);
                free(why);
        }
        return g;
}

void group_set_text(struct group *g, const char *name, const char *text)
{
        for (size_t i = 0; i < g->project->dependency_count; i++)
                if (strcmp(g->project->dependencies[i].name, name) == 0) {
                        free(g->texts[i]);
                        g->texts[i] = xstrdup(text);
                }
}

/* -- opening: what dray.toml says -- */

/* platform = "linux-x64" or "linux-x64-musl" is short for os, cpu and libc. */
static int split_platform(const struct toml_value *table, const char *platform, char **os,
    char **cpu, char **libc, struct err *e)
{
        const char *dash = strchr(platform, '-'), *next = dash ? strchr(dash + 1, '-') : NULL;

        if (!dash || *os || *cpu)
                return toml_err(e, table,
                    !dash ? "platform = \"%.60s\": write it as \"linux-x64\" or \"linux-x64-musl\""
                          : "either platform or os and cpu, not both (platform = \"%.60s\")",
                    platform);
        *os = xstrndup(platform, (size_t)(dash - platform));
        *cpu = next ? xstrndup(dash + 1, (size_t)(next - dash - 1)) : xstrdup(dash + 1);
        if (next && !*libc)
                *libc = xstrdup(next + 1);
        return 0;
}

static int take_target(struct selection *s, const struct toml_value *table, struct err *e)
{
        const char *platform = NULL, *stated_os = NULL, *stated_cpu = NULL, *stated_libc = NULL;
        const char *node = NULL;
        char *os, *cpu, *libc;
        struct err why = ERR_INIT;
        int ret = -1;

        if (toml_get_string(table, "platform", &platform, e) < 0 ||
            toml_get_string(table, "os", &stated_os, e) < 0 ||
            toml_get_string(table, "cpu", &stated_cpu, e) < 0 ||
            toml_get_string(table, "libc", &stated_libc, e) < 0 ||
            toml_get_string(table, "node", &node, e) < 0)
                return -1;
        os = xstrdup(stated_os);
        cpu = xstrdup(stated_cpu);
        libc = xstrdup(stated_libc);
        if (platform && split_platform(table, platform, &os, &cpu, &libc, e) < 0)
                goto out;
        if (!os || !cpu) {
                toml_err(e, table,
                    "a target needs platform, such as \"linux-x64\", or os and cpu, such as \"linux\" and "
                    "\"x64\"");
                goto out;
        }
        if (npm_platform_init(&s->targets[s->target_count], os, cpu, libc, node, &why) < 0) {
                toml_err(e, table, "%s", why.msg);
                goto out;
        }
        s->target_count++;
        ret = 0;
out:
        free(os);
        free(cpu);
        free(libc);
        return ret;
}

static int take_targets(struct selection *s, struct err *e)
{
        const struct config_source *source = s->source;

        s->targets = xcalloc(source->target_count, sizeof *s->targets);
        for (size_t i = 0; i < source->target_count; i++)
                if (take_target(s, source->targets[i], e) < 0)
                        return -1;
        return 0;
}

static struct pick_policy policy_of(const struct config_source *source)
{
        struct pick_policy p = {.not_after = INT64_MAX};

        if (source->has_as_of) {
                p.not_after = source->as_of;
                p.rule = "as_of";
        }
        if (source->min_age && (int64_t)time(NULL) - source->min_age < p.not_after) {
                p.not_after = (int64_t)time(NULL) - source->min_age;
                p.rule = "min_age";
        }
        return p;
}

static int same_node(const struct universe *u, const struct npm_platform *t)
{
        if (!u->policy.node || !t->node)
                return !u->policy.node && !t->node;
        return semver_compare(u->policy.node, &t->version) == 0;
}

/* One universe for each Node; one for everything when there are no targets. */
static void make_universes(struct selection *s)
{
        size_t most = s->target_count ? s->target_count : 1;

        s->universes = xcalloc(most, sizeof *s->universes);
        for (size_t i = 0; i < most; i++) {
                struct npm_platform *t = s->target_count ? &s->targets[i] : NULL;
                struct universe *u = s->universes;

                while (u < s->universes + s->universe_count && t && !same_node(u, t))
                        u++;
                if (u == s->universes + s->universe_count) {
                        s->universe_count++;
                        u->policy = policy_of(s->source);
                        u->policy.node = t && t->node ? &t->version : NULL;
                        u->picks = picks_new(&s->packages, &u->policy);
                        u->targets = xcalloc(most, sizeof(struct npm_platform *));
                }
                if (t)
                        u->targets[u->target_count++] = t;
        }
}

/* All of `packages` as one project, but for what stands there twice; or each as its own. */
static int take_packages_for(struct selection *s, struct universe *u, struct err *e)
{
        const struct config_list *packages = &s->source->packages;
        json_t *together = json_object();

        for (size_t i = 0; i < packages->count; i++) {
                const struct config_text *spec = &packages->items[i];
                struct npm_spec parsed;
                struct err why = ERR_INIT;
                const char *at;
                char *name;

                if (npm_spec_parse_argument(&name, &parsed, spec->text, &why) < 0) {
                        json_decref(together);
                        return toml_err(e, spec->at, "%s", why.msg);
                }
                at = spec->text[strlen(name)] ? spec->text + strlen(name) + 1 : "";
                if (s->source->together && !json_object_get(together, name)) {
                        json_object_set_new(together, name, json_string(at));
                } else {
                        npm_add_group(
                            s, u, spec->text, json_pack("{s{ss}}", "dependencies", name, at));
                        group_set_text(&s->groups[s->group_count - 1], name, spec->text);
                }
                npm_spec_release(&parsed);
                free(name);
        }
        if (json_object_size(together) == 0) {
                json_decref(together);
                return 0;
        }
        npm_add_group(s, u, "packages", json_pack("{so}", "dependencies", together));
        for (size_t i = packages->count; i-- > 0;) {
                char *name = xstrdup(packages->items[i].text);
                char *at = *name ? strchr(name + 1, '@') : NULL;

                if (at)
                        *at = '\0';
                group_set_text(&s->groups[s->group_count - 1], name, packages->items[i].text);
                free(name);
        }
        return 0;
}

/* One that no package's name begins with would leave its packages to the registry of all others. */
static int check_client_scopes(const struct npmrc *rc, struct err *e)
{
        for (size_t i = 0; i < rc->scope_count; i++)
                if (!npm_scope_is_valid(rc->scopes[i].name))
                        return err_set(e, ERR_USAGE,
                            "npm's configuration has `%.60s:registry`, which is no scope of any package: "
                            "write it as @acme:registry, in lower case",
                            rc->scopes[i].name);
        return 0;
}

/* scopes = { "@acme" = "https://..." } */
static int take_scopes(struct selection *s, struct npmrc *rc, struct err *e)
{
        const struct toml_value *table, *v;
        int found = toml_get_table(s->source->table, "scopes", &table, e);

        if (found < 0)
                return -1;
        for (v = found ? toml_first(table) : NULL; v; v = toml_next(v)) {
                const char *scope = toml_key(v, NULL);

                if (toml_kind(v) != TOML_STRING)
                        return toml_err(e, v, "scopes is a table like { \"@acme\" = \"ADDRESS\" }");
                if (!npm_scope_is_valid(scope))
                        return toml_err_key(
                            e, v, "scopes: `%.60s` is none: write \"@acme\", in lower case", scope);
                npmrc_set_scope(rc, scope, toml_string(v, NULL));
        }
        return 0;
}

static char *with_slash(const char *url)
{
        size_t len = strlen(url);

        return xasprintf("%s%s", url, len && url[len - 1] == '/' ? "" : "/");
}

static int take_places(struct selection *s, const char *upstream, struct err *e)
{
        struct npmrc rc = {0};
        int ret;

        /* with an upstream of its own, a source is not what the client is set up for */
        if (!s->source->upstream)
                npmrc_read(&rc);
        s->unrepeatable = rc.scope_count > 0;
        ret = check_client_scopes(&rc, e) < 0 ? -1 : take_scopes(s, &rc, e);
        if (ret == 0) {
                s->packages.places = xcalloc(rc.scope_count + 1, sizeof *s->packages.places);
                for (size_t i = 0; i < rc.scope_count; i++)
                        s->packages.places[s->packages.place_count++] = (struct npm_registry_place){
                            xstrdup(rc.scopes[i].name), with_slash(rc.scopes[i].url)};
                s->packages.places[s->packages.place_count++] =
                    (struct npm_registry_place){NULL, with_slash(upstream)};
        }
        npmrc_release(&rc);
        return ret;
}

struct selection *npm_open(const struct config_source *source, const char *upstream, struct err *e)
{
        struct selection *s = xcalloc(1, sizeof *s);
        const char *signing_keys = NULL;

        s->source = source;
        if (toml_get_string(source->table, "signing_keys", &signing_keys, e) < 0 ||
            config_check_names("exclude", &source->exclude, npm_name_is_valid, e) < 0 ||
            take_places(s, upstream, e) < 0 || take_targets(s, e) < 0)
                goto fail;
        if (signing_keys)
                s->signing_keys = xstrdup(config_path(source->config, signing_keys));
        make_universes(s);
        s->locked = picks_new_single(&s->packages, &s->universes[0].policy);
        for (size_t i = 0; i < s->universe_count; i++)
                if (take_packages_for(s, &s->universes[i], e) < 0)
                        goto fail;
        return s;
fail:
        npm_close(s);
        return NULL;
}

void npm_close(struct selection *s)
{
        if (!s)
                return;
        for (size_t i = 0; i < s->group_count; i++) {
                for (size_t k = 0; k < s->groups[i].project->dependency_count; k++)
                        free(s->groups[i].texts[k]);
                free(s->groups[i].texts);
                free(s->groups[i].title);
                release_free(s->groups[i].project);
        }
        for (size_t i = 0; i < s->universe_count; i++) {
                picks_free(s->universes[i].picks);
                free(s->universes[i].targets);
        }
        for (size_t i = 0; i < s->target_count; i++)
                npm_platform_release(&s->targets[i]);
        for (size_t i = 0; i < s->lock_count; i++)
                npm_lock_release(&s->locks[i]);
        picks_free(s->locked);
        npm_packages_release(&s->packages);
        free(s->locks);
        free(s->groups);
        free(s->universes);
        free(s->targets);
        free(s->signing_keys);
        free(s);
}

/* -- stepping -- */

/* Older versions of what is asked for, each as a project of its own. */
static void add_older(struct selection *s)
{
        size_t keep = s->source->keep, groups = s->group_count;
        const struct packument_version **found = xcalloc(keep, sizeof(struct packument_version *));

        for (size_t g = 0; g < groups; g++)
                for (size_t i = 0; i < s->groups[g].project->dependency_count; i++) {
                        struct group *from = &s->groups[g];
                        const struct dependency *d = &from->project->dependencies[i];
                        const struct npm_spec *spec = &d->request->spec;
                        struct npm_package *p = npm_package_get(&s->packages, spec->package);
                        size_t count;

                        if (!from->texts[i] || from->extra)
                                continue;
                        count = p->error ? 0
                                         : pick_versions(&p->packument, spec,
                                               &from->universe->policy, found, keep);
                        for (size_t k = 1; k < count; k++) {
                                char *alias = xasprintf("npm:%s@%s", spec->package, found[k]->text);
                                struct group *older =
                                    npm_add_group(s, s->groups[g].universe, s->groups[g].texts[i],
                                        json_pack("{s{ss}}", "dependencies", d->name, alias));

                                older->extra = true;
                                free(alias);
                        }
                }
        free(found);
}

/* 1: every question has its answer; 0; -1. */
static int pick_all(struct selection *s, struct host *host, struct err *e)
{
        int all = picks_step(s->locked, host, e);

        for (size_t i = 0; all >= 0 && i < s->universe_count; i++) {
                int r = picks_step(s->universes[i].picks, host, e);

                all = r < 0 ? -1 : all && r;
        }
        return all;
}

static int collect(struct selection *s, struct host *host, struct err *e)
{
        for (size_t i = 0; i < s->group_count; i++)
                if (npm_collect(s, &s->groups[i], host, e) < 0)
                        return -1;
        return 0;
}

int npm_step(struct selection *s, struct host *host, struct err *e)
{
        int r;

        if (s->phase == PHASE_KEYS) {
                r = npm_read_keys(s, host, e);
                if (r != 1)
                        return r;
                if (s->unrepeatable)
                        host->unrepeatable(host);
                s->phase = PHASE_READ;
        }
        if (s->phase == PHASE_READ) {
                if (npm_read_local(s, host, e) < 0 || npm_read_locks(s, host, e) < 0)
                        return -1;
                s->phase = PHASE_PICK;
        }
        if (s->phase == PHASE_PICK) {
                r = pick_all(s, host, e);
                if (r != 1)
                        return r;
                s->phase = PHASE_LOCKS;
                if (s->source->keep > 1)
                        add_older(s);
        }
        while (s->phase == PHASE_LOCKS) {
                r = pick_all(s, host, e);
                if (r == 1)
                        r = npm_collect_locks(s, host, e);
                if (r < 0)
                        return -1;
                if (r == 1)
                        s->phase = PHASE_DONE;
                else if (pick_all(s, host, e) == 0)
                        return 0;
        }
        return collect(s, host, e) < 0 ? -1 : 1;
}
