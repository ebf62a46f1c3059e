/*
 * When to try again: exponential backoff with full jitter, and the Retry-After
 * header (RFC 9110 10.2.3). Pure arithmetic; the caller owns clock and dice.
 */
#ifndef MIRROR_RETRY_H
#define MIRROR_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "bundle/err.h"

/*
 * Milliseconds to wait before try number `tries` + 1, after `tries` >= 1 failed
 * ones: evenly spread over 0 to min(max_ms, base_ms * 2^(tries-1)), as `random`
 * (64 even bits) falls. The full spread keeps many mirrors that failed together
 * from coming back together.
 */
uint64_t retry_backoff_ms(uint64_t base_ms, uint64_t max_ms, unsigned tries, uint64_t random);

/*
 * Reads a Retry-After value, a number of seconds or an HTTP date; `now` is the
 * server's clock if it sent a Date, else ours (seconds since 1970). Milliseconds
 * into *wait_ms, never more than max_ms; a date in the past gives 0. Returns 0, or
 * -1 when the value is neither, with *wait_ms untouched.
 */
int retry_after_parse(const char *value, int64_t now, uint64_t max_ms, uint64_t *wait_ms);

/* A status worth another try: 408, 425, 429, and 500 and above but 501, 505, 506, 510, 511. */
bool retry_status(long status);

/* 64 bits from the system, for retry_backoff_ms. */
uint64_t retry_random(void);

#endif
