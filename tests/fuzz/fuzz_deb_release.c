/* Input: a Release file. What is read of it names nothing outside of its suite. */
#include <assert.h>
#include <stdint.h>

#include "bundle/err.h"
#include "mirror/deb/release.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct err e = ERR_INIT;
        struct release r;

        if (release_parse(&r, (const char *)data, size, &e) < 0) {
                assert(e.code == ERR_REFUSED && !r.files);
                return 0;
        }
        for (size_t i = 0; i < r.file_count; i++) {
                const char *path = r.files[i].path;

                assert(*path && *path != '/' && *path != '.' && !strstr(path, "/.") &&
                       !strstr(path, "//"));
                assert(release_find(&r, path));
        }
        release_is_of(&r, "stable/updates");
        release_has_architecture(&r, "amd64");
        release_release(&r);
        return 0;
}
