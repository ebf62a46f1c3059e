/* What a distribution depends on: from the index's .metadata, a range, or the file. */
#include <unistd.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/pypi/build_system.h"
#include "mirror/pypi/metadata.h"
#include "mirror/pypi/requires_txt.h"
#include "mirror/pypi/sdist.h"
#include "mirror/pypi/wheel.h"
#include "mirror/pypi/zipdir.h"
#include "project.h"
#include "pypi.h"

void package_metadata_release(struct package_metadata *m)
{
        for (size_t i = 0; i < m->requires_count; i++)
                requirement_release(&m->requires_dist[i]);
        free(m->requires_dist);
        free(m->version);
        free(m->requires_python);
        free(m->doubt);
        *m = (struct package_metadata){0};
}

static int take_requires(const struct metadata *m, struct package_metadata *out, struct err *e)
{
        out->requires_dist = xcalloc(m->requires_dist.count, sizeof *out->requires_dist);
        for (size_t i = 0; i < m->requires_dist.count; i++) {
                if (requirement_parse(
                        &out->requires_dist[out->requires_count], m->requires_dist.items[i], e) < 0)
                        return err_prefix(e, "Requires-Dist: %.80s", m->requires_dist.items[i]);
                out->requires_count++;
        }
        return 0;
}

int package_metadata_read(const struct project *p, const struct version *version, int sdist,
    const char *bytes, size_t len, struct package_metadata *out, struct err *e)
{
        struct metadata m = {0};
        int ret = -1;

        *out = (struct package_metadata){0};
        if (metadata_parse(bytes, len, &m, e) < 0)
                return -1;
        if (pypi_metadata_is_of(&m, p->name, version, e) < 0)
                goto out;
        if (take_requires(&m, out, e) < 0)
                goto out;
        out->version = xstrdup(m.version);
        out->requires_python = xstrdup(m.requires_python);
        if (sdist && !metadata_sdist_dependencies_hold(&m))
                out->doubt = xstrdup("only a build could tell all that it depends on");
        ret = 0;
out:
        metadata_release(&m);
        if (ret < 0)
                package_metadata_release(out);
        return ret;
}

static void fail(struct project_file *f, const char *why)
{
        f->state = METADATA_FAILED;
        free(f->error);
        f->error = xasprintf("%s: %s", f->index->filename, why);
}

/*
 * The network failed, not the file, or the index lists what the server does not
 * have (yet): to go on without it would take an older version, and nobody would
 * know why. -1 with ERR_INCOMPLETE.
 */
static int not_now(const struct project_file *f, const char *why, struct err *e)
{
        return err_set(e, ERR_INCOMPLETE, "metadata of %s: %s", f->index->filename, why);
}

static const struct version *version_of(const struct project *p, const struct project_file *f)
{
        size_t at = (size_t)(f - p->files);

        for (size_t i = 0; i < p->release_count; i++)
                if (at >= p->releases[i].first && at < p->releases[i].first + p->releases[i].count)
                        return &p->releases[i].version;
        return NULL; /* not reached: every file is of a release */
}

static void take_bytes(struct project *p, struct project_file *f, const char *bytes, size_t len)
{
        struct err why = ERR_INIT;

        if (package_metadata_read(p, version_of(p, f), !f->wheel, bytes, len, &f->metadata, &why) <
            0)
                fail(f, why.msg);
        else
                f->state = METADATA_READY;
}

/* "<url>.metadata", of the digest that the index states. 1 done (or not to be had so), 0, -1 */
static int from_sidecar(struct project *p, struct project_file *f, struct host *host, struct err *e)
{
        struct document_request request = {
            .kind = DOCUMENT_FILE, .max_size = LIMIT_METADATA, .digest = f->index->core_metadata};
        struct document doc;
        struct buf bytes;
        char *url = xasprintf("%s.metadata", f->index->url);
        int r;

        request.url = url;
        r = host->document(host, &request, &doc, e);
        free(url);
        if (r != 1)
                return r;
        if (doc.state == DOCUMENT_FAILED)
                return not_now(f, doc.error, e);
        if (doc.state == DOCUMENT_GONE) {
                f->no_sidecar = 1;
                return 1;
        }
        buf_init(&bytes, LIMIT_METADATA);
        r = metadata_read(doc.fd, &bytes, e);
        if (r == 0)
                take_bytes(p, f, bytes.data, bytes.len);
        buf_release(&bytes);
        return r < 0 ? -1 : 1;
}

static struct document_request range_request(const struct project_file *f)
{
        return (struct document_request){.kind = DOCUMENT_RANGE,
            .url = f->index->url,
            .max_size = LIMIT_ZIP_DIRECTORY,
            .digest = f->index->digest,
            .size = f->index->size < 0 ? 0 : (uint64_t)f->index->size};
}

/* A range of the file; 1 with doc filled, 0, -1. A server that cannot is remembered. */
static int ask_range(struct project_file *f, uint64_t offset, uint64_t length, int from_end,
    struct host *host, struct document *doc, struct err *e)
{
        struct document_request request = range_request(f);
        int r;

        request.offset = offset;
        request.length = length;
        request.from_end = from_end;
        r = host->document(host, &request, doc, e);
        if (r == 1 && doc->state != DOCUMENT_OK)
                f->no_ranges = 1;
        return r;
}

/* No digest vouches for ranges: if they make no sense, the whole file says what is wrong. */
static void distrust_ranges(struct project_file *f, struct host *host)
{
        struct document_request request = range_request(f);

        host->unfit(host, &request);
        f->no_ranges = 1;
}

/* Bytes [offset, offset+size) of the file: from the tail when they lie in it, else a range of their own. */
static int get_part(struct project_file *f, const struct buf *tail, uint64_t file_size,
    uint64_t offset, uint64_t size, struct host *host, struct buf *out, struct err *e)
{
        uint64_t tail_start = file_size - tail->len;
        struct document doc;
        int r;

        if (offset >= tail_start) {
                buf_add(out, tail->data + (offset - tail_start), size);
                return 1;
        }
        r = ask_range(f, offset, size, 0, host, &doc, e);
        if (r != 1 || f->no_ranges)
                return r;
        if (doc.offset != offset || doc.len != size) {
                distrust_ranges(f, host);
                return 1;
        }
        buf_add(out, doc.bytes, doc.len);
        return 1;
}

/* The last bytes, and as many more as the directory takes. 1, 0, -1; or there are no ranges */
static int get_tail(struct project_file *f, struct host *host, struct buf *tail, struct zipdir *d,
    uint64_t *file_size, struct err *e)
{
        size_t need = ZIPDIR_TAIL;
        struct err why = ERR_INIT;
        struct document doc;
        int r;

        for (;;) {
                r = ask_range(f, 0, need, 1, host, &doc, e);
                if (r != 1 || f->no_ranges)
                        return r;
                buf_reset(tail);
                buf_add(tail, doc.bytes, doc.len);
                *file_size = doc.total;
                r = zipdir_tail(d, tail->data, tail->len, doc.total, &need, &why);
                if (r == 1)
                        return 1;
                if (r < 0 || need > LIMIT_ZIP_DIRECTORY) {
                        distrust_ranges(f, host);
                        return 1;
                }
        }
}

static int from_range(struct project *p, struct project_file *f, struct host *host, struct err *e)
{
        struct buf tail, directory, part, bytes;
        struct err why = ERR_INIT;
        struct zipdir d = {0};
        struct zip_member m;
        struct zip_range range;
        uint64_t file_size = 0;
        int r;

        buf_init(&tail, LIMIT_ZIP_DIRECTORY);
        buf_init(&directory, LIMIT_ZIP_DIRECTORY);
        buf_init(&part, LIMIT_ZIP_DIRECTORY);
        buf_init(&bytes, LIMIT_METADATA);
        r = get_tail(f, host, &tail, &d, &file_size, e);
        if (r != 1 || f->no_ranges)
                goto out;
        r = get_part(f, &tail, file_size, d.offset, d.size, host, &directory, e);
        if (r != 1 || f->no_ranges)
                goto out;
        if (wheel_find_metadata(&d, directory.data, &m, &why) < 0 ||
            zipdir_range(&d, directory.data, &m, LIMIT_METADATA, &range, &why) < 0) {
                distrust_ranges(f, host);
                goto out;
        }
        r = get_part(f, &tail, file_size, range.offset, range.size, host, &part, e);
        if (r != 1 || f->no_ranges)
                goto out;
        if (zipdir_extract(&m, part.data, part.len, LIMIT_METADATA, &bytes, &why) < 0 ||
            package_metadata_read(
                p, version_of(p, f), 0, bytes.data, bytes.len, &f->metadata, &why) < 0)
                distrust_ranges(f, host);
        else
                f->state = METADATA_READY;
out:
        buf_release(&tail);
        buf_release(&directory);
        buf_release(&part);
        buf_release(&bytes);
        return r;
}

/* What builds it; a wrong pyproject.toml makes the sdist unusable, as it does for pip. */
static void take_build_system(struct project_file *f, const struct sdist *s)
{
        struct err why = ERR_INIT;
        struct build_system b = {0};

        if (build_system_parse(
                s->has_pyproject ? s->pyproject.data : NULL, s->pyproject.len, &b, &why) < 0) {
                fail(f, why.msg);
                return;
        }
        f->build_requires = xcalloc(b.count, sizeof *f->build_requires);
        for (; f->build_count < b.count; f->build_count++)
                f->build_requires[f->build_count] = xstrdup(b.requires[f->build_count]);
        build_system_release(&b);
}

static int add_requirement(void *user, const char *text, struct err *e)
{
        struct package_metadata *m = user;

        if (m->requires_count == LIMIT_REQUIRES)
                return err_set(e, ERR_REFUSED, "it has more than %d dependencies", LIMIT_REQUIRES);
        m->requires_dist =
            xrealloc(m->requires_dist, (m->requires_count + 1) * sizeof *m->requires_dist);
        if (requirement_parse(&m->requires_dist[m->requires_count], text, e) < 0)
                return err_prefix(e, "requires.txt: %.80s", text);
        m->requires_count++;
        return 0;
}

/* Older sdists: PKG-INFO says nothing of dependencies, what setuptools left beside it does. */
static void take_requires_txt(struct project_file *f, const struct sdist *s)
{
        struct err why = ERR_INIT;

        if (!f->metadata.doubt || f->metadata.requires_count || !s->has_requires)
                return;
        if (requires_txt_parse(
                s->requires.data, s->requires.len, add_requirement, &f->metadata, &why) < 0)
                fail(f, why.msg);
}

/*
 * A file that is wrong is passed over for an older one. One that this machine
 * cannot read is not: what is selected would depend on the disk.
 */
static int cannot_read(struct project_file *f, const struct err *why, struct err *e)
{
        if (why->code == ERR_REFUSED) {
                fail(f, why->msg);
                return 1;
        }
        *e = *why;
        return -1;
}

static int read_sdist(struct project *p, struct project_file *f, int fd, struct err *e)
{
        struct err why = ERR_INIT;
        struct sdist s = {0};

        if (sdist_read(fd, f->index->filename, &s, &why) < 0)
                return cannot_read(f, &why, e);
        if (!s.has_pkg_info)
                fail(f, "it has no PKG-INFO");
        else
                take_bytes(p, f, s.pkg_info.data, s.pkg_info.len);
        if (f->state == METADATA_READY)
                take_requires_txt(f, &s);
        if (f->state == METADATA_READY)
                take_build_system(f, &s);
        sdist_release(&s);
        return 1;
}

/* The whole file: an sdist, or a wheel whose server answers no ranges, or a local file. */
static int from_file(struct project *p, struct project_file *f, struct host *host, struct err *e)
{
        struct document_request request = {.kind = f->local ? DOCUMENT_LOCAL_FILE : DOCUMENT_FILE,
            .url = f->local ? f->local : f->index->url,
            .max_size = LIMIT_FILE,
            .digest = f->index->digest,
            .size = f->index->size < 0 ? 0 : (uint64_t)f->index->size};
        struct err why = ERR_INIT;
        struct document doc;
        struct buf bytes;
        int r = host->document(host, &request, &doc, e);

        if (r != 1)
                return r;
        if (doc.state != DOCUMENT_OK && !f->local)
                return not_now(f, doc.error, e);
        if (doc.state != DOCUMENT_OK) {
                fail(f, doc.error);
                return 1;
        }
        if (!f->wheel)
                return read_sdist(p, f, doc.fd, e);
        buf_init(&bytes, LIMIT_METADATA);
        if (wheel_read_metadata(doc.fd, &bytes, &why) < 0)
                r = cannot_read(f, &why, e);
        else
                take_bytes(p, f, bytes.data, bytes.len);
        buf_release(&bytes);
        return r < 0 ? err_prefix(e, "%s", f->index->filename) : r;
}

int project_metadata(struct project *p, struct project_file *f, struct host *host, struct err *e)
{
        int r;

        if (f->state != METADATA_UNKNOWN)
                return 1;
        if (f->wheel && !f->local) {
                if (f->index->has_core_metadata && f->index->core_metadata.kind && !f->no_sidecar) {
                        r = from_sidecar(p, f, host, e);
                        if (r != 1 || f->state != METADATA_UNKNOWN)
                                return r;
                }
                if (!f->no_ranges) {
                        r = from_range(p, f, host, e);
                        if (r != 1 || f->state != METADATA_UNKNOWN)
                                return r;
                }
        }
        return from_file(p, f, host, e);
}
