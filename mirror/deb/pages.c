#include "mirror/deb/pages.h"

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "mirror/deb/dists.h"
#include "mirror/openpgp.h"
#include "source_group.h"

/* -- the indexes -- */

static int add_binary(
    struct dists *d, const struct record *r, const struct deb_entry *entry, struct err *e)
{
        char hex[SHA256_HEX];
        struct buf text;
        int ret = -1;

        buf_init(&text, LIMIT_MANIFEST_LINE + LIMIT_PATH);
        hex_encode(hex, r->sha256, SHA256_SIZE);
        buf_addf(&text, "%sFilename: %s\nSize: %llu\nSHA256: %s\n", entry->control, entry->path,
            (unsigned long long)r->size, hex);
        for (size_t i = 0; i < entry->list_count; i++)
                if (dists_add(d, &entry->lists[i], text.data, text.len, e) < 0)
                        goto out;
        ret = 0;
out:
        buf_release(&text);
        return ret;
}

static int add_record(struct dists *d, struct source_group *group, const struct record *r,
    struct page_sink *sink, struct err *e)
{
        struct deb_entry entry;
        int ret = -1;

        if (deb_entry_parse(r, &entry, e) < 0)
                return -1;
        for (size_t i = 0; i < entry.suite_count; i++)
                if (dists_suite(d, &entry.suites[i], e) < 0)
                        goto out;
        if (group->package && strcmp(group->package, r->package) != 0) {
                if (source_group_write(group, d, e) < 0)
                        goto out;
                source_group_release(group);
        }
        switch (entry.kind) {
        case DEB_BINARY:
                if (add_binary(d, r, &entry, e) < 0)
                        goto out;
                break;
        case DEB_SOURCE:
                source_group_add_take(group, r, &entry);
                break;
        case DEB_INDEX:
                dists_upstream(d, entry.suites[0].folder);
                if (strstr(entry.path, "/by-hash/"))
                        sink->linger(sink, entry.path);
                break;
        }
        ret = 0;
out:
        deb_entry_release(&entry);
        return ret;
}

static int add_all(
    struct dists *d, struct record_cursor *all, struct page_sink *sink, struct err *e)
{
        struct source_group group = {0};
        struct record r;
        int more, ret = -1;

        while ((more = all->next(all, &r, e)) == 1)
                if (add_record(d, &group, &r, sink, e) < 0)
                        goto out;
        ret = more < 0 ? -1 : source_group_write(&group, d, e);
out:
        source_group_release(&group);
        return ret;
}

/* -- for clients -- */

static void add_names(
    struct buf *out, const char *field, const struct dists_names *a, const struct dists_names *b)
{
        buf_addf(out, "%s:", field);
        for (size_t i = 0; i < a->count; i++)
                buf_addf(out, " %s", a->texts[i]);
        for (size_t i = 0; b && i < b->count; i++)
                buf_addf(out, " %s", b->texts[i]);
        buf_adds(out, "\n");
}

/* A text as the continuation lines of a field: an empty line is written as a dot. */
static void add_continued(struct buf *out, const char *text)
{
        while (*text) {
                size_t len = strcspn(text, "\n");

                buf_addf(out, " %.*s\n", (int)(len ? len : 1), len ? text : ".");
                text += len + (text[len] == '\n');
        }
}

static bool names_source(const struct dists_names *architectures)
{
        for (size_t i = 0; i < architectures->count; i++)
                if (strcmp(architectures->texts[i], "source") == 0)
                        return true;
        return false;
}

/* deb822, as sources.list(5) has it. key NULL: upstream's own signature is what counts. */
static int put_client_page(const struct site_source *site, const struct dists_shape *shape,
    const struct signer *key, const char *armored, struct page_sink *sink, struct err *e)
{
        char fingerprint[OPENPGP_FINGERPRINT_TEXT];
        struct buf text;
        int ret;

        buf_init(&text, LIMIT_INDEX_PAGE);
        buf_addf(&text, "# For apt: put this file into /etc/apt/sources.list.d/, as %s.sources.\n",
            site->name);
        if (!*site->base_url)
                buf_adds(&text, "# THIS-HOST stands for the address of this site.\n");
        buf_addf(&text, "Types: deb%s\n", names_source(&shape->architectures) ? " deb-src" : "");
        buf_addf(&text, "URIs: %s%s\n", *site->base_url ? site->base_url : "http://THIS-HOST/",
            site->name);
        add_names(&text, "Suites", &shape->suites, &shape->upstream);
        add_names(&text, "Components", &shape->components, NULL);
        if (key) {
                openpgp_fingerprint_text(key, fingerprint);
                buf_addf(&text, "# the site's key: %s\nSigned-By:\n", fingerprint);
                add_continued(&text, armored);
        } else {
                buf_adds(&text,
                    "# The indexes are the distribution's own: its own keyring goes here.\n"
                    "# Signed-By: /usr/share/keyrings/...\n");
        }
        ret = sink->page(sink, DEB_CLIENT_PAGE, text.data, text.len, e);
        buf_release(&text);
        return ret;
}

#define USER_ID "dray site key"

/* Signs what is ours, and hands out the key. */
static int finish_signed(const struct site_source *site, struct dists *d,
    const struct dists_shape *shape, struct page_sink *sink, struct err *e)
{
        const struct signer *key;
        struct buf binary, armored;
        int64_t date;
        int ret = -1;

        buf_init(&binary, 64 * KIB);
        buf_init(&armored, 64 * KIB);
        if (site->sign(site, &key, &date, e) < 0 || dists_finish(d, site->name, key, date, e) < 0 ||
            openpgp_certificate(key, USER_ID, &binary, e) < 0 ||
            openpgp_certificate_armored(key, USER_ID, &armored, e) < 0 ||
            sink->page(sink, "site-key.gpg", binary.data, binary.len, e) < 0 ||
            sink->page(sink, "site-key.asc", armored.data, armored.len, e) < 0 ||
            put_client_page(site, shape, key, armored.data, sink, e) < 0)
                goto out;
        ret = 0;
out:
        buf_release(&binary);
        buf_release(&armored);
        return ret;
}

int deb_source_pages(const struct site_source *site, struct record_cursor *all,
    struct page_sink *sink, struct err *e)
{
        struct dists *d = dists_new(sink);
        struct dists_shape shape;
        int ret = -1;

        if (add_all(d, all, sink, e) < 0)
                goto out;
        dists_shape(d, &shape);
        if (shape.suites.count)
                ret = finish_signed(site, d, &shape, sink, e);
        else
                ret = shape.upstream.count ? put_client_page(site, &shape, NULL, "", sink, e) : 0;
out:
        dists_free(d);
        return ret;
}

void deb_client_help(const char *address, struct buf *out)
{
        buf_addf(
            out, "curl -o /etc/apt/sources.list.d/dray.sources %s" DEB_CLIENT_PAGE "\n", address);
        buf_adds(out, "apt update\n");
}
