/*
 * Changes to a stream's trust list as the command line asks for them: the same
 * options whether the list is this mirror's own (`dray trust add`) or the next
 * signed one (`dray trust rotate`). Private to the commands.
 */
#ifndef MIRROR_TRUST_EDIT_H
#define MIRROR_TRUST_EDIT_H

#include "bundle/trust.h"
#include "mirror/cmd.h"
#include "mirror/mirror.h"

/* Adds a key with the options --comment and --signs. */
int trust_edit_add(const struct cmd *c, struct trust *t, const char *text, struct err *e);
/* Also one that was revoked here and that the list does not have any more. */
/* Is every key of the list among these? One that cannot be found counts for none. */
int trust_edit_names_all(struct trust *t, const char **keys, size_t count);
int trust_edit_remove(struct trust *t, const char *text, struct err *e);

/*
 * Revokes a key, by trust_revoke() or trust_revoke_here(): it counts up to bundle --after, or else
 * up to the last one that is here. ERR_USAGE when there is neither.
 */
int trust_edit_revoke(const struct cmd *c, struct mirror *m, struct trust *t, const char *text,
    int (*revoke)(struct trust *t, struct trust_key *key, uint64_t seq, struct err *e),
    struct err *e);

/* --threshold and --list-threshold; the second is as the first unless it is given. */
int trust_edit_thresholds(const struct cmd *c, struct trust *t, struct err *e);

/* For people, to stdout: thresholds, keys, and what else was revoked here. */
void trust_edit_print(struct trust *t);

#endif
