/* Packuments: a version that is listed lies inside of the document; a manifest that can be read makes a release. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/json.h"
#include "mirror/npm/packument.h"
#include "mirror/npm/release.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *bytes = (const char *)data;
        struct packument p;
        struct err e = ERR_INIT;

        if (packument_parse(&p, bytes, size, "left", &e) < 0)
                return 0;
        for (size_t i = 0; i < p.count && i < 100; i++) {
                const struct packument_version *v = &p.versions[i];
                json_t *manifest;
                struct release *r;
                char *meta;

                assert(v->at < size && v->len <= size - v->at && bytes[v->at] == '{');
                manifest = packument_manifest(&p, v, bytes, size, &e);
                r = manifest ? release_new(manifest, &e) : NULL;
                if (!r)
                        continue;
                assert(strcmp(r->version, v->text) == 0);
                meta = release_meta(r, "latest", NULL, &e);
                if (meta) {
                        json_t *again = json_parse_canonical("meta", meta, strlen(meta), &e);

                        assert(again);
                        json_decref(again);
                }
                free(meta);
                release_free(r);
        }
        packument_release(&p);
        return 0;
}
