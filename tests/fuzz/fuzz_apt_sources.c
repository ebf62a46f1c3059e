/* Input: a file of apt's sources, read as lines and as stanzas. */
#include <assert.h>
#include <stdint.h>

#include "bundle/err.h"
#include "mirror/deb/apt_sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const files[] = {"x.list", "x.sources"};

        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
                struct apt_sources s = {0};

                apt_sources_read(&s, files[i], (const char *)data, size);
                for (size_t k = 0; k < s.count; k++) {
                        assert(*s.items[k].uri && *s.items[k].suite);
                        assert(apt_sources_find(&s, s.items[k].suite, NULL));
                }
                apt_sources_release(&s);
        }
        return 0;
}
