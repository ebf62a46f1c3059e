/* What `dray sync` and `dray plan` share. Private to cmd_sync.c and cmd_plan.c. */
#ifndef MIRROR_SYNC_OPTIONS_H
#define MIRROR_SYNC_OPTIONS_H

#include "mirror/cmd.h"
#include "mirror/fetch.h"
#include "mirror/sync.h"

int sync_fetch_options(const struct cmd *c, struct fetch_options *out, struct err *e);
/* The sources named on the command line, NULL-terminated; NULL: none. */
char **sync_only(const struct cmd *c);
void sync_only_free(char **only);
/* Notes, other upstreams and holes, to stderr. */
void sync_print_trouble(const struct cmd *c, const struct sync_result *r);

#endif
