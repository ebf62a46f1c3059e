/*
 * What is kept of the bundles that were made, so that each can be made again
 * to the byte: its head (manifest and signatures), in
 *     state/sent/STREAM-NNNNNN.head
 * and, by `dray gc`, the files that are in it. Private to the commands.
 */
#ifndef MIRROR_BUNDLE_SENT_H
#define MIRROR_BUNDLE_SENT_H

#include "bundle/bundle_head.h"
#include "bundle/catalog_stream.h"

/* How many of a stream's bundles can be made again, the last one among them. */
#define BUNDLE_SENT_KEPT 4

/* state: the descriptor of the state folder. Durable. */
int bundle_sent_keep(
    int state, const struct bundle_row *row, struct bundle_head *head, struct err *e);
/* Is the head of that bundle kept, finished or not? */
int bundle_sent_has(int state, const char *stream, int64_t epoch, int64_t seq);
/* ERR_CHAIN: it is not kept any more; ERR_REFUSED: it is not the one of row->manifest. The caller releases *out. */
int bundle_sent_read(
    int state, const struct bundle_row *row, struct bundle_head *out, struct err *e);
/* Did the stream's last bundle, as far as is known, go without the trust list of that number? 1, 0, -1 */
int bundle_sent_lacks_list(
    struct catalog *c, int state, const char *stream, int64_t number, struct err *e);
/*
 * Whether gc shall keep what this bundle was made of: never of one that was imported.
 * last: the stream's last finished one.
 */
int bundle_sent_is_kept(const struct bundle_row *row, const struct bundle_row *last);
/* That it is not there is fine. */
int bundle_sent_forget(int state, const struct bundle_row *row, struct err *e);

#endif
