#include "bundle/buf.h"

#include <stdint.h>

#include "bundle/err.h"
#include "bundle/mem.h"

static char empty[1]; /* what a fresh buffer points at; never written */

void buf_init(struct buf *b, size_t max)
{
        *b = (struct buf){.data = empty, .max = max};
}

void buf_release(struct buf *b)
{
        if (b->data != empty)
                free(b->data);
        *b = (struct buf){0};
}

void buf_reset(struct buf *b)
{
        b->len = 0;
        if (b->cap)
                b->data[0] = '\0';
}

char *buf_take(struct buf *b, size_t *len)
{
        char *data = b->cap ? b->data : xstrndup("", 0);
        size_t max = b->max;

        if (len)
                *len = b->len;
        buf_init(b, max);
        return data;
}

/* Room for `more` bytes and the NUL. */
static int reserve(struct buf *b, size_t more)
{
        size_t need, cap;

        if (more > b->max || b->len > b->max - more)
                return -1;
        need = b->len + more + 1;
        if (need <= b->cap)
                return 0;
        cap = b->cap ? b->cap : 64;
        while (cap < need)
                cap = cap > SIZE_MAX / 2 ? need : cap * 2;
        b->data = xrealloc(b->cap ? b->data : NULL, cap);
        b->cap = cap;
        return 0;
}

int buf_add(struct buf *b, const void *data, size_t len)
{
        if (reserve(b, len) < 0)
                return -1;
        if (len)
                memcpy(b->data + b->len, data, len);
        b->len += len;
        b->data[b->len] = '\0';
        return 0;
}

int buf_adds(struct buf *b, const char *s)
{
        return buf_add(b, s, strlen(s));
}

int buf_addc(struct buf *b, char c)
{
        return buf_add(b, &c, 1);
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
        va_list ap, again;
        int n, ret = -1;

        va_start(ap, fmt);
        va_copy(again, ap);
        n = vsnprintf(NULL, 0, fmt, ap);
        if (n >= 0 && reserve(b, (size_t)n) == 0) {
                vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
                b->len += (size_t)n;
                ret = 0;
        }
        va_end(again);
        va_end(ap);
        return ret;
}
