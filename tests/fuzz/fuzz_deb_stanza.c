/* Input: text of stanzas. Fields lie within it and cover it; relations of each are read, too. */
#include <assert.h>
#include <stdint.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/deb/relation.h"
#include "mirror/deb/stanza.h"
#include "mirror/deb/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_relations(const struct stanza_field *f)
{
        struct relation_reader r;
        struct relation d;
        struct err e = ERR_INIT;
        int more;

        relation_first(&r, f->value, f->value_len);
        while ((more = relation_next(&r, &d, &e)) == 1) {
                assert(d.name >= f->value && d.name + d.name_len <= f->value + f->value_len);
                assert(d.name_len > 0 && d.name_len <= LIMIT_NAME);
                if (d.op != RELATION_ANY)
                        assert(deb_version_is_valid(d.version, d.version_len) &&
                               deb_version_compare_n(
                                   d.version, d.version_len, d.version, d.version_len) == 0);
        }
        assert(more == 0 || e.code == ERR_REFUSED);
}

static void read_stanza(const char *text, size_t len)
{
        struct stanza_reader r;
        struct stanza_field f;
        struct err e = ERR_INIT;
        const char *last = text;
        int more;

        stanza_first(&r, text, len);
        while ((more = stanza_next(&r, &f, &e)) == 1) {
                assert(f.lines >= last && f.lines + f.lines_len <= text + len);
                assert(f.name == f.lines && f.name_len > 0 && f.name[f.name_len] == ':');
                assert(f.value >= f.lines && f.value + f.value_len <= f.lines + f.lines_len);
                last = f.lines + f.lines_len;
                read_relations(&f);
        }
        assert(more == 0 || e.code == ERR_REFUSED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text = xstrndup((const char *)data, size);
        size_t at = 0;

        while (at < size) {
                size_t start, end = stanza_end(text + at, size - at, &start);

                assert(start <= end && end <= size - at && end > 0);
                read_stanza(text + at + start, end - start);
                at += end;
        }
        free(text);
        return 0;
}
