/*
 * Are the files of a bundle that lie in a folder what would be written now? A
 * place to write its volumes to, which compares and keeps nothing; one that does
 * not lie there is passed over. Private to the commands.
 *
 *     struct bundle_same s = {BUNDLE_SAME_INIT, .folder = fd, .stem = stem};
 *     struct volume_files to = bundle_same_sink(&s);
 *     r = ... write the volumes to `to` ...           fails when one is another
 *     if (bundle_same_end(&s)) ... it was that ...    in any case, before release
 *     s.names, s.count, s.bytes                       of those that are the same
 *     bundle_same_release(&s);
 */
#ifndef MIRROR_BUNDLE_SAME_H
#define MIRROR_BUNDLE_SAME_H

#include <pthread.h>

#include "bundle/volume_write.h"

struct bundle_same {
        int folder;       /* borrowed, like the next one */
        const char *stem; /* names follow bundle_file_name() */
        char **names;
        size_t count, cap;
        uint64_t bytes;
        int to;   /* the end of a pipe that is written to; private, like the rest */
        int from; /* its other end, and the file that it is held against: the thread's */
        int there;
        int other; /* a file was another */
        int running;
        pthread_t thread;
};

/* clang-format off */
#define BUNDLE_SAME_INIT .to = -1
/* clang-format on */

struct volume_files bundle_same_sink(struct bundle_same *s);
/* 1: a file was another than would be written, 0. */
int bundle_same_end(struct bundle_same *s);
void bundle_same_release(struct bundle_same *s);

#endif
