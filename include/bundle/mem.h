/*
 * Allocation that cannot fail: on exhaustion one line goes to stderr and the
 * process aborts. Safety against hostile sizes comes from the limits in
 * limit.h, which are checked before anything is allocated.
 */
#ifndef BUNDLE_MEM_H
#define BUNDLE_MEM_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size); /* zeroed; count*size is overflow-checked */
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);              /* NULL gives NULL */
char *xstrndup(const char *s, size_t len); /* copies exactly len bytes, adds NUL */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Makes room for one more element in an array that grows by doubling.
 * `*cap` is the number of elements allocated; returns the (moved) array.
 *
 *     list = xgrow(list, count, &cap, sizeof *list);
 *     list[count++] = item;
 */
void *xgrow(void *array, size_t count, size_t *cap, size_t element_size);

#endif
