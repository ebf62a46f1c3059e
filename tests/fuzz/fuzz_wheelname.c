/* File names of wheels and source distributions: what parses holds no path, and can be ranked. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/mem.h"
#include "mirror/pypi/tags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tags *debian(void)
{
        struct target_profile p = {.python = "3.11", .platform = "manylinux_2_36_x86_64"};
        struct target t;
        struct err e = ERR_INIT;
        struct tags *tags;

        assert(target_init(&t, &p, &e) == 0);
        tags = tags_new(&t);
        target_release(&t);
        return tags;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct tags *tags;
        char *name = xstrndup((const char *)data, size);
        struct wheel_name w;
        struct version v;
        struct err e = ERR_INIT;

        if (!tags)
                tags = debian();
        if (wheel_name_parse(&w, name, &e) == 0) {
                const struct wheel_name *list[] = {&w, &w};
                size_t rank = tags_rank_wheel(tags, &w);

                assert(!strpbrk(name, "/\\ \t\n") && name[0] != '.');
                assert(tags_best_wheel(tags, list, 2) == (rank == TAGS_NONE ? TAGS_NONE : 0));
                assert(wheel_build_compare(w.build, w.build) == 0);
                wheel_name_release(&w);
        }
        if (sdist_name_parse(&v, name, "foo-1", &e) == 0) {
                assert(!strchr(name, '/'));
                version_release(&v);
        }
        free(name);
        return 0;
}
