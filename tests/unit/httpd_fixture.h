/*
 * What the tests of the web server share: a site in a temporary directory, a
 * server on a free loopback port that serves it, and a client that sends raw
 * bytes and takes the answer apart.
 */
#ifndef TESTS_HTTPD_FIXTURE_H
#define TESTS_HTTPD_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <pthread.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/mem.h"
#include "mirror/httpd.h"

struct site {
        char dir[64];
        char link[80]; /* dir/site, a symbolic link to site-a */
};

static inline int site_remove_one(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st, (void)type, (void)ftw;
        return remove(path);
}

static inline void site_remove(const struct site *s)
{
        assert_int_equal(nftw(s->dir, site_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* Writes a file under the site's directory, with the directories that it needs. */
static inline void site_put_bytes(
    const struct site *s, const char *path, const void *bytes, size_t len)
{
        char *full = xasprintf("%s/%s", s->dir, path);
        int fd;

        for (char *p = strchr(full + strlen(s->dir) + 1, '/'); p; p = strchr(p + 1, '/')) {
                *p = '\0';
                assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
                *p = '/';
        }
        unlink(full);
        fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, bytes, len), len);
        close(fd);
        free(full);
}

static inline void site_put(const struct site *s, const char *path, const char *text)
{
        site_put_bytes(s, path, text, strlen(text));
}

static inline void site_symlink(const struct site *s, const char *target, const char *path)
{
        char *full = xasprintf("%s/%s", s->dir, path);

        assert_int_equal(symlink(target, full), 0);
        free(full);
}

/* Switches the link in one step, as publishing does. */
static inline void site_switch(const struct site *s, const char *target)
{
        char *next = xasprintf("%s/next", s->dir);

        assert_int_equal(symlink(target, next), 0);
        assert_int_equal(rename(next, s->link), 0);
        free(next);
}

static inline void site_make(struct site *s)
{
        snprintf(s->dir, sizeof s->dir, "/tmp/dray-httpd-XXXXXX");
        assert_non_null(mkdtemp(s->dir));
        snprintf(s->link, sizeof s->link, "%s/site", s->dir);
        site_symlink(s, "site-a", "site");
}

/* Starts with the options given; the site and a free port are filled in. */
static inline struct httpd *serve_with(const struct site *s, struct httpd_options o)
{
        static const char *const anywhere[] = {"127.0.0.1:0"};
        struct err e = ERR_INIT;
        struct httpd *h;

        o.site = s->link;
        if (!o.listen_count) {
                o.listen = anywhere;
                o.listen_count = 1;
        }
        h = httpd_start(&o, &e);
        if (!h)
                print_error("httpd_start: %s\n", e.msg);
        assert_non_null(h);
        return h;
}

static inline struct httpd *serve(const struct site *s)
{
        return serve_with(s, (struct httpd_options){0});
}

static inline int dial(const struct httpd *h)
{
        struct sockaddr_in to = {.sin_family = AF_INET,
            .sin_port = htons((uint16_t)httpd_port(h)),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        struct timeval patience = {.tv_sec = 20};
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
        return fd;
}

static inline void say_bytes(int fd, const char *bytes, size_t len)
{
        while (len) {
                ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

                if (n <= 0)
                        return; /* the server may refuse before it has read all */
                bytes += n;
                len -= (size_t)n;
        }
}

static inline void say(int fd, const char *text)
{
        say_bytes(fd, text, strlen(text));
}

struct reply {
        int status; /* 0: the connection was closed without an answer */
        char *head; /* from the status line to the empty line */
        char *body;
        size_t len; /* of the body */
};

static inline void reply_free(struct reply *r)
{
        free(r->head);
        *r = (struct reply){0};
}

/* Reads until the server closes; `fd` is closed. */
static inline struct reply hear(int fd)
{
        struct reply r = {0};
        struct buf b;
        char chunk[65536], *end;
        ssize_t n;

        buf_init(&b, (size_t)1 << 30);
        while ((n = recv(fd, chunk, sizeof chunk, 0)) > 0)
                assert_int_equal(buf_add(&b, chunk, (size_t)n), 0);
        close(fd);
        end = strstr(b.data, "\r\n\r\n");
        if (end) {
                *end = '\0';
                r.len = b.len - (size_t)(end + 4 - b.data);
                r.status = (int)strtol(b.data + strlen("HTTP/1.1 "), NULL, 10);
                r.head = buf_take(&b, NULL);
                r.body = r.head + strlen(r.head) + 4;
        }
        buf_release(&b);
        return r;
}

/* Sends one request, with `headers` as lines that end in \r\n, and asks to close behind it. */
static inline struct reply ask_as(
    const struct httpd *h, const char *method, const char *target, const char *headers)
{
        char *request = xasprintf("%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n",
            method, target, headers ? headers : "");
        int fd = dial(h);

        say(fd, request);
        free(request);
        return hear(fd);
}

static inline struct reply ask(const struct httpd *h, const char *target)
{
        return ask_as(h, "GET", target, NULL);
}

static inline struct reply ask_with(const struct httpd *h, const char *target, const char *headers)
{
        return ask_as(h, "GET", target, headers);
}

/* The value of a header, or "" when it is not there; valid until the next call. */
static inline const char *header(const struct reply *r, const char *name)
{
        static char value[512];
        size_t len = strlen(name);

        value[0] = '\0';
        for (const char *p = r->head ? strstr(r->head, "\r\n") : NULL; p; p = strstr(p, "\r\n")) {
                p += 2;
                if (strncasecmp(p, name, len) == 0 && p[len] == ':')
                        snprintf(value, sizeof value, "%.*s", (int)strcspn(p + len + 2, "\r"),
                            p + len + 2);
        }
        return value;
}

static inline void expect_status(const struct httpd *h, const char *target, int status)
{
        struct reply r = ask(h, target);

        if (r.status != status)
                print_error("GET %s gives %d\n", target, r.status);
        assert_int_equal(r.status, status);
        reply_free(&r);
}

static inline void expect_body(const struct httpd *h, const char *target, const char *body)
{
        struct reply r = ask(h, target);

        assert_int_equal(r.status, 200);
        assert_int_equal(r.len, strlen(body));
        assert_memory_equal(r.body, body, r.len);
        reply_free(&r);
}

#endif
