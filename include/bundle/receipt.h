/*
 * A receipt: the isolated side's short signed statement of what it holds of a
 * stream, for the connected side to build the next bundle on.
 *
 *     dray-receipt-1
 *     {"at":"2026-11-28T07:00:00Z","epoch":1,"log":"<sha256>","log_entries":12,
 *      "manifest":"<sha256>","seq":7,"state":"<sha256>","stream":"plant-a"}      one line
 *     untrusted comment: ...                    a minisign signature, four lines,
 *     RUQ...                                    of the two lines above
 *     trusted comment: ...
 *     ...
 *
 * The first line is there so that no manifest and no trust list can be taken
 * for a receipt. It carries the last hash of the log, so that the other side
 * keeps what shows a log whose end was cut off.
 *
 * A receipt is never simply believed: receipt_read() proves who signed it,
 * and the reader compares number, manifest and state with what it knows.
 */
#ifndef BUNDLE_RECEIPT_H
#define BUNDLE_RECEIPT_H

#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/digest.h"
#include "bundle/key.h"
#include "bundle/limit.h"
#include "bundle/secret_key.h"

#define RECEIPT_MAGIC "dray-receipt-1\n"

struct receipt {
        char stream[LIMIT_NAME + 1];
        int64_t epoch, seq;                  /* of the last bundle that was imported */
        unsigned char manifest[SHA256_SIZE]; /* that bundle's */
        unsigned char state[SHA256_SIZE];    /* of the stream after it */
        int64_t at;                          /* unix seconds */
        int64_t log_entries;
        unsigned char log[SHA256_SIZE]; /* hash of the log's last entry; zeros: it has none */
};

/* Appends the whole text, signed. */
int receipt_write(
    const struct receipt *r, const struct secret_key *key, struct buf *out, struct err *e);

/*
 * Reads a receipt that one of these keys signed; nothing is parsed before that is proven. signer:
 * receives the id of the key. ERR_REFUSED for everything that is wrong with it.
 */
int receipt_read(const char *text, size_t len, const struct public_key *keys, size_t key_count,
    struct receipt *out, char signer[KEY_ID_TEXT], struct err *e);

#endif
