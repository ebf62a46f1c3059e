#include "bundle_sent.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "bundle/bundle_cut.h"
#include "bundle/fs.h"
#include "bundle/mem.h"

#define FOLDER "sent"
/* Not how a bundle begins: a folder that is looked through for bundles shall not find this one. */
#define FIRST_LINE "the head of a bundle that was made here, for dray bundle --resend\n"

/* Below state/. The caller frees. */
static char *path_by_number(const char *stream, int64_t epoch, int64_t seq)
{
        char *stem = bundle_file_stem(stream, epoch, seq);
        char *path = xasprintf(FOLDER "/%s.head", stem);

        free(stem);
        return path;
}

static char *path_of(const struct bundle_row *row)
{
        return path_by_number(row->stream, row->epoch, row->seq);
}

int bundle_sent_keep(
    int state, const struct bundle_row *row, struct bundle_head *head, struct err *e)
{
        struct fs_temp t = FS_TEMP_INIT;
        struct tar_out out = {0};
        char *path = path_of(row);
        int ret = -1, dir = fs_make_dir(state, FOLDER, e);

        if (dir < 0 || fs_temp_open(&t, dir, e) < 0)
                goto out;
        out.fd = t.fd;
        head->volume = (struct volume){.volume = 1, .volumes = 1};
        if (fs_write(t.fd, FIRST_LINE, strlen(FIRST_LINE), e) < 0 ||
            bundle_head_write(head, &out, e) < 0 ||
            fs_temp_commit(&t, state, path, FS_DURABLE, e) < 0)
                goto out;
        ret = 0;
out:
        fs_temp_discard(&t);
        if (dir >= 0)
                close(dir);
        free(path);
        return ret < 0 ? err_prefix(e, "state/" FOLDER) : 0;
}

int bundle_sent_has(int state, const char *stream, int64_t epoch, int64_t seq)
{
        char *path = path_by_number(stream, epoch, seq);
        int there = faccessat(state, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;

        free(path);
        return there;
}

int bundle_sent_read(
    int state, const struct bundle_row *row, struct bundle_head *out, struct err *e)
{
        struct tar_in in = {0};
        unsigned char sha[SHA256_SIZE];
        char *path = path_of(row), line[sizeof FIRST_LINE];
        int ret = -1;

        bundle_head_init(out);
        in.fd = openat(state, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (in.fd < 0 && errno == ENOENT) {
                err_set(e, ERR_CHAIN,
                    "bundle %lld of stream %s cannot be made again: what it was made of is kept for the last "
                    "%d only; ask the far side what it has, and make one with --base, or --full",
                    (long long)row->seq, row->stream, BUNDLE_SENT_KEPT);
                goto out;
        }
        if (in.fd < 0) {
                err_sys(e, "state/%s", path);
                goto out;
        }
        if (fs_read(in.fd, line, strlen(FIRST_LINE), e) < 0 || bundle_head_read(&in, out, e) < 0) {
                err_prefix(e, "state/%s", path);
                goto out;
        }
        sha256(out->manifest.data, out->manifest.len, sha);
        if (memcmp(sha, row->manifest, SHA256_SIZE) != 0) {
                err_set(e, ERR_REFUSED,
                    "state/%s is not the head of the bundle that was made: it is damaged, or "
                    "state/catalog.db comes from a backup",
                    path);
                goto out;
        }
        ret = 0;
out:
        if (in.fd >= 0)
                close(in.fd);
        free(path);
        return ret;
}

/* The last list in the head that is kept of it; 0: none, or it is not kept any more. */
static int last_list(int state, const struct bundle_row *row, int64_t *number, struct err *e)
{
        struct bundle_head head;
        int ret = bundle_sent_read(state, row, &head, e);

        *number = ret == 0 && head.list_count ? head.lists[head.list_count - 1].number : 0;
        bundle_head_release(&head);
        if (ret < 0 && e->code == ERR_CHAIN) {
                *e = (struct err)ERR_INIT;
                ret = 0;
        }
        return ret;
}

int bundle_sent_lacks_list(
    struct catalog *c, int state, const char *stream, int64_t number, struct err *e)
{
        struct bundle_row last = {0};
        int64_t sent = 0;
        int ret = catalog_bundle_last_done(c, stream, &last, e);

        if (ret == 1)
                ret = last_list(state, &last, &sent, e);
        bundle_row_release(&last);
        return ret < 0 ? -1 : sent < number;
}

int bundle_sent_is_kept(const struct bundle_row *row, const struct bundle_row *last)
{
        int made_here = row->sources && *row->sources;

        return made_here && row->done && row->epoch == last->epoch &&
               row->seq > last->seq - BUNDLE_SENT_KEPT;
}

int bundle_sent_forget(int state, const struct bundle_row *row, struct err *e)
{
        char *path = path_of(row);
        int ret = fs_remove_tree(state, path, e);

        free(path);
        return ret;
}
