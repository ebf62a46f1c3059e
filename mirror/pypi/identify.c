/* What a Python distribution says of itself, held against its record. */
#include <unistd.h>

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/text.h"
#include "mirror/pypi/name.h"
#include "mirror/pypi/sdist.h"
#include "mirror/pypi/wheel.h"
#include "pypi.h"

int pypi_metadata_is_of(
    const struct metadata *m, const char *project, const struct version *version, struct err *e)
{
        struct version stated = {0};
        int ret = -1;

        if (!name_same(m->name, project))
                return err_set(
                    e, ERR_REFUSED, "its metadata is of %s, its file name of %s", m->name, project);
        if (version_parse(&stated, m->version, e) < 0)
                return -1;
        if (version_compare_public(&stated, version) == 0)
                ret = 0;
        else
                err_set(e, ERR_REFUSED, "its metadata is of version %s, its file name of %s",
                    m->version, version->text);
        version_release(&stated);
        return ret;
}

static int check_metadata(const struct record *r, const struct buf *bytes, struct err *e)
{
        struct version version = {0};
        struct metadata m = {0};
        int ret = -1;

        if (version_parse(&version, r->version, e) == 0 &&
            metadata_parse(bytes->data, bytes->len, &m, e) == 0 &&
            pypi_metadata_is_of(&m, r->package, &version, e) == 0)
                ret = 0;
        /* what a reader of an index calls a failure is here a file that nobody vouches for */
        if (ret < 0 && e->code == ERR_FAILED)
                e->code = ERR_REFUSED;
        metadata_release(&m);
        version_release(&version);
        return ret;
}

/* The record of one of them comes after that of the other: what is read is read once. */
static int is_last_pair(const struct held_files *files, const unsigned char a[SHA256_SIZE],
    const unsigned char b[SHA256_SIZE])
{
        int swapped = memcmp(files->pair[0], a, SHA256_SIZE) != 0;

        return memcmp(files->pair[swapped], a, SHA256_SIZE) == 0 &&
               memcmp(files->pair[!swapped], b, SHA256_SIZE) == 0;
}

static void note_pair(struct held_files *files, const unsigned char a[SHA256_SIZE],
    const unsigned char b[SHA256_SIZE])
{
        memcpy(files->pair[0], a, SHA256_SIZE);
        memcpy(files->pair[1], b, SHA256_SIZE);
}

/*
 * A wheel and its .metadata are read by different clients: they must say the
 * same. `key` of r's metadata names the other one of the two; what is not here
 * yet is compared when it comes.
 */
static int check_twin(const struct record *r, const char *key,
    int (*read)(int fd, struct buf *out, struct err *e), const struct buf *own,
    struct held_files *files, struct err *e)
{
        unsigned char sha[SHA256_SIZE];
        char *twin = pypi_meta_string(r, key);
        struct buf theirs;
        int fd = -1, ret = -1, held = 0;

        buf_init(&theirs, LIMIT_METADATA);
        if (twin && hex_decode(sha, SHA256_SIZE, twin) == 0 && !is_last_pair(files, r->sha256, sha))
                held = files->open(files, sha, &fd, e);
        if (held < 0 || (held && read(fd, &theirs, e) < 0))
                goto out;
        if (held && (theirs.len != own->len || memcmp(theirs.data, own->data, own->len) != 0)) {
                err_set(e, ERR_REFUSED, "the .metadata is not that of its wheel");
                goto out;
        }
        if (held)
                note_pair(files, r->sha256, sha);
        ret = 0;
out:
        if (fd >= 0)
                close(fd);
        buf_release(&theirs);
        free(twin);
        return ret;
}

static int read_pkg_info(int fd, const char *file, struct buf *out, struct err *e)
{
        struct sdist s = {0};
        int ret = -1;

        if (sdist_read(fd, file, &s, e) < 0)
                return -1;
        if (s.has_pkg_info)
                ret = buf_add(out, s.pkg_info.data, s.pkg_info.len);
        else
                err_set(e, ERR_REFUSED, "it has no PKG-INFO");
        sdist_release(&s);
        return ret;
}

static int identify(
    const struct record *r, int fd, struct held_files *files, struct buf *bytes, struct err *e)
{
        if (pypi_is_sidecar(r->file)) {
                if (metadata_read(fd, bytes, e) < 0 || check_metadata(r, bytes, e) < 0)
                        return -1;
                return check_twin(r, "wheel", wheel_read_metadata, bytes, files, e);
        }
        if (text_ends_with(r->file, ".whl")) {
                if (wheel_read_metadata(fd, bytes, e) < 0 || check_metadata(r, bytes, e) < 0)
                        return -1;
                return check_twin(r, "core_metadata", metadata_read, bytes, files, e);
        }
        return read_pkg_info(fd, r->file, bytes, e) < 0 ? -1 : check_metadata(r, bytes, e);
}

int pypi_identify(const struct record *r, int fd, struct held_files *files, struct err *e)
{
        struct buf bytes;
        int ret;

        buf_init(&bytes, LIMIT_METADATA);
        ret = identify(r, fd, files, &bytes, e);
        buf_release(&bytes);
        return ret;
}
