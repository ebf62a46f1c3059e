/*
 * What an authentic bundle would change, and whether a mirror would let it in:
 * looked at without changing anything, for verify.
 */
#ifndef MIRROR_BUNDLE_FINDINGS_H
#define MIRROR_BUNDLE_FINDINGS_H

#include "bundle/bundle_read.h"
#include "gate.h"
#include "mirror/changes.h"

#define BUNDLE_DENIED_MAX 20 /* reasons that are kept; the others are counted */

struct bundle_findings {
        struct changes changes;          /* settled */
        int compared;                    /* with what a mirror holds */
        char *denied[BUNDLE_DENIED_MAX]; /* why it would not be let in */
        size_t denied_count, denied_total;
        struct err first_denied; /* with a cause */
        const char *place; /* "next", "imported", or a cause of import_place(); NULL: not asked */
        char place_text[1100]; /* the same for people */
};

/*
 * Of a bundle that was judged, before it is unpacked. gate->mirror NULL: without a mirror only
 * names are judged. That it would not be let in is no error. Release *out in any case.
 */
int bundle_findings_make(struct bundle_findings *out, const struct gate *gate,
    const struct bundle *b, const struct import_result *r, struct err *e);
/* Is it the next one of its stream here? Needs gate->mirror, whose trust list judged it. */
int bundle_findings_place(
    struct bundle_findings *out, const struct gate *gate, struct import_result *r, struct err *e);
void bundle_findings_release(struct bundle_findings *f);

#endif
