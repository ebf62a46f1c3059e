/*
 * Who runs this program, as well as the machine knows: the login that the
 * kernel remembers through su and sudo (loginuid); else, for root, who called
 * sudo; else the process's own user. What others' environment says of sudo
 * counts for nothing. Root can be anybody.
 */
#ifndef BUNDLE_PERSON_H
#define BUNDLE_PERSON_H

#include <stdint.h>

#define PERSON_NAME 64

struct person {
        int64_t uid;
        int shared;             /* only the process's user is known, which several people may be */
        char name[PERSON_NAME]; /* printable ASCII; the number where there is no login name */
};

void person_now(struct person *out);

#endif
