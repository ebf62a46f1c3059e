/* The parts of the PyPI adapter, as pypi.c puts them together. Private to it. */
#ifndef MIRROR_PYPI_PYPI_H
#define MIRROR_PYPI_PYPI_H

#include "mirror/pypi/metadata.h"
#include "mirror/pypi/version.h"
#include "mirror/registry.h"

struct selection *pypi_open(
    const struct config_source *source, const char *upstream, struct err *e);
int pypi_step(struct selection *s, struct host *host, struct err *e);
void pypi_close(struct selection *s);

void pypi_client(struct client *out);
int pypi_builtin(struct upstream *out, struct err *e);

/* The name of a file that holds the METADATA of a wheel beside it? */
int pypi_is_sidecar(const char *file);
/* A string of a record's metadata, or NULL. The caller frees. */
char *pypi_meta_string(const struct record *r, const char *key);
/* Is this metadata of that project (normalised) and version? ERR_REFUSED says what it is of. */
int pypi_metadata_is_of(
    const struct metadata *m, const char *project, const struct version *version, struct err *e);

int pypi_identify(const struct record *r, int fd, struct held_files *files, struct err *e);
int pypi_path(const struct record *r, struct buf *out, struct err *e);
int pypi_package_pages(const struct site_source *site, const char *package,
    const struct record *records, size_t count, struct page_sink *sink, struct err *e);
int pypi_source_pages(const struct site_source *site, struct record_cursor *all,
    struct page_sink *sink, struct err *e);

#endif
