#include "mirror/dearmor.h"

#include <string.h>

#include "bundle/base64.h"
#include "bundle/mem.h"

#define BEGIN "-----BEGIN PGP PUBLIC KEY BLOCK-----"
#define END "-----END PGP PUBLIC KEY BLOCK-----"

static const char *find(const char *text, size_t len, const char *wanted)
{
        return len ? memmem(text, len, wanted, strlen(wanted)) : NULL;
}

bool armor_is_keyring(const char *text, size_t len)
{
        return find(text, len, BEGIN) != NULL;
}

/* The length of the line at `at`, without its newline and the blanks before it. */
static size_t line_length(const char *at, const char *end, const char **next)
{
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);

        *next = newline ? newline + 1 : end;
        while (len && strchr(" \t\r", at[len - 1]))
                len--;
        return len;
}

/* Behind the headers, which end with a blank line. */
static const char *skip_headers(const char *at, const char *end)
{
        const char *next;
        size_t len;

        do {
                len = line_length(at, end, &next);
                at = next;
        } while (len && at < end);
        return at;
}

static int add_base64(const char *text, size_t len, struct buf *out, struct err *e)
{
        size_t bytes = len / 4 * 3;
        char *decoded;
        int ret = 0;

        if (len >= 4)
                bytes -= (size_t)(text[len - 1] == '=') + (size_t)(text[len - 2] == '=');
        decoded = xmalloc(bytes + 1);
        if (base64_decode(decoded, bytes, text, len) < 0)
                ret = err_set(e, ERR_USAGE, "a public key block is not base64");
        else if (buf_add(out, decoded, bytes) < 0)
                ret = err_set(e, ERR_USAGE, "the keys are larger than %zu bytes", out->max);
        free(decoded);
        return ret;
}

/* One block, from its first line behind BEGIN up to END. */
static int add_block(const char *at, const char *end, struct buf *out, struct err *e)
{
        const char *next;
        struct buf text;
        int ret;

        buf_init(&text, (size_t)(end - at) + 1);
        for (at = skip_headers(at, end); at < end; at = next) {
                size_t len = line_length(at, end, &next);

                if (len && *at == '=')
                        break; /* the checksum */
                buf_add(&text, at, len);
        }
        ret = add_base64(text.data, text.len, out, e);
        buf_release(&text);
        return ret;
}

int armor_decode_keyring(const char *text, size_t len, struct buf *out, struct err *e)
{
        const char *end = text + len, *at = text, *stop;

        while ((at = find(at, (size_t)(end - at), BEGIN))) {
                at += strlen(BEGIN);
                stop = find(at, (size_t)(end - at), END);
                if (!stop)
                        return err_set(e, ERR_USAGE, "a public key block has no end");
                line_length(at, stop, &at);
                if (add_block(at, stop, out, e) < 0)
                        return -1;
                at = stop;
        }
        return 0;
}
