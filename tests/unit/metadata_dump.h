/* Core metadata as text, one line a field. */
#ifndef TESTS_METADATA_DUMP_H
#define TESTS_METADATA_DUMP_H

#include "bundle/buf.h"
#include "mirror/pypi/metadata.h"

static inline void dump_list(struct buf *out, const char *name, const struct metadata_list *l)
{
        for (size_t i = 0; i < l->count; i++)
                buf_addf(out, "%s: %s\n", name, l->items[i]);
}

static inline void dump_metadata(struct buf *out, const struct metadata *m)
{
        buf_addf(out, "Metadata-Version: %s\nName: %s\nVersion: %s\n", m->metadata_version, m->name,
            m->version);
        if (m->requires_python)
                buf_addf(out, "Requires-Python: %s\n", m->requires_python);
        dump_list(out, "Requires-Dist", &m->requires_dist);
        dump_list(out, "Provides-Extra", &m->provides_extra);
        dump_list(out, "Dynamic", &m->dynamic);
        buf_addf(out, "(an sdist's dependencies hold: %s)\n",
            metadata_sdist_dependencies_hold(m) ? "yes" : "no");
}

#endif
