/*
 * The platform of a target, named as wheels name it, and the platform tags
 * whose wheels run on it, best first (platform-compatibility-tags, PEP 600,
 * PEP 656), as packaging.tags lists them on such a machine:
 *
 *     manylinux_2_28_x86_64   glibc 2.28: manylinux_2_28 ... manylinux_2_17,
 *                             manylinux2014, ..., manylinux1, then linux_x86_64
 *     manylinux2014_aarch64   glibc 2.17
 *     linux_x86_64            libc unknown: linux_x86_64 only
 *     musllinux_1_2_x86_64    musl 1.2: musllinux_1_2, 1_1, 1_0, then linux_x86_64
 *     macosx_11_0_arm64       macOS 11.0 on Apple silicon (x86_64, i386, ppc64, ppc too)
 *     win_amd64 win32 win_arm64
 *     any                     no binary wheels at all
 */
#ifndef MIRROR_PYPI_PLATFORM_H
#define MIRROR_PYPI_PLATFORM_H

#include <stddef.h>

#include "bundle/err.h"

enum platform_system {
        PLATFORM_ANY,
        PLATFORM_LINUX,
        PLATFORM_MACOS,
        PLATFORM_WINDOWS,
};

struct platform {
        enum platform_system system;
        char *machine; /* as the tag spells it: "x86_64", "amd64", "x86"; "" for any */
        char **tags;   /* compatible platform tags, best first; {"any"} for any */
        size_t tag_count, tag_cap;
};

/* Accepts either case, and "-" and "." for "_" (macosx-11.0-arm64). */
int platform_parse(struct platform *p, const char *text, struct err *e);
void platform_release(struct platform *p); /* accepts a zeroed struct; leaves it zeroed */

#endif
