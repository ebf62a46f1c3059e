/* Input: Packages. Whatever is in it, closures of it end, and hold what they need. */
#include <assert.h>
#include <stdint.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "mirror/deb/closure.h"
#include "mirror/deb/stanza.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void solve(struct universe *u, uint32_t root)
{
        struct closure_options options = {true};
        struct err e = ERR_INIT;
        struct closure c;
        int r = closure_solve(u, &root, 1, &options, &c, &e);

        assert(r >= 0);
        assert(r == 0 || c.count > 0);
        for (size_t i = 0; i < c.count; i++)
                assert(c.items[i].parent <= i && c.items[i].package < universe_end(u));
        closure_release(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct universe *u = universe_new("amd64");
        const char *text = (const char *)data;
        uint32_t last = 0;

        while (size) {
                size_t start, end = stanza_end(text, size, &start);
                struct err e = ERR_INIT;

                if (end > start && universe_add(u, 0, 500, text + start, end - start, &e) < 0)
                        assert(e.code == ERR_REFUSED);
                text += end;
                size -= end;
        }
        universe_settle(u);
        for (uint32_t p = UNIVERSE_FIRST; p < universe_end(u) && last < 8; p++, last++)
                solve(u, p);
        universe_free(u);
        return 0;
}
