/*
 * Any text as an Accept header: whatever variants are there, one of them is
 * chosen, and never one that is named only when it was not named.
 */
#include <assert.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "mirror/media_type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A set in which every variant of one file is present, or none. */
static bool can_be(const struct media_variant *variants, size_t count, uint32_t present)
{
        for (size_t i = 1; i < count; i++)
                if (strcmp(variants[i].file, variants[i - 1].file) == 0 &&
                    (present >> i & 1) != (present >> (i - 1) & 1))
                        return false;
        return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        size_t count;
        const struct media_variant *variants = media_variants(&count);
        char *accept = xstrndup((const char *)data, size);

        for (uint32_t present = 1; present < (uint32_t)1 << count; present++) {
                const struct media_variant *v;
                enum media_match match;
                unsigned quality;

                if (!can_be(variants, count, present))
                        continue;
                v = media_variant_choose(accept, present);
                assert(v && present & (uint32_t)1 << (v - variants));
                quality = media_accept_quality(accept, v->asked, &match);
                assert(quality <= 1000);
                assert(match != MEDIA_MATCH_NONE || quality == 0);
                /* the first one present is the answer to a header that excludes all */
                if (v->named_only && match != MEDIA_MATCH_NAMED)
                        assert((present & (((uint32_t)1 << (v - variants)) - 1)) == 0);
        }
        media_type_of(accept);
        free(accept);
        return 0;
}
