#include "mirror/pypi/version.h"

#include <assert.h>

#include "ascii.h"
#include "bundle/limit.h"
#include "bundle/mem.h"

/*
 * The key is a run of parts, each of which no other value of the same part is
 * a prefix of; therefore memcmp() decides at the first part that differs.
 *
 *   number   one byte 1 + digits, then the digits without leading zeros
 *   release  numbers, then END; trailing zeros dropped
 *   pre      PRE_DEV | PRE_A.. number | PRE_NONE
 *   post     POST_NONE | POST number
 *   dev      DEV number | DEV_NONE
 *   local    LOCAL_NONE | LOCAL, then (WORD letters END | NUMBER number)*, END
 */
enum {
        END = 0,
        PRE_DEV = 0, /* 1.0.dev1 sorts before 1.0a1 */
        PRE_A = 1,
        PRE_B = 2,
        PRE_RC = 3,
        PRE_NONE = 4,
        POST_NONE = 0,
        POST = 1,
        DEV = 1,
        DEV_NONE = 2,
        LOCAL_NONE = 0,
        LOCAL = 1,
        WORD = 1,
        NUMBER = 2,
};

/* The longest growth is a one-letter suffix: "r" to ".post0", "c" to "rc0". */
#define TEXT_MAX (LIMIT_VERSION + 32)
#define KEY_MAX (2 * LIMIT_VERSION + 32)
static_assert(LIMIT_VERSION < 255, "the number of digits must fit one byte");

struct reader {
        const char *at, *end;
        size_t text_len, key_len;
        char text[TEXT_MAX];
        unsigned char key[KEY_MAX];
};

struct number {
        const char *digits; /* without leading zeros */
        size_t len;         /* 0: the number is zero */
};

static bool is_separator(char c)
{
        return c == '.' || c == '-' || c == '_';
}

static void put_key(struct reader *r, int byte)
{
        assert(r->key_len < KEY_MAX);
        r->key[r->key_len++] = (unsigned char)byte;
}

static void put_text(struct reader *r, const char *text, size_t len)
{
        assert(len < TEXT_MAX - r->text_len);
        memcpy(r->text + r->text_len, text, len);
        r->text_len += len;
}

static void put_number_key(struct reader *r, struct number n)
{
        put_key(r, 1 + (int)n.len);
        for (size_t i = 0; i < n.len; i++)
                put_key(r, n.digits[i]);
}

static void put_number_text(struct reader *r, struct number n)
{
        put_text(r, n.len ? n.digits : "0", n.len ? n.len : 1);
}

static void put_number(struct reader *r, struct number n)
{
        put_number_key(r, n);
        put_number_text(r, n);
}

static struct number strip_zeros(const char *digits, size_t len)
{
        while (len && *digits == '0') {
                digits++;
                len--;
        }
        return (struct number){digits, len};
}

/* Zero or more digits. */
static bool take_number(struct reader *r, struct number *n)
{
        const char *start = r->at;

        while (r->at < r->end && ascii_is_digit(*r->at))
                r->at++;
        *n = strip_zeros(start, (size_t)(r->at - start));
        return r->at > start;
}

static bool take_word(struct reader *r, const char *word)
{
        size_t i = 0;

        while (word[i] && r->at + i < r->end && ascii_lower(r->at[i]) == word[i])
                i++;
        if (word[i])
                return false;
        r->at += i;
        return true;
}

static void take_separator(struct reader *r)
{
        if (r->at < r->end && is_separator(*r->at))
                r->at++;
}

/* [separator] one of the words, [separator] [number]. Nothing is taken when no word is there. */
static bool take_suffix(struct reader *r, const char *const *words, size_t *which, struct number *n)
{
        const char *start = r->at;

        take_separator(r);
        for (*which = 0; words[*which]; ++*which) {
                if (!take_word(r, words[*which]))
                        continue;
                take_separator(r);
                take_number(r, n);
                return true;
        }
        r->at = start;
        return false;
}

static int read_release(struct reader *r, struct version *v)
{
        struct number n, zero = {NULL, 0};
        size_t zeros = 0;

        if (!take_number(r, &n))
                return -1;
        if (r->at < r->end && *r->at == '!') {
                put_number_key(r, n);
                if (n.len) {
                        put_number_text(r, n);
                        put_text(r, "!", 1);
                }
                r->at++;
                if (!take_number(r, &n))
                        return -1;
        } else {
                put_number_key(r, zero);
        }
        v->epoch_len = (uint16_t)r->key_len;
        for (;;) {
                put_number_text(r, n);
                v->release_count++;
                if (n.len) {
                        for (; zeros; zeros--)
                                put_number_key(r, zero);
                        put_number_key(r, n);
                } else {
                        zeros++;
                }
                if (r->end - r->at < 2 || *r->at != '.' || !ascii_is_digit(r->at[1]))
                        break;
                r->at++;
                take_number(r, &n);
                put_text(r, ".", 1);
        }
        put_key(r, END);
        v->base_len = (uint16_t)r->key_len;
        return 0;
}

static void read_suffixes(struct reader *r, struct version *v)
{
        /* A longer word stands before its own beginning. */
        static const char *const pre[] = {
            "alpha", "a", "beta", "b", "preview", "pre", "rc", "c", NULL};
        static const int pre_kind[] = {PRE_A, PRE_A, PRE_B, PRE_B, PRE_RC, PRE_RC, PRE_RC, PRE_RC};
        static const char *const pre_text[] = {"", "a", "b", "rc"};
        static const char *const post[] = {"post", "rev", "r", NULL};
        static const char *const dev[] = {"dev", NULL};
        struct number pre_number, post_number, dev_number;
        size_t which = 0, pre_which = 0;

        v->is_pre = take_suffix(r, pre, &pre_which, &pre_number);
        if (r->end - r->at >= 2 && *r->at == '-' && ascii_is_digit(r->at[1])) {
                r->at++;
                v->is_post = take_number(r, &post_number);
        } else {
                v->is_post = take_suffix(r, post, &which, &post_number);
        }
        v->is_dev = take_suffix(r, dev, &which, &dev_number);

        if (v->is_pre) {
                const char *text = pre_text[pre_kind[pre_which]];

                put_text(r, text, strlen(text));
                put_key(r, pre_kind[pre_which]);
                put_number(r, pre_number);
        } else {
                put_key(r, v->is_dev && !v->is_post ? PRE_DEV : PRE_NONE);
        }
        v->pre_len = (uint16_t)r->key_len;
        put_key(r, v->is_post ? POST : POST_NONE);
        if (v->is_post) {
                put_text(r, ".post", 5);
                put_number(r, post_number);
        }
        v->post_len = (uint16_t)r->key_len;
        put_key(r, v->is_dev ? DEV : DEV_NONE);
        if (v->is_dev) {
                put_text(r, ".dev", 4);
                put_number(r, dev_number);
        }
        v->public_len = (uint16_t)r->key_len;
        v->public_text_len = (uint16_t)r->text_len;
}

static void put_local_part(struct reader *r, const char *part, size_t len)
{
        size_t digits = 0;

        while (digits < len && ascii_is_digit(part[digits]))
                digits++;
        if (digits == len) {
                put_key(r, NUMBER);
                put_number(r, strip_zeros(part, len));
                return;
        }
        put_key(r, WORD);
        for (size_t i = 0; i < len; i++) {
                char c = ascii_lower(part[i]);

                put_key(r, c);
                put_text(r, &c, 1);
        }
        put_key(r, END);
}

static int read_local(struct reader *r)
{
        const char *mark = "+";

        if (r->at == r->end || *r->at != '+') {
                put_key(r, LOCAL_NONE);
                return 0;
        }
        put_key(r, LOCAL);
        do {
                const char *part = ++r->at;

                while (r->at < r->end && ascii_is_alphanumeric(*r->at))
                        r->at++;
                if (r->at == part)
                        return -1;
                put_text(r, mark, 1);
                mark = ".";
                put_local_part(r, part, (size_t)(r->at - part));
        } while (r->at < r->end && is_separator(*r->at));
        put_key(r, END);
        return 0;
}

static int refuse(struct err *e, const char *text, size_t len, size_t at)
{
        if (!e)
                return -1;
        if (len > LIMIT_VERSION)
                return err_set(e, ERR_FAILED, "version \"%.40s...\" has more than %d characters",
                    text, LIMIT_VERSION);
        if (at >= len)
                return err_set(e, ERR_FAILED,
                    "\"%.*s\" is not a version (PEP 440): it ends too early", (int)len, text);
        return err_set(e, ERR_FAILED,
            "\"%.*s\" is not a version (PEP 440): not from character %zu on", (int)len, text,
            at + 1);
}

int version_parse_n(struct version *v, const char *text, size_t len, struct err *e)
{
        struct reader r;
        int ret = -1;

        *v = (struct version){0};
        while (len && ascii_is_blank(*text)) {
                text++;
                len--;
        }
        while (len && ascii_is_blank(text[len - 1]))
                len--;
        if (len > LIMIT_VERSION)
                return refuse(e, text, len, 0);
        r.at = text;
        r.end = text + len;
        r.text_len = r.key_len = 0;
        if (len && ascii_lower(*text) == 'v')
                r.at++;
        if (read_release(&r, v) < 0)
                goto out;
        read_suffixes(&r, v);
        if (read_local(&r) < 0 || r.at < r.end)
                goto out;
        v->key_len = (uint16_t)r.key_len;
        v->text = xmalloc(r.text_len + 1 + r.key_len);
        memcpy(v->text, r.text, r.text_len);
        v->text[r.text_len] = '\0';
        v->key = memcpy(v->text + r.text_len + 1, r.key, r.key_len);
        ret = 0;
out:
        if (ret < 0) {
                *v = (struct version){0};
                refuse(e, text, len, (size_t)(r.at - text));
        }
        return ret;
}

int version_parse(struct version *v, const char *text, struct err *e)
{
        return version_parse_n(v, text, strlen(text), e);
}

void version_copy(struct version *to, const struct version *from)
{
        size_t text_size = strlen(from->text) + 1;

        *to = *from;
        to->text = xmalloc(text_size + from->key_len);
        memcpy(to->text, from->text, text_size + from->key_len);
        to->key = (unsigned char *)to->text + text_size;
}

void version_release(struct version *v)
{
        free(v->text);
        *v = (struct version){0};
}

static int compare_keys(
    const struct version *a, size_t a_len, const struct version *b, size_t b_len)
{
        int order = memcmp(a->key, b->key, a_len < b_len ? a_len : b_len);

        return order ? order : (a_len > b_len) - (a_len < b_len);
}

int version_compare(const struct version *a, const struct version *b)
{
        return compare_keys(a, a->key_len, b, b->key_len);
}

int version_compare_public(const struct version *a, const struct version *b)
{
        return compare_keys(a, a->public_len, b, b->public_len);
}

bool version_same_base(const struct version *a, const struct version *b)
{
        return compare_keys(a, a->base_len, b, b->base_len) == 0;
}

/* The next release number in the key; the END of the key stands for zeros without end. */
static const unsigned char *next_number(const unsigned char **at, size_t *len)
{
        static const unsigned char zero[1] = {1};
        const unsigned char *number = *at;

        if (*number == END) {
                *len = 1;
                return zero;
        }
        *len = *number;
        *at += *len;
        return number;
}

bool version_same_prefix(const struct version *a, const struct version *b, size_t count)
{
        const unsigned char *a_at = a->key + a->epoch_len, *b_at = b->key + b->epoch_len;

        if (compare_keys(a, a->epoch_len, b, b->epoch_len) != 0)
                return false;
        for (size_t i = 0; i < count; i++) {
                size_t a_len, b_len;
                const unsigned char *a_number = next_number(&a_at, &a_len);
                const unsigned char *b_number = next_number(&b_at, &b_len);

                if (a_len != b_len || memcmp(a_number, b_number, a_len) != 0)
                        return false;
        }
        return true;
}

bool version_is_prerelease(const struct version *v)
{
        return v->is_pre || v->is_dev;
}

const char *version_local(const struct version *v)
{
        return v->text[v->public_text_len] ? v->text + v->public_text_len + 1 : NULL;
}
