/*
 * The files that a command is to read bundles from: those that were named,
 * those in folders that were named (a mounted stick), and stdin. What lies in
 * a folder is told by its first bytes, not by its name; what is named .dray there and is none is noted.
 *
 *     struct bundle_inputs in = {0};
 *     bundle_inputs_collect(&in, cmd, e);
 *     for (size_t i = 0; i < in.count; i++) ... bundle_input_open(&in.items[i], e) ...
 *     bundle_inputs_release(&in);
 *
 * The order is that in which they can be taken in: by stream, epoch and number,
 * as they claim, and the volumes of one bundle together. Private to the commands.
 */
#ifndef MIRROR_BUNDLE_INPUTS_H
#define MIRROR_BUNDLE_INPUTS_H

#include "bundle/bundle_read.h"
#include "mirror/cmd.h"

struct bundle_input {
        char *path; /* "-": stdin */
        int found;  /* in a folder, and not named itself */
        uint64_t size;
        int readable; /* its head could be read: the rest is what it claims, and proves nothing */
        char stream[LIMIT_NAME + 1];
        int64_t epoch, seq;
        unsigned char manifest[SHA256_SIZE];
        uint64_t first_pack;
        int has_copy; /* another one is of the same bundle */
};

struct bundle_inputs {
        struct bundle_input *items;
        size_t count, cap;
        char *
            other; /* the first file in a folder that is named like a bundle and is none; or NULL */
        size_t others;
};

/* Those of the command's arguments. ERR_USAGE: a path that is not there, a folder without any bundle. */
int bundle_inputs_collect(struct bundle_inputs *in, const struct cmd *c, struct err *e);
void bundle_inputs_release(struct bundle_inputs *in);

/* Of what several of them came to, *worst decides how the command ends; the lesser of the two is said at once. */
void bundle_inputs_keep_worst(const struct cmd *c, struct err *worst, const struct err *why);

/* Read-only: a path, or "-" for stdin. -1 with the reason. */
int bundle_open_input(const char *path, struct err *e);
int bundle_input_open(const struct bundle_input *input, struct err *e);
/*
 * An input is put in order by one look at it, and read at another: a medium may give something
 * else then. b: what was opened now. ERR_REFUSED if it is of another bundle than at the first look.
 */
int bundle_input_check(const struct bundle_input *input, const struct bundle *b, struct err *e);
/* Whether most of two files is the same: what damage leaves of a copy. A guess, by samples. */
int bundle_input_is_like(const struct bundle_input *a, const struct bundle_input *b);

#endif
