#include "mirror/site.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/catalog_stream.h"
#include "bundle/fs.h"
#include "bundle/mem.h"
#include "mirror/registry.h"
#include "mirror/site_key.h"
#include "site_front.h"
#include "site_source.h"

static int change_sources(struct site_tree *t, struct err *e)
{
        const struct registry *registry;
        char **names = NULL;
        size_t count = 0;
        int ret = -1;

        if (catalog_sources(t->mirror->catalog, &names, &count, e) < 0)
                return -1;
        for (size_t i = 0; i < count; i++) {
                registry = site_registry(t->mirror->catalog, names[i], e);
                if (!registry)
                        goto out;
                if (site_source_change(t, names[i], registry, e) < 0) {
                        err_prefix(e, "publishing %s", names[i]);
                        goto out;
                }
        }
        ret = 0;
out:
        catalog_names_free(names, count);
        return ret;
}

/* -- rolling back -- */

#define ROLLBACK \
        "rollback" /* the setting: "GENERATION LAST", in force while LAST is the last one */

int site_roll_back(struct mirror *m, int64_t generation, struct err *e)
{
        struct generation last;
        char value[64];

        if (catalog_generation_last(m->catalog, &last, e) < 0)
                return -1;
        snprintf(value, sizeof value, "%lld %lld", (long long)generation, (long long)last.id);
        return catalog_setting_put(m->catalog, ROLLBACK, value, e);
}

int site_wanted(struct mirror *m, int64_t *generation, struct err *e)
{
        struct generation last, g;
        char *value = NULL, *end;
        int64_t to, when;
        int r = catalog_setting_get(m->catalog, ROLLBACK, &value, e);

        if (r < 0 || catalog_generation_last(m->catalog, &last, e) < 0) {
                free(value);
                return -1;
        }
        *generation = last.id;
        if (r == 0)
                return 0;
        to = strtoll(value, &end, 10);
        when = strtoll(end, NULL, 10);
        free(value);
        if (when != last.id || to == last.id)
                return 0;
        r = to ? catalog_generation_get(m->catalog, to, &g, e) : 1;
        if (r == 1)
                *generation = to;
        return r;
}

/* -- the trees -- */

int site_shown(struct mirror *m, char tree[2], int64_t *generation, struct err *e)
{
        char target[32], *settings = NULL;
        ssize_t n = readlinkat(m->dir, "site", target, sizeof target - 1);
        int r;

        *generation = -1;
        if (n < 0 && errno == ENOENT)
                return 0;
        if (n < 0)
                return err_sys(e, "cannot read the link site");
        target[n] = '\0';
        if (strcmp(target, "state/site-a") != 0 && strcmp(target, "state/site-b") != 0)
                return err_set(e, ERR_FAILED,
                    "site points to %s, which dray did not make; remove the link and publish again",
                    target);
        tree[0] = target[n - 1];
        tree[1] = '\0';
        r = catalog_tree_get(m->catalog, tree, generation, &settings, e);
        free(settings);
        return r < 0 ? -1 : 1;
}

static int set_tree(
    struct mirror *m, const char *tree, int64_t generation, const char *settings, struct err *e)
{
        if (catalog_begin(m->catalog, e) < 0)
                return -1;
        if (catalog_tree_put(m->catalog, tree, generation, settings, e) < 0 ||
            catalog_commit(m->catalog, e) < 0) {
                catalog_rollback(m->catalog);
                return -1;
        }
        return 0;
}

/* What else the pages depend on: an address, and how this dray writes pages. */
static char *settings_text(const char *base_url)
{
        return xasprintf("%s %s", DRAY_VERSION, base_url);
}

/*
 * The idle tree, at the generation that it shows (0: empty). It is marked as
 * unknown until it is finished, so that an interrupted run starts it afresh.
 */
static int open_idle(struct site_tree *t, const char *idle, int afresh, struct err *e)
{
        char folder[8] = "site-x", other[8] = "site-x", *known = NULL;
        struct generation g;
        int found = catalog_tree_get(t->mirror->catalog, idle, &t->from, &known, e);
        struct stat st;

        if (found < 0)
                return -1;
        folder[5] = idle[0];
        other[5] = idle[0] == 'a' ? 'b' : 'a';
        if (afresh || found == 0 || t->from < 0 || strcmp(known, t->settings) != 0 ||
            fstatat(t->mirror->state, folder, &st, AT_SYMLINK_NOFOLLOW) < 0)
                t->from = 0;
        /* what is no longer known cannot be compared with */
        if (t->from > 0 && catalog_generation_get(t->mirror->catalog, t->from, &g, e) != 1)
                t->from = 0;
        free(known);
        if (set_tree(t->mirror, idle, -1, t->settings, e) < 0)
                return -1;
        if (t->from == 0 && fs_remove_tree(t->mirror->state, folder, e) < 0)
                return -1;
        t->fd = fs_make_dir(t->mirror->state, folder, e);
        if (t->fd < 0)
                return -1;
        t->other = openat(t->mirror->state, other, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (t->other < 0 && errno != ENOENT)
                return err_sys(e, "state/%s", other);
        return 0;
}

static int is_current(
    struct mirror *m, const char *tree, int64_t generation, const char *settings, struct err *e)
{
        int64_t shown;
        char *known = NULL;
        int r = catalog_tree_get(m->catalog, tree, &shown, &known, e);

        if (r == 1)
                r = shown == generation && strcmp(known, settings) == 0;
        free(known);
        return r;
}

int site_publish(struct mirror *m, const char *base_url, struct site_result *out, struct err *e)
{
        struct site_tree t = {.mirror = m, .result = out, .fd = -1, .other = -1};
        char shown[2] = "", idle[2] = "a", target[] = "state/site-x", *address, *settings;
        mode_t mask;
        int ret = -1, r, slash = base_url && *base_url && base_url[strlen(base_url) - 1] != '/';

        *out = (struct site_result){0};
        mask = umask(022); /* the site is there to be read by others */
        t.base_url = address = xasprintf("%s%s", base_url ? base_url : "", slash ? "/" : "");
        t.settings = settings = settings_text(address);
        r = site_shown(m, shown, &t.shown, e);
        if (r < 0 || site_wanted(m, &t.to, e) < 0)
                goto out;
        out->generation = t.to;
        if (r == 1) {
                idle[0] = shown[0] == 'a' ? 'b' : 'a';
                r = is_current(m, shown, t.to, settings, e);
                if (r) {
                        ret = r < 0 ? -1 : 0;
                        goto out;
                }
        }
        /* a link that somebody removed: fsck's advice for a damaged site */
        if (open_idle(&t, idle, !*shown, e) < 0 || change_sources(&t, e) < 0 ||
            site_front(m, t.to, t.base_url, t.fd, e) < 0 || fs_sync_all(t.fd, e) < 0 ||
            set_tree(m, idle, t.to, settings, e) < 0)
                goto out;
        target[sizeof target - 2] = idle[0];
        if (fs_replace_link(m->dir, target, "site", e) < 0)
                goto out;
        out->changed = 1;
        ret = 0;
out:
        if (t.fd >= 0)
                close(t.fd);
        if (t.other >= 0)
                close(t.other);
        site_key_free(t.key);
        umask(mask);
        free(address);
        free(settings);
        return ret;
}
