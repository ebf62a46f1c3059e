#include "mirror/npm/signing.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "bundle/base64.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/rfc3339.h"

struct signing_key {
        char *id;
        EVP_PKEY *key;
        int64_t expires; /* INT64_MAX: never */
        json_t *document;
};

struct signing_keys {
        struct signing_key *items;
        size_t count, cap;
};

/* Base64 of whatever length it states; NULL: it is none. The caller frees. */
static unsigned char *decode(const char *text, size_t max, size_t *len)
{
        size_t chars = strlen(text), padding = 0;
        unsigned char *out;

        while (padding < 2 && padding < chars && text[chars - 1 - padding] == '=')
                padding++;
        if (chars == 0 || chars % 4 || chars / 4 * 3 - padding > max)
                return NULL;
        *len = chars / 4 * 3 - padding;
        out = xmalloc(*len);
        if (base64_decode(out, *len, text, chars) == 0)
                return out;
        free(out);
        return NULL;
}

static EVP_PKEY *read_key(const char *base64)
{
        size_t len;
        unsigned char *der = decode(base64, LIMIT_KEY_FILE, &len);
        const unsigned char *at = der;
        EVP_PKEY *key = der ? d2i_PUBKEY(NULL, &at, (long)len) : NULL;

        free(der);
        if (key && EVP_PKEY_base_id(key) == EVP_PKEY_EC)
                return key;
        EVP_PKEY_free(key);
        return NULL;
}

/* Keys of kinds that are not known are passed over: what they signed is then refused by name. */
static void add_key(struct signing_keys *k, const json_t *item)
{
        const char *id = json_string_value(json_object_get(item, "keyid"));
        const char *text = json_string_value(json_object_get(item, "key"));
        const char *expires = json_string_value(json_object_get(item, "expires"));
        struct signing_key key = {.expires = INT64_MAX};

        if (!id || !text)
                return;
        /* an expiry that cannot be read has passed */
        if (expires && rfc3339_parse(expires, strlen(expires), &key.expires) < 0)
                key.expires = INT64_MIN;
        key.key = read_key(text);
        if (!key.key)
                return;
        key.id = xstrdup(id);
        key.document = json_deep_copy(item);
        k->items = xgrow(k->items, k->count, &k->cap, sizeof *k->items);
        k->items[k->count++] = key;
}

struct signing_keys *signing_keys_parse(const char *bytes, size_t len, struct err *e)
{
        json_error_t why;
        json_t *document = json_loadb(bytes, len, 0, &why), *item;
        struct signing_keys *k = xcalloc(1, sizeof *k);
        size_t i;

        json_array_foreach (json_object_get(document, "keys"), i, item)
                add_key(k, item);
        json_decref(document);
        if (k->count)
                return k;
        if (!document)
                err_set(e, ERR_FAILED, "line %d, column %d: %s", why.line, why.column, why.text);
        else
                err_set(e, ERR_FAILED, "no ECDSA key in it");
        signing_keys_free(k);
        return NULL;
}

void signing_keys_free(struct signing_keys *k)
{
        if (!k)
                return;
        for (size_t i = 0; i < k->count; i++) {
                free(k->items[i].id);
                EVP_PKEY_free(k->items[i].key);
                json_decref(k->items[i].document);
        }
        free(k->items);
        free(k);
}

static bool is_right(const struct signing_key *key, const char *message, const char *signature)
{
        size_t len;
        unsigned char *der = decode(signature, LIMIT_SIGNATURE, &len);
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        bool right = der && context &&
                     EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key->key) == 1 &&
                     EVP_DigestVerify(
                         context, der, len, (const unsigned char *)message, strlen(message)) == 1;

        EVP_MD_CTX_free(context);
        free(der);
        return right;
}

static int check_one(const struct signing_keys *k, const char *what, const char *message,
    const json_t *signature, int64_t published, struct err *e)
{
        const char *id = json_string_value(json_object_get(signature, "keyid"));
        const char *sig = json_string_value(json_object_get(signature, "sig"));

        for (size_t i = 0; id && sig && i < k->count; i++) {
                if (strcmp(k->items[i].id, id) != 0)
                        continue;
                if (published >= k->items[i].expires)
                        return err_set(e, ERR_REFUSED,
                            "%s: signed by the registry's key %s, which had expired when it was published",
                            what, id);
                if (is_right(&k->items[i], message, sig))
                        return 0;
                return err_set(e, ERR_REFUSED,
                    "%s: the registry's signature is wrong (key %s): name, version or integrity is "
                    "not what was signed",
                    what, id);
        }
        return err_set(e, ERR_REFUSED, "%s: signed by key %s, which is none of the registry's keys",
            what, id ? id : "(none)");
}

int signing_check(const struct signing_keys *k, const char *name, const char *version,
    const json_t *dist, int64_t published, bool required, struct err *e)
{
        const json_t *all = json_object_get(dist, "signatures"), *one;
        const char *integrity = json_string_value(json_object_get(dist, "integrity"));
        char *what = xasprintf("%s %s", name, version);
        char *message = xasprintf("%s@%s:%s", name, version, integrity ? integrity : "");
        size_t i;
        int ret = 0;

        if (json_array_size(all) == 0 && required)
                ret = err_set(e, ERR_REFUSED,
                    "%s: the registry did not sign it, which signing_keys asks for", what);
        json_array_foreach (all, i, one)
                if (ret == 0)
                        ret = check_one(k, what, message, one, published, e);
        free(what);
        free(message);
        return ret;
}

json_t *signing_keys_of(const struct signing_keys *k, const json_t *dist)
{
        const json_t *all = json_object_get(dist, "signatures"), *one;
        json_t *keys = json_array();
        size_t i;

        json_array_foreach (all, i, one) {
                const char *id = json_string_value(json_object_get(one, "keyid"));

                for (size_t n = 0; id && k && n < k->count; n++)
                        if (strcmp(k->items[n].id, id) == 0)
                                json_array_append(keys, k->items[n].document);
        }
        return keys;
}
