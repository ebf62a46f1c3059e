#include "mirror/pypi/wheel.h"

#include "bundle/limit.h"
#include "mirror/pypi/zipfile.h"

static const char folder_ending[] = ".dist-info";
static const char file_name[] = "METADATA";

/* The length of the name's first component if that is a .dist-info folder in any case; else 0. */
static size_t dist_info_length(const struct zip_member *m)
{
        const char *slash = memchr(m->name, '/', m->name_len);
        size_t len = slash ? (size_t)(slash - m->name) : 0, ending = sizeof folder_ending - 1;

        if (len <= ending || strncasecmp(slash - ending, folder_ending, ending) != 0)
                return 0;
        return len;
}

int wheel_find_metadata(
    const struct zipdir *d, const void *directory, struct zip_member *m, struct err *e)
{
        struct zipdir_iterator i;
        struct zip_member found;
        const char *folder = NULL;
        size_t folder_len = 0;
        int have = 0, r;

        zipdir_first(&i, d, directory);
        while ((r = zipdir_next(&i, &found, e)) == 1) {
                size_t len = dist_info_length(&found), ending = sizeof folder_ending - 1;

                if (len == 0)
                        continue;
                if (memcmp(found.name + len - ending, folder_ending, ending) != 0 ||
                    (folder && (folder_len != len || memcmp(folder, found.name, len) != 0)))
                        return err_set(e, ERR_REFUSED,
                            "the wheel has more than one .dist-info folder, "
                            "or one in capitals");
                folder = found.name;
                folder_len = len;
                if (found.name_len - len != sizeof file_name ||
                    strncasecmp(found.name + len + 1, file_name, sizeof file_name - 1) != 0)
                        continue;
                if (have || memcmp(found.name + len + 1, file_name, sizeof file_name - 1) != 0)
                        return err_set(e, ERR_REFUSED,
                            "the wheel has more than one METADATA, or not in "
                            "capitals");
                *m = found;
                have = 1;
        }
        if (r < 0)
                return -1;
        return have ? 0 : err_set(e, ERR_REFUSED, "the wheel has no .dist-info/METADATA");
}

int wheel_read_metadata(int fd, struct buf *out, struct err *e)
{
        struct zipfile z;
        struct zip_member m;
        int ret = -1;

        if (zipfile_open(&z, fd, e) < 0)
                return -1;
        if (wheel_find_metadata(&z.dir, z.directory, &m, e) < 0)
                goto out;
        ret = zipfile_read(&z, &m, LIMIT_METADATA, out, e);
out:
        zipfile_close(&z);
        return ret;
}
