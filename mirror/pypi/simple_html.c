/* The HTML form of a project page: PEP 503, 592, 629, 658, 714, 792. */
#include "bundle/limit.h"
#include "mirror/pypi/html.h"
#include "mirror/pypi/simple_read.h"
#include "mirror/url.h"

struct reader {
        struct html html;
        struct simple_page *page;
        struct simple_links links; /* what links refer to: the page, or its <base href> */
        struct buf value;          /* of the attribute at hand */
        struct buf title;
        int based; /* a <base> was seen */
        int version_stated;
};

/* What a distribution was ever allowed to be called. */
static int is_package_file(const char *name, size_t len)
{
        static const char *const endings[] = {".whl", ".tar.gz", ".zip", ".egg", ".tar.bz2", ".tgz",
            ".tar.xz", ".tar.Z", ".tar", ".tbz", ".txz", ".tar.lz", ".tar.lzma", ".tlz", ".exe",
            ".msi", ".rpm", ".deb", ".dmg"};

        for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
                size_t n = strlen(endings[i]);

                if (len > n && strncasecmp(name + len - n, endings[i], n) == 0)
                        return 1;
        }
        return 0;
}

/* A link's fragment, "sha256=..." and perhaps more behind '&'. */
static int read_fragment(
    struct simple_page *page, struct simple_file *f, const char *s, struct err *e)
{
        while (*s) {
                size_t n = strcspn(s, "&"), name = strcspn(s, "=&");

                if (name < n) {
                        int good =
                            simple_digest(&f->digest, s, name, s + name + 1, n - name - 1, e);

                        if (good < 0)
                                return -1;
                        if (!good && !f->weak_digest && strncmp(s, "egg=", 4) != 0)
                                f->weak_digest = arena_text(&page->text, s, name);
                }
                s += n + (s[n] == '&');
        }
        return 0;
}

/* data-core-metadata, or its older name: "true" or "sha256=...". */
static int read_core_metadata(struct reader *r, struct simple_file *f, struct err *e)
{
        const char *s;
        size_t name;

        if (!html_attribute(&r->html, "data-core-metadata", &r->value) &&
            !html_attribute(&r->html, "data-dist-info-metadata", &r->value))
                return 0;
        s = r->value.data;
        name = strcspn(s, "=");
        f->has_core_metadata = strcasecmp(s, "false") != 0;
        if (!s[name])
                return 0;
        return simple_digest(&f->core_metadata, s, name, s + name + 1, strlen(s + name + 1), e) < 0
                   ? -1
                   : 0;
}

/* An attribute's text, or NULL when it is absent or, unless empty counts, empty. */
static const char *attribute_text(struct reader *r, const char *name, int empty_counts)
{
        if (!html_attribute(&r->html, name, &r->value) || (!r->value.len && !empty_counts))
                return NULL;
        return arena_text(&r->page->text, r->value.data, r->value.len);
}

static int read_attributes(struct reader *r, struct simple_file *f, struct err *e)
{
        f->requires_python = attribute_text(r, "data-requires-python", 0);
        f->yanked = attribute_text(r, "data-yanked", 1);
        if (html_attribute(&r->html, "data-upload-time", &r->value) && r->value.len)
                simple_upload_time(r->page, f, r->value.data, r->value.len);
        if (html_attribute(&r->html, "data-provenance", &r->value) && r->value.len)
                simple_url(r->page, &r->links, &f->provenance, r->value.data, r->value.len, e);
        return read_core_metadata(r, f, e);
}

/* The file that an address names: the end of its path, not the anchor's text. NULL: no package file. */
static char *package_file(const char *url)
{
        struct err ignored;
        char *name = url_file_name(url, &ignored);

        if (name && is_package_file(name, strlen(name)))
                return name;
        free(name);
        return NULL;
}

/* What an anchor says of the file of that name that it leads to. */
static int read_file(
    struct reader *r, struct simple_file *f, const char *name, const char *url, struct err *e)
{
        const char *fragment;

        f->url = url;
        if (simple_filename(r->page, f, name, strlen(name), e) < 0)
                return -1;
        fragment = strchr(r->value.data, '#');
        if ((fragment && read_fragment(r->page, f, fragment + 1, e) < 0) ||
            read_attributes(r, f, e) < 0)
                return err_prefix(e, "the link to %.200s", f->filename);
        return 0;
}

/* An anchor. One that does not lead to a package file is none of ours. */
static void read_anchor(struct reader *r)
{
        struct err why = ERR_INIT;
        const char *url = NULL;
        char *name = NULL;

        if (!html_attribute(&r->html, "href", &r->value))
                return;
        if (simple_url(r->page, &r->links, &url, r->value.data, r->value.len, &why))
                name = package_file(url);
        if (!name)
                return;
        why = (struct err)ERR_INIT;
        if (read_file(r, simple_new_file(r->page), name, url, &why) < 0) {
                r->page->file_count--;
                simple_pass_over(r->page, &why);
        }
        free(name);
}

static int read_meta(struct reader *r, struct err *e)
{
        struct buf name = {0};
        int ret = -1;

        buf_init(&name, LIMIT_INDEX_PAGE);
        if (!html_attribute(&r->html, "name", &name) ||
            !html_attribute(&r->html, "content", &r->value)) {
                ret = 0;
                goto out;
        }
        if (strcasecmp(name.data, "pypi:repository-version") == 0) {
                if (simple_api_version(r->page, r->value.data, r->value.len, e) < 0)
                        goto out;
                r->version_stated = 1;
        } else if (strcasecmp(name.data, "pypi:project-status") == 0) {
                simple_status(r->page, r->value.data, r->value.len);
        } else if (strcasecmp(name.data, "pypi:project-status-reason") == 0 && r->value.len) {
                r->page->status_reason = arena_text(&r->page->text, r->value.data, r->value.len);
        }
        ret = 0;
out:
        buf_release(&name);
        return ret;
}

static int read_base(struct reader *r, struct err *e)
{
        const char *url = NULL;

        if (r->based || !html_attribute(&r->html, "href", &r->value))
                return 0;
        r->based = 1;
        if (!simple_url(r->page, &r->links, &url, r->value.data, r->value.len, e))
                return err_prefix(e, "<base href>");
        r->links.base = url;
        return 0;
}

static int read_tag(struct reader *r, struct err *e)
{
        const struct html *h = &r->html;

        if (h->closing) {
                if (strcmp(h->name, "title") == 0 && !r->title.len)
                        html_decode(&r->title, h->text, h->text_len);
                return 0;
        }
        if (strcmp(h->name, "a") == 0)
                read_anchor(r);
        if (strcmp(h->name, "meta") == 0)
                return read_meta(r, e);
        return strcmp(h->name, "base") == 0 ? read_base(r, e) : 0;
}

/* An index, even if it is empty? Else somebody's error, login or block page. */
static int check_page(const struct reader *r, int named_type, struct err *e)
{
        const char *title = r->title.data + strspn(r->title.data, " \t\r\n");

        if (r->page->file_count || r->page->passed_over || named_type || r->version_stated ||
            strncasecmp(title, "Links for", 9) == 0 || strncasecmp(title, "Index of", 8) == 0 ||
            strncasecmp(title, "Simple index", 12) == 0)
                return 0;
        return err_set(e, ERR_FAILED,
            "this HTML page, titled \"%.80s\", is no package index page: no link in it names a "
            "package file. A login, a proxy or an error page? Open its address in a browser",
            title);
}

int simple_read_html(struct simple_page *page, const char *bytes, size_t len, const char *page_url,
    int named_type, struct err *e)
{
        struct reader r = {.page = page, .links.base = page_url};
        int ret = -1;

        buf_init(&r.value, LIMIT_INDEX_PAGE);
        buf_init(&r.title, LIMIT_INDEX_PAGE);
        html_init(&r.html, bytes, len);
        while (html_next(&r.html))
                if (read_tag(&r, e) < 0)
                        goto out;
        ret = check_page(&r, named_type, e);
out:
        buf_release(&r.value);
        buf_release(&r.title);
        return ret;
}
