/* The time since some moment, on a clock that nobody sets: for spans, not for dates. */
#ifndef MIRROR_CLOCK_H
#define MIRROR_CLOCK_H

#include <stdint.h>

int64_t clock_us(void);
int64_t clock_ms(void);

#endif
