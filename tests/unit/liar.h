/*
 * For unit tests that download: starts tests/servers/liar.py, and a sink that checks what
 * it is given. `liar_start` skips the test that calls it when there is no python3.
 */
#ifndef TESTS_UNIT_LIAR_H
#define TESTS_UNIT_LIAR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bundle/buf.h"
#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/fetch.h"

struct liar {
        pid_t pid; /* 0: not running */
        unsigned port;
        const char *scheme;
};

/* Runs a shell command; true when it succeeded. */
__attribute__((format(printf, 1, 2))) static inline bool shell(const char *fmt, ...)
{
        char command[1024];
        int status = -1;
        va_list ap;
        pid_t pid;

        va_start(ap, fmt);
        vsnprintf(command, sizeof command, fmt, ap);
        va_end(ap);
        pid = fork();
        if (pid == 0) {
                execl("/bin/sh", "sh", "-c", command, (char *)NULL);
                _exit(127);
        }
        return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* For what a test cannot do without. */
static inline void skip_unless(bool there, const char *reason)
{
        if (there)
                return;
        print_message("skip: %s\n", reason);
        skip();
}

/* A self-signed certificate for 127.0.0.1. */
static inline void make_certificate(const char *cert, const char *key)
{
        skip_unless(shell("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=liar "
                          "-addext subjectAltName=IP:127.0.0.1 -out %s -keyout %s 2>/dev/null",
                        cert, key),
            "no openssl command to make a certificate");
}

/* `cert` and `key`: PEM files for https, or NULL. */
static inline void liar_start(struct liar *liar, const char *cert, const char *key)
{
        const char *root = getenv("ROOT");
        char script[512], line[32] = "";
        size_t len = 0;
        int out[2];

        skip_unless(shell("python3 -c '' 2>/dev/null"), "no python3 to run the server");
        snprintf(script, sizeof script, "%s/tests/servers/liar.py", root ? root : ".");
        assert_int_equal(pipe(out), 0);
        liar->scheme = cert ? "https" : "http";
        liar->pid = fork();
        assert_true(liar->pid >= 0);
        if (liar->pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGTERM); /* a test that is killed leaves no server */
                dup2(out[1], STDOUT_FILENO);
                close(out[0]);
                if (cert)
                        execlp("python3", "python3", script, "--tls", cert, key, (char *)NULL);
                else
                        execlp("python3", "python3", script, (char *)NULL);
                _exit(127);
        }
        close(out[1]);
        /* The number and its line end may come in two writes. */
        while (len < sizeof line - 1 && read(out[0], line + len, 1) == 1 && line[len] != '\n')
                len++;
        close(out[0]);
        liar->port = (unsigned)strtoul(line, NULL, 10);
        assert_true(liar->port > 0);
}

/* For the beginning of each test that needs it, so that each is skipped by itself. */
static inline void liar_need(struct liar *liar)
{
        if (!liar->pid)
                liar_start(liar, NULL, NULL);
}

static inline void liar_stop(struct liar *liar)
{
        if (!liar->pid)
                return;
        kill(liar->pid, SIGTERM);
        waitpid(liar->pid, NULL, 0);
        liar->pid = 0;
}

/* One download: what to ask for, what came. */
struct download {
        struct fetch_request request;
        char url[512];
        struct buf body; /* what the sink holds */
        unsigned begins;
        uint64_t keep[8];       /* of the first begins */
        struct fetch_head head; /* of the last begin; its strings are gone but these: */
        char type[64], final_url[512];
        unsigned done;
        struct fetch_outcome outcome; /* its strings are gone but these: */
        char etag[64], validator[64];
        uint64_t refuse_at; /* on_data says no beyond so many bytes; 0: never */
        bool refuse_begin;
};

static inline int download_begin(void *user, const struct fetch_head *head, struct err *e)
{
        struct download *d = user;

        if (d->begins < 8)
                d->keep[d->begins] = head->keep;
        d->begins++;
        d->head = *head;
        snprintf(d->type, sizeof d->type, "%s", head->content_type ? head->content_type : "");
        snprintf(d->final_url, sizeof d->final_url, "%s", head->url);
        assert_true(head->keep <= d->body.len);
        d->body.len = (size_t)head->keep;
        return d->refuse_begin ? err_set(e, ERR_REFUSED, "no, thanks") : 0;
}

static inline int download_data(void *user, const void *bytes, size_t len, struct err *e)
{
        struct download *d = user;

        if (d->refuse_at && d->body.len + len > d->refuse_at)
                return err_set(e, ERR_FAILED, "disk full");
        assert_int_equal(buf_add(&d->body, bytes, len), 0);
        return 0;
}

static inline void download_done(void *user, const struct fetch_outcome *outcome)
{
        struct download *d = user;

        d->done++;
        d->outcome = *outcome;
        snprintf(d->etag, sizeof d->etag, "%s", outcome->etag ? outcome->etag : "");
        snprintf(
            d->validator, sizeof d->validator, "%s", outcome->validator ? outcome->validator : "");
}

__attribute__((format(printf, 3, 4))) static inline void download_init(
    struct download *d, const struct liar *liar, const char *path, ...)
{
        va_list ap;
        int at;

        *d = (struct download){.request = {.on_begin = download_begin,
                                   .on_data = download_data,
                                   .on_done = download_done,
                                   .user = d}};
        buf_init(&d->body, 64 * MIB);
        at = snprintf(d->url, sizeof d->url, "%s://127.0.0.1:%u", liar->scheme, liar->port);
        va_start(ap, path);
        vsnprintf(d->url + at, sizeof d->url - (size_t)at, path, ap);
        va_end(ap);
        d->request.url = d->url;
}

/* Quick enough for tests. */
static inline struct fetch_options download_options(void)
{
        return (struct fetch_options){.backoff_ms = 5, .backoff_max_ms = 50};
}

static inline struct fetch *download_open(const struct fetch_options *o)
{
        struct err e = ERR_INIT;
        struct fetch *f = fetch_open(o, &e);

        if (!f)
                fail_msg("%s", e.msg);
        return f;
}

static inline void download_add(struct fetch *f, struct download *d)
{
        struct err e = ERR_INIT;

        if (fetch_add(f, &d->request, &e) < 0)
                fail_msg("%s", e.msg);
}

static inline void download_finish(struct fetch *f)
{
        struct err e = ERR_INIT;
        int more;

        while ((more = fetch_run(f, 1000, &e)) > 0)
                ;
        if (more < 0)
                fail_msg("%s", e.msg);
        assert_int_equal(fetch_busy(f), 0);
}

static inline void download_run_with(struct download *d, const struct fetch_options *o)
{
        struct fetch *f = download_open(o);

        download_add(f, d);
        download_finish(f);
        assert_int_equal(d->done, 1);
        fetch_close(f);
        assert_int_equal(d->done, 1);
}

static inline void download_run(struct download *d)
{
        struct fetch_options o = download_options();

        download_run_with(d, &o);
}

/* The sink holds the server's bytes from place `from` on. */
static inline void assert_content(const struct download *d, size_t from, size_t len)
{
        assert_int_equal(d->body.len, len);
        for (size_t i = 0; i < len; i++)
                if ((unsigned char)d->body.data[i] != (from + i) % 251)
                        fail_msg("byte %zu is %d", i, d->body.data[i]);
}

static inline void assert_ok(const struct download *d, size_t len)
{
        if (d->outcome.result != FETCH_OK)
                fail_msg("%s: %s", d->url, d->outcome.err.msg);
        assert_int_equal(d->outcome.err.code, ERR_NONE);
        assert_int_equal(d->outcome.bytes, len);
        assert_content(d, 0, len);
}

static inline void assert_failed(const struct download *d, bool temporary, const char *words)
{
        assert_int_equal(d->outcome.result, FETCH_FAILED);
        if (!strstr(d->outcome.err.msg, words))
                fail_msg("no \"%s\" in: %s", words, d->outcome.err.msg);
        if (d->outcome.temporary != temporary)
                fail_msg("temporary is %d: %s", d->outcome.temporary, d->outcome.err.msg);
        assert_true(d->outcome.err.code != ERR_NONE);
}

static inline void download_release(struct download *d)
{
        buf_release(&d->body);
}

/* A port of this machine where nobody listens. */
static inline unsigned dead_port(void)
{
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof a;
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
        close(fd);
        return ntohs(a.sin_port);
}

static inline uint64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* All that the server was asked so far, as JSON text with one header on a line; then forgets it. */
static inline void liar_log(const struct liar *liar, struct buf *text)
{
        struct download d;

        download_init(&d, liar, "/log/clear");
        download_run(&d);
        assert_int_equal(d.outcome.result, FETCH_OK);
        *text = d.body;
}

static inline unsigned count_text(const char *text, const char *part)
{
        unsigned count = 0;

        for (const char *p = strstr(text, part); p; p = strstr(p + 1, part))
                count++;
        return count;
}

/* Nothing of this machine's own set-up may steer a test. */
static inline int liar_environment(void **state)
{
        static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
            "ALL_PROXY", "no_proxy", "NO_PROXY", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"};

        (void)state;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                unsetenv(names[i]);
        setenv("HOME", "/nonexistent", 1);
        return 0;
}

#endif
