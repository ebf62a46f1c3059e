#include "bundle/receipt_code.h"

#include <ctype.h>

#define GROUPS 8
#define GROUP 4 /* symbols before the one that checks them */
#define SYMBOLS (GROUPS * GROUP)
#define VERSION 1

/* how many symbols (5 bits each) a field takes, in this order */
#define OF_VERSION 1
#define OF_STREAM 5
#define OF_EPOCH 3
#define OF_SEQ 8
#define OF_PROOF 15

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Twice, in the field of 32 elements (x^5 + x^2 + 1). */
static unsigned twice(unsigned v)
{
        v <<= 1;
        return v & 32 ? v ^ 0x25 : v;
}

/*
 * Each place has a weight of its own that is not zero, so that one changed
 * symbol, or two exchanged ones, change the sum; the group's number is in it too.
 */
static unsigned check_of(const unsigned char *symbols, unsigned group)
{
        unsigned sum = group + 1;

        for (int i = 0; i < GROUP; i++)
                sum = twice(sum) ^ symbols[i];
        return twice(sum);
}

uint32_t receipt_code_stream(const char *stream)
{
        unsigned char sha[SHA256_SIZE];

        sha256(stream, strlen(stream), sha);
        return ((uint32_t)sha[0] << 17 | (uint32_t)sha[1] << 9 | (uint32_t)sha[2] << 1 |
                   sha[3] >> 7) &
               ((1U << 25) - 1);
}

void receipt_code_proof(const unsigned char manifest[SHA256_SIZE],
    const unsigned char state[SHA256_SIZE], unsigned char out[10])
{
        unsigned char both[2 * SHA256_SIZE], sha[SHA256_SIZE];

        memcpy(both, manifest, SHA256_SIZE);
        memcpy(both + SHA256_SIZE, state, SHA256_SIZE);
        sha256(both, sizeof both, sha);
        memcpy(out, sha, 10);
        out[9] &= 0xe0;
}

static unsigned char *put_number(unsigned char *p, uint64_t v, int symbols)
{
        for (int i = symbols - 1; i >= 0; i--)
                *p++ = (unsigned char)(v >> (5 * i) & 31);
        return p;
}

static const unsigned char *get_number(const unsigned char *p, uint64_t *v, int symbols)
{
        *v = 0;
        while (symbols-- > 0)
                *v = *v << 5 | *p++;
        return p;
}

int receipt_code_format(const struct receipt *r, char out[RECEIPT_CODE], struct err *e)
{
        unsigned char symbols[SYMBOLS] = {0}, proof[10], *p = symbols;

        if (r->epoch >> (5 * OF_EPOCH) || r->seq >> (5 * OF_SEQ))
                return err_set(e, ERR_FAILED, "epoch %lld and bundle %lld are too large for a code",
                    (long long)r->epoch, (long long)r->seq);
        receipt_code_proof(r->manifest, r->state, proof);
        p = put_number(p, VERSION, OF_VERSION);
        p = put_number(p, receipt_code_stream(r->stream), OF_STREAM);
        p = put_number(p, (uint64_t)r->epoch, OF_EPOCH);
        p = put_number(p, (uint64_t)r->seq, OF_SEQ);
        for (int i = 0; i < OF_PROOF; i++) {
                unsigned at = 5U * (unsigned)i, two = (unsigned)proof[at / 8] << 8;

                if (at / 8 + 1 < sizeof proof)
                        two |= proof[at / 8 + 1];
                *p++ = (unsigned char)(two >> (11 - at % 8) & 31);
        }
        for (unsigned g = 0; g < GROUPS; g++) {
                for (unsigned i = 0; i < GROUP; i++)
                        *out++ = alphabet[symbols[g * GROUP + i]];
                *out++ = alphabet[check_of(symbols + g * GROUP, g)];
                *out++ = g + 1 < GROUPS ? '-' : '\0';
        }
        return 0;
}

/* The value of a character: 0 to 31; -1: none. */
static int value_of(char c)
{
        const char *at;

        c = (char)toupper((unsigned char)c);
        if (c == 'O')
                c = '0';
        if (c == 'I' || c == 'L')
                c = '1';
        at = c ? strchr(alphabet, c) : NULL;
        return at ? (int)(at - alphabet) : -1;
}

/* All characters, the checking ones too. */
static int read_symbols(const char *text, unsigned char all[GROUPS * (GROUP + 1)], struct err *e)
{
        size_t n = 0;

        for (; *text; text++) {
                int v = value_of(*text);

                if (*text == '-' || *text == ' ')
                        continue;
                if (v < 0)
                        return err_set(e, ERR_USAGE,
                            "no receipt's code: it holds a character that none has (digits and letters "
                            "without I, L, O, U)");
                if (n == GROUPS * (GROUP + 1))
                        return err_set(
                            e, ERR_USAGE, "no receipt's code: it is longer than eight groups");
                all[n++] = (unsigned char)v;
        }
        if (n < GROUPS * (GROUP + 1))
                return err_set(e, ERR_USAGE, "no receipt's code: it has %zu characters of %d", n,
                    GROUPS * (GROUP + 1));
        return 0;
}

static int check_groups(const unsigned char *all, unsigned char symbols[SYMBOLS], struct err *e)
{
        for (unsigned g = 0; g < GROUPS; g++, all += GROUP + 1) {
                if (check_of(all, g) != all[GROUP])
                        return err_set(e, ERR_USAGE,
                            "group %u of the code, %c%c%c%c%c, was misheard or is not in its place; ask for "
                            "it again",
                            g + 1, alphabet[all[0]], alphabet[all[1]], alphabet[all[2]],
                            alphabet[all[3]], alphabet[all[4]]);
                memcpy(symbols + g * GROUP, all, GROUP);
        }
        return 0;
}

int receipt_code_parse(const char *text, struct receipt_code *out, struct err *e)
{
        unsigned char all[GROUPS * (GROUP + 1)] = {0}, symbols[SYMBOLS] = {0};
        const unsigned char *p = symbols;
        uint64_t version, stream, epoch, seq;

        *out = (struct receipt_code){0};
        if (read_symbols(text, all, e) < 0 || check_groups(all, symbols, e) < 0)
                return -1;
        p = get_number(p, &version, OF_VERSION);
        if (version != VERSION)
                return err_set(
                    e, ERR_USAGE, "a code of kind %u; a newer dray may know it", (unsigned)version);
        p = get_number(p, &stream, OF_STREAM);
        p = get_number(p, &epoch, OF_EPOCH);
        p = get_number(p, &seq, OF_SEQ);
        if (epoch == 0 || seq == 0)
                return err_set(e, ERR_USAGE, "no receipt's code: no bundle has number 0");
        out->stream = (uint32_t)stream;
        out->epoch = (int64_t)epoch;
        out->seq = (int64_t)seq;
        for (unsigned i = 0; i < OF_PROOF; i++, p++)
                for (unsigned bit = 0; bit < 5; bit++)
                        if (*p & (16U >> bit)) {
                                unsigned at = 5 * i + bit;

                                out->proof[at / 8] |= (unsigned char)(0x80U >> at % 8);
                        }
        return 0;
}
