/*
 * Reading one file of a bundle in one pass, from a file or a pipe, believing nothing
 * before it is proven:
 *
 *     bundle_open(fd, &b, e);              manifest, signatures, volume.json: as stored
 *     bundle_judge(b, trust, e);           who signed; ERR_REFUSED unless enough did
 *     bundle_manifest(b, each, user, &m, e);   only now is the manifest decoded
 *     bundle_unpack(b, &m, &sink, e);      packs: hash, then decode, then hash of each blob
 *     bundle_close(b);
 *
 * Everything that is wrong with the input is ERR_REFUSED and says which of
 * the known cases it is. Any byte of the file has a meaning: a changed one is
 * found. Memory: the manifest as stored, 48 bytes a blob, one xz pack.
 */
#ifndef BUNDLE_BUNDLE_READ_H
#define BUNDLE_BUNDLE_READ_H

#include <stdint.h>
#include <sys/types.h>

#include "bundle/bundle_head.h"
#include "bundle/manifest.h"
#include "bundle/signature.h"
#include "bundle/trust.h"
#include "bundle/unpack.h"
#include "bundle/volume.h"

struct bundle;

/* fd: borrowed; read sequentially from where it stands. */
int bundle_open(int fd, struct bundle **out, struct err *e);
void bundle_close(struct bundle *b);

/* What the bundle says of itself before any check of its signature: for messages, and no more. */
const char *bundle_claimed_comment(const struct bundle *b); /* the first trusted comment, or "" */
void bundle_manifest_sha256(const struct bundle *b, unsigned char out[SHA256_SIZE]);
/* The signed trust lists that it carries, as stored; trust_walk.h judges them. */
const struct stored_list *bundle_trust_lists(const struct bundle *b, size_t *count);
/* Which of the bundle's volumes this file is, and which packs are in it. Held against the manifest by bundle_manifest(). */
const struct volume *bundle_volume(const struct bundle *b);

/*
 * Judges the signatures by a trust list: 0 when enough of its keys signed and
 * no signature is bad; trust_check() has to follow once the manifest has told
 * the seq. verdict tells a bad signature, an unknown key and none apart.
 */
int bundle_judge(
    const struct bundle *b, const struct trust *trust, struct verdict *verdict, struct err *e);

/* After bundle_judge(): the manifest. The caller releases *out. each may be NULL. */
int bundle_manifest(const struct bundle *b, manifest_record_fn *each, void *user,
    struct manifest *out, struct err *e);

/*
 * Reads the packs of this file and its end. Once, after bundle_manifest().
 * bundle_unpack() is for a bundle in one file; bundle_unpack_volume() goes on
 * with what other volumes of it began: ascending; m may be of any of them.
 */
int bundle_unpack(
    struct bundle *b, const struct manifest *m, struct blob_sink *sink, struct err *e);
int bundle_unpack_volume(
    struct bundle *b, const struct manifest *m, struct unpack *u, struct err *e);

/*
 * The same by hand: for each of the file's packs in order bundle_next_pack(),
 * then (unless it was passed over, which leaves it unread) all of its bytes by
 * bundle_read_pack() and bundle_end_pack(); at last bundle_end().
 */
int bundle_next_pack(
    struct bundle *b, const struct manifest *m, size_t pack, int skip, struct err *e);
int bundle_read_pack(void *bundle, void *bytes, size_t len, struct err *e);
int bundle_end_pack(struct bundle *b, const struct manifest *m, size_t pack, struct err *e);
int bundle_end(struct bundle *b, struct err *e);
/*
 * Going on behind a pack that was not good. tell: before bundle_next_pack(), where that stands; -1
 * on a pipe. pass: to the next one, whose place is known from the signed size; 0, or -1 on a pipe.
 */
off_t bundle_tell(const struct bundle *b);
int bundle_pass_pack(struct bundle *b, const struct manifest *m, size_t pack, off_t place);

#endif
