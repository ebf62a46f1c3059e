/* Input: a base, a line end, a reference. */
#include <assert.h>
#include <stdint.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_apart(const char *text)
{
        struct err e = ERR_INIT;
        struct url u;
        char *shown = url_display(text), *name = url_file_name(text, &e), *copy, *origin;

        if (name)
                assert(*name && !strchr(name, '/') && strcmp(name, "..") != 0 &&
                       strlen(name) <= LIMIT_NAME);
        free(name);
        free(shown);
        if (url_parse(text, &u, &e) < 0) {
                assert(e.code);
                return;
        }
        origin = url_origin(text, &e);
        assert(origin && !strchr(origin, '@'));
        free(origin);
        copy = url_with_credentials(text, "http://user:password@h/");
        assert(url_parse(copy, &u, &e) == 0);
        assert(url_same_origin(text, copy));
        free(copy);
}

/*
 * A URL that has been joined twice joins to itself. Once is not enough: a reference that is
 * only a query keeps the dots of its base's path (RFC 3986 5.2.2).
 */
static void settle(const char *base, const char *joined)
{
        struct err e = ERR_INIT;
        struct url u;
        char *once, *twice;

        if (url_parse(joined, &u, &e) < 0)
                return;
        once = url_join(base, joined, &e);
        assert(once);
        twice = url_join(base, once, &e);
        assert(twice && !strcmp(once, twice));
        free(once);
        free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *base = xstrndup((const char *)data, size), *reference, *joined;
        struct err e = ERR_INIT;

        reference = base + strcspn(base, "\n");
        if (*reference)
                *reference++ = '\0';
        take_apart(base);
        take_apart(reference);
        joined = url_join(base, reference, &e);
        if (joined) {
                assert(strlen(joined) <= LIMIT_URL);
                assert(!strchr(joined, '#'));
                take_apart(joined);
                settle(base, joined);
        } else {
                assert(e.code);
        }
        free(joined);
        free(base);
        return 0;
}
