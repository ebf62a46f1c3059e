/* Any bytes to the core metadata reader. */
#include <assert.h>
#include <stdint.h>

#include "bundle/utf8.h"
#include "mirror/pypi/metadata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *s)
{
        assert(utf8_valid(s, strlen(s)));
        assert(!strchr(s, '\n') && !strchr(s, '\r'));
        assert(*s != ' ' && (!*s || s[strlen(s) - 1] != ' '));
}

static void check_list(const struct metadata_list *l)
{
        for (size_t i = 0; i < l->count; i++)
                check(l->items[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct metadata m;
        struct err e = ERR_INIT;

        if (metadata_parse((const char *)data, size, &m, &e) == 0) {
                check(m.metadata_version);
                check(m.name);
                check(m.version);
                check_list(&m.requires_dist);
                check_list(&m.provides_extra);
                check_list(&m.dynamic);
                metadata_sdist_dependencies_hold(&m);
        } else {
                assert(e.code == ERR_FAILED);
        }
        metadata_release(&m);
        return 0;
}
