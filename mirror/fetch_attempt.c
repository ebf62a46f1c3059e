#include "mirror/fetch_attempt.h"

#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

#include "bundle/limit.h"
#include "bundle/mem.h"

/*
 * Measured on loopback, processor time for 300 files of 1 MiB and for 2,000 of 20 KiB: 99 and 83 ms with
 * 64 KiB, 128 and 88 ms with 16 KiB, 137 and 119 ms with 512 KiB. libcurl allocates it anew for each
 * transfer, beyond 128 KiB by mmap, and hands on at most 16 KiB at a time in any case.
 */
#define RECEIVE_BUFFER (64L * 1024)

static int stop(struct attempt *a, enum attempt_stop why)
{
        a->stop = why;
        return -1;
}

int attempt_begin(struct attempt *a, const char *url)
{
        struct transfer *t = a->t;
        struct fetch_head head;

        if (transfer_begin(t, &a->answer, url, &head, &a->again, &a->err) < 0)
                return stop(a, STOP_REFUSED);
        if (t->r.on_begin && t->r.on_begin(t->r.user, &head, &a->err) < 0)
                return stop(a, STOP_SINK);
        return 0;
}

int attempt_body(struct attempt *a, const void *bytes, size_t len)
{
        struct transfer *t = a->t;

        if (transfer_data(t, len, &a->err) < 0) {
                a->again = AGAIN_NEVER;
                return stop(a, STOP_REFUSED);
        }
        a->received += len;
        if (t->r.on_data && t->r.on_data(t->r.user, bytes, len, &a->err) < 0)
                return stop(a, STOP_SINK);
        return 0;
}

static bool brings_body(const struct attempt *a)
{
        return a->answer.status == 200 || a->answer.status == 206;
}

static size_t on_header(char *line, size_t one, size_t len, void *user)
{
        struct attempt *a = user;
        const char *url = NULL;
        int end = http_head_line(&a->answer, line, len, &a->err);

        (void)one;
        if (end < 0) {
                a->again = AGAIN_NEVER;
                stop(a, STOP_REFUSED);
                return 0;
        }
        if (!end || !brings_body(a))
                return len;
        curl_easy_getinfo(a->easy, CURLINFO_EFFECTIVE_URL, &url);
        return attempt_begin(a, url ? url : a->t->r.url) < 0 ? 0 : len;
}

static size_t on_body(char *bytes, size_t one, size_t len, void *user)
{
        struct attempt *a = user;

        (void)one;
        if (brings_body(a))
                return attempt_body(a, bytes, len) < 0 ? 0 : len;
        a->error_body += len;
        if (a->error_body <= LIMIT_HTTP_ERROR_BODY)
                return len;
        stop(a, STOP_BODY);
        return 0;
}

/* Child processes (gpgv) must not hold our connections open. */
static int on_open(void *user, curl_socket_t socket, curlsocktype purpose)
{
        (void)user;
        (void)purpose;
        fcntl(socket, F_SETFD, FD_CLOEXEC);
        return CURL_SOCKOPT_OK;
}

/* As the curl command does; libcurl itself does not look at these. */
static void set_authorities(CURL *easy, const struct fetch_options *o)
{
        const char *bundle = getenv("CURL_CA_BUNDLE"), *file = getenv("SSL_CERT_FILE");
        const char *directory = getenv("SSL_CERT_DIR");

        if (o->ca_file) {
                curl_easy_setopt(easy, CURLOPT_CAINFO, o->ca_file);
        } else if (bundle && *bundle) {
                curl_easy_setopt(easy, CURLOPT_CAINFO, bundle);
        } else {
                if (file && *file)
                        curl_easy_setopt(easy, CURLOPT_CAINFO, file);
                if (directory && *directory)
                        curl_easy_setopt(easy, CURLOPT_CAPATH, directory);
        }
}

/* libcurl would look for it again for each request. */
static bool has_netrc(const struct fetch_options *o)
{
        const char *home = getenv("HOME");
        char *path;
        bool found;

        if (!o->netrc_file && !home)
                return true; /* libcurl asks the password file */
        path = o->netrc_file ? xstrdup(o->netrc_file) : xasprintf("%s/.netrc", home);
        found = access(path, F_OK) == 0;
        free(path);
        return found;
}

int attempt_open(struct attempt *a, const struct fetch_options *o, CURLSH *share, struct err *e)
{
        CURL *easy = curl_easy_init();

        *a = (struct attempt){.easy = easy, .file = -1};
        if (!easy)
                return err_set(e, ERR_FAILED, "cannot set up downloads: libcurl does not start");
        curl_easy_setopt(easy, CURLOPT_PRIVATE, a);
        curl_easy_setopt(easy, CURLOPT_SHARE, share);
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_USERAGENT, "dray/" DRAY_VERSION);
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, a->detail);
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, a);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, a);
        curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)LIMIT_REDIRECTS);
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        /* A proxy's answer to CONNECT is not the server's head. */
        curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
        curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_open);
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_timeout_ms);
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)o->low_speed_bytes);
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)o->low_speed_seconds);
        if (has_netrc(o))
                curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
        if (o->netrc_file)
                curl_easy_setopt(easy, CURLOPT_NETRC_FILE, o->netrc_file);
        set_authorities(easy, o);
        return 0;
}

void attempt_close(struct attempt *a)
{
        if (!a->easy)
                return;
        attempt_clear(a);
        http_head_release(&a->answer);
        curl_easy_cleanup(a->easy);
        *a = (struct attempt){.file = -1};
}

static void add_header(struct attempt *a, const char *name, const char *value)
{
        char *line;
        struct curl_slist *longer;

        if (!value)
                return;
        line = xasprintf("%s: %s", name, value);
        longer = curl_slist_append(a->headers, line);
        free(line);
        if (!longer)
                abort(); /* out of memory, as in xmalloc */
        a->headers = longer;
}

static void set_headers(struct attempt *a)
{
        struct transfer *t = a->t;
        char range[TRANSFER_RANGE_SIZE];
        const char *if_range;

        add_header(a, "Accept", t->r.accept);
        add_header(a, "Authorization", t->r.authorization);
        if (!t->r.document)
                add_header(a, "Accept-Encoding", "identity");
        if (transfer_range(t, range, &if_range)) {
                add_header(a, "Range", range);
                add_header(a, "If-Range", if_range);
        }
        if (!t->have) {
                add_header(a, "If-None-Match", t->r.etag);
                add_header(a, "If-Modified-Since", t->r.last_modified);
        }
        curl_easy_setopt(a->easy, CURLOPT_HTTPHEADER, a->headers);
}

int attempt_start(struct attempt *a, struct transfer *t, uint64_t now, struct err *e)
{
        bool secure = !strncasecmp(t->r.url, "https:", 6);

        a->t = t;
        a->started = now;
        a->received = a->error_body = a->rate = a->rate_bytes = 0;
        a->stop = STOP_NONE;
        a->again = AGAIN_NEVER;
        a->err = (struct err)ERR_INIT;
        a->detail[0] = '\0';
        http_head_reset(&a->answer);
        a->is_file = !strncasecmp(t->r.url, "file:", 5);
        if (a->is_file)
                return 0;
        set_headers(a);
        if (curl_easy_setopt(a->easy, CURLOPT_URL, t->r.url) ||
            curl_easy_setopt(
                a->easy, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https") ||
            /* All encodings that libcurl knows, or none. */
            curl_easy_setopt(a->easy, CURLOPT_ACCEPT_ENCODING, t->r.document ? "" : NULL) ||
            /* Wait to learn whether the one connection to come can carry all. */
            curl_easy_setopt(a->easy, CURLOPT_PIPEWAIT, secure ? 1L : 0L))
                return err_set(e, ERR_FAILED, "cannot set up downloads: libcurl refuses an option");
        return 0;
}

void attempt_clear(struct attempt *a)
{
        a->t = NULL;
        if (a->easy)
                curl_easy_setopt(a->easy, CURLOPT_HTTPHEADER, NULL);
        curl_slist_free_all(a->headers);
        a->headers = NULL;
        if (a->file >= 0)
                close(a->file);
        a->file = -1;
}

uint64_t attempt_received(const struct attempt *a)
{
        curl_off_t received = 0;

        if (a->is_file)
                return a->received;
        curl_easy_getinfo(a->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
        return (uint64_t)received;
}

void attempt_measure(struct attempt *a, uint64_t passed_ms)
{
        uint64_t rate = (a->received - a->rate_bytes) * 1000 / passed_ms;

        /* A quarter of the newest: steady to look at, and up to date within seconds. */
        a->rate = a->rate ? (a->rate * 3 + rate) / 4 : rate;
        a->rate_bytes = a->received;
}
