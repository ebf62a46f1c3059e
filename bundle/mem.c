#include "bundle/mem.h"

#include <stdarg.h>
#include <stdint.h>

#include "bundle/err.h"

static void *must(void *p)
{
        if (!p) {
                fputs("dray: out of memory\n", stderr);
                abort();
        }
        return p;
}

void *xmalloc(size_t size)
{
        return must(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
        return must(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t size)
{
        return must(realloc(p, size ? size : 1));
}

char *xstrdup(const char *s)
{
        return s ? must(strdup(s)) : NULL;
}

char *xstrndup(const char *s, size_t len)
{
        char *copy = xmalloc(len + 1);

        memcpy(copy, s, len);
        copy[len] = '\0';
        return copy;
}

char *xasprintf(const char *fmt, ...)
{
        va_list ap;
        char *s = NULL;

        va_start(ap, fmt);
        if (vasprintf(&s, fmt, ap) < 0)
                s = NULL;
        va_end(ap);
        return must(s);
}

void *xgrow(void *array, size_t count, size_t *cap, size_t element_size)
{
        size_t want = *cap ? *cap : 8, bytes;

        if (array && count < *cap)
                return array;
        if (*cap && __builtin_mul_overflow(*cap, 2, &want))
                must(NULL);
        if (__builtin_mul_overflow(want, element_size, &bytes))
                must(NULL);
        *cap = want;
        return xrealloc(array, bytes);
}
