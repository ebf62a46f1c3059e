#include "mirror/deb/dists.h"

#include <assert.h>

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/text.h"
#include "dists_release.h"
#include "mirror/intern.h"
#include "mirror/page.h"

struct suite {
        struct deb_suite about; /* texts in the arena */
        bool upstream;
};

struct index {
        uint32_t suite, component, architecture; /* numbers of the interned texts */
        struct page *page;
};

struct dists {
        struct page_sink *sink;
        struct arena text;
        struct intern folders, components, architectures;
        struct suite *suites; /* by number */
        size_t suite_cap;
        struct index *indexes;
        size_t index_count, index_cap;
        struct page *empty, *empty_xz; /* stands for every index without a stanza */
};

struct dists *dists_new(struct page_sink *sink)
{
        struct dists *d = xcalloc(1, sizeof *d);

        d->sink = sink;
        return d;
}

void dists_free(struct dists *d)
{
        if (!d)
                return;
        for (size_t i = 0; i < d->index_count; i++)
                page_free(d->indexes[i].page);
        page_free(d->empty);
        page_free(d->empty_xz);
        intern_release(&d->folders);
        intern_release(&d->components);
        intern_release(&d->architectures);
        arena_release(&d->text);
        free(d->suites);
        free(d->indexes);
        free(d);
}

/* Each combination is a file, and those with a stanza are open at the same time. */
static int check_count(const struct dists *d, struct err *e)
{
        uint64_t count = (uint64_t)d->folders.count * d->components.count *
                         (d->architectures.count ? d->architectures.count : 1);

        if (d->folders.count <= LIMIT_DEB_INDEXES && count <= LIMIT_DEB_INDEXES)
                return 0;
        return err_set(e, ERR_FAILED,
            "%zu suites with %zu components and %zu architectures are more than the %d indexes that "
            "one source may have; make several sources of it",
            d->folders.count, d->components.count, d->architectures.count, LIMIT_DEB_INDEXES);
}

int dists_suite(struct dists *d, const struct deb_suite *suite, struct err *e)
{
        size_t known = d->folders.count;
        struct deb_suite *about;

        if (intern_put(&d->folders, suite->folder) < known)
                return 0;
        d->suites = xgrow(d->suites, known, &d->suite_cap, sizeof *d->suites);
        d->suites[known] = (struct suite){.about = *suite};
        about = &d->suites[known].about;
        about->folder = arena_text(&d->text, suite->folder, strlen(suite->folder));
        about->name = arena_text(&d->text, suite->name, strlen(suite->name));
        about->codename = arena_text(&d->text, suite->codename, strlen(suite->codename));
        return check_count(d, e);
}

void dists_upstream(struct dists *d, const char *folder)
{
        uint32_t number;

        if (intern_find(&d->folders, folder, &number))
                d->suites[number].upstream = true;
}

static struct index *find_index(
    struct dists *d, uint32_t suite, uint32_t component, uint32_t architecture)
{
        for (size_t i = 0; i < d->index_count; i++) {
                struct index *x = &d->indexes[i];

                if (x->suite == suite && x->component == component &&
                    x->architecture == architecture)
                        return x;
        }
        return NULL;
}

int dists_add(
    struct dists *d, const struct deb_list *list, const char *stanza, size_t len, struct err *e)
{
        uint32_t suite = 0;
        uint32_t component = intern_put(&d->components, list->component);
        uint32_t architecture = intern_put(&d->architectures, list->architecture);
        int told = intern_find(&d->folders, list->suite, &suite);
        struct index *x = find_index(d, suite, component, architecture);

        assert(told);
        (void)told;
        if (!x) {
                if (check_count(d, e) < 0)
                        return -1;
                d->indexes = xgrow(d->indexes, d->index_count, &d->index_cap, sizeof *d->indexes);
                x = &d->indexes[d->index_count];
                *x = (struct index){suite, component, architecture, page_new(d->sink->folder, e)};
                if (!x->page)
                        return -1;
                d->index_count++;
        }
        return page_write(x->page, stanza, len, e) < 0 ? -1 : page_write(x->page, "\n", 1, e);
}

/* -- what there is, sorted -- */

static void sort_names(struct dists_names *names)
{
        if (names->count)
                qsort(names->texts, names->count, sizeof *names->texts, text_compare);
}

static struct dists_names all_of(struct dists *d, const struct intern *texts)
{
        struct dists_names names = {
            arena_alloc(&d->text, (texts->count + 1) * sizeof *names.texts), 0};

        for (size_t i = 0; i < texts->count; i++)
                names.texts[names.count++] = texts->texts[i];
        sort_names(&names);
        return names;
}

static struct dists_names suites_of(struct dists *d, bool upstream)
{
        struct dists_names names = {
            arena_alloc(&d->text, (d->folders.count + 1) * sizeof *names.texts), 0};

        for (size_t i = 0; i < d->folders.count; i++)
                if (d->suites[i].upstream == upstream)
                        names.texts[names.count++] = d->folders.texts[i];
        sort_names(&names);
        return names;
}

void dists_shape(struct dists *d, struct dists_shape *out)
{
        out->suites = suites_of(d, false);
        out->upstream = suites_of(d, true);
        out->components = all_of(d, &d->components);
        out->architectures = all_of(d, &d->architectures);
}

/* -- writing -- */

/* The xz form, which has this name for now. */
static struct page *compress(struct dists *d, const struct page *plain, const char *suite,
    const char *folder, const char *file, struct err *e)
{
        char path[LIMIT_PATH];

        if ((size_t)snprintf(path, sizeof path, "dists/%s/%s/%s", suite, folder, file) <
            sizeof path)
                return d->sink->xz(d->sink, plain, path, e);
        err_set(e, ERR_FAILED, "suite %s: path too long", suite);
        return NULL;
}

/* One form of an index, under both of its names, and its line in Release. */
static int place(struct dists *d, const struct page *page, const char *suite, const char *folder,
    const char *file, struct buf *lines, struct err *e)
{
        char path[LIMIT_PATH], by_hash[LIMIT_PATH], hex[SHA256_HEX];

        hex_encode(hex, page_sha256(page), SHA256_SIZE);
        if ((size_t)snprintf(path, sizeof path, "dists/%s/%s/%s", suite, folder, file) >=
                sizeof path ||
            (size_t)snprintf(by_hash, sizeof by_hash, "dists/%s/%s/by-hash/SHA256/%s", suite,
                folder, hex) >= sizeof by_hash)
                return err_set(e, ERR_FAILED, "suite %s: path too long", suite);
        if (buf_addf(lines, " %s %16llu %s/%s\n", hex, (unsigned long long)page_size(page), folder,
                file) < 0)
                return err_set(e, ERR_FAILED, "suite %s: Release is too large", suite);
        if (d->sink->place(d->sink, page, path, PAGE_STANDS, e) < 0)
                return -1;
        return d->sink->place(d->sink, page, by_hash, PAGE_LINGERS, e);
}

static int place_index(struct dists *d, const char *suite, const char *component,
    const char *architecture, struct buf *lines, struct err *e)
{
        bool source = strcmp(architecture, "source") == 0;
        const char *file = source ? "Sources" : "Packages",
                   *file_xz = source ? "Sources.xz" : "Packages.xz";
        uint32_t s = 0, c = 0, a = 0;
        struct page *plain = d->empty, *xz = NULL;
        struct index *x = NULL;
        char folder[LIMIT_PATH];
        int ret = -1;

        snprintf(
            folder, sizeof folder, "%s/%s%s", component, source ? "" : "binary-", architecture);
        if (intern_find(&d->folders, suite, &s) && intern_find(&d->components, component, &c) &&
            intern_find(&d->architectures, architecture, &a))
                x = find_index(d, s, c, a);
        if (x) {
                plain = x->page;
                if (page_end(plain, e) < 0)
                        return -1;
                xz = compress(d, plain, suite, folder, file_xz, e);
                if (!xz)
                        return -1;
        }
        if (place(d, plain, suite, folder, file, lines, e) < 0 ||
            place(d, x ? xz : d->empty_xz, suite, folder, file_xz, lines, e) < 0)
                goto out;
        ret = 0;
out:
        page_free(xz);
        return ret;
}

static int write_suite(struct dists *d, const char *suite, const struct dists_shape *shape,
    const struct dists_release *common, struct err *e)
{
        struct dists_release r = *common;
        struct buf lines;
        uint32_t number = 0;
        int ret = -1;

        buf_init(&lines, LIMIT_INDEX_PAGE);
        for (size_t c = 0; c < shape->components.count; c++)
                for (size_t a = 0; a < shape->architectures.count; a++)
                        if (place_index(d, suite, shape->components.texts[c],
                                shape->architectures.texts[a], &lines, e) < 0)
                                goto out;
        intern_find(&d->folders, suite, &number);
        r.suite = &d->suites[number].about;
        r.lines = &lines;
        ret = dists_release_write(&r, d->sink, e);
out:
        buf_release(&lines);
        return ret;
}

static int make_empty(struct dists *d, struct err *e)
{
        d->empty = page_new(d->sink->folder, e);
        if (!d->empty || page_end(d->empty, e) < 0)
                return -1;
        d->empty_xz = page_xz(d->empty, e);
        return d->empty_xz ? 0 : -1;
}

int dists_finish(
    struct dists *d, const char *label, const struct signer *key, int64_t date, struct err *e)
{
        struct dists_shape shape;
        struct dists_release r = {.label = label, .key = key, .date = date, .shape = &shape};

        dists_shape(d, &shape);
        if (make_empty(d, e) < 0)
                return -1;
        for (size_t i = 0; i < shape.suites.count; i++)
                if (write_suite(d, shape.suites.texts[i], &shape, &r, e) < 0)
                        return err_prefix(e, "suite %s", shape.suites.texts[i]);
        return 0;
}
