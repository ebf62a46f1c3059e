/* A specifier set that parses has a text that parses to a set of the same meaning and text. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/mem.h"
#include "mirror/pypi/specifier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(const struct specifier_set *a, const struct specifier_set *b)
{
        static const char *const versions[] = {
            "1.0", "1.0a1.dev2", "1!2.0.post3+local", "0", "2.0rc1"};

        for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
                struct version v;

                assert(version_parse(&v, versions[i], NULL) == 0);
                assert(specifier_set_contains(a, &v, true) == specifier_set_contains(b, &v, true));
                version_release(&v);
        }
        assert(specifier_set_mentions_prerelease(a) == specifier_set_mentions_prerelease(b));
        assert(specifier_set_pins(a) == specifier_set_pins(b));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct specifier_set s, again;
        struct buf text, text_again;
        struct err e = ERR_INIT;

        if (specifier_set_parse_n(&s, (const char *)data, size, &e) < 0)
                return 0;
        buf_init(&text, size + 1);
        buf_init(&text_again, size + 1);
        assert(specifier_set_text(&s, &text) == 0);
        if (!memchr(data, '\0', size)) {
                assert(specifier_set_parse(&again, text.data, &e) == 0);
                assert(specifier_set_text(&again, &text_again) == 0);
                assert(strcmp(text.data, text_again.data) == 0);
                compare(&s, &again);
                specifier_set_release(&again);
        }
        specifier_set_release(&s);
        buf_release(&text);
        buf_release(&text_again);
        return 0;
}
