/*
 * Sizes and durations as people write them in dray.toml and on the command line.
 */
#ifndef MIRROR_QUANTITY_H
#define MIRROR_QUANTITY_H

#include <stdint.h>

/* The forms, for messages. */
#define QUANTITY_SECONDS_FORM "90m, 12h, 7d or 2w"
#define QUANTITY_BYTES_FORM "4 GiB, 700 MB, a number of bytes, fat32, cd, dvd, dvd-dl, bd or bd-dl"

/* "90m" "12h" "7d" "2w" to seconds. 0, or -1: not of that form. */
int quantity_seconds(const char *text, int64_t *seconds);

/*
 * A number, also with a decimal point, and a unit: B, kB MB GB TB (powers of
 * 1000) or KiB MiB GiB TiB (of 1024), in any case, with or without a space; or
 * the name of a medium:
 *     fat32   4 GiB - 1: the largest file there
 *     cd      700 MiB        dvd      4.69 GB       dvd-dl   8.5 GB
 *     bd      24.7 GB (with its spare area)         bd-dl    49.5 GB
 * which leave room for the medium's own file system. 0, or -1: not of that form.
 */
int quantity_bytes(const char *text, uint64_t *bytes);

/* The medium of exactly that size, as people write it: "FAT32", "BD"; NULL: of none. */
const char *quantity_medium(uint64_t bytes);

#endif
