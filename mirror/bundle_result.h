/* What `dray bundle` says when it is done, to people or programs. Private to the commands. */
#ifndef MIRROR_BUNDLE_RESULT_H
#define MIRROR_BUNDLE_RESULT_H

#include "bundle/bundle_write.h"
#include "bundle/catalog_stream.h"
#include "mirror/cmd.h"

/* paths: of its files; none when it went to stdout. */
void bundle_result_print(const struct cmd *c, const struct bundle_row *row,
    const struct bundle_written *written, char *const *paths, size_t count);
/* There was nothing to tell the far side. */
void bundle_result_none(const struct cmd *c, const char *stream);

#endif
