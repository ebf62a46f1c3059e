#include "mirror/site_key.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/base64.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/secret.h"
#include "bundle/timestamp.h"

/*
 * Three lines. What is signed with the key is recognised by its time too
 * (OpenPGP's fingerprint covers it), so the file says both.
 */
#define FIRST_LINE \
        "dray site key, secret: signs the indexes of this site. Keep a copy in a safe place.\n"
#define FILE_NAME "site.key"
#define SEED_TEXT (BASE64_SIZE(crypto_sign_SEEDBYTES) - 1)

#define SETTING "site_key" /* "<public key, hexadecimal> <time>": what clients know */
#define IDENTITY_SIZE (2 * SIGNER_KEY_SIZE + 1 + TIMESTAMP_SIZE)

struct site_key {
        struct signer signer;
        unsigned char *secret; /* secret memory: crypto_sign_SECRETKEYBYTES */
};

static int sign(const struct signer *s, const void *message, size_t len,
    unsigned char out[SIGNER_SIGNATURE_SIZE], struct err *e)
{
        const struct site_key *k = s->user;

        (void)e;
        crypto_sign_detached(out, NULL, message, len, k->secret);
        return 0;
}

static struct site_key *from_seed(const unsigned char *seed, int64_t created)
{
        struct site_key *k = xcalloc(1, sizeof *k);

        k->secret = secret_alloc(crypto_sign_SECRETKEYBYTES);
        crypto_sign_seed_keypair(k->signer.public_key, k->secret, seed);
        k->signer.user = k;
        k->signer.created = created;
        k->signer.sign = sign;
        return k;
}

void site_key_free(struct site_key *k)
{
        if (!k)
                return;
        secret_free(k->secret);
        free(k);
}

const struct signer *site_key_signer(const struct site_key *k)
{
        return &k->signer;
}

/* -- the file -- */

/* NULL: it is not the text of such a file. */
static struct site_key *parse(const char *text)
{
        char first[] = FIRST_LINE, created[TIMESTAMP_SIZE];
        struct site_key *k = NULL;
        unsigned char *seed;
        int64_t time;
        int end = 0;

        if (strncmp(text, first, strlen(first)) != 0 ||
            sscanf(text + strlen(first), "created %23[0-9TZ:-]\nseed %n", created, &end) != 1 ||
            end == 0 || timestamp_parse(created, &time) < 0)
                return NULL;
        text += strlen(first) + (size_t)end;
        seed = secret_alloc(crypto_sign_SEEDBYTES);
        if (strlen(text) == SEED_TEXT + 1 && text[SEED_TEXT] == '\n' &&
            base64_decode(seed, crypto_sign_SEEDBYTES, text, SEED_TEXT) == 0)
                k = from_seed(seed, time);
        secret_free(seed);
        return k;
}

/* 1 and *out, 0 no such file, -1: it cannot be read, or is no key (ERR_REFUSED). */
static int load(const struct mirror *m, struct site_key **out, struct err *e)
{
        char *text = secret_alloc(LIMIT_KEY_FILE + 1);
        int fd = openat(m->state, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), ret = -1;

        *out = NULL;
        if (fd < 0 && errno == ENOENT) {
                ret = 0;
                goto out;
        }
        if (fd < 0) {
                err_sys(e, "cannot read state/" FILE_NAME);
                goto out;
        }
        if (fs_read(fd, text, LIMIT_KEY_FILE, e) < 0) {
                err_prefix(e, "state/" FILE_NAME);
                goto out;
        }
        *out = parse(text);
        ret = *out ? 1
                   : err_set(e, ERR_REFUSED,
                         "state/" FILE_NAME
                         " is damaged: it holds no site key; bring it back from a backup");
out:
        if (fd >= 0)
                close(fd);
        secret_free(text);
        return ret;
}

/* Never over a key that is there, and for nobody else to read, whatever the umask. */
static int save(const struct mirror *m, const unsigned char *seed, int64_t created, struct err *e)
{
        size_t size = sizeof FIRST_LINE + SEED_TEXT + TIMESTAMP_SIZE + 32;
        struct fs_temp t = FS_TEMP_INIT;
        char *text = secret_alloc(size), *seed_text = secret_alloc(SEED_TEXT + 1);
        char time[TIMESTAMP_SIZE];
        int ret = -1, len;

        base64_encode(seed_text, seed, crypto_sign_SEEDBYTES);
        len = snprintf(text, size, FIRST_LINE "created %s\nseed %s\n",
            timestamp_format(created, time), seed_text);
        if (fs_temp_open(&t, m->state, e) < 0)
                goto out;
        if (fchmod(t.fd, 0600) < 0) {
                err_sys(e, "cannot make the site's key");
                goto out;
        }
        if (fs_write(t.fd, text, (size_t)len, e) < 0 ||
            fs_temp_commit(&t, m->state, FILE_NAME, FS_DURABLE, e) < 0)
                goto out;
        ret = 0;
out:
        if (ret < 0)
                err_prefix(e, "making the site's key");
        fs_temp_discard(&t);
        secret_free(text);
        secret_free(seed_text);
        return ret;
}

/* -- what clients know -- */

static void identity(const struct signer *s, char out[IDENTITY_SIZE])
{
        char time[TIMESTAMP_SIZE];

        hex_encode(out, s->public_key, SIGNER_KEY_SIZE);
        snprintf(out + 2 * SIGNER_KEY_SIZE, IDENTITY_SIZE - 2 * SIGNER_KEY_SIZE, " %s",
            timestamp_format(s->created, time));
}

static int remember(struct mirror *m, const struct signer *s, struct err *e)
{
        char text[IDENTITY_SIZE];

        identity(s, text);
        if (catalog_begin(m->catalog, e) < 0)
                return -1;
        if (catalog_setting_put(m->catalog, SETTING, text, e) < 0 ||
            catalog_commit(m->catalog, e) < 0) {
                catalog_rollback(m->catalog);
                return -1;
        }
        return 0;
}

static int lost(struct err *e)
{
        return err_set(e, ERR_REFUSED,
            "state/" FILE_NAME
            ", which the clients of this site trust, is gone; bring it back from a "
            "backup. If there is none: dray publish --new-site-key makes another one, which every "
            "client must then be given");
}

static int foreign(struct err *e)
{
        return err_set(e, ERR_REFUSED,
            "state/" FILE_NAME
            " is not the key that the clients of this site trust; bring that one back "
            "from a backup. If there is none: dray publish --new-site-key makes another one, which "
            "every client must then be given");
}

/* Whether the key (NULL: none) is what clients know: 1, 0 they know none yet, -1 it is not. */
static int is_known(struct mirror *m, const struct site_key *k, struct err *e)
{
        char text[IDENTITY_SIZE], *known = NULL;
        int r = catalog_setting_get(m->catalog, SETTING, &known, e);

        if (r == 1 && !k) {
                r = lost(e);
        } else if (r == 1) {
                identity(&k->signer, text);
                if (strcmp(known, text) != 0)
                        r = foreign(e);
        }
        free(known);
        return r;
}

static int make(struct mirror *m, struct site_key **out, struct err *e)
{
        unsigned char *seed = secret_alloc(crypto_sign_SEEDBYTES);
        int64_t now = timestamp_now();
        int ret;

        randombytes_buf(seed, crypto_sign_SEEDBYTES);
        ret = save(m, seed, now, e);
        if (ret == 0)
                *out = from_seed(seed, now);
        secret_free(seed);
        return ret;
}

int site_key_open(struct mirror *m, struct site_key **out, struct err *e)
{
        int found = load(m, out, e), known;

        if (found < 0)
                return -1;
        known = is_known(m, *out, e);
        if (known < 0)
                goto fail;
        if (!*out && make(m, out, e) < 0)
                goto fail;
        /* on the disk before anybody learns of it */
        if (!known && remember(m, &(*out)->signer, e) < 0)
                goto fail;
        return 0;
fail:
        site_key_free(*out);
        *out = NULL;
        return -1;
}

int site_key_replace(struct mirror *m, struct err *e)
{
        struct site_key *k = NULL;
        int ret = -1;

        if (renameat(m->state, FILE_NAME, m->state, FILE_NAME ".old") < 0 && errno != ENOENT)
                return err_sys(e, "cannot put state/" FILE_NAME " aside");
        if (make(m, &k, e) == 0)
                ret = remember(m, &k->signer, e);
        site_key_free(k);
        return ret;
}

int site_key_check(struct mirror *m, struct err *e)
{
        struct site_key *k = NULL;
        struct stat st;
        int r = load(m, &k, e);

        if (r < 0)
                return e->code == ERR_REFUSED ? 0 : -1;
        r = is_known(m, k, e) < 0 ? (e->code == ERR_REFUSED ? 0 : -1) : 1;
        if (r == 1 && k &&
            (fstatat(m->state, FILE_NAME, &st, AT_SYMLINK_NOFOLLOW) < 0 || (st.st_mode & 077))) {
                err_set(e, ERR_REFUSED,
                    "state/" FILE_NAME
                    " can be read by others than its owner; chmod 600 it, and think "
                    "of who may have read it");
                r = 0;
        }
        site_key_free(k);
        return r;
}
