/*
 * Files by their digest, for whoever may look into them and shall know nothing
 * of where they lie: in the store, or in an import's staging folder.
 */
#ifndef BUNDLE_HELD_FILES_H
#define BUNDLE_HELD_FILES_H

#include "bundle/digest.h"
#include "bundle/err.h"

struct held_files {
        void *user;
        /*
         * The file of that SHA-256, whose bytes were compared with it: 1 and *fd, which reads it
         * from its start and is the caller's to close; 0: it is not here; -1.
         */
        int (*open)(struct held_files *files, const unsigned char sha256[SHA256_SIZE], int *fd,
            struct err *e);
        /* Whoever reads them: the two files that were last found to go together, by SHA-256. */
        unsigned char pair[2][SHA256_SIZE];
};

#endif
