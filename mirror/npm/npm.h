/* The parts of the npm adapter, as npm.c puts them together. Private to it. */
#ifndef MIRROR_NPM_NPM_H
#define MIRROR_NPM_NPM_H

#include "mirror/registry.h"

struct selection *npm_open(const struct config_source *source, const char *upstream, struct err *e);
int npm_step(struct selection *s, struct host *host, struct err *e);
void npm_close(struct selection *s);

void npm_client(struct client *out);
int npm_builtin(struct upstream *out, struct err *e);

int npm_path(const struct record *r, struct buf *out, struct err *e);
int npm_identify(const struct record *r, int fd, struct held_files *files, struct err *e);
int npm_package_pages(const struct site_source *site, const char *package,
    const struct record *records, size_t count, struct page_sink *sink, struct err *e);
int npm_source_pages(const struct site_source *site, struct record_cursor *all,
    struct page_sink *sink, struct err *e);

#endif
