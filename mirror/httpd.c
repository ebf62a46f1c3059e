#include "mirror/httpd.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/clock.h"
#include "mirror/httpd_exchange.h"
#include "mirror/httpd_listen.h"

#define TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define SPARE_DESCRIPTORS 64 /* what the rest of the process may need */
#define SPARE_PLACES 64      /* the library frees a place a moment after it tells us */
#define ADMIT_AT_ONCE 64     /* before the porter looks at its other duties */
#define ADMIT_AT_LAST 4096   /* those who connected before a stop */
#define SWEEP_MS 1000
#define FULL_MS 5      /* how soon to look again when no place is free */
#define SHED_AT_ONCE 8 /* who leave to make room for those who wait */

/*
 * The library's own accept loop and thread pool are not used. Stopping the loop
 * while its workers run can abort the process (MHD_quiesce_daemon() and a
 * worker may both take the listening socket out of an epoll set), it listens on
 * one address only, and it turns clients away when it is full instead of
 * letting them wait; the pool puts a client to the worker that its descriptor's
 * number happens to name. So each thread is a daemon of its own without a
 * listening socket, and one thread of ours, the porter, accepts and hands over.
 */
struct httpd {
        struct httpd_service service;
        struct httpd_listen listen;
        struct MHD_Daemon *daemon[LIMIT_HTTP_THREADS]; /* NULL behind the last */
        unsigned turn;                                 /* the daemon that gets the next client */
        pthread_t porter;
        bool porter_runs;
        int stop; /* eventfd: readable when the porter shall end */
        unsigned connections;
        unsigned threads;
        unsigned grace_seconds;
        char *cert, *key;        /* PEM text; NULL without TLS */
        struct err *start_error; /* where the library's complaints go while it starts */
};

static unsigned or_default(unsigned value, unsigned otherwise)
{
        return value ? value : otherwise;
}

/* A whole text file, or NULL. */
static char *read_pem(const char *path, const char *what, struct err *e)
{
        char *text = NULL;
        size_t len = 0;
        FILE *f = fopen(path, "re");

        if (!f) {
                err_sys(e, "cannot read the TLS %s %s", what, path);
                return NULL;
        }
        text = xmalloc(LIMIT_PEM + 1);
        len = fread(text, 1, LIMIT_PEM + 1, f);
        if (ferror(f) || len > LIMIT_PEM || memchr(text, '\0', len)) {
                err_set(e, ERR_USAGE,
                    "the TLS %s %s is no PEM file: it must be text that begins "
                    "with -----BEGIN",
                    what, path);
                explicit_bzero(text, len);
                free(text);
                text = NULL;
        } else {
                text[len] = '\0';
        }
        fclose(f);
        return text;
}

static int prepare_tls(struct httpd *h, const struct httpd_options *o, struct err *e)
{
        if (!o->cert_file && !o->key_file)
                return 0;
        if (!o->cert_file || !o->key_file)
                return err_set(e, ERR_USAGE, "TLS needs both a certificate and its key");
        if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
                return err_set(e, ERR_FAILED,
                    "this libmicrohttpd was built without TLS: serve without it, behind a proxy");
        h->cert = read_pem(o->cert_file, "certificate", e);
        h->key = h->cert ? read_pem(o->key_file, "key", e) : NULL;
        return h->key ? 0 : -1;
}

/* Each connection may need a socket and a file. */
static unsigned affordable_connections(unsigned wanted)
{
        rlim_t need = (rlim_t)wanted * 2 + SPARE_DESCRIPTORS;
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
                return wanted;
        if (limit.rlim_cur < need) {
                limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
                if (setrlimit(RLIMIT_NOFILE, &limit) < 0 && getrlimit(RLIMIT_NOFILE, &limit) < 0)
                        return wanted;
        }
        if (limit.rlim_cur >= need)
                return wanted;
        return limit.rlim_cur < SPARE_DESCRIPTORS + 2
                   ? 1
                   : (unsigned)(limit.rlim_cur - SPARE_DESCRIPTORS) / 2;
}

/* Two at least, so that one slow disk read does not hold up everybody. */
static unsigned default_threads(void)
{
        long cpus = sysconf(_SC_NPROCESSORS_ONLN);

        return cpus < 2 ? 2 : cpus > LIMIT_HTTP_THREADS ? LIMIT_HTTP_THREADS : (unsigned)cpus;
}

static void configure(struct httpd *h, const struct httpd_options *o)
{
        struct httpd_service *s = &h->service;
        unsigned wanted = or_default(o->connections, LIMIT_HTTP_CONNECTIONS);

        httpd_clients_init(&s->clients);
        s->clients.header_seconds = or_default(o->header_seconds, LIMIT_HTTP_HEADER_SECONDS);
        s->clients.idle_seconds = or_default(o->idle_seconds, LIMIT_HTTP_IDLE_SECONDS);
        s->clients.slow_seconds = or_default(o->slow_seconds, LIMIT_HTTP_SLOW_SECONDS);
        s->access = o->access;
        s->problem = o->problem;
        s->user = o->user;
        h->grace_seconds = or_default(o->grace_seconds, LIMIT_HTTP_GRACE_SECONDS);
        h->connections = affordable_connections(
            wanted < LIMIT_HTTP_CONNECTIONS ? wanted : LIMIT_HTTP_CONNECTIONS);
        h->threads = or_default(o->threads, default_threads());
        if (h->threads > LIMIT_HTTP_THREADS)
                h->threads = LIMIT_HTTP_THREADS;
}

/* Running, the library reports what clients do wrong, which is nobody's problem here. */
__attribute__((format(printf, 2, 0))) static void library_says(
    void *server, const char *format, va_list ap)
{
        struct httpd *h = server;
        char text[300];

        if (!h->start_error || h->start_error->code != ERR_NONE)
                return;
        vsnprintf(text, sizeof text, format, ap);
        text[strcspn(text, "\n")] = '\0';
        err_set(h->start_error, ERR_FAILED, "the web server does not start: %s", text);
}

static int start_daemon(struct httpd *h, struct MHD_Daemon **daemon, struct err *e)
{
        unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
                         MHD_USE_ERROR_LOG | (h->cert ? MHD_USE_TLS : 0);
        struct MHD_OptionItem tls[] = {
            {MHD_OPTION_HTTPS_MEM_CERT, 0, h->cert},
            {MHD_OPTION_HTTPS_MEM_KEY, 0, h->key},
            {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES},
            {MHD_OPTION_END, 0, NULL},
        };
        struct httpd_service *s = &h->service;

        if (!h->cert)
                tls[0] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
        *e = (struct err)ERR_INIT;
        h->start_error = e;
        /* clang-format off */
        *daemon = MHD_start_daemon(flags, 0, NULL, NULL, httpd_exchange_handle, s,
            MHD_OPTION_EXTERNAL_LOGGER, library_says, h,
            MHD_OPTION_ARRAY, tls,
            MHD_OPTION_CONNECTION_LIMIT, h->connections + SPARE_PLACES,
            MHD_OPTION_CONNECTION_TIMEOUT, s->clients.idle_seconds,
            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LIMIT_HTTP_MEMORY,
            MHD_OPTION_STRICT_FOR_CLIENT, 1,
            MHD_OPTION_UNESCAPE_CALLBACK, httpd_exchange_keep_escapes, s,
            MHD_OPTION_URI_LOG_CALLBACK, httpd_exchange_begin, s,
            MHD_OPTION_NOTIFY_COMPLETED, httpd_exchange_end, s,
            MHD_OPTION_NOTIFY_CONNECTION, httpd_exchange_connection, s,
            MHD_OPTION_END);
        /* clang-format on */
        h->start_error = NULL;
        if (*daemon)
                return 0;
        if (e->code == ERR_NONE)
                err_set(e, ERR_FAILED, "the web server does not start, and does not say why");
        return -1;
}

/* Accepts one client. False when none waits, or none can be taken now. */
static bool admit(struct httpd *h, int listener)
{
        struct sockaddr_storage from;
        socklen_t len = sizeof from;
        struct err e = ERR_INIT;
        int fd = accept4(listener, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        int error = errno;

        if (fd >= 0) {
                httpd_clients_expect(&h->service.clients);
                if (MHD_add_connection(h->daemon[h->turn++ % h->threads], fd,
                        (struct sockaddr *)&from, len) != MHD_YES) /* takes fd in any case */
                        httpd_clients_expect_no_more(&h->service.clients);
                return true;
        }
        if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
                errno = error;
                err_sys(&e, "cannot accept a client: raise the limit of open files");
                httpd_service_problem(&h->service, &e);
                httpd_clients_shed(&h->service.clients, 1);
                usleep(FULL_MS * 1000);
        }
        return error == ECONNABORTED || error == EINTR;
}

static bool full(struct httpd *h)
{
        return atomic_load(&h->service.clients.count) >= h->connections;
}

/* Accepts who waits at any address, as long as there is room, but at most so many at each. */
static void admit_waiting(struct httpd *h, unsigned most)
{
        for (size_t i = 0; i < h->listen.count; i++)
                for (unsigned n = 0; n < most && !full(h) && admit(h, h->listen.fd[i]); n++)
                        continue;
}

/* Nobody has to leave for a place that nobody waits for. */
static void make_room(struct httpd *h)
{
        struct pollfd wait[LIMIT_HTTP_LISTEN];

        for (size_t i = 0; i < h->listen.count; i++)
                wait[i] = (struct pollfd){.fd = h->listen.fd[i], .events = POLLIN};
        if (poll(wait, h->listen.count, 0) > 0)
                httpd_clients_shed(&h->service.clients, SHED_AT_ONCE);
}

static void *porter(void *server)
{
        struct httpd *h = server;
        struct pollfd wait[LIMIT_HTTP_LISTEN + 1];
        int64_t swept = clock_ms();

        for (;;) {
                size_t n = full(h) ? 0 : h->listen.count;

                wait[0] = (struct pollfd){.fd = h->stop, .events = POLLIN};
                for (size_t i = 0; i < n; i++)
                        wait[i + 1] = (struct pollfd){.fd = h->listen.fd[i], .events = POLLIN};
                poll(wait, n + 1, n ? SWEEP_MS : FULL_MS);
                if (wait[0].revents)
                        break;
                if (full(h))
                        make_room(h);
                else
                        admit_waiting(h, ADMIT_AT_ONCE);
                if (clock_ms() - swept >= SWEEP_MS) {
                        httpd_clients_sweep(&h->service.clients);
                        swept = clock_ms();
                }
        }
        admit_waiting(h, ADMIT_AT_LAST);
        return NULL;
}

/* Threads that are started meanwhile take no signals: those are for the caller's own thread. */
static int start_threads(struct httpd *h, struct err *e)
{
        sigset_t all, before;
        int ret = -1, failed;

        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        for (unsigned i = 0; i < h->threads; i++)
                if (start_daemon(h, &h->daemon[i], e) < 0)
                        goto out;
        failed = pthread_create(&h->porter, NULL, porter, h);
        if (failed) {
                errno = failed;
                err_sys(e, "cannot start a thread");
                goto out;
        }
        h->porter_runs = true;
        ret = 0;
out:
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return ret;
}

struct httpd *httpd_start(const struct httpd_options *o, struct err *e)
{
        static const char *const standard[] = {HTTPD_DEFAULT_LISTEN};
        struct httpd *h = xcalloc(1, sizeof *h);
        bool given = o->listen_count > 0;

        configure(h, o);
        h->stop = eventfd(0, EFD_CLOEXEC);
        if (h->stop < 0) {
                err_sys(e, "cannot make an eventfd");
                goto fail;
        }
        if (http_tree_open(&h->service.tree, o->site, e) < 0 || prepare_tls(h, o, e) < 0 ||
            httpd_listen_open(
                &h->listen, given ? o->listen : standard, given ? o->listen_count : 1, e) < 0)
                goto fail;
        if (start_threads(h, e) < 0) {
                if (h->cert)
                        err_prefix(
                            e, "TLS with certificate %s and key %s", o->cert_file, o->key_file);
                goto fail;
        }
        return h;
fail:
        httpd_stop(h);
        return NULL;
}

unsigned httpd_port(const struct httpd *h)
{
        return h->listen.port[0];
}

const char *httpd_address(const struct httpd *h, size_t i)
{
        return i < h->listen.count ? h->listen.address[i] : NULL;
}

/* Waits until nothing is under way, or the grace time is over. What is still under way then. */
static unsigned drain(struct httpd *h)
{
        int64_t end = clock_ms() + (int64_t)h->grace_seconds * 1000, sweep = clock_ms() + SWEEP_MS;
        unsigned busy;

        do {
                usleep(20000); /* first of all: a client handed over just now is not counted yet */
                if (clock_ms() >= sweep) {
                        httpd_clients_sweep(&h->service.clients);
                        sweep = clock_ms() + SWEEP_MS;
                }
                busy = httpd_clients_busy(&h->service.clients);
        } while (busy && clock_ms() < end);
        return busy;
}

static void wipe(char *secret)
{
        if (secret)
                explicit_bzero(secret, strlen(secret));
        free(secret);
}

unsigned httpd_stop(struct httpd *h)
{
        unsigned cut = 0;

        if (!h)
                return 0;
        atomic_store(&h->service.closing, true);
        if (h->porter_runs) {
                eventfd_write(h->stop, 1);
                pthread_join(h->porter, NULL);
                httpd_listen_close(&h->listen);
                cut = drain(h);
        }
        for (unsigned i = 0; i < h->threads && h->daemon[i]; i++)
                MHD_stop_daemon(h->daemon[i]);
        httpd_listen_close(&h->listen);
        http_tree_close(&h->service.tree);
        httpd_clients_release(&h->service.clients);
        if (h->stop >= 0)
                close(h->stop);
        wipe(h->cert);
        wipe(h->key);
        free(h);
        return cut;
}
