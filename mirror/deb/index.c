#include "mirror/deb/index.h"

#include <zlib.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/xz.h"
#include "mirror/deb/stanza.h"
#include "packed.h"

#define CHUNK ((size_t)64 * 1024)

struct splitter {
        index_sink *sink;
        void *user;
        struct buf rest; /* what has not been handed on: less than a stanza */
        uint64_t left;   /* decoded bytes that may still come */
        int copy;        /* gets them too; or -1 */
};

const char *index_suffix(enum index_packing packing)
{
        static const char *const suffixes[] = {".xz", ".zst", ".gz", ""};

        return suffixes[packing];
}

/* Hands on every stanza of the text that a blank line ends; *used: how many bytes that were. */
static int hand_on(struct splitter *s, const char *text, size_t len, size_t *used, struct err *e)
{
        const char *at = text, *end = text + len, *stop;

        while (at < end && (stop = memmem(at, (size_t)(end - at), "\n\n", 2))) {
                size_t start, length = stanza_end(at, (size_t)(stop + 1 - at), &start);

                if (length > start && s->sink(s->user, at + start, length - start, e) < 0)
                        return -1;
                at = stop + 2;
        }
        *used = (size_t)(at - text);
        return 0;
}

static int split(void *context, const void *bytes, size_t len, struct err *e)
{
        struct splitter *s = context;
        struct err ignored = ERR_INIT;
        size_t used;

        if (len > s->left)
                return err_set(e, ERR_REFUSED, "more decoded bytes than it may hold");
        s->left -= len;
        if (s->copy >= 0 && fs_write(s->copy, bytes, len, &ignored) < 0)
                s->copy = -1;
        if (buf_add(&s->rest, bytes, len) < 0)
                return err_set(e, ERR_REFUSED, "a stanza is too large");
        if (hand_on(s, s->rest.data, s->rest.len, &used, e) < 0)
                return -1;
        memmove(s->rest.data, s->rest.data + used, s->rest.len - used);
        s->rest.len -= used;
        return 0;
}

static int split_end(struct splitter *s, struct err *e)
{
        size_t start, end = stanza_end(s->rest.data, s->rest.len, &start);

        return end > start ? s->sink(s->user, s->rest.data + start, end - start, e) : 0;
}

/* -- decoding: each reads the whole file -- */

static int read_plain(int fd, char *chunk, struct splitter *s, struct err *e)
{
        ssize_t n;

        while ((n = fs_read(fd, chunk, CHUNK, e)) > 0)
                if (split(s, chunk, (size_t)n, e) < 0)
                        return -1;
        return n < 0 ? -1 : 0;
}

static int read_xz(int fd, char *chunk, struct splitter *s, struct err *e)
{
        struct xz_decoder *x = xz_decoder_new_up_to(s->left, split, s);
        ssize_t n;
        int ret = -1;

        while ((n = fs_read(fd, chunk, CHUNK, e)) > 0)
                if (xz_decoder_write(x, chunk, (size_t)n, e) < 0)
                        goto out;
        if (n < 0 || xz_decoder_finish(x, e) < 0)
                goto out;
        ret = 0;
out:
        xz_decoder_free(x);
        return ret;
}

static int read_zstd(int fd, char *chunk, struct splitter *s, struct err *e)
{
        const struct packed p = {.fd = fd};

        (void)chunk;
        return packed_decode(&p, ARCHIVE_FILTER_ZSTD, split, s, e);
}

/* Decodes what is in z's input; *ended is set at the end of a member. */
static int inflate_chunk(z_stream *z, char *out, struct splitter *s, int *ended, struct err *e)
{
        int r;

        do {
                if (*ended && z->avail_in && inflateReset(z) != Z_OK)
                        return err_set(e, ERR_REFUSED, "damaged gzip data");
                *ended = 0;
                z->next_out = (unsigned char *)out;
                z->avail_out = (unsigned)CHUNK;
                r = inflate(z, Z_NO_FLUSH);
                if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
                        return err_set(e, ERR_REFUSED, "damaged gzip data");
                if (split(s, out, CHUNK - z->avail_out, e) < 0)
                        return -1;
                *ended = r == Z_STREAM_END;
        } while (z->avail_in || z->avail_out == 0);
        return 0;
}

static int read_gzip(int fd, char *chunk, struct splitter *s, struct err *e)
{
        z_stream z = {0};
        char *out = xmalloc(CHUNK);
        int ret = -1, ended = 0;
        ssize_t n = 0;

        if (inflateInit2(&z, 15 + 16) != Z_OK) {
                free(out);
                return err_set(e, ERR_FAILED, "zlib does not start");
        }
        while ((n = fs_read(fd, chunk, CHUNK, e)) > 0) {
                z.next_in = (unsigned char *)chunk;
                z.avail_in = (unsigned)n;
                if (inflate_chunk(&z, out, s, &ended, e) < 0)
                        goto out;
        }
        if (n < 0)
                goto out;
        if (!ended) {
                err_set(e, ERR_REFUSED, "gzip data that are cut short");
                goto out;
        }
        ret = 0;
out:
        inflateEnd(&z);
        free(out);
        return ret;
}

int index_read(int fd, enum index_packing packing, uint64_t limit, int *copy, index_sink *sink,
    void *user, struct err *e)
{
        static int (*const readers[])(int, char *, struct splitter *, struct err *) = {
            read_xz, read_zstd, read_gzip, read_plain};
        struct splitter s = {.sink = sink, .user = user, .left = limit, .copy = copy ? *copy : -1};
        char *chunk = xmalloc(CHUNK);
        int ret;

        buf_init(&s.rest, LIMIT_STANZA);
        ret = readers[packing](fd, chunk, &s, e);
        if (ret == 0)
                ret = split_end(&s, e);
        if (copy)
                *copy = s.copy;
        buf_release(&s.rest);
        free(chunk);
        return ret;
}
