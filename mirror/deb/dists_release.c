#include "dists_release.h"

#include "bundle/limit.h"
#include "mirror/http_date.h"
#include "mirror/openpgp.h"

/* RFC 5322, in UTC, as Debian's own Release files write it. */
static void add_date(struct buf *out, int64_t date)
{
        char text[HTTP_DATE_SIZE];

        http_date_format(date, text);
        buf_addf(out, "Date: %.*s UTC\n", (int)(sizeof text - sizeof " GMT"), text);
}

static void add_names(struct buf *out, const char *field, const struct dists_names *names)
{
        buf_addf(out, "%s:", field);
        for (size_t i = 0; i < names->count; i++)
                if (strcmp(names->texts[i], "source") != 0) /* no architecture to apt */
                        buf_addf(out, " %s", names->texts[i]);
        buf_adds(out, "\n");
}

int dists_release_text(const struct dists_release *r, struct buf *out, struct err *e)
{
        const struct deb_suite *s = r->suite;

        buf_addf(out, "Origin: dray\nLabel: %s\nSuite: %s\nCodename: %s\n", r->label, s->folder,
            *s->codename ? s->codename : s->folder);
        add_date(out, r->date);
        buf_adds(out, "Acquire-By-Hash: yes\n");
        if (s->not_automatic)
                buf_adds(out, "NotAutomatic: yes\n");
        if (s->but_automatic_upgrades)
                buf_adds(out, "ButAutomaticUpgrades: yes\n");
        add_names(out, "Architectures", &r->shape->architectures);
        add_names(out, "Components", &r->shape->components);
        buf_addf(out, "Description: what is carried of %s\nSHA256:\n", r->label);
        if (buf_add(out, r->lines->data, r->lines->len) < 0)
                return err_set(e, ERR_FAILED, "Release is too large");
        return 0;
}

static int put(const struct dists_release *r, struct page_sink *sink, const char *file,
    const struct buf *text, struct err *e)
{
        char path[LIMIT_PATH];

        snprintf(path, sizeof path, "dists/%s/%s", r->suite->folder, file);
        return sink->page(sink, path, text->data, text->len, e);
}

int dists_release_write(const struct dists_release *r, struct page_sink *sink, struct err *e)
{
        struct buf text, clear, detached;
        int ret = -1;

        buf_init(&text, LIMIT_INDEX_PAGE);
        buf_init(&clear, LIMIT_INDEX_PAGE + 64 * KIB);
        buf_init(&detached, 64 * KIB);
        if (dists_release_text(r, &text, e) < 0 ||
            openpgp_clearsign(r->key, text.data, text.len, r->date, &clear, e) < 0 ||
            openpgp_detached(r->key, text.data, text.len, r->date, &detached, e) < 0 ||
            put(r, sink, "Release", &text, e) < 0 ||
            put(r, sink, "Release.gpg", &detached, e) < 0 ||
            put(r, sink, "InRelease", &clear, e) < 0)
                goto out;
        ret = 0;
out:
        buf_release(&text);
        buf_release(&clear);
        buf_release(&detached);
        return ret;
}
