/* The web server under TLS: a client that verifies, the versions spoken, and wrong files. */
#include "httpd_fixture.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static struct site site;
static char cert[128], key[128];

static void write_pem(X509 *x, EVP_PKEY *k)
{
        FILE *f;

        snprintf(cert, sizeof cert, "%s/cert.pem", site.dir);
        snprintf(key, sizeof key, "%s/key.pem", site.dir);
        f = fopen(cert, "we");
        assert_non_null(f);
        assert_int_equal(PEM_write_X509(f, x), 1);
        fclose(f);
        f = fopen(key, "we");
        assert_non_null(f);
        assert_int_equal(PEM_write_PrivateKey(f, k, NULL, NULL, 0, NULL, NULL), 1);
        fclose(f);
}

/* A certificate that vouches for itself and for 127.0.0.1. */
static void make_certificate(void)
{
        EVP_PKEY *k = EVP_EC_gen("P-256");
        X509 *x = X509_new();
        X509_NAME *name = X509_get_subject_name(x);
        X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");

        assert_non_null(k);
        assert_non_null(san);
        X509_set_version(x, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
        X509_gmtime_adj(X509_getm_notBefore(x), -3600);
        X509_gmtime_adj(X509_getm_notAfter(x), 3600);
        X509_NAME_add_entry_by_txt(
            name, "CN", MBSTRING_ASC, (const unsigned char *)"dray test", -1, -1, 0);
        X509_set_issuer_name(x, name);
        X509_set_pubkey(x, k);
        X509_add_ext(x, san, -1);
        assert_true(X509_sign(x, k, EVP_sha256()) > 0);
        write_pem(x, k);
        X509_EXTENSION_free(san);
        X509_free(x);
        EVP_PKEY_free(k);
}

#define LARGE (3 * 1024 * 1024 + 5)

static unsigned char *large;

static int setup(void **state)
{
        (void)state;
        site_make(&site);
        make_certificate();
        large = xmalloc(LARGE);
        for (size_t i = 0; i < LARGE; i++)
                large[i] = (unsigned char)(i * 2654435761u >> 11);
        site_put(&site, "site-a/small", "small");
        site_put_bytes(&site, "site-a/large.zip", large, LARGE);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        free(large);
        site_remove(&site);
        return 0;
}

static size_t collect(char *bytes, size_t size, size_t count, void *into)
{
        return buf_add(into, bytes, size * count) == 0 ? count : 0;
}

/* GETs a target, verifying the certificate. What libcurl says of it. */
static CURLcode get(
    const struct httpd *h, const char *target, long version, const char *range, struct buf *body)
{
        CURL *c = curl_easy_init();
        char *url = xasprintf("https://127.0.0.1:%u%s", httpd_port(h), target);
        CURLcode got;

        curl_easy_setopt(c, CURLOPT_URL, url);
        curl_easy_setopt(c, CURLOPT_CAINFO, cert);
        curl_easy_setopt(c, CURLOPT_PROXY, "");
        curl_easy_setopt(c, CURLOPT_SSLVERSION, version);
        curl_easy_setopt(c, CURLOPT_RANGE, range);
        curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
        curl_easy_setopt(c, CURLOPT_TIMEOUT, 20L);
        curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, collect);
        curl_easy_setopt(c, CURLOPT_WRITEDATA, body);
        got = curl_easy_perform(c);
        curl_easy_cleanup(c);
        free(url);
        return got;
}

static struct httpd *serve_tls(void)
{
        return serve_with(&site, (struct httpd_options){.cert_file = cert, .key_file = key});
}

static void test_download(void **state)
{
        struct httpd *h = serve_tls();
        struct buf body;

        (void)state;
        buf_init(&body, 2 * LARGE);
        assert_int_equal(get(h, "/small", CURL_SSLVERSION_DEFAULT, NULL, &body), CURLE_OK);
        assert_string_equal(body.data, "small");
        buf_reset(&body);
        assert_int_equal(get(h, "/large.zip", CURL_SSLVERSION_DEFAULT, NULL, &body), CURLE_OK);
        assert_int_equal(body.len, LARGE);
        assert_memory_equal(body.data, large, LARGE);
        buf_reset(&body);
        assert_int_equal(
            get(h, "/large.zip", CURL_SSLVERSION_DEFAULT, "1000001-2000000", &body), CURLE_OK);
        assert_int_equal(body.len, 1000000);
        assert_memory_equal(body.data, large + 1000001, 1000000);
        buf_release(&body);
        httpd_stop(h);
}

static void test_versions(void **state)
{
        struct httpd *h = serve_tls();
        struct buf body;

        (void)state;
        buf_init(&body, 1000);
        assert_int_equal(get(h, "/small", CURL_SSLVERSION_TLSv1_3, NULL, &body), CURLE_OK);
        assert_int_equal(
            get(h, "/small", CURL_SSLVERSION_TLSv1_2 | CURL_SSLVERSION_MAX_TLSv1_2, NULL, &body),
            CURLE_OK);
        assert_int_not_equal(
            get(h, "/small", CURL_SSLVERSION_TLSv1_1 | CURL_SSLVERSION_MAX_TLSv1_1, NULL, &body),
            CURLE_OK);
        buf_release(&body);
        httpd_stop(h);
}

/* Somebody who speaks plain HTTP to it, or nothing at all, holds up nobody. */
static void test_no_handshake(void **state)
{
        struct httpd *h = serve_with(
            &site, (struct httpd_options){.cert_file = cert, .key_file = key, .header_seconds = 1});
        struct reply r = ask(h, "/small");
        int fd = dial(h);
        char chunk[16];

        (void)state;
        assert_int_equal(r.status, 0);
        reply_free(&r);
        assert_true(recv(fd, chunk, sizeof chunk, 0) == 0 || errno == ECONNRESET);
        close(fd);
        httpd_stop(h);
}

static void expect_no_start(const char *cert_file, const char *key_file, const char *why)
{
        struct httpd_options o = {.site = site.link, .cert_file = cert_file, .key_file = key_file};
        static const char *const anywhere[] = {"127.0.0.1:0"};
        struct err e = ERR_INIT;

        o.listen = anywhere;
        o.listen_count = 1;
        assert_null(httpd_start(&o, &e));
        if (!strstr(e.msg, why))
                print_error("%s\n", e.msg);
        assert_non_null(strstr(e.msg, why));
}

static void test_wrong_files(void **state)
{
        char none[128], text[128];

        (void)state;
        snprintf(none, sizeof none, "%s/none.pem", site.dir);
        snprintf(text, sizeof text, "%s/site-a/small", site.dir);
        expect_no_start(cert, NULL, "both a certificate and its key");
        expect_no_start(NULL, key, "both a certificate and its key");
        expect_no_start(none, key, "none.pem");
        expect_no_start(cert, none, "none.pem");
        expect_no_start(text, key, "the web server does not start");
        expect_no_start(cert, text, "the web server does not start");
        expect_no_start(cert, text, cert);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_download),
            cmocka_unit_test(test_versions),
            cmocka_unit_test(test_no_handshake),
            cmocka_unit_test(test_wrong_files),
        };

        curl_global_init(CURL_GLOBAL_DEFAULT);
        return cmocka_run_group_tests(tests, setup, teardown);
}
