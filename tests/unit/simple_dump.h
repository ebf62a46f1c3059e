/* A project page as text, one line a field: for golden files and for comparing two forms of a page. */
#ifndef TESTS_SIMPLE_DUMP_H
#define TESTS_SIMPLE_DUMP_H

#include "bundle/buf.h"
#include "bundle/hex.h"
#include "mirror/pypi/simple.h"

static inline void dump_text(struct buf *out, const char *name, const char *value)
{
        if (value)
                buf_addf(out, "  %s \"%s\"\n", name, value);
}

static inline void dump_digest(struct buf *out, const char *name, const struct stated_digest *d)
{
        char hex[2 * DIGEST_MAX_SIZE + 1];

        if (!d->kind)
                return;
        hex_encode(hex, d->value, digest_size(d->kind));
        buf_addf(out, "  %s %s=%s\n", name, digest_name(d->kind), hex);
}

static inline void dump_file(struct buf *out, const struct simple_file *f)
{
        buf_addf(out, "file %s\n", f->filename);
        dump_text(out, "url", f->url);
        dump_digest(out, "digest", &f->digest);
        dump_text(out, "weak-digest", f->weak_digest);
        if (f->size != SIMPLE_NO_SIZE)
                buf_addf(out, "  size %lld\n", (long long)f->size);
        dump_text(out, "requires-python", f->requires_python);
        dump_text(out, "yanked", f->yanked);
        dump_text(out, "upload-time", f->upload_time);
        if (f->uploaded != SIMPLE_NO_TIME)
                buf_addf(out, "  uploaded %lld\n", (long long)f->uploaded);
        dump_text(out, "provenance", f->provenance);
        if (f->has_core_metadata)
                buf_addf(out, "  core-metadata\n");
        dump_digest(out, "core-metadata", &f->core_metadata);
}

static inline void dump_page(struct buf *out, const struct simple_page *p)
{
        buf_addf(out, "name %s\napi 1.%u\nstatus %d\n", p->name ? p->name : "(not stated)",
            p->api_minor, (int)p->status);
        dump_text(out, "status", p->status_text);
        dump_text(out, "status-reason", p->status_reason);
        for (size_t i = 0; i < p->version_count; i++)
                buf_addf(out, "version %s\n", p->versions[i]);
        for (size_t i = 0; i < p->file_count; i++)
                dump_file(out, &p->files[i]);
        if (p->passed_over)
                buf_addf(out, "passed over %zu: %s\n", p->passed_over, p->passed_over_why);
}

#endif
