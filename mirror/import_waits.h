/*
 * What one `dray import` over several files leaves open: which bundles came
 * whole, and which wait for volumes. Private to cmd_import.c.
 *
 *     struct import_waits w = {0};
 *     for each file: import_waits_note(&w, &result, damaged) or import_waits_done(&w, &result)
 *     ret = import_waits_end(&w, cmd, e);
 *     import_waits_release(&w);
 */
#ifndef MIRROR_IMPORT_WAITS_H
#define MIRROR_IMPORT_WAITS_H

#include "bundle/import.h"
#include "mirror/cmd.h"

struct import_wait {
        unsigned char manifest[SHA256_SIZE];
        char stream[LIMIT_NAME + 1];
        int done;    /* imported, now or before */
        int damaged; /* something of it could not be used */
        char text[512];
        char *json; /* for --json; owned */
};

struct import_waits {
        struct import_wait *items;
        size_t count, cap;
};

void import_waits_release(struct import_waits *w);
void import_waits_note(struct import_waits *w, const struct import_result *r, int damaged);
void import_waits_done(struct import_waits *w, const struct import_result *r);
int import_waits_is_done(const struct import_waits *w, const unsigned char manifest[SHA256_SIZE]);
/* Whether anything of that stream came, in this run. */
int import_waits_has(const struct import_waits *w, const char *stream);
/* 0: nothing waits. Else ERR_INCOMPLETE, or (after damage) ERR_REFUSED: says what for. */
int import_waits_end(const struct import_waits *w, const struct cmd *c, struct err *e);

#endif
