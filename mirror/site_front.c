#include "site_front.h"

#include <fcntl.h>
#include <unistd.h>

#include "bundle/catalog_stream.h"
#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/timestamp.h"
#include "mirror/registry.h"
#include "site_source.h"

static void add_escaped(struct buf *out, const char *text)
{
        for (; *text; text++) {
                switch (*text) {
                case '&':
                        buf_adds(out, "&amp;");
                        break;
                case '<':
                        buf_adds(out, "&lt;");
                        break;
                case '>':
                        buf_adds(out, "&gt;");
                        break;
                case '"':
                        buf_adds(out, "&quot;");
                        break;
                default:
                        buf_addc(out, *text);
                }
        }
}

/* The source's own page about it, where it has one. */
static int add_client_page(
    int tree, const char *source, const char *page, struct buf *out, struct err *e)
{
        char path[LIMIT_PATH];
        struct buf text;
        int found;

        snprintf(path, sizeof path, "%s/%s", source, page);
        buf_init(&text, 65536);
        found = fs_read_file(tree, path, &text, e);
        if (found == 1) {
                buf_addf(out, "<p><a href=\"%s\">%s</a>:</p>\n<pre>", path, page);
                add_escaped(out, text.data);
                buf_adds(out, "</pre>\n");
        }
        buf_release(&text);
        return found < 0 ? -1 : 0;
}

static int add_source(struct mirror *m, int64_t generation, const char *base_url, const char *name,
    int tree, struct buf *out, struct err *e)
{
        const struct registry *registry = site_registry(m->catalog, name, e);
        struct record_totals totals;
        struct buf help;
        char size[16], address[LIMIT_URL];

        if (!registry || catalog_totals(m->catalog, generation, name, &totals, e) < 0)
                return -1;
        buf_addf(out,
            "<h2><a href=\"%s/\">%s</a></h2>\n<p>%s: %llu packages, %llu files, %s.</p>\n", name,
            name, registry->title, (unsigned long long)totals.packages,
            (unsigned long long)totals.records, fs_size_text(totals.bytes, size));
        if (registry->client_help) {
                buf_init(&help, 65536);
                snprintf(address, sizeof address, "%s%s/",
                    *base_url ? base_url : "http://THIS-HOST/", name);
                registry->client_help(address, &help);
                buf_adds(out, "<pre>");
                add_escaped(out, help.data);
                buf_adds(out, "</pre>\n");
                buf_release(&help);
        }
        return registry->client_page ? add_client_page(tree, name, registry->client_page, out, e)
                                     : 0;
}

static int add_stream(void *user, const struct bundle_row *row, struct err *e)
{
        char issued[TIMESTAMP_SIZE];

        (void)e;
        if (row->done)
                buf_addf(user, "<li>stream %s, bundle %lld, issued %s</li>\n", row->stream,
                    (long long)row->seq, timestamp_format(row->issued, issued));
        return 0;
}

int site_front(struct mirror *m, int64_t generation, const char *base_url, int tree, struct err *e)
{
        static const char head[] =
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
            "<title>dray mirror</title><meta name=\"viewport\" content=\"width=device-width\">"
            "<style>body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}"
            "pre{background:#eee;padding:.7em;overflow:auto}</style></head><body>\n<h1>dray mirror</h1>\n";
        struct generation g;
        struct buf out;
        char **names = NULL, text[TIMESTAMP_SIZE];
        size_t count = 0;
        int ret = -1;

        buf_init(&out, LIMIT_INDEX_PAGE);
        if (catalog_generation_get(m->catalog, generation, &g, e) < 0 ||
            catalog_sources(m->catalog, &names, &count, e) < 0)
                goto out;
        buf_adds(&out, head);
        buf_addf(&out, "<p>Generation %lld, made %s.</p>\n<ul>\n", (long long)g.id,
            g.id ? timestamp_format(g.created, text) : "never");
        if (catalog_bundles(m->catalog, NULL, add_stream, &out, e) < 0)
                goto out;
        buf_adds(&out, "</ul>\n");
        for (size_t i = 0; i < count; i++)
                if (add_source(m, generation, base_url, names[i], tree, &out, e) < 0)
                        goto out;
        buf_adds(&out, "</body></html>\n");
        if (fs_write_file(tree, "index.html", out.data, out.len, e) < 0)
                goto out;
        ret = 0;
out:
        catalog_names_free(names, count);
        buf_release(&out);
        return ret;
}
