/*
 * Any bytes as a .deb. The first byte may ask for the ar around them to be made, so that what is mutated is
 * the control member itself.
 */
#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mirror/deb/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(int fd, const void *bytes, size_t len)
{
        if (write(fd, bytes, len) != (ssize_t)len)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const names[] = {
            "control.tar", "control.tar.gz", "control.tar.xz", "control.tar.zst"};
        struct err e = ERR_INIT;
        struct deb_control c;
        int fd, made;

        if (size == 0)
                return 0;
        made = data[0] % 5;
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        if (fd < 0)
                abort();
        if (made) {
                char head[256];
                int n = snprintf(head, sizeof head, "!<arch>\n%-48s%-10d`\n2.0\n%-48s%-10zu`\n",
                    "debian-binary", 4, names[made - 1], size - 1);

                put(fd, head, (size_t)n);
        }
        put(fd, data + 1, size - 1);
        if (lseek(fd, 0, SEEK_SET) != 0)
                abort();
        if (deb_control_read(fd, &c, &e) == 0) {
                assert(c.package && c.version && c.architecture && c.source);
                assert(c.text.len && c.text.data[c.text.len - 1] == '\n');
        } else {
                assert(e.code == ERR_REFUSED);
        }
        deb_control_release(&c);
        close(fd);
        return 0;
}
