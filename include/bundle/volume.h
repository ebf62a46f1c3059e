/*
 * volume.json: what lies in this file of a bundle. It is not signed; it is a
 * list of the members beside it, so that any damage to them (also to the
 * parts of a signature file that no signature covers) is seen, and so that
 * several volumes find each other.
 */
#ifndef BUNDLE_VOLUME_H
#define BUNDLE_VOLUME_H

#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/digest.h"
#include "bundle/err.h"
#include "bundle/limit.h"

struct volume_file {
        char name[120]; /* of the member, without the folder: manifest.jsonl.xz.minisig */
        unsigned char sha256[SHA256_SIZE];
        uint64_t size;
};

struct volume {
        unsigned char manifest[SHA256_SIZE]; /* of manifest.jsonl.xz as stored */
        uint64_t manifest_size;
        uint64_t volume, volumes;        /* from 1; at most LIMIT_VOLUMES */
        uint64_t first_pack, pack_count; /* in the manifest's order */
        char medium[LIMIT_MEDIUM + 1];   /* what the volumes were made to fit: "BD"; "": not said */
        struct volume_file signatures[LIMIT_SIGNATURES];
        size_t signature_count;
        struct volume_file trust[LIMIT_TRUST_LISTS]; /* the stream's signed lists */
        size_t trust_count;
};

/* Is it letters, digits, blanks, '.', '+' and '-', at most LIMIT_MEDIUM, neither end of it a blank? */
int volume_medium_fits(const char *medium);

/* Of one volume alone no medium is told: it is the same file however it was made. */
int volume_format(const struct volume *v, struct buf *out, struct err *e);
/* Canonical to the byte, or ERR_REFUSED. */
int volume_parse(const char *text, size_t len, struct volume *out, struct err *e);

#endif
