/*
 * Names that some kind of registry lets through make a path that stays below
 * its folder and that any host can have. The input: kind's number, then
 * package, version, file and metadata, each on a line.
 */
#include <assert.h>
#include <stdint.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(const char *path)
{
        assert(*path && *path != '/');
        while (*path) {
                size_t n = strcspn(path, "/");

                assert(n > 0 && path[0] != '.' && path[n - 1] != '.');
                for (size_t i = 0; i < n; i++)
                        assert((unsigned char)path[i] > 0x20 && (unsigned char)path[i] < 0x7f &&
                               !strchr("\\:*?\"<>|", path[i]));
                path += n;
                path += *path == '/';
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *const *kinds = registry_kinds();
        const char *lines[5];
        char *text = xmalloc(size + 1), *p = text;
        size_t count = 0;
        struct record r;
        struct err e = ERR_INIT;
        struct buf path;

        memcpy(text, data, size);
        text[size] = '\0';
        for (size_t i = 0; i < 5; i++) {
                size_t n = strcspn(p, "\n");

                lines[i] = p;
                p += n;
                if (*p)
                        *p++ = '\0';
        }
        while (kinds[count])
                count++;
        r = (struct record){"source", lines[1], lines[2], lines[3], {1}, 1, lines[4]};
        buf_init(&path, LIMIT_PATH);
        if (*lines[0] && *lines[1] && *lines[2] && *lines[3]) {
                const struct registry *registry =
                    registry_find(kinds[(unsigned char)*lines[0] % count]);

                if (names_check(registry, &r, &e) == 0) {
                        assert(registry->path(&r, &path, &e) == 0);
                        check_path(path.data);
                }
        }
        buf_release(&path);
        free(text);
        return 0;
}
