#include "control_member.h"

#include <archive_entry.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/xz.h"
#include "packed.h"

/* -- the outer archive, ar(5) as deb(5) narrows it -- */

#define AR_MAGIC "!<arch>\n"
#define AR_HEADER 60
#define AR_NAME 16

struct member {
        char name[AR_NAME + 1]; /* without blanks and a final slash */
        uint64_t size;
};

static int no_deb(const char *why, struct err *e)
{
        return err_set(e, ERR_REFUSED, "it is no .deb: %s", why);
}

static int read_whole(int fd, void *bytes, size_t len, struct err *e)
{
        ssize_t n = fs_read(fd, bytes, len, e);

        if (n < 0)
                return -1;
        return (size_t)n == len ? 0 : no_deb("it is cut short", e);
}

static int parse_size(const char *text, uint64_t *size)
{
        size_t digits = strspn(text, "0123456789");

        if (digits == 0 || digits > 10 || text[digits + strspn(text + digits, " ")])
                return -1;
        *size = strtoull(text, NULL, 10);
        return 0;
}

static int next_member(int fd, struct member *m, struct err *e)
{
        char head[AR_HEADER], size[11];
        size_t len = AR_NAME;

        if (read_whole(fd, head, sizeof head, e) < 0)
                return -1;
        memcpy(size, head + 48, 10);
        size[10] = '\0';
        if (head[58] != '`' || head[59] != '\n' || parse_size(size, &m->size) < 0)
                return no_deb("a member's header is damaged", e);
        while (len && head[len - 1] == ' ')
                len--;
        if (len && head[len - 1] == '/')
                len--;
        memcpy(m->name, head, len);
        m->name[len] = '\0';
        return 0;
}

static int skip(int fd, uint64_t size, struct err *e)
{
        if (lseek(fd, (off_t)(size + size % 2), SEEK_CUR) < 0)
                return err_sys(e, "seek");
        return 0;
}

/* "debian-binary" comes first, and says 2.something. */
static int check_format(int fd, struct err *e)
{
        char magic[sizeof AR_MAGIC - 1], version[16] = "";
        struct member m = {.size = 0};

        if (read_whole(fd, magic, sizeof magic, e) < 0)
                return -1;
        if (memcmp(magic, AR_MAGIC, sizeof magic) != 0)
                return no_deb("it is no ar archive", e);
        if (next_member(fd, &m, e) < 0)
                return -1;
        if (strcmp(m.name, "debian-binary") != 0 || m.size < 4 || m.size > sizeof version)
                return no_deb("its first member is not debian-binary", e);
        if (read_whole(fd, version, m.size, e) < 0)
                return -1;
        if (memcmp(version, "2.", 2) != 0)
                return no_deb("its format is not 2.0", e);
        return skip(fd, m.size % 2, e);
}

/* -- the control member -- */

static int too_large(struct err *e)
{
        return err_set(e, ERR_REFUSED, "its control data are larger than %d MiB",
            (int)(LIMIT_DEB_CONTROL_TAR / MIB));
}

static int damaged(struct archive *a, struct err *e)
{
        const char *why = archive_error_string(a);

        return err_set(
            e, ERR_REFUSED, "its control data are damaged: %s", why ? why : "unknown reason");
}

static int add_text(void *context, const void *bytes, size_t len, struct err *e)
{
        return buf_add(context, bytes, len) < 0 ? too_large(e) : 0;
}

static int read_data(struct archive *a, struct buf *out, struct err *e)
{
        char chunk[16 * 1024];
        ssize_t n;

        while ((n = archive_read_data(a, chunk, sizeof chunk)) > 0)
                if (add_text(out, chunk, (size_t)n, e) < 0)
                        return -1;
        return n < 0 ? damaged(a, e) : 0;
}

static int decode(const struct buf *stored, int filter, struct buf *out, struct err *e)
{
        const struct packed p = {.fd = -1, .bytes = stored->data, .len = stored->len};
        int ret = packed_decode(&p, filter, add_text, out, e);

        return ret < 0 ? err_prefix(e, "its control data") : 0;
}

static int decode_xz(const struct buf *stored, struct buf *out, struct err *e)
{
        struct xz_decoder *x = xz_decoder_new_up_to(LIMIT_DEB_CONTROL_TAR, xz_sink_buf, out);
        int ret = xz_decoder_write(x, stored->data, stored->len, e);

        if (ret == 0)
                ret = xz_decoder_finish(x, e);
        xz_decoder_free(x);
        return ret < 0 ? err_prefix(e, "its control data") : 0;
}

/* The tar in memory: found by the member's name, decoded as that says. */
static int read_tar_member(int fd, struct buf *tar, struct err *e)
{
        struct member m = {.size = 0};
        struct buf stored;
        int ret = -1;

        buf_init(&stored, LIMIT_DEB_CONTROL_TAR);
        do { /* members whose name begins with '_' are somebody's own */
                if ((m.size && skip(fd, m.size, e) < 0) || next_member(fd, &m, e) < 0)
                        goto out;
        } while (m.name[0] == '_');
        if (strncmp(m.name, "control.tar", 11) != 0) {
                no_deb("its second member is not control.tar", e);
                goto out;
        }
        if (m.size > LIMIT_DEB_CONTROL_TAR) {
                too_large(e);
                goto out;
        }
        for (uint64_t left = m.size; left;) {
                char chunk[65536];
                size_t n = left < sizeof chunk ? left : sizeof chunk;

                if (read_whole(fd, chunk, n, e) < 0)
                        goto out;
                buf_add(&stored, chunk, n);
                left -= n;
        }
        if (strcmp(m.name + 11, ".xz") == 0)
                ret = decode_xz(&stored, tar, e);
        else if (strcmp(m.name + 11, ".gz") == 0)
                ret = decode(&stored, ARCHIVE_FILTER_GZIP, tar, e);
        else if (strcmp(m.name + 11, ".zst") == 0)
                ret = decode(&stored, ARCHIVE_FILTER_ZSTD, tar, e);
        else if (m.name[11] == '\0')
                ret = buf_add(tar, stored.data, stored.len);
        else
                ret = no_deb("its second member is compressed in an unknown way", e);
out:
        buf_release(&stored);
        return ret;
}

/* -- the file in it -- */

static int is_control(const char *path)
{
        if (path && strncmp(path, "./", 2) == 0)
                path += 2;
        return path && strcmp(path, "control") == 0;
}

static int find_control(const struct buf *tar, struct buf *out, struct err *e)
{
        struct archive *a = archive_read_new();
        struct archive_entry *entry;
        int r, found = 0, ret = -1;

        if (!a)
                return err_set(e, ERR_FAILED, "libarchive cannot start");
        archive_read_support_format_tar(a);
        r = archive_read_open_memory(a, tar->data, tar->len);
        while (r == ARCHIVE_OK && (r = archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
                if (!is_control(archive_entry_pathname(entry)))
                        continue;
                if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
                    archive_entry_size(entry) > (int64_t)LIMIT_DEB_CONTROL || found++) {
                        err_set(e, ERR_REFUSED,
                            "its control file is no regular file, is there twice, or is larger than "
                            "%d KiB",
                            (int)(LIMIT_DEB_CONTROL / KIB));
                        goto out;
                }
                if (read_data(a, out, e) < 0)
                        goto out;
        }
        if (r != ARCHIVE_EOF)
                damaged(a, e);
        else if (!found)
                err_set(e, ERR_REFUSED, "it has no control file");
        else
                ret = 0;
out:
        archive_read_free(a);
        return ret;
}

int control_member_read(int fd, struct buf *out, struct err *e)
{
        struct buf tar;
        int ret = -1;

        buf_init(&tar, LIMIT_DEB_CONTROL_TAR);
        if (check_format(fd, e) == 0 && read_tar_member(fd, &tar, e) == 0)
                ret = find_control(&tar, out, e);
        buf_release(&tar);
        return ret;
}
