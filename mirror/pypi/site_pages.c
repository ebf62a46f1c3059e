/* From records to the pages and paths of a simple repository. */
#include "bundle/hex.h"
#include "bundle/json.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/text.h"
#include "mirror/pypi/name.h"
#include "mirror/pypi/pages.h"
#include "mirror/pypi/wheelname.h"
#include "pypi.h"

#define SIDECAR ".metadata"

int pypi_is_sidecar(const char *file)
{
        size_t n = strlen(file), k = strlen(SIDECAR);

        return n > k && strcmp(file + n - k, SIDECAR) == 0;
}

char *pypi_meta_string(const struct record *r, const char *key)
{
        json_t *meta = json_loads(r->meta, 0, NULL);
        char *value = xstrdup(json_string_value(json_object_get(meta, key)));

        json_decref(meta);
        return value;
}

/* The file name belongs to the package and the version that the record states. */
static int check_distribution(const struct record *r, const char *file, struct err *e)
{
        struct wheel_name w = {0};
        struct version stated = {0}, named = {0};
        int ret = -1;

        if (!name_is_normalized(r->package, strlen(r->package)))
                return err_set(e, ERR_REFUSED, "%s is no normalised project name", r->package);
        if (version_parse(&stated, r->version, e) < 0)
                return -1;
        if (text_ends_with(file, ".whl")) {
                if (wheel_name_parse(&w, file, e) < 0)
                        goto out;
                if (strcmp(w.name, r->package) != 0) {
                        err_set(e, ERR_REFUSED, "%s is no file of project %s", file, r->package);
                        goto out;
                }
                version_copy(&named, &w.version);
        } else if (sdist_name_parse(&named, file, r->package, e) < 0) {
                goto out;
        }
        if (version_compare(&named, &stated) != 0) {
                err_set(e, ERR_REFUSED, "%s is no file of version %s", file, r->version);
                goto out;
        }
        ret = 0;
out:
        wheel_name_release(&w);
        version_release(&stated);
        version_release(&named);
        return ret;
}

/* The .metadata of a wheel lies beside it: its folder is the wheel's digest. */
static int sidecar_folder(const struct record *r, char hex[SHA256_HEX], struct err *e)
{
        unsigned char sha[SHA256_SIZE];
        char *wheel = pypi_meta_string(r, "wheel");
        int ok = wheel && hex_decode(sha, SHA256_SIZE, wheel) == 0;

        free(wheel);
        if (!ok)
                return err_set(
                    e, ERR_REFUSED, "%s does not say which wheel it belongs to", r->file);
        hex_encode(hex, sha, SHA256_SIZE);
        return 0;
}

int pypi_path(const struct record *r, struct buf *out, struct err *e)
{
        char hex[SHA256_HEX];
        char *file = xstrdup(r->file);
        int ret = -1;

        if (pypi_is_sidecar(file)) {
                file[strlen(file) - strlen(SIDECAR)] = '\0';
                if (sidecar_folder(r, hex, e) < 0)
                        goto out;
        } else {
                hex_encode(hex, r->sha256, SHA256_SIZE);
        }
        if (check_distribution(r, file, e) < 0)
                goto out;
        if (buf_addf(out, "files/%.2s/%s/%s", hex, hex, r->file) < 0) {
                err_set(e, ERR_REFUSED, "%s: path too long", r->file);
                goto out;
        }
        ret = 0;
out:
        free(file);
        return ret;
}

/* What a page says of one file; owns its strings. */
struct page_file {
        char sha256[SHA256_HEX];
        char *requires_python, *core_metadata, *yanked, *upload_time;
};

/* Whether the .metadata with that digest is held: what is not held is not promised. */
static int sidecar_held(
    const struct record *wheel, const char *digest, const struct record *records, size_t count)
{
        size_t len = strlen(wheel->file);
        char folder[SHA256_HEX];

        hex_encode(folder, wheel->sha256, SHA256_SIZE);
        for (size_t i = 0; i < count; i++) {
                char hex[SHA256_HEX], lies[SHA256_HEX];
                struct err ignored;

                if (strncmp(records[i].file, wheel->file, len) != 0 ||
                    strcmp(records[i].file + len, SIDECAR) != 0)
                        continue;
                hex_encode(hex, records[i].sha256, SHA256_SIZE);
                /* one that came for other bytes of this name lies elsewhere */
                if (strcmp(hex, digest) == 0 && sidecar_folder(&records[i], lies, &ignored) == 0 &&
                    strcmp(lies, folder) == 0)
                        return 1;
        }
        return 0;
}

static size_t make_files(
    const struct record *records, size_t count, struct pages_file *files, struct page_file *owned)
{
        size_t n = 0;

        for (size_t i = 0; i < count; i++) {
                const struct record *r = &records[i];
                struct page_file *o = &owned[n];

                if (pypi_is_sidecar(r->file))
                        continue;
                hex_encode(o->sha256, r->sha256, SHA256_SIZE);
                o->requires_python = pypi_meta_string(r, "requires_python");
                o->core_metadata = pypi_meta_string(r, "core_metadata");
                o->yanked = pypi_meta_string(r, "yanked");
                o->upload_time = pypi_meta_string(r, "upload_time");
                if (o->core_metadata && !sidecar_held(r, o->core_metadata, records, count)) {
                        free(o->core_metadata);
                        o->core_metadata = NULL;
                }
                files[n++] = (struct pages_file){r->file, r->version, o->sha256, r->size,
                    o->requires_python, o->core_metadata, o->yanked, o->upload_time};
        }
        return n;
}

static int put_page(struct page_sink *sink, const char *package, const char *name,
    const struct buf *bytes, struct err *e)
{
        char path[LIMIT_NAME + 64];

        snprintf(path, sizeof path, "simple/%s%s%s", package, *package ? "/" : "", name);
        return sink->page(sink, path, bytes ? bytes->data : NULL, bytes ? bytes->len : 0, e);
}

int pypi_package_pages(const struct site_source *site, const char *package,
    const struct record *records, size_t count, struct page_sink *sink, struct err *e)
{
        struct pages_file *files = xcalloc(count, sizeof *files);
        struct page_file *owned = xcalloc(count, sizeof *owned);
        struct buf html, json;
        size_t n = make_files(records, count, files, owned);
        int ret = -1;

        (void)site;
        buf_init(&html, LIMIT_INDEX_PAGE);
        buf_init(&json, LIMIT_INDEX_PAGE);
        if (n == 0) {
                ret = put_page(sink, package, "index.html", NULL, e) < 0
                          ? -1
                          : put_page(sink, package, "index.v1_json", NULL, e);
                goto out;
        }
        if (pages_project_html(&html, package, files, n, e) < 0 ||
            pages_project_json(&json, package, files, n, e) < 0 ||
            put_page(sink, package, "index.html", &html, e) < 0 ||
            put_page(sink, package, "index.v1_json", &json, e) < 0)
                goto out;
        ret = 0;
out:
        for (size_t i = 0; i < count; i++) {
                free(owned[i].requires_python);
                free(owned[i].core_metadata);
                free(owned[i].yanked);
                free(owned[i].upload_time);
        }
        free(owned);
        free(files);
        buf_release(&html);
        buf_release(&json);
        return ret;
}

int pypi_source_pages(const struct site_source *site, struct record_cursor *all,
    struct page_sink *sink, struct err *e)
{
        const char **names = NULL;
        size_t count = 0, cap = 0;
        struct record r;
        struct buf html, json;
        int more, ret = -1;

        (void)site;
        buf_init(&html, LIMIT_INDEX_PAGE);
        buf_init(&json, LIMIT_INDEX_PAGE);
        while ((more = all->next(all, &r, e)) == 1) {
                /* a project of which there is metadata only has no page of its own either */
                if (pypi_is_sidecar(r.file) || (count && strcmp(names[count - 1], r.package) == 0))
                        continue;
                names = xgrow(names, count, &cap, sizeof *names);
                names[count++] = xstrdup(r.package);
        }
        if (more < 0)
                goto out;
        if (pages_root_html(&html, names, count, e) < 0 ||
            pages_root_json(&json, names, count, e) < 0 ||
            put_page(sink, "", "index.html", &html, e) < 0 ||
            put_page(sink, "", "index.v1_json", &json, e) < 0)
                goto out;
        ret = 0;
out:
        for (size_t i = 0; i < count; i++) {
                union {
                        const char *in;
                        char *out;
                } u = {names[i]};

                free(u.out);
        }
        free(names);
        buf_release(&html);
        buf_release(&json);
        return ret;
}
