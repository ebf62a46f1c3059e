/* From a tree to the files that the targets install of it. */
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/npm/flags.h"
#include "mirror/npm/integrity.h"
#include "mirror/url.h"
#include "selection.h"

#define SHOWN_SCRIPTS 5

/* The dist-tags that stand at the release, with blanks between. */
static char *tags_of(struct selection *s, const struct release *r)
{
        const struct packument *p = &npm_package_get(&s->packages, r->package)->packument;
        char *tags = xstrdup("");

        for (size_t i = 0; i < p->tag_count; i++) {
                char *longer;

                if (strcmp(p->tags[i].version, r->version) != 0 || strchr(p->tags[i].name, ' '))
                        continue;
                longer = xasprintf("%s%s%s", tags, *tags ? " " : "", p->tags[i].name);
                free(tags);
                tags = longer;
        }
        return tags;
}

static char *address_of(struct selection *s, const struct release *r, struct err *why)
{
        const struct npm_package *p = npm_package_get(&s->packages, r->package);
        char *joined, *url;

        if (r->local)
                return xstrdup(r->local);
        joined = url_join(p->place->url, r->tarball, why);
        url = joined ? url_with_credentials(joined, p->place->url) : NULL;
        free(joined);
        return url;
}

static const char *fault_of(const struct release *r)
{
        if (!r->readable)
                return "its version is none that npm can read";
        if (r->local)
                return NULL;
        if (!r->tarball)
                return "the registry does not say where its tarball is";
        if (!r->digest.kind)
                return "the registry states neither integrity nor shasum that can be checked";
        return NULL;
}

static json_t *keys_of(const struct selection *s, const struct release *r)
{
        return signing_keys_of(s->packages.keys, json_object_get(r->manifest, "dist"));
}

int npm_want(struct selection *s, const struct release *r, const char *why,
    const struct stated_digest *stronger, struct host *host, struct err *e)
{
        struct wanted_file file = {.why = why, .local = r->local != NULL, .digest = r->digest};
        char *name = release_file_name(r->package, r->version), *tags = tags_of(s, r);
        struct err reason = ERR_INIT;
        char *meta = release_meta(r, tags, keys_of(s, r), &reason), *url = NULL;
        const char *fault = meta ? fault_of(r) : reason.msg;
        int ret = 0;

        if (!fault && !(url = address_of(s, r, &reason)))
                fault = reason.msg;
        if (fault) {
                host->hole(host, name, r->package, fault);
        } else {
                file.record = (struct record){
                    .package = r->package, .version = r->version, .file = name, .meta = meta};
                file.url = url;
                if (stronger)
                        file.digest = *stronger;
                ret = host->file(host, &file, e);
        }
        free(name);
        free(tags);
        free(meta);
        free(url);
        return ret;
}

bool universe_takes(const struct universe *u, const struct release *r)
{
        const json_t *m = r->manifest;

        for (size_t i = 0; i < u->target_count; i++)
                if (npm_platform_takes(u->targets[i], json_object_get(m, "os"),
                        json_object_get(m, "cpu"), json_object_get(m, "libc")))
                        return true;
        return u->target_count == 0;
}

static bool target_takes(const struct npm_platform *t, const struct release *r)
{
        const json_t *m = r->manifest;

        return npm_platform_takes(
            t, json_object_get(m, "os"), json_object_get(m, "cpu"), json_object_get(m, "libc"));
}

/* "you asked for react@^18", "react-dom 18.2.0 needs scheduler@^0.23.0" */
static char *why_of(const struct group *g, const struct node *n)
{
        const struct edge *e = n->in.count ? n->in.items[0] : NULL;

        for (size_t i = 0; i < n->in.count; i++)
                if (!n->in.items[i]->from->parent)
                        e = n->in.items[i];
        if (!e)
                return xstrdup(g->title);
        for (size_t i = 0; !e->from->parent && i < g->project->dependency_count; i++)
                if (&g->project->dependencies[i] == e->dependency)
                        return g->texts[i] ? xasprintf("you asked for %s", g->texts[i])
                                           : xasprintf("%s", g->title);
        return xasprintf("%s %s needs %s@%s", e->from->release ? e->from->release->package : "",
            e->from->release ? e->from->release->version : "", e->dependency->name,
            e->dependency->spec);
}

/* What could not be had. For an older version, that is a note. */
static void report(const struct group *g, struct host *host, const char *item, const char *package,
    const char *why)
{
        char *text;

        if (!g->extra) {
                host->hole(host, item, package, why);
                return;
        }
        text = xasprintf("an older version for %s is left out: %s: %s", g->title, item, why);
        host->note(host, text);
        free(text);
}

/* What could not be had: a hole, unless only optional dependencies ask for it and it is not owed. */
static void report_missing(const struct group *g, struct host *host, const struct node *n)
{
        const struct edge *e = n->in.count ? n->in.items[0] : NULL;
        const struct npm_request *q = e ? e->dependency->request : NULL;
        const char *asked = NULL, *package;
        char *item, *text;

        if (!q)
                return;
        for (size_t i = 0; i < g->project->dependency_count; i++)
                if (&g->project->dependencies[i] == e->dependency)
                        asked = g->texts[i];
        if (n->optional && !q->owed) {
                text = xasprintf("optional, left out: %s: %s", q->why, q->error);
                host->note(host, text);
                free(text);
                return;
        }
        package = npm_spec_is_registry(&q->spec) ? q->spec.package : e->dependency->name;
        item =
            asked ? xstrdup(asked) : xasprintf("%s@%s", e->dependency->name, e->dependency->spec);
        text = asked ? xstrdup(q->error) : xasprintf("%s; %s", q->why, q->error);
        if (q->owed)
                host->hole(host, item, package, text);
        else
                report(g, host, item, package, text);
        free(item);
        free(text);
}

/* Nodes that do not go on this target, with what goes with them. */
static void leave_out(const struct group *g, const struct node_set *all,
    const struct npm_platform *t, struct node_set *out, struct host *host)
{
        for (size_t i = 0; i < all->count; i++) {
                struct node *n = all->items[i];
                char *item, *why;

                if (!n->parent || (n->release && (!t || target_takes(t, n->release))))
                        continue;
                if (n->optional) {
                        tree_optional_set(n, out);
                        continue;
                }
                if (!n->release)
                        continue; /* reported already */
                item = xasprintf("%s %s", n->release->package, n->release->version);
                why = xasprintf("not for %s", t->title);
                report(g, host, item, n->release->package, why);
                free(item);
                free(why);
        }
}

static int hand_over(struct selection *s, const struct group *g, const struct node_set *all,
    const struct npm_platform *t, struct host *host, struct err *e)
{
        struct node_set left_out = {0};
        int ret = 0;

        leave_out(g, all, t, &left_out, host);
        for (size_t i = 0; ret == 0 && i < all->count; i++) {
                struct node *n = all->items[i];
                char *why;

                if (!n->parent || n->link || !n->release || node_set_has(&left_out, n) ||
                    (t && !target_takes(t, n->release)))
                        continue;
                why = why_of(g, n);
                ret = npm_want(s, n->release, why, NULL, host, e);
                free(why);
        }
        node_set_release(&left_out);
        return ret;
}

/* What a script fetches when it runs is nothing that a registry could tell. */
static void note_scripts(const struct node_set *all, struct host *host)
{
        struct buf text;
        size_t count = 0;

        buf_init(&text, LIMIT_RESOLVE_TEXT);
        for (size_t i = 0; i < all->count; i++) {
                const struct release *r = all->items[i]->release;

                if (r && r->scripts && all->items[i]->parent && count++ < SHOWN_SCRIPTS)
                        buf_addf(&text, "%s%s %s", text.len ? ", " : "", r->package, r->version);
        }
        if (count > SHOWN_SCRIPTS)
                buf_addf(&text, " and %zu more", count - SHOWN_SCRIPTS);
        buf_adds(&text, count == 1 ? " runs a script" : " run scripts");
        buf_adds(
            &text, " when installed; what such a script downloads by itself is not in this mirror");
        if (count)
                host->note(host, text.data);
        buf_release(&text);
}

int npm_collect(struct selection *s, struct group *g, struct host *host, struct err *e)
{
        struct ideal *t = ideal_new(g->project, npm_excludes, s);
        struct node_set all = {0};
        struct err why = ERR_INIT;
        int ret = -1;

        if (ideal_build(t, &why) < 0) {
                char *text = xasprintf("npm would refuse it: %s%s", why.msg,
                    g->project->dependency_count > 1
                        ? "; if these are not for one project, set together = false"
                        : "");

                report(g, host, g->title, NULL, text);
                free(text);
                ret = 0;
                goto out;
        }
        tree_flag_optional(ideal_root(t));
        tree_collect(ideal_root(t), &all);
        for (size_t i = 0; i < all.count; i++)
                if (all.items[i]->parent && !all.items[i]->release)
                        report_missing(g, host, all.items[i]);
        note_scripts(&all, host);
        for (size_t i = 0; i < g->universe->target_count || i == 0; i++)
                if (hand_over(s, g, &all,
                        g->universe->target_count ? g->universe->targets[i] : NULL, host, e) < 0)
                        goto out;
        ret = 0;
out:
        node_set_release(&all);
        ideal_free(t);
        return ret;
}
