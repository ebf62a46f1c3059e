#include "project.h"

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/text.h"
#include "mirror/pypi/name.h"

static void file_release(struct project_file *f)
{
        if (f->wheel) {
                wheel_name_release(f->wheel);
                free(f->wheel);
        }
        package_metadata_release(&f->metadata);
        for (size_t i = 0; i < f->build_count; i++)
                free(f->build_requires[i]);
        free(f->build_requires);
        free(f->error);
}

void project_release(struct project *p)
{
        for (size_t i = 0; i < p->file_count; i++)
                file_release(&p->files[i]);
        for (size_t i = 0; i < p->release_count; i++)
                version_release(&p->releases[i].version);
        for (size_t i = 0; i < p->local_count; i++) {
                free(p->locals[i].path);
                free(p->locals[i].index);
        }
        free(p->locals);
        free(p->files);
        free(p->releases);
        simple_page_release(&p->page);
        free(p->error);
        free(p->name);
        *p = (struct project){0};
}

/* One file with the version that its name states, while releases are gathered. */
struct dated_file {
        struct project_file file;
        struct version version;
};

enum fitness {
        FIT,
        NO_DIGEST,
        NO_TIME,
        TOO_NEW,
        FITNESS_COUNT,
};

static enum fitness fitness_of(
    const struct project *p, const struct simple_file *f, const struct file_policy *policy)
{
        if (p->local)
                return FIT;
        if (f->digest.kind == 0)
                return NO_DIGEST;
        if (policy->not_after == INT64_MAX)
                return FIT;
        if (f->uploaded == SIMPLE_NO_TIME)
                return NO_TIME;
        return f->uploaded <= policy->not_after ? FIT : TOO_NEW;
}

/* Takes the name apart: 1, or 0 when it is neither a wheel nor an sdist of this project. */
static int read_name(const struct project *p, const struct simple_file *f,
    const struct file_policy *policy, struct dated_file *out)
{
        struct err unreadable = ERR_INIT;
        struct wheel_name w;

        *out = (struct dated_file){.file = {.index = f}};
        if (text_ends_with(f->filename, ".whl")) {
                if (wheel_name_parse(&w, f->filename, &unreadable) < 0)
                        return 0;
                if (strcmp(w.name, p->name) != 0) {
                        wheel_name_release(&w);
                        return 0;
                }
                out->file.wheel = xmalloc(sizeof w);
                *out->file.wheel = w;
                version_copy(&out->version, &w.version);
                return 1;
        }
        return policy->sdist && sdist_name_has_ending(f->filename) &&
               sdist_name_parse(&out->version, f->filename, p->name, &unreadable) == 0;
}

static int newest_first(const void *a, const void *b)
{
        const struct dated_file *x = a, *y = b;
        int d = version_compare(&y->version, &x->version);

        return d ? d : strcmp(x->file.index->filename, y->file.index->filename);
}

static void gather_releases(struct project *p, struct dated_file *files, size_t count)
{
        size_t cap = 0;

        p->files = xcalloc(count, sizeof *p->files);
        p->file_count = count;
        for (size_t i = 0; i < count; i++) {
                struct release *r = p->release_count ? &p->releases[p->release_count - 1] : NULL;

                p->files[i] = files[i].file;
                if (!r || version_compare(&r->version, &files[i].version) != 0) {
                        p->releases =
                            xgrow(p->releases, p->release_count, &cap, sizeof *p->releases);
                        r = &p->releases[p->release_count++];
                        *r = (struct release){.first = i, .yanked = 1};
                        version_copy(&r->version, &files[i].version);
                }
                r->count++;
                if (!files[i].file.index->yanked)
                        r->yanked = 0;
                version_release(&files[i].version);
        }
}

static void note_passed_over(
    const struct project *p, size_t count, const char *why, struct host *host)
{
        char *text;

        if (count == 0)
                return;
        text = xasprintf("%s: %zu file%s of its index page passed over: %s", p->name, count,
            count == 1 ? "" : "s", why);
        host->note(host, text);
        free(text);
}

/* Makes the releases from p->page or p->locals. */
static void project_index(struct project *p, const struct file_policy *policy, struct host *host)
{
        size_t available = p->local ? p->local_count : p->page.file_count, n = 0;
        size_t counts[FITNESS_COUNT] = {0};
        struct dated_file *files = xcalloc(available, sizeof *files);

        for (size_t i = 0; i < available; i++) {
                const struct simple_file *f = p->local ? p->locals[i].index : &p->page.files[i];
                enum fitness fitness = fitness_of(p, f, policy);

                counts[fitness]++;
                if (fitness != FIT || !read_name(p, f, policy, &files[n]))
                        continue;
                if (p->local)
                        files[n].file.local = p->locals[i].path;
                n++;
        }
        p->unusable = available - counts[FIT];
        note_passed_over(
            p, counts[NO_DIGEST], "the index states no SHA-256, SHA-384 or SHA-512 for it", host);
        note_passed_over(p, counts[NO_TIME],
            "the index states no upload time, which min_age and as_of need", host);
        if (n)
                qsort(files, n, sizeof *files, newest_first);
        gather_releases(p, files, n);
        free(files);
}

static void note_status(const struct project *p, struct host *host)
{
        char *text;

        if (p->page.status == SIMPLE_ACTIVE || !p->page.status_text)
                return;
        text = xasprintf("%s is %s upstream%s%s", p->name, p->page.status_text,
            p->page.status_reason ? ": " : "", p->page.status_reason ? p->page.status_reason : "");
        host->note(host, text);
        free(text);
}

/* What needs no page: 1 and the state says so. 0: the index is to be asked. -1. */
static int load_unasked(
    struct project *p, const struct file_policy *policy, struct host *host, struct err *e)
{
        int reserved;

        if (p->local) {
                project_index(p, policy, host);
                p->state = PROJECT_READY;
                return 1;
        }
        reserved = host->reserved(host, p->name, e);
        if (reserved <= 0)
                return reserved;
        p->state = PROJECT_FAILED;
        p->error =
            xasprintf("%s was an in-house package here and its local file is gone; put it back, "
                      "or take the index's package of that name by dray sync --release %s",
                p->name, p->name);
        return 1;
}

/* Half a page of HTML is a page of fewer files: only the server's word or its last tag tells. */
static int read_page(struct project *p, const struct document *doc, struct err *e)
{
        const char *text = doc->bytes + strspn(doc->bytes, " \t\r\n");

        if (doc->open_ended && *text == '<' && !strcasestr(text, "</html"))
                return err_set(e, ERR_FAILED,
                    "project page of %s: it does not end, and the server did not say how long it is: "
                    "cut short",
                    p->name);
        return simple_parse(
            doc->content_type, doc->bytes, doc->len, doc->url, p->name, &p->page, e);
}

static void take_page(struct project *p, const struct document_request *request,
    const struct document *doc, const struct file_policy *policy, struct host *host)
{
        struct err why = ERR_INIT;

        if (doc->state == DOCUMENT_GONE) {
                p->state = PROJECT_GONE;
        } else if (doc->state == DOCUMENT_FAILED) {
                p->state = PROJECT_FAILED;
                p->error = xstrdup(doc->error);
        } else if (read_page(p, doc, &why) < 0) {
                host->unfit(host, request);
                p->state = PROJECT_FAILED;
                p->error = xstrdup(why.msg);
        } else {
                p->state = PROJECT_READY;
                project_index(p, policy, host);
                note_status(p, host);
                note_passed_over(p, p->page.passed_over, p->page.passed_over_why, host);
        }
}

int project_load(struct project *p, const char *upstream, const struct file_policy *policy,
    struct host *host, struct err *e)
{
        struct document_request request = {
            .kind = DOCUMENT_INDEX, .accept = SIMPLE_ACCEPT, .max_size = LIMIT_INDEX_PAGE};
        struct document doc;
        char *url;
        int r;

        if (p->state > PROJECT_ASKED)
                return 1;
        if (p->state == PROJECT_UNKNOWN) {
                r = load_unasked(p, policy, host, e);
                if (r)
                        return r;
                p->state = PROJECT_ASKED;
        }
        url = xasprintf("%s%s/", upstream, p->name);
        request.url = url;
        r = host->document(host, &request, &doc, e);
        if (r == 1)
                take_page(p, &request, &doc, policy, host);
        free(url);
        return r;
}

int project_add_local(struct project *p, const char *path, const unsigned char sha256[SHA256_SIZE],
    uint64_t size, struct err *e)
{
        const char *slash = strrchr(path, '/');
        struct local_file *f;
        struct simple_file *index;

        for (size_t i = 0; i < p->local_count; i++)
                if (strcmp(p->locals[i].index->filename, slash ? slash + 1 : path) == 0)
                        return err_set(
                            e, ERR_USAGE, "%s and %s have the same name", p->locals[i].path, path);
        p->local = 1;
        p->locals = xgrow(p->locals, p->local_count, &p->local_cap, sizeof *p->locals);
        f = &p->locals[p->local_count++];
        f->path = xstrdup(path);
        index = f->index = xcalloc(1, sizeof *index);
        slash = strrchr(f->path, '/');
        index->filename = slash ? slash + 1 : f->path;
        index->url = f->path;
        index->digest.kind = DIGEST_SHA256;
        memcpy(index->digest.value, sha256, SHA256_SIZE);
        index->size = (int64_t)size;
        index->uploaded = SIMPLE_NO_TIME;
        return 0;
}
