/* Any bytes as an sdist; the first byte chooses the format, and what it holds goes on to its readers. */
#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mirror/pypi/build_system.h"
#include "mirror/pypi/metadata.h"
#include "mirror/pypi/sdist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_on(const struct sdist *s)
{
        struct build_system b;
        struct metadata m;
        struct err e = ERR_INIT;

        if (s->has_pkg_info && metadata_parse(s->pkg_info.data, s->pkg_info.len, &m, &e) == 0)
                metadata_release(&m);
        if (s->has_pyproject &&
            build_system_parse(s->pyproject.data, s->pyproject.len, &b, &e) == 0)
                build_system_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const names[] = {"a.tar", "a.zip", "a.tar.gz", "a.tar.xz", "a.tar.bz2"};
        struct err e = ERR_INIT;
        struct sdist s;
        int fd;

        if (size == 0)
                return 0;
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        if (fd < 0 || write(fd, data + 1, size - 1) != (ssize_t)(size - 1))
                abort();
        if (sdist_read(fd, names[data[0] % (sizeof names / sizeof *names)], &s, &e) == 0)
                read_on(&s);
        else
                assert(e.code == ERR_REFUSED);
        sdist_release(&s);
        close(fd);
        return 0;
}
