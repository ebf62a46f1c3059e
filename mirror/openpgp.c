#include "mirror/openpgp.h"

#include "bundle/digest.h"
#include "mirror/openpgp_armor.h"

/* RFC 4880 4.3 and 9, RFC 9580 9.1 */
enum {
        TAG_SIGNATURE = 2,
        TAG_PUBLIC_KEY = 6,
        TAG_USER_ID = 13,
        ALGORITHM_EDDSA = 22,
        HASH_SHA256 = 8,
        HASH_SHA512 = 10,
        TYPE_BINARY = 0x00,
        TYPE_TEXT = 0x01,
        TYPE_CERTIFICATION = 0x13, /* positive */
        SUBPACKET_CREATED = 2,
        SUBPACKET_ISSUER = 16,
        SUBPACKET_HASHES = 21,
        SUBPACKET_KEY_FLAGS = 27,
        SUBPACKET_FINGERPRINT = 33,
};

#define PACKET_MAX 4096 /* a key, a user id, a signature: each is far smaller */
#define USER_ID_MAX 1024
#define SHA512_SIZE 64

/* -- numbers and packets; buffers here hold PACKET_MAX, which nothing reaches -- */

static void add_bytes(struct buf *out, const void *bytes, size_t len)
{
        if (buf_add(out, bytes, len) < 0)
                abort();
}

static void add_number(struct buf *out, uint64_t value, int octets)
{
        while (octets-- > 0) {
                unsigned char octet = (unsigned char)(value >> (8 * octets));

                add_bytes(out, &octet, 1);
        }
}

/* A multiprecision integer: its length in bits, then its bytes without leading zeros. */
static void add_mpi(struct buf *out, const unsigned char *bytes, size_t len)
{
        unsigned bits = 8;

        while (len && !*bytes) {
                bytes++;
                len--;
        }
        while (len && !(*bytes >> (bits - 1)))
                bits--;
        add_number(out, len ? (len - 1) * 8 + bits : 0, 2);
        add_bytes(out, bytes, len);
}

static void add_subpacket(struct buf *out, int type, const void *bytes, size_t len)
{
        add_number(out, len + 1, 1); /* all of ours are shorter than 192 */
        add_number(out, (uint64_t)type, 1);
        add_bytes(out, bytes, len);
}

/* In the new format, with a length of one or two octets. */
static void add_packet(struct buf *out, int tag, const struct buf *body)
{
        add_number(out, (uint64_t)(0xC0 | tag), 1);
        if (body->len < 192)
                add_number(out, body->len, 1);
        else
                add_number(out, body->len - 192 + (192 << 8), 2);
        add_bytes(out, body->data, body->len);
}

/* -- the key -- */

static void add_key_body(struct buf *out, const struct signer *s)
{
        static const unsigned char oid[] = {
            9, 0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01}; /* Ed25519 */
        unsigned char point[1 + SIGNER_KEY_SIZE] = {0x40};

        memcpy(point + 1, s->public_key, SIGNER_KEY_SIZE);
        add_number(out, 4, 1);
        add_number(out, (uint64_t)s->created, 4);
        add_number(out, ALGORITHM_EDDSA, 1);
        add_bytes(out, oid, sizeof oid);
        add_mpi(out, point, sizeof point);
}

/* What a key is hashed as, for its fingerprint and in its certifications. */
static void hash_key(struct digest *d, const struct signer *s)
{
        struct buf body, head;

        buf_init(&body, PACKET_MAX);
        buf_init(&head, PACKET_MAX);
        add_key_body(&body, s);
        add_number(&head, 0x99, 1);
        add_number(&head, body.len, 2);
        digest_update(d, head.data, head.len);
        digest_update(d, body.data, body.len);
        buf_release(&body);
        buf_release(&head);
}

void openpgp_fingerprint(const struct signer *s, unsigned char out[OPENPGP_FINGERPRINT_SIZE])
{
        struct digest *d = digest_new(DIGEST_SHA1);
        unsigned char value[DIGEST_MAX_SIZE];

        hash_key(d, s);
        digest_final(d);
        digest_get(d, DIGEST_SHA1, value);
        memcpy(out, value, OPENPGP_FINGERPRINT_SIZE);
        digest_free(d);
}

void openpgp_fingerprint_text(const struct signer *s, char out[OPENPGP_FINGERPRINT_TEXT])
{
        unsigned char bytes[OPENPGP_FINGERPRINT_SIZE];

        openpgp_fingerprint(s, bytes);
        for (size_t i = 0; i < sizeof bytes; i++)
                snprintf(out + 2 * i, 3, "%02X", bytes[i]);
}

/* -- signatures -- */

/* The part of a signature packet that it covers itself. */
static void add_hashed_part(struct buf *out, const struct signer *s, int type, int64_t date)
{
        static const unsigned char certify_and_sign = 0x03;
        static const unsigned char hashes[] = {HASH_SHA512, HASH_SHA256};
        unsigned char issuer[1 + OPENPGP_FINGERPRINT_SIZE] = {4};
        struct buf subpackets, time;

        buf_init(&subpackets, PACKET_MAX);
        buf_init(&time, PACKET_MAX);
        add_number(&time, (uint64_t)date, 4);
        openpgp_fingerprint(s, issuer + 1);
        add_subpacket(&subpackets, SUBPACKET_FINGERPRINT, issuer, sizeof issuer);
        add_subpacket(&subpackets, SUBPACKET_CREATED, time.data, time.len);
        if (type == TYPE_CERTIFICATION) {
                add_subpacket(&subpackets, SUBPACKET_KEY_FLAGS, &certify_and_sign, 1);
                add_subpacket(&subpackets, SUBPACKET_HASHES, hashes, sizeof hashes);
        }
        add_number(out, 4, 1);
        add_number(out, (uint64_t)type, 1);
        add_number(out, ALGORITHM_EDDSA, 1);
        add_number(out, HASH_SHA512, 1);
        add_number(out, subpackets.len, 2);
        add_bytes(out, subpackets.data, subpackets.len);
        buf_release(&subpackets);
        buf_release(&time);
}

/* Finishes the hash of what is signed (RFC 4880 5.2.4) and appends the signature packet. */
static int add_signature(struct buf *out, const struct signer *s, int type, int64_t date,
    struct digest *d, struct err *e)
{
        unsigned char hash[DIGEST_MAX_SIZE], signature[SIGNER_SIGNATURE_SIZE];
        unsigned char issuer[OPENPGP_FINGERPRINT_SIZE];
        struct buf body, trailer;
        int ret = -1;

        buf_init(&body, PACKET_MAX);
        buf_init(&trailer, PACKET_MAX);
        add_hashed_part(&body, s, type, date);
        add_number(&trailer, 0x04FF, 2);
        add_number(&trailer, body.len, 4);
        digest_update(d, body.data, body.len);
        digest_update(d, trailer.data, trailer.len);
        digest_final(d);
        digest_get(d, DIGEST_SHA512, hash);
        if (s->sign(s, hash, SHA512_SIZE, signature, e) < 0)
                goto out;

        openpgp_fingerprint(s, issuer);
        add_number(&body, 10, 2); /* not covered: a hint for old readers, the key id */
        add_subpacket(&body, SUBPACKET_ISSUER, issuer + sizeof issuer - 8, 8);
        add_bytes(&body, hash, 2);
        add_mpi(&body, signature, 32);
        add_mpi(&body, signature + 32, 32);
        add_packet(out, TAG_SIGNATURE, &body);
        ret = 0;
out:
        buf_release(&body);
        buf_release(&trailer);
        return ret;
}

static int full(struct err *e)
{
        return err_set(e, ERR_FAILED, "a signed page is larger than allowed");
}

/* Times are 32 bits wide in version 4. */
static int check_date(int64_t date, struct err *e)
{
        if (date >= 0 && date <= UINT32_MAX)
                return 0;
        return err_set(
            e, ERR_FAILED, "%lld is no time that an OpenPGP signature can have", (long long)date);
}

static int make_certificate(
    const struct signer *s, const char *user_id, struct buf *packets, struct err *e)
{
        struct digest *d = digest_new(DIGEST_SHA512);
        struct buf body, head;
        int ret = -1;

        buf_init(&body, PACKET_MAX);
        buf_init(&head, PACKET_MAX);
        if (check_date(s->created, e) < 0)
                goto out;
        if (strlen(user_id) > USER_ID_MAX) {
                err_set(e, ERR_FAILED, "a user id is longer than %d bytes", USER_ID_MAX);
                goto out;
        }
        add_key_body(&body, s);
        add_packet(packets, TAG_PUBLIC_KEY, &body);
        buf_reset(&body);
        add_bytes(&body, user_id, strlen(user_id));
        add_packet(packets, TAG_USER_ID, &body);
        hash_key(d, s);
        add_number(&head, 0xB4, 1);
        add_number(&head, body.len, 4);
        digest_update(d, head.data, head.len);
        digest_update(d, body.data, body.len);
        ret = add_signature(packets, s, TYPE_CERTIFICATION, s->created, d, e);
out:
        buf_release(&body);
        buf_release(&head);
        digest_free(d);
        return ret;
}

int openpgp_certificate(const struct signer *s, const char *user_id, struct buf *out, struct err *e)
{
        struct buf packets;
        int ret;

        buf_init(&packets, PACKET_MAX);
        ret = make_certificate(s, user_id, &packets, e);
        if (ret == 0 && buf_add(out, packets.data, packets.len) < 0)
                ret = full(e);
        buf_release(&packets);
        return ret;
}

int openpgp_certificate_armored(
    const struct signer *s, const char *user_id, struct buf *out, struct err *e)
{
        struct buf packets;
        int ret;

        buf_init(&packets, PACKET_MAX);
        ret = make_certificate(s, user_id, &packets, e);
        if (ret == 0 && openpgp_armor("PUBLIC KEY BLOCK", packets.data, packets.len, out) < 0)
                ret = full(e);
        buf_release(&packets);
        return ret;
}

static int add_armored_signature(const struct signer *s, int type, int64_t date, struct digest *d,
    struct buf *out, struct err *e)
{
        struct buf packet;
        int ret;

        buf_init(&packet, PACKET_MAX);
        ret = check_date(date, e) < 0 ? -1 : add_signature(&packet, s, type, date, d, e);
        if (ret == 0 && openpgp_armor("SIGNATURE", packet.data, packet.len, out) < 0)
                ret = full(e);
        buf_release(&packet);
        return ret;
}

/*
 * One line of signed text: hashed without trailing blanks, after a CR LF
 * unless it is the first; written with its dashes escaped (RFC 4880 7.1).
 */
static int add_line(
    struct buf *out, struct digest *d, const char *line, size_t len, int first, struct err *e)
{
        size_t hashed = len;

        while (hashed && strchr(" \t\r", line[hashed - 1]))
                hashed--;
        if (!first)
                digest_update(d, "\r\n", 2);
        digest_update(d, line, hashed);
        if ((len && *line == '-' && buf_adds(out, "- ") < 0) || buf_add(out, line, len) < 0 ||
            buf_addc(out, '\n') < 0)
                return full(e);
        return 0;
}

int openpgp_clearsign(const struct signer *s, const char *text, size_t len, int64_t date,
    struct buf *out, struct err *e)
{
        struct digest *d = digest_new(DIGEST_SHA512);
        int ret = -1;

        if (memchr(text, '\0', len)) {
                err_set(e, ERR_FAILED, "text to be signed holds a NUL");
                goto out;
        }
        if (buf_adds(out, "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n") < 0) {
                full(e);
                goto out;
        }
        for (size_t at = 0; at < len;) {
                const char *end = memchr(text + at, '\n', len - at);
                size_t line = end ? (size_t)(end - text) - at : len - at;

                if (add_line(out, d, text + at, line, at == 0, e) < 0)
                        goto out;
                at += line + 1;
        }
        ret = add_armored_signature(s, TYPE_TEXT, date, d, out, e);
out:
        digest_free(d);
        return ret;
}

int openpgp_detached(const struct signer *s, const void *bytes, size_t len, int64_t date,
    struct buf *out, struct err *e)
{
        struct digest *d = digest_new(DIGEST_SHA512);
        int ret;

        digest_update(d, bytes, len);
        ret = add_armored_signature(s, TYPE_BINARY, date, d, out, e);
        digest_free(d);
        return ret;
}
