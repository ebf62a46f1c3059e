#include "mirror/pypi/simple_read.h"

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/rfc3339.h"
#include "mirror/url.h"

struct simple_file *simple_new_file(struct simple_page *page)
{
        struct simple_file *f;

        page->files = xgrow(page->files, page->file_count, &page->file_room, sizeof *page->files);
        f = &page->files[page->file_count++];
        *f = (struct simple_file){.size = SIMPLE_NO_SIZE, .uploaded = SIMPLE_NO_TIME};
        return f;
}

void simple_pass_over(struct simple_page *page, struct err *e)
{
        if (page->passed_over++ == 0)
                page->passed_over_why = arena_text(&page->text, e->msg, strlen(e->msg));
        *e = (struct err)ERR_INIT;
}

/* Reads at most `max` digits; returns how many stood there. */
static size_t number(const char *s, size_t len, size_t max, unsigned *out)
{
        size_t i = 0;

        *out = 0;
        while (i < len && i < max && s[i] >= '0' && s[i] <= '9')
                *out = *out * 10 + (unsigned)(s[i++] - '0');
        return i;
}

int simple_api_version(struct simple_page *page, const char *text, size_t len, struct err *e)
{
        unsigned major, minor = 0;
        size_t n = number(text, len, 6, &major), m = 0;

        if (n > 0 && n + 1 < len && text[n] == '.')
                m = number(text + n + 1, len - n - 1, 6, &minor);
        if (m == 0 || n + 1 + m != len)
                return err_set(e, ERR_FAILED, "the API version \"%.*s\" is not of the form 1.N",
                    (int)(len < 40 ? len : 40), text);
        if (major != 1)
                return err_set(e, ERR_FAILED,
                    "the index speaks API version %u.%u; this dray reads version 1 only: a newer dray "
                    "is needed",
                    major, minor);
        page->api_minor = minor;
        return 0;
}

void simple_status(struct simple_page *page, const char *text, size_t len)
{
        static const char *const names[] = {
            [SIMPLE_ACTIVE] = "active",
            [SIMPLE_ARCHIVED] = "archived",
            [SIMPLE_QUARANTINED] = "quarantined",
            [SIMPLE_DEPRECATED] = "deprecated",
        };

        page->status_text = arena_text(&page->text, text, len);
        page->status = SIMPLE_ACTIVE;
        while (page->status < SIMPLE_OTHER && strcmp(names[page->status], page->status_text) != 0)
                page->status++;
}

int simple_filename(
    struct simple_page *page, struct simple_file *f, const char *text, size_t len, struct err *e)
{
        if (len == 0 || len > LIMIT_NAME)
                return err_set(
                    e, ERR_FAILED, "the file name is empty or longer than %d bytes", LIMIT_NAME);
        for (size_t i = 0; i < len; i++) {
                unsigned char c = (unsigned char)text[i];

                if (c < 0x20 || c == 0x7f || c == '/' || c == '\\')
                        return err_set(e, ERR_FAILED,
                            "the file name \"%.*s\" holds a slash or a control character", (int)len,
                            text);
        }
        if (text[0] == '.' && (len == 1 || (len == 2 && text[1] == '.')))
                return err_set(e, ERR_FAILED, "the file name is \"%.*s\"", (int)len, text);
        f->filename = arena_text(&page->text, text, len);
        return 0;
}

/* 1 if the rest of an absolute address needs no work at all: no odd bytes, dot segments, query or fragment. */
static int is_plain_path(const char *s, size_t len)
{
        char before = '/';

        for (size_t i = 0; i < len; i++) {
                char c = s[i], letter = (char)(c | 0x20);

                /* "-./0123456789" is one run of ASCII */
                if (!(letter >= 'a' && letter <= 'z') && !(c >= '-' && c <= '9') && c != '_' &&
                    c != '%' && c != '+' && c != '~')
                        return 0;
                if (c == '.' && before == '/')
                        return 0;
                before = c;
        }
        return 1;
}

/* Remembers the origin of an address that has been checked. */
static void remember_origin(struct simple_links *links, const char *url)
{
        const char *host = strstr(url, "://");
        const char *path = host ? strchr(host + 3, '/') : NULL;

        links->origin = path ? url : NULL;
        links->origin_len = path ? (size_t)(path + 1 - url) : 0;
}

int simple_url(struct simple_page *page, struct simple_links *links, const char **out,
    const char *text, size_t len, struct err *e)
{
        const char *fragment = len ? memchr(text, '#', len) : NULL;
        char *reference, *joined;
        struct url parts;
        int ret;

        if (fragment)
                len = (size_t)(fragment - text);
        if (links->origin && len > links->origin_len && len <= LIMIT_URL &&
            memcmp(text, links->origin, links->origin_len) == 0 &&
            is_plain_path(text + links->origin_len, len - links->origin_len)) {
                *out = arena_text(&page->text, text, len);
                return 1;
        }
        while (len &&
               (unsigned char)text[0] <= 0x20) { /* HTML: white space around a link is none of it */
                text++;
                len--;
        }
        while (len && (unsigned char)text[len - 1] <= 0x20)
                len--;
        reference = xstrndup(text, len);
        joined = url_join(links->base, reference, e);
        free(reference);
        ret = joined && url_parse(joined, &parts, e) == 0;
        if (ret) {
                *out = arena_text(&page->text, joined, strlen(joined));
                remember_origin(links, *out);
        }
        free(joined);
        return ret;
}

/* Which of two digests to hold a file against; the smaller the better. */
static int rank(enum digest_kind kind)
{
        switch (kind) {
        case DIGEST_SHA256:
                return 0;
        case DIGEST_SHA512:
                return 1;
        case DIGEST_SHA384:
                return 2;
        case DIGEST_SHA1:
        case DIGEST_MD5:
                break;
        }
        return 3;
}

int simple_digest(struct stated_digest *d, const char *name, size_t name_len, const char *hex,
    size_t hex_len, struct err *e)
{
        char text[2 * DIGEST_MAX_SIZE + 1], kind_name[16];
        struct stated_digest found = {0};

        if (name_len >= sizeof kind_name)
                return 0;
        memcpy(kind_name, name, name_len);
        kind_name[name_len] = '\0';
        if (digest_kind_parse(kind_name, &found.kind) < 0 || rank(found.kind) == 3)
                return 0;
        if (hex_len != 2 * digest_size(found.kind))
                return err_set(e, ERR_FAILED, "its %s has %zu digits instead of %zu", kind_name,
                    hex_len, 2 * digest_size(found.kind));
        memcpy(text, hex, hex_len);
        text[hex_len] = '\0';
        if (hex_decode(found.value, digest_size(found.kind), text) < 0)
                return err_set(e, ERR_FAILED, "its %s \"%s\" is not hexadecimal", kind_name, text);
        if (!d->kind || rank(found.kind) < rank(d->kind))
                *d = found;
        return 1;
}

void simple_upload_time(
    struct simple_page *page, struct simple_file *f, const char *text, size_t len)
{
        f->upload_time = arena_text(&page->text, text, len);
        if (rfc3339_parse(text, len, &f->uploaded) < 0)
                f->uploaded = SIMPLE_NO_TIME;
}
