/*
 * The members of a bundle's tar, one after the other, from and to a
 * descriptor that is never sought: it may be a pipe. Names are without the
 * folder of the format (dray-bundle-1/), which every member has.
 *
 *     struct tar_in in = {.fd = fd};
 *     while ((r = tar_in_header(&in, name, &size, e)) == 1)
 *             tar_in_read(&in, ...); tar_in_padding(&in, size, e);
 *
 *     struct tar_out out = {.fd = fd};
 *     tar_out_header(&out, name, size, e);
 *     fs_write(fd, ...);  tar_out_padding(&out, size, e);
 *     tar_out_end(&out, e);
 *
 * What is wrong with the input is ERR_REFUSED.
 */
#ifndef BUNDLE_TAR_IO_H
#define BUNDLE_TAR_IO_H

#include "bundle/buf.h"
#include "bundle/tar.h"

#define TAR_END (2 * TAR_BLOCK) /* zeros, as tar ends */

struct tar_in {
        int fd;    /* borrowed */
        int begun; /* a byte was read */
};

/* Exactly len bytes. */
int tar_in_read(struct tar_in *t, void *bytes, size_t len, struct err *e);
/* 1: a member. 0: a zero block. */
int tar_in_header(struct tar_in *t, char name[TAR_NAME + 1], uint64_t *size, struct err *e);
/* What fills the last block of a member of that size: zeros. */
int tar_in_padding(struct tar_in *t, uint64_t size, struct err *e);
/* The bytes and padding of a small member, appended to out. */
int tar_in_member(struct tar_in *t, uint64_t size, struct buf *out, struct err *e);
/* Passes over a member's bytes unread where the input can be sought; its padding is read. */
int tar_in_skip(struct tar_in *t, uint64_t size, struct err *e);
/* Two zero blocks, and then nothing. */
int tar_in_end(struct tar_in *t, struct err *e);

struct tar_out {
        int fd; /* borrowed */
        uint64_t written;
};

/* The caller then writes the bytes themselves, which tar_out_padding() counts. */
int tar_out_header(struct tar_out *t, const char *name, uint64_t size, struct err *e);
int tar_out_padding(struct tar_out *t, uint64_t size, struct err *e);
int tar_out_member(
    struct tar_out *t, const char *name, const void *bytes, size_t len, struct err *e);
int tar_out_end(struct tar_out *t, struct err *e);

/* What a member takes in the file: header, bytes, padding. */
uint64_t tar_member_size(uint64_t size);

#endif
