/* Versions with numbers left out, as ranges hold them: 1, 1.x, 1.2.*, v1.2.3-beta. */
#ifndef MIRROR_NPM_PARTIAL_H
#define MIRROR_NPM_PARTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PART_X (-1)

struct partial {
        int64_t major, minor,
            patch;       /* PART_X: left out, or an x; too large: beyond SEMVER_MAX_NUMBER */
        const char *pre; /* into the text that was read; NULL: none */
        size_t pre_len;
        bool major_zero, minor_zero; /* spelled "0", and not "00" */
        bool plain;                  /* nothing but numbers and the pre-release: no v, no = */
};

/* Reads the whole text, build metadata too. false: it is none. */
bool partial_read(const char *p, const char *end, bool loose, struct partial *out);

#endif
