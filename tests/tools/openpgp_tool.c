/*
 * What dray writes of OpenPGP, for scripts that hold it against gpgv and sqv.
 *
 *     openpgp_tool key|armored-key SEED CREATED USER-ID          the public key
 *     openpgp_tool clearsign|detached SEED CREATED DATE <TEXT    the signature
 *
 * SEED is 64 hexadecimal digits; times are unix seconds. The result goes to stdout.
 */
#include <unistd.h>

#include "../unit/signer_fixture.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "mirror/openpgp.h"

static int run(char **argv, const struct signer *s, struct buf *out, struct err *e)
{
        struct buf text;
        char chunk[4096];
        ssize_t n;
        int ret;

        if (strcmp(argv[1], "key") == 0)
                return openpgp_certificate(s, argv[4], out, e);
        if (strcmp(argv[1], "armored-key") == 0)
                return openpgp_certificate_armored(s, argv[4], out, e);
        buf_init(&text, 16 * MIB);
        while ((n = fs_read(0, chunk, sizeof chunk, e)) > 0)
                buf_add(&text, chunk, (size_t)n);
        if (n < 0)
                ret = -1;
        else if (strcmp(argv[1], "clearsign") == 0)
                ret = openpgp_clearsign(s, text.data, text.len, strtoll(argv[4], NULL, 10), out, e);
        else
                ret = openpgp_detached(s, text.data, text.len, strtoll(argv[4], NULL, 10), out, e);
        buf_release(&text);
        return ret;
}

int main(int argc, char **argv)
{
        unsigned char seed[crypto_sign_SEEDBYTES];
        struct signer_fixture f;
        struct err e = ERR_INIT;
        struct buf out;
        int ret = 1;

        if (argc != 5 || sodium_init() < 0 || hex_decode(seed, sizeof seed, argv[2]) < 0)
                return 2;
        signer_fixture_init(&f, seed, strtoll(argv[3], NULL, 10));
        buf_init(&out, 32 * MIB);
        if (run(argv, &f.signer, &out, &e) < 0 || fs_write(1, out.data, out.len, &e) < 0)
                fprintf(stderr, "openpgp_tool: %s\n", e.msg);
        else
                ret = 0;
        buf_release(&out);
        return ret;
}
