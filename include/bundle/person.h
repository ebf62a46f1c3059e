/*
 * Who runs this program, as well as the machine knows: the login that the
 * kernel remembers through su and sudo (loginuid), else who called sudo, else
 * the process's own user.
 *
 * Where the kernel keeps no loginuid, whoever may run dray as the mirror's
 * user can also say to be another one. Root can in any case.
 */
#ifndef BUNDLE_PERSON_H
#define BUNDLE_PERSON_H

#include <stdint.h>

#define PERSON_NAME 64

struct person {
        int64_t uid;
        char name[PERSON_NAME]; /* printable ASCII; the number where there is no login name */
};

void person_now(struct person *out);

#endif
