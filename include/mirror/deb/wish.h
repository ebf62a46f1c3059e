/*
 * One thing that is wished for, as apt writes it on its command line:
 *
 *     nginx                    the version that apt would install
 *     nginx=1.22.1-9           this version; * and ? match: nginx=1.22.*
 *     nginx/bookworm-backports the version that this suite has
 *     nginx:arm64              for this architecture only; also nginx:arm64=1.22.1-9
 *     ssh-server^              every package that says Task: ssh-server
 */
#ifndef MIRROR_DEB_WISH_H
#define MIRROR_DEB_WISH_H

#include <stdbool.h>

#include "bundle/err.h"
#include "mirror/deb/universe.h"

struct wish {
        char *name;                           /* owned, like the next three */
        char *architecture, *version, *suite; /* NULL: any */
        bool task;
};

/* ERR_USAGE: it is none. *out is then released. */
int wish_parse(struct wish *out, const char *text, struct err *e);
void wish_release(struct wish *w); /* accepts the zero value */

/* Does it speak of this architecture? */
bool wish_is_for(const struct wish *w, const char *architecture);

/*
 * The packages that fulfil it, the newest first, the suites' folders by number. Fills at most
 * `room`; returns how many there are. Of a task: all of its packages' candidates.
 */
size_t wish_find(const struct wish *w, const struct universe *u, const char *const *suites,
    size_t suite_count, uint32_t *out, size_t room);

#endif
