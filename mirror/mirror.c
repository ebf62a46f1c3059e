#include "mirror/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/config.h"
#include "reserve.h"

static int open_folders(struct mirror *m, const char *dir, struct err *e)
{
        m->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (m->dir < 0 && errno == ENOENT)
                return err_set(
                    e, ERR_USAGE, "%s is not there; make a mirror with `dray init`", dir);
        if (m->dir < 0)
                return err_sys(e, "%s", dir);
        m->state = openat(m->dir, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (m->state < 0 && errno == ENOENT)
                return err_set(
                    e, ERR_USAGE, "%s holds no mirror (no state/); make one with `dray init`", dir);
        if (m->state < 0)
                return err_sys(e, "%s/state", dir);
        m->packs = fs_make_dir(m->state, "packs", e);
        return m->packs < 0 ? -1 : 0;
}

/* Read once: what is parsed is what sync later remembers to have worked from. */
int mirror_open(struct mirror *m, const char *dir, unsigned need, struct err *e)
{
        char *state = NULL, *toml = NULL;
        int ret = -1;

        m->path = xstrdup(dir);
        if (open_folders(m, dir, e) < 0)
                goto out;
        if (need & MIRROR_LOCKED) {
                m->lock = fs_lock(m->state, "lock", e);
                if (m->lock < 0) {
                        err_prefix(e, "%s/state", dir);
                        goto out;
                }
                if (need & MIRROR_FREES)
                        m->reserve_given = reserve_give(m->state);
        }
        if (need & MIRROR_CONFIG) {
                toml =
                    strcmp(dir, ".") == 0 ? xstrdup("dray.toml") : xasprintf("%s/dray.toml", dir);
                buf_init(&m->config_text, LIMIT_TOML);
                m->config = config_load(toml, &m->config_text, e);
                if (!m->config)
                        goto out;
        }
        state = xasprintf("%s/state", dir);
        if (catalog_open(state, need & MIRROR_READ ? CATALOG_READ : CATALOG_WRITE, &m->catalog, e) <
                0 ||
            store_open(m->state, &m->store, e) < 0)
                goto out;
        ret = 0;
out:
        free(state);
        free(toml);
        return ret;
}

void mirror_close(struct mirror *m)
{
        config_free(m->config);
        buf_release(&m->config_text);
        store_close(m->store);
        catalog_close(m->catalog);
        free(m->path);
        if (m->lock >= 0)
                reserve_keep(m->state, m->reserve_given);
        if (m->packs >= 0)
                close(m->packs);
        if (m->state >= 0)
                close(m->state);
        if (m->dir >= 0)
                close(m->dir);
        if (m->lock >= 0)
                close(m->lock);
        *m = (struct mirror)MIRROR_INIT;
}

/* The umask may hide a folder from all others, but not from the one who serves the site in it. */
static int let_through(int fd, const char *name, struct err *e)
{
        struct stat st;

        if (fstat(fd, &st) < 0 ||
            ((st.st_mode & 0111) != 0111 && fchmod(fd, (st.st_mode | 0111) & 07777) < 0))
                return err_sys(e, "cannot let others pass through %s", name);
        return 0;
}

int mirror_create(const char *dir, int isolated, struct err *e)
{
        static const char *const folders[] = {"state", "outbox", "state/packs"};
        struct catalog *c = NULL;
        struct store *s = NULL;
        char *state = xasprintf("%s/state", dir);
        int ret = -1, fd = -1, state_fd = -1, ours = mkdir(dir, 0755) == 0;

        if (!ours && errno != EEXIST) {
                err_sys(e, "cannot make %s", dir);
                goto out;
        }
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0) {
                err_sys(e, "%s", dir);
                goto out;
        }
        if (ours && let_through(fd, dir, e) < 0)
                goto out;
        for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
                int made = fs_make_dir(fd, folders[i], e);

                if (made < 0)
                        goto out;
                close(made);
        }
        state_fd = fs_open_dir(fd, "state", e);
        if (state_fd < 0 || let_through(state_fd, state, e) < 0 ||
            store_open(state_fd, &s, e) < 0 || catalog_open(state, CATALOG_CREATE, &c, e) < 0 ||
            catalog_begin(c, e) < 0 ||
            catalog_setting_put(c, "role", isolated ? "isolated" : "connected", e) < 0 ||
            catalog_commit(c, e) < 0)
                goto out;
        ret = fs_sync_dir(fd, e);
out:
        catalog_close(c);
        store_close(s);
        if (state_fd >= 0)
                close(state_fd);
        if (fd >= 0)
                close(fd);
        free(state);
        return ret;
}

int mirror_is_isolated(struct mirror *m, struct err *e)
{
        char *role = NULL;
        int r = catalog_setting_get(m->catalog, "role", &role, e);

        if (r >= 0)
                r = role && strcmp(role, "isolated") == 0;
        free(role);
        return r;
}
