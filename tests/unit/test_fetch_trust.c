/* Who is asked, who gets the password, whose certificate counts. */
#include "liar.h"

static struct liar liar, other, secure;
static char directory[] = "/tmp/dray-test-XXXXXX";
static char cert[64], key[64], netrc[64];

static int start(void **state)
{
        if (!mkdtemp(directory))
                return -1;
        snprintf(cert, sizeof cert, "%s/cert.pem", directory);
        snprintf(key, sizeof key, "%s/key.pem", directory);
        snprintf(netrc, sizeof netrc, "%s/netrc", directory);
        return liar_environment(state);
}

static int stop(void **state)
{
        (void)state;
        liar_stop(&liar);
        liar_stop(&other);
        liar_stop(&secure);
        unlink(cert);
        unlink(key);
        unlink(netrc);
        return rmdir(directory);
}

static void need_servers(void)
{
        liar_need(&liar);
        liar_need(&other);
}

static void need_secure(void)
{
        need_servers();
        if (secure.pid)
                return;
        make_certificate(cert, key);
        liar_start(&secure, cert, key);
}

/* Makes d's URL carry these: "http://user:password@127.0.0.1:..." */
static void with_credentials(struct download *d, const char *credentials)
{
        char *rest = xstrdup(d->url + strlen("http://"));

        snprintf(d->url, sizeof d->url, "http://%s@%s", credentials, rest);
        free(rest);
}

static void logs_in(void **state)
{
        struct fetch_options o = download_options();
        struct download d;
        FILE *f;

        (void)state;
        need_servers();
        download_init(&d, &liar, "/auth/user/geheim%%40");
        with_credentials(&d, "user:geheim%2540");
        download_run(&d);
        assert_ok(&d, 100);
        download_release(&d);

        download_init(&d, &liar, "/auth/user/geheim");
        with_credentials(&d, "user:falsch");
        download_run(&d);
        assert_failed(&d, false, "401: the server wants a user name and password");
        assert_null(strstr(d.outcome.err.msg, "falsch"));
        download_release(&d);

        f = fopen(netrc, "w");
        assert_non_null(f);
        fprintf(f, "machine 127.0.0.1 login user password geheim\n");
        fclose(f);
        o.netrc_file = netrc;
        download_init(&d, &liar, "/auth/user/geheim");
        download_run_with(&d, &o);
        assert_ok(&d, 100);
        download_release(&d);
}

static void keeps_passwords_from_other_hosts(void **state)
{
        struct download d;
        struct buf log;

        (void)state;
        need_servers();
        liar_log(&other, &log);
        buf_release(&log);
        liar_log(&liar, &log);
        buf_release(&log);
        download_init(&d, &liar, "/redirect-to?url=http://127.0.0.1:%u/ok/100", other.port);
        with_credentials(&d, "user:geheim");
        download_run(&d);
        assert_ok(&d, 100);
        download_release(&d);

        download_init(&d, &liar, "/redirect-to?url=http://127.0.0.1:%u/ok/101", other.port);
        d.request.authorization = "Bearer geheim";
        download_run(&d);
        assert_ok(&d, 101);
        download_release(&d);

        liar_log(&other, &log);
        assert_int_equal(count_text(log.data, "/ok/10"), 2);
        assert_null(strstr(log.data, "authorization"));
        buf_release(&log);

        /* The host that was asked got both; so does another path of it. */
        download_init(&d, &liar, "/redirect/1/100");
        d.request.authorization = "Bearer geheim";
        download_run(&d);
        assert_ok(&d, 100);
        download_release(&d);
        liar_log(&liar, &log);
        assert_int_equal(count_text(log.data, "\"authorization\": \"Bearer geheim\""), 3);
        assert_int_equal(count_text(log.data, "\"authorization\": \"Basic dXNlcjpnZWhlaW0=\""), 1);
        buf_release(&log);
}

static void trusts_only_known_authorities(void **state)
{
        struct fetch_options o = download_options();
        struct download d, again;
        struct fetch *f;

        (void)state;
        need_secure();
        f = download_open(&o);
        download_init(&d, &secure, "/ok/100");
        download_init(&again, &secure, "/ok/101");
        download_add(f, &d);
        download_finish(f);
        assert_failed(&d, false, "certificate is not trusted");
        assert_non_null(strstr(d.outcome.err.msg, "SSL_CERT_FILE"));
        assert_int_equal(d.outcome.tries, 1);
        /* A certificate put right counts in the same run. */
        download_add(f, &again);
        download_finish(f);
        assert_failed(&again, false, "certificate is not trusted");
        fetch_close(f);
        download_release(&d);
        download_release(&again);

        o.ca_file = cert;
        download_init(&d, &secure, "/ok/100");
        download_run_with(&d, &o);
        assert_ok(&d, 100);
        download_release(&d);

        o.ca_file = netrc; /* holds no certificate */
        download_init(&d, &secure, "/ok/100");
        download_run_with(&d, &o);
        assert_failed(&d, false, "trusted authorities");
        download_release(&d);
}

static void reads_the_environment_as_curl_does(void **state)
{
        static const char *const names[] = {"SSL_CERT_FILE", "CURL_CA_BUNDLE"};

        (void)state;
        need_secure();
        for (size_t i = 0; i < 2; i++) {
                struct download d;

                setenv(names[i], cert, 1);
                download_init(&d, &secure, "/ok/100");
                download_run(&d);
                unsetenv(names[i]);
                assert_ok(&d, 100);
                download_release(&d);
        }
}

static void gives_up_a_host_with_a_bad_certificate_for_all(void **state)
{
        struct fetch_options o = download_options();
        struct download d[50];
        unsigned tried = 0;
        struct fetch *f;

        (void)state;
        need_secure();
        o.per_host = 1;
        f = download_open(&o);
        for (size_t i = 0; i < 50; i++) {
                download_init(&d[i], &secure, "/ok/%zu", i);
                download_add(f, &d[i]);
        }
        download_finish(f);
        fetch_close(f);
        for (size_t i = 0; i < 50; i++) {
                assert_failed(&d[i], false, "certificate is not trusted");
                tried += d[i].outcome.tries;
                download_release(&d[i]);
        }
        assert_int_equal(tried, 1);
}

static void never_steps_down_from_https(void **state)
{
        struct fetch_options o = download_options();
        struct download d;

        (void)state;
        need_secure();
        o.ca_file = cert;
        download_init(&d, &secure, "/redirect-to?url=http://127.0.0.1:%u/ok/100", liar.port);
        download_run_with(&d, &o);
        assert_failed(&d, false, "redirected from https to http://127.0.0.1:");
        assert_int_equal(d.begins, 0);
        download_release(&d);

        download_init(&d, &liar, "/redirect-to?url=https://127.0.0.1:%u/ok/100", secure.port);
        download_run_with(&d, &o);
        assert_ok(&d, 100);
        download_release(&d);
}

static void works_through_a_proxy(void **state)
{
        struct download d;
        struct buf log;
        char proxy[64];

        (void)state;
        need_servers();
        liar_log(&liar, &log);
        buf_release(&log);
        snprintf(proxy, sizeof proxy, "http://user:geheim@127.0.0.1:%u", liar.port);
        setenv("http_proxy", proxy, 1);
        download_init(&d, &liar, "/unused");
        d.request.url = "http://mirror.example.invalid/ok/100";
        download_run(&d);
        assert_ok(&d, 100);
        download_release(&d);
        setenv("no_proxy", "127.0.0.1", 1);
        liar_log(&liar, &log);
        assert_non_null(strstr(log.data, "\"path\": \"http://mirror.example.invalid/ok/100\""));
        assert_non_null(strstr(log.data, "\"proxy-authorization\": \"Basic dXNlcjpnZWhlaW0=\""));
        buf_release(&log);

        snprintf(proxy, sizeof proxy, "http://user:geheim@127.0.0.1:%u", dead_port());
        setenv("http_proxy", proxy, 1);
        unsetenv("no_proxy");
        download_init(&d, &liar, "/ok/100");
        download_run(&d);
        assert_failed(&d, true, "no connection");
        assert_null(strstr(d.outcome.err.msg, "geheim"));
        download_release(&d);
        unsetenv("http_proxy");
}

static void tunnels_through_a_proxy(void **state)
{
        struct fetch_options o = download_options();
        struct download d;
        struct buf log;
        char proxy[64];

        (void)state;
        need_secure();
        liar_log(&liar, &log);
        buf_release(&log);
        o.ca_file = cert;
        snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", liar.port);
        setenv("https_proxy", proxy, 1);
        download_init(&d, &secure, "/ok/1000");
        download_run_with(&d, &o);
        unsetenv("https_proxy");
        assert_ok(&d, 1000);
        assert_int_equal(d.begins, 1); /* the proxy's 200 is not the server's */
        download_release(&d);
        liar_log(&liar, &log);
        assert_int_equal(count_text(log.data, "CONNECT"), 1);
        buf_release(&log);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(logs_in),
            cmocka_unit_test(keeps_passwords_from_other_hosts),
            cmocka_unit_test(trusts_only_known_authorities),
            cmocka_unit_test(reads_the_environment_as_curl_does),
            cmocka_unit_test(gives_up_a_host_with_a_bad_certificate_for_all),
            cmocka_unit_test(never_steps_down_from_https),
            cmocka_unit_test(works_through_a_proxy),
            cmocka_unit_test(tunnels_through_a_proxy),
        };

        return cmocka_run_group_tests(tests, start, stop);
}
