#include "mirror/npm/integrity.h"

#include <unistd.h>

#include "bundle/base64.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/mem.h"

#define PIECE (256 * 1024)

static int rank(enum digest_kind kind)
{
        switch (kind) {
        case DIGEST_SHA512:
                return 4;
        case DIGEST_SHA384:
                return 3;
        case DIGEST_SHA256:
                return 2;
        case DIGEST_SHA1:
                return 1;
        default:
                return 0;
        }
}

/* One ALGORITHM-BASE64, options behind '?' left out: 1, or 0. */
static int read_one(const char *text, size_t len, struct stated_digest *out)
{
        const char *dash = memchr(text, '-', len), *option = memchr(text, '?', len);
        char name[8];

        if (option)
                len = (size_t)(option - text);
        if (!dash || dash - text >= (ptrdiff_t)sizeof name || dash > text + len)
                return 0;
        memcpy(name, text, (size_t)(dash - text));
        name[dash - text] = '\0';
        if (digest_kind_parse(name, &out->kind) < 0)
                return 0;
        dash++;
        return base64_decode(
                   out->value, digest_size(out->kind), dash, (size_t)(text + len - dash)) == 0;
}

int integrity_strongest(const char *sri, struct stated_digest *out)
{
        struct stated_digest one;

        *out = (struct stated_digest){0};
        while (*sri) {
                size_t len = strcspn(sri, " \t\r\n");

                if (len && read_one(sri, len, &one) && rank(one.kind) > rank(out->kind))
                        *out = one;
                sri += len + strspn(sri + len, " \t\r\n");
        }
        return out->kind != 0;
}

int integrity_shasum(const char *hex, struct stated_digest *out)
{
        *out = (struct stated_digest){.kind = DIGEST_SHA1};
        return strlen(hex) == 2 * digest_size(DIGEST_SHA1) &&
               hex_decode(out->value, digest_size(DIGEST_SHA1), hex) == 0;
}

static int digest_file(struct digest *d, int fd, struct err *e)
{
        char *piece = xmalloc(PIECE);
        uint64_t at = 0;
        ssize_t n;

        while ((n = fs_pread(fd, piece, PIECE, at, e)) > 0) {
                digest_update(d, piece, (size_t)n);
                at += (uint64_t)n;
        }
        digest_final(d);
        free(piece);
        return n < 0 ? -1 : 0;
}

static int compare(const char *what, const char *statement, const struct digest *d,
    const struct stated_digest *stated, struct err *e)
{
        unsigned char value[DIGEST_MAX_SIZE];
        size_t n = digest_get(d, stated->kind, value);

        if (memcmp(value, stated->value, n) == 0)
                return 0;
        return err_set(e, ERR_REFUSED,
            "%s: its bytes are not those of the %s (%s) that is stated for it", what, statement,
            digest_name(stated->kind));
}

int integrity_check(const char *what, int fd, const char *sri, const char *shasum, struct err *e)
{
        struct stated_digest strong = {0}, sha1 = {0};
        struct digest *d;
        int ret;

        if (sri && !integrity_strongest(sri, &strong))
                return err_set(e, ERR_REFUSED, "%s: \"%.80s\" is no integrity", what, sri);
        if (shasum && !integrity_shasum(shasum, &sha1))
                return err_set(e, ERR_REFUSED, "%s: \"%.80s\" is no shasum", what, shasum);
        if (!strong.kind && !sha1.kind)
                return err_set(e, ERR_REFUSED, "%s: neither integrity nor shasum is stated", what);
        d = digest_new((unsigned)strong.kind | (unsigned)sha1.kind);
        ret = digest_file(d, fd, e);
        if (ret == 0 && strong.kind)
                ret = compare(what, "integrity", d, &strong, e);
        if (ret == 0 && sha1.kind)
                ret = compare(what, "shasum", d, &sha1, e);
        digest_free(d);
        return ret;
}

int integrity_state(int fd, char **sri, char **shasum, struct err *e)
{
        struct digest *d = digest_new(DIGEST_SHA512 | DIGEST_SHA1);
        unsigned char value[DIGEST_MAX_SIZE];
        char base64[BASE64_SIZE(DIGEST_MAX_SIZE)], hex[2 * DIGEST_MAX_SIZE + 1];
        int ret = digest_file(d, fd, e);

        if (ret == 0) {
                base64_encode(base64, value, digest_get(d, DIGEST_SHA512, value));
                *sri = xasprintf("sha512-%s", base64);
                hex_encode(hex, value, digest_get(d, DIGEST_SHA1, value));
                *shasum = xstrdup(hex);
        }
        digest_free(d);
        return ret;
}
