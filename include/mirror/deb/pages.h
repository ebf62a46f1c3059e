/* The pages of a Debian source in the site, for struct registry. */
#ifndef MIRROR_DEB_PAGES_H
#define MIRROR_DEB_PAGES_H

#include "mirror/registry.h"

/*
 * dists/ (mirror/deb/dists.h), and for the clients:
 *
 *     site-key.asc, site-key.gpg    the public key that signs, as Signed-By takes it
 *     apt.sources                   what goes into /etc/apt/sources.list.d/, key and all
 *
 * Where upstream's own indexes are held (publish = "verbatim"), they are what is
 * served, and only apt.sources is written.
 */
int deb_source_pages(const struct site_source *site, struct record_cursor *all,
    struct page_sink *sink, struct err *e);

#define DEB_CLIENT_PAGE "apt.sources"

void deb_client_help(const char *address, struct buf *out);

#endif
