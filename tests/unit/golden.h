/*
 * Golden cases: folders of tests/data/<registry>/ that hold an input and what
 * must come of it. A new folder is a new case. With GOLDEN_WRITE=1 in the
 * environment the expected files are written instead of compared: read the
 * difference before it is committed.
 */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include <dirent.h>

#include "bundle/buf.h"
#include "bundle/err.h"
#include "bundle/mem.h"

/* The file's bytes with a NUL behind, or NULL if there is none. The caller frees. */
static inline char *golden_read(const char *folder, const char *name, size_t *len)
{
        char *path = xasprintf("%s/%s", folder, name), chunk[4096];
        FILE *f = fopen(path, "rb");
        struct buf b;
        size_t n;

        free(path);
        if (!f)
                return NULL;
        buf_init(&b, (size_t)1 << 30);
        while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
                buf_add(&b, chunk, n);
        fclose(f);
        return buf_take(&b, len);
}

/* Fails the test when the file does not hold exactly these bytes. */
static inline void golden_check(const char *folder, const char *name, const char *bytes, size_t len)
{
        size_t wanted_len = 0;
        char *wanted = golden_read(folder, name, &wanted_len);

        if (getenv("GOLDEN_WRITE")) {
                char *path = xasprintf("%s/%s", folder, name);
                FILE *f = fopen(path, "wb");

                assert_non_null(f);
                assert_int_equal(fwrite(bytes, 1, len, f), len);
                fclose(f);
                free(path);
        } else if (!wanted || wanted_len != len || memcmp(wanted, bytes, len) != 0) {
                fail_msg("%s/%s: expected\n%s\nfound\n%s", folder, name,
                    wanted ? wanted : "(no such file)", bytes);
        }
        free(wanted);
}

/* Calls run(folder) for each tests/data/<registry>/<prefix>*; there must be one. */
static inline void golden_each(
    const char *registry, const char *prefix, void (*run)(const char *folder))
{
        char *data = xasprintf("tests/data/%s", registry);
        struct dirent **list;
        int count = scandir(data, &list, NULL, alphasort), ran = 0;

        assert_true(count >= 0);
        for (int i = 0; i < count; i++) {
                if (strncmp(list[i]->d_name, prefix, strlen(prefix)) == 0) {
                        char *folder = xasprintf("%s/%s", data, list[i]->d_name);

                        run(folder);
                        free(folder);
                        ran++;
                }
                free(list[i]);
        }
        free(list);
        free(data);
        assert_true(ran > 0);
}

#endif
