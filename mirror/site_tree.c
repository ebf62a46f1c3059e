#include "site_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "mirror/page.h"

int site_tree_put(
    struct site_tree *t, const char *path, const void *bytes, size_t len, struct err *e)
{
        if (fs_make_parents(t->fd, path, e) < 0 || fs_write_plain(t->fd, path, bytes, len, e) < 0)
                return -1;
        t->result->pages++;
        return 0;
}

int site_tree_take(struct site_tree *t, const char *path, struct err *e)
{
        char folder[LIMIT_PATH];
        char *slash;

        if (unlinkat(t->fd, path, 0) < 0 && errno != ENOENT)
                return err_sys(e, "cannot remove %s", path);
        snprintf(folder, sizeof folder, "%s", path);
        while ((slash = strrchr(folder, '/'))) {
                *slash = '\0';
                if (unlinkat(t->fd, folder, AT_REMOVEDIR) < 0)
                        break;
        }
        return 0;
}

int site_record_path(
    const struct registry *registry, const struct record *r, struct buf *out, struct err *e)
{
        size_t start = out->len;

        if (buf_addf(out, "%s/", r->source) < 0)
                return err_set(e, ERR_REFUSED, "%s: path too long", r->file);
        if (registry->path(r, out, e) < 0)
                return err_prefix(e, "%s/%s", r->source, r->file);
        /* The adapter answers for its names; this is the last door before the disk. */
        for (const char *p = out->data + start; *p; p++)
                if ((p == out->data + start || p[-1] == '/') && (*p == '.' || *p == '/'))
                        return err_set(
                            e, ERR_REFUSED, "%s: not a path of a site", out->data + start);
        return 0;
}

int site_page_path(char out[LIMIT_PATH], const char *source, const char *path, struct err *e)
{
        if ((size_t)snprintf(out, LIMIT_PATH, "%s/%s", source, path) >= LIMIT_PATH)
                return err_set(e, ERR_FAILED, "%s: path too long", path);
        return 0;
}

/* An index that has not changed was compressed for an earlier set of pages, in this tree or the other. */
struct page *site_tree_xz(const struct site_tree *t, const char *source, const struct page *page,
    const char *path, struct err *e)
{
        struct page *again = NULL;
        char full[LIMIT_PATH];

        if (site_page_path(full, source, path, e) < 0)
                return NULL;
        if (t->other >= 0)
                again = page_xz_again(page, t->other, full);
        if (!again)
                again = page_xz_again(page, t->fd, full);
        return again ? again : page_xz(page, e);
}
