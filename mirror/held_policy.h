/*
 * What the policy and the clock of an isolated mirror say of what it holds
 * already: a rule that came later takes nothing away, and a bundle grows old.
 * For status.
 */
#ifndef MIRROR_HELD_POLICY_H
#define MIRROR_HELD_POLICY_H

#include "mirror/config.h"
#include "mirror/mirror.h"

/*
 * Each finding goes to say: what it is about ("CLOCK", "AGE", "POLICY"), its cause for programs
 * ("clock", "warn-age", or a cause of policy.h's) and a line for people.
 */
typedef void held_policy_fn(void *user, const char *what, const char *cause, const char *text);

int held_policy_look(struct mirror *m, const struct config_policy *p, held_policy_fn *say,
    void *user, struct err *e);

#endif
