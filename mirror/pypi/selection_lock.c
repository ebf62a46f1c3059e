/* A lock file: exactly what it holds for each target. */
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "selection.h"

static int add_package(struct environment *env, const struct lock *l, const struct lock_package *p,
    int lenient, struct err *e)
{
        char *text = xasprintf("%s==%s", p->name, p->version);
        char *where = xasprintf("%s:%lu", l->file, p->line);
        int r = environment_add_root(env, text, where, e);

        free(where);
        free(text);
        if (r < 0)
                return -1;
        env->roots[env->root_count - 1].lenient = lenient;
        env->roots[env->root_count - 1].hashes = p->hashes;
        env->roots[env->root_count - 1].hash_count = p->hash_count;
        return 0;
}

/* needed: set for what some target needs. */
static int add_packages(
    struct selection *s, struct pypi_target *t, const struct lock *l, bool *needed, struct err *e)
{
        struct environment *env = selection_environment(s, t, l->file);
        enum lock_need *need = xcalloc(l->count, sizeof *need);
        int ret = -1;

        env->locked = 1;
        if (lock_needs(l, &t->target, need, e) < 0) {
                err_prefix(e, "%s", t->title);
                goto out;
        }
        for (size_t i = 0; i < l->count; i++) {
                needed[i] = needed[i] || need[i] != LOCK_UNNEEDED;
                if (need[i] != LOCK_UNNEEDED && l->packages[i].origin == LOCK_INDEX &&
                    add_package(env, l, &l->packages[i], need[i] == LOCK_MAYBE, e) < 0)
                        goto out;
        }
        ret = 0;
out:
        free(need);
        return ret;
}

/* What no index has: what would be fetched from elsewhere is missing inside; what lies here is at hand. */
static void tell_others(const struct lock *l, const bool *needed, struct host *host)
{
        for (size_t i = 0; i < l->count; i++) {
                const struct lock_package *p = &l->packages[i];
                char *text;

                if (!needed[i] || p->origin == LOCK_INDEX || p->origin == LOCK_PROJECT)
                        continue;
                text = xasprintf("%s:%lu: %s is from %s; only what the index has can be mirrored",
                    l->file, p->line, p->name, p->from);
                if (p->origin == LOCK_ELSEWHERE)
                        host->hole(host, text, p->name, "cannot be mirrored");
                else
                        host->note(host, text);
                free(text);
        }
}

int selection_read_lock(
    struct selection *s, const struct config_text *file, struct host *host, struct err *e)
{
        struct document_request request = {
            .kind = DOCUMENT_LOCAL, .url = file->text, .max_size = LIMIT_TOML};
        struct lock *l = &s->locks[s->lock_count];
        struct document doc;
        bool *needed;
        int ret = -1;

        if (host->document(host, &request, &doc, e) < 0)
                return -1;
        if (doc.state != DOCUMENT_OK)
                return toml_err(e, file->at, "%s", doc.error);
        if (lock_parse(l, file->text, doc.bytes, doc.len, e) < 0)
                return -1;
        s->lock_count++;
        needed = xcalloc(l->count, sizeof *needed);
        for (size_t t = 0; t < s->target_count; t++)
                if (add_packages(s, &s->targets[t], l, needed, e) < 0)
                        goto out;
        tell_others(l, needed, host);
        ret = 0;
out:
        free(needed);
        return ret;
}
