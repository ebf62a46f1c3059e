/* Input: metadata of a record of hello 1.0 as a bundle may hold it. What is taken leads nowhere else. */
#include <assert.h>
#include <stdint.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/deb/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was taken is written, and taken again as the same. */
static void round_trip(struct record r, struct deb_entry *entry)
{
        struct err e = ERR_INIT;
        struct deb_entry again;
        struct buf meta;

        buf_init(&meta, LIMIT_MANIFEST_LINE);
        assert(deb_entry_format(entry, &meta, &e) == 0);
        r.meta = meta.data;
        assert(deb_entry_parse(&r, &again, &e) == 0);
        assert(strcmp(again.path, entry->path) == 0 && strcmp(again.control, entry->control) == 0);
        assert(again.list_count == entry->list_count && again.suite_count == entry->suite_count);
        deb_entry_release(&again);
        buf_release(&meta);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *meta = xstrndup((const char *)data, size);
        struct record records[] = {
            {.package = "hello", .version = "1.0", .file = "hello_1.0_amd64.deb", .meta = meta},
            {.package = "src:hello", .version = "1.0", .file = "hello_1.0.dsc", .meta = meta},
            {.package = "dists:bookworm", .version = "1.0", .file = "InRelease", .meta = meta}};

        for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
                struct deb_entry entry;
                struct err e = ERR_INIT;

                if (deb_entry_parse(&records[i], &entry, &e) < 0) {
                        assert(e.code == ERR_REFUSED);
                        continue;
                }
                assert(
                    strncmp(entry.path, "pool/", 5) == 0 || strncmp(entry.path, "dists/", 6) == 0);
                assert(!strstr(entry.path, "..") || !strstr(entry.path, "/.."));
                round_trip(records[i], &entry);
                deb_entry_release(&entry);
        }
        free(meta);
        return 0;
}
