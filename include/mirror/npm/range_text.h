/*
 * The text of a range on its way to single words: the rewriting that
 * node-semver does before it looks at a word.
 */
#ifndef MIRROR_NPM_RANGE_TEXT_H
#define MIRROR_NPM_RANGE_TEXT_H

#include "bundle/buf.h"

/* Appends `text` with each run of white space as one blank, and none at its ends. */
void range_text_squeeze(const char *text, struct buf *out);

/*
 * Appends one set of a squeezed range (what lies between ||) without build
 * metadata, "1.2 - 3.4" as ">=1.2.0 <3.5.0-0", and every operator joined to its
 * version. flags: SEMVER_LOOSE, SEMVER_PRERELEASE.
 */
void range_text_words(const char *p, const char *end, unsigned flags, struct buf *out);

#endif
