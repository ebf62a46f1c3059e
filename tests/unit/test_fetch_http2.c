/* Many requests on one connection, where the server (nginx) offers HTTP/2. */
#include "liar.h"

#include <sys/stat.h>

#define FILES 200

static char directory[] = "/tmp/dray-test-XXXXXX";
static struct liar server = {.scheme = "https"}; /* nginx, in fact */

static void write_file(const char *name, const char *text, size_t len)
{
        char path[128];
        FILE *f;

        snprintf(path, sizeof path, "%s/%s", directory, name);
        f = fopen(path, "w");
        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, len, f), len);
        assert_int_equal(fclose(f), 0);
}

static void write_configuration(void)
{
        char text[2048];
        int len = snprintf(text, sizeof text,
            "%s worker_processes 1; daemon off; pid pid; error_log error;\n"
            "events { worker_connections 64; }\n"
            "http { log_format it '$connection'; access_log log it; client_body_temp_path a;\n"
            "proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;\n"
            "server { listen 127.0.0.1:%u ssl http2; ssl_certificate cert.pem;\n"
            "ssl_certificate_key key.pem; root %s/www; } }\n",
            geteuid() == 0 ? "user root;" : "", server.port, directory);

        write_file("conf", text, (size_t)len);
}

static void start_server(void)
{
        char cert[64], key[64], conf[64], pid_file[64];
        struct stat st;

        snprintf(cert, sizeof cert, "%s/cert.pem", directory);
        snprintf(key, sizeof key, "%s/key.pem", directory);
        snprintf(conf, sizeof conf, "%s/conf", directory);
        snprintf(pid_file, sizeof pid_file, "%s/pid", directory);
        skip_unless(shell("nginx -V 2>&1 | grep -q http_v2_module"), "no nginx with HTTP/2");
        make_certificate(cert, key);
        server.port = dead_port();
        write_configuration();
        server.pid = fork();
        assert_true(server.pid >= 0);
        if (server.pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGTERM);
                execlp("nginx", "nginx", "-q", "-e", "stderr", "-p", directory, "-c", conf,
                    (char *)NULL);
                _exit(127);
        }
        for (int i = 0; i < 500 && stat(pid_file, &st) < 0; i++)
                usleep(10000);
        assert_int_equal(stat(pid_file, &st), 0);
}

static int start(void **state)
{
        char *www;

        if (!mkdtemp(directory))
                return -1;
        www = xasprintf("%s/www", directory);
        mkdir(www, 0755);
        free(www);
        return liar_environment(state);
}

static int stop(void **state)
{
        (void)state;
        liar_stop(&server);
        return shell("rm -r %s", directory) ? 0 : -1;
}

static size_t size_of(size_t file)
{
        return 1 + file * 997 % 50000;
}

static void shares_one_connection(void **state)
{
        static struct download d[FILES];
        struct fetch_options o = download_options();
        char *body = xmalloc(50001), *cert = xasprintf("%s/cert.pem", directory);
        struct fetch *f;

        (void)state;
        start_server();
        for (size_t i = 0; i < 50001; i++)
                body[i] = (char)(i % 251);
        o.ca_file = cert;
        f = download_open(&o);
        for (size_t i = 0; i < FILES; i++) {
                char name[32];

                snprintf(name, sizeof name, "www/%zu", i);
                write_file(name, body, size_of(i));
                download_init(&d[i], &server, "/%zu", i);
                d[i].request.expect_size = size_of(i);
                download_add(f, &d[i]);
        }
        download_finish(f);
        fetch_close(f);
        liar_stop(&server); /* so that its log is written */
        for (size_t i = 0; i < FILES; i++) {
                assert_ok(&d[i], size_of(i));
                download_release(&d[i]);
        }
        assert_true(shell("test $(wc -l <%s/log) = %d", directory, FILES));
        assert_true(shell("test $(sort -u %s/log | wc -l) = 1", directory));
        free(body);
        free(cert);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(shares_one_connection)};

        return cmocka_run_group_tests(tests, start, stop);
}
