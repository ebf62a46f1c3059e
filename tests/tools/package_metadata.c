/*
 * For each line of standard input, the path of a wheel or an sdist, prints one
 * line: its METADATA or PKG-INFO in hexadecimal ("none" if it has none), or
 * "error: ...".
 */
#include <fcntl.h>
#include <unistd.h>

#include "bundle/err.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/pypi/sdist.h"
#include "mirror/pypi/wheel.h"

static void print_hex(const struct buf *b)
{
        char *hex = xmalloc(2 * b->len + 1);

        hex_encode(hex, b->data, b->len);
        puts(hex);
        free(hex);
}

static void show(const char *path)
{
        const char *name = strrchr(path, '/');
        struct err e = ERR_INIT;
        struct sdist s = {0};
        struct buf out;
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        name = name ? name + 1 : path;
        buf_init(&out, LIMIT_METADATA);
        if (fd < 0) {
                puts("error: cannot open the file");
        } else if (strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".whl") == 0) {
                if (wheel_read_metadata(fd, &out, &e) == 0)
                        print_hex(&out);
        } else if (sdist_read(fd, name, &s, &e) == 0) {
                if (s.has_pkg_info)
                        print_hex(&s.pkg_info);
                else
                        puts("none");
        }
        if (e.code)
                printf("error: %s\n", e.msg);
        fflush(stdout);
        sdist_release(&s);
        buf_release(&out);
        if (fd >= 0)
                close(fd);
}

int main(void)
{
        char *line = NULL;
        size_t room = 0;
        ssize_t n;

        while ((n = getline(&line, &room, stdin)) > 0) {
                line[n - 1] = '\0';
                show(line);
        }
        free(line);
        return 0;
}
