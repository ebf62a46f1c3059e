#include "mirror/httpd_exchange.h"

#include <netdb.h>
#include <strings.h>
#include <sys/socket.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/clock.h"
#include "mirror/httpd_answer.h"

struct exchange {
        struct httpd_client *client;
        int64_t began; /* us */
        char *target;  /* for the access log; NULL when there is none */
        char method[16];
        bool seen;      /* the headers are in */
        uint64_t body;  /* bytes of the request's body so far */
        uint64_t bytes; /* of the answer's body */
};

void httpd_service_problem(struct httpd_service *s, const struct err *e)
{
        long long now = (long long)time(NULL), last = atomic_load(&s->last_problem);

        if (s->problem && now != last &&
            atomic_compare_exchange_strong(&s->last_problem, &last, now))
                s->problem(s->user, e->msg);
}

size_t httpd_exchange_keep_escapes(void *service, struct MHD_Connection *c, char *text)
{
        (void)service, (void)c;
        return strlen(text);
}

void httpd_exchange_connection(void *service, struct MHD_Connection *c, void **client,
    enum MHD_ConnectionNotificationCode what)
{
        struct httpd_service *s = service;
        const union MHD_ConnectionInfo *info;

        if (what == MHD_CONNECTION_NOTIFY_STARTED) {
                info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
                *client = httpd_clients_add(&s->clients, info->connect_fd);
        } else {
                httpd_clients_remove(&s->clients, *client);
                *client = NULL;
        }
}

void *httpd_exchange_begin(void *service, const char *target, struct MHD_Connection *c)
{
        struct httpd_service *s = service;
        struct exchange *x = xcalloc(1, sizeof *x);

        x->client = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
        x->began = clock_us();
        if (s->access)
                x->target = xstrdup(target ? target : "");
        snprintf(x->method, sizeof x->method, "-");
        httpd_client_reads(x->client);
        return x;
}

/* What the headers say: conditions and the like for the answer, and how the body is framed. */
struct headers {
        struct httpd_request request;
        unsigned lengths; /* how many Content-Length */
        unsigned codings; /* how many Transfer-Encoding */
        bool chunked;     /* ... and it is "chunked" */
        uint64_t length;
};

/* The first of several headers of one name counts; that costs a transfer at most. */
static void keep_first(const char **slot, const char *value)
{
        if (!*slot)
                *slot = value;
}

static enum MHD_Result one_header(
    void *into, enum MHD_ValueKind kind, const char *name, const char *value)
{
        struct headers *h = into;
        struct httpd_request *r = &h->request;
        const struct {
                const char *name;
                const char **slot;
        } known[] = {
            {"Accept", &r->accept},
            {"Range", &r->range},
            {"If-Match", &r->when.if_match},
            {"If-None-Match", &r->when.if_none_match},
            {"If-Modified-Since", &r->when.if_modified_since},
            {"If-Unmodified-Since", &r->when.if_unmodified_since},
            {"If-Range", &r->when.if_range},
        };

        (void)kind;
        if (!value)
                value = "";
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
                if (strcasecmp(name, known[i].name) == 0)
                        keep_first(known[i].slot, value);
        if (strcasecmp(name, "Content-Length") == 0) {
                h->lengths++;
                h->length = strtoull(value, NULL, 10);
        } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
                h->codings++;
                h->chunked = strcasecmp(value, "chunked") == 0;
        }
        return MHD_YES;
}

/* Adds what every answer carries, queues it and lets go of it. */
static enum MHD_Result reply(
    struct httpd_service *s, struct MHD_Connection *c, struct exchange *x, struct httpd_answer *a)
{
        enum MHD_Result queued;

        if (a->problem.code != ERR_NONE)
                httpd_service_problem(s, &a->problem);
        if (!a->response)
                return MHD_NO; /* out of memory: the connection is closed */
        if (atomic_load(&s->closing))
                MHD_add_response_header(a->response, MHD_HTTP_HEADER_CONNECTION, "close");
        x->bytes = a->bytes;
        httpd_client_is_answered(x->client);
        queued = MHD_queue_response(c, a->status, a->response);
        MHD_destroy_response(a->response);
        return queued;
}

static enum MHD_Result send_status(struct httpd_service *s, struct MHD_Connection *c,
    struct exchange *x, unsigned status, bool json)
{
        struct httpd_answer a = {0};

        httpd_answer_status(&a, status, json);
        return reply(s, c, x, &a);
}

/*
 * The first call: headers are in, a body may follow. A body whose end is
 * disputable is refused (RFC 9112 6.3), and so is one that is too long; an
 * answer that is queued here closes the connection behind it. 0 to go on.
 */
static unsigned refuse_body(const struct headers *h)
{
        if (h->lengths + h->codings > 1 || (h->codings && !h->chunked))
                return MHD_HTTP_BAD_REQUEST;
        return h->length > LIMIT_HTTP_BODY ? MHD_HTTP_CONTENT_TOO_LARGE : 0;
}

/* npm posts the list of what it has installed to be audited, and waits for the answer. */
static bool is_audit(const char *method, const char *target)
{
        return strcmp(method, MHD_HTTP_METHOD_POST) == 0 &&
               strstr(target, "/-/npm/v1/security/") != NULL;
}

static enum MHD_Result respond(struct httpd_service *s, struct MHD_Connection *c,
    struct exchange *x, struct httpd_request *r, const char *method)
{
        struct httpd_answer a;

        r->head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
        if (is_audit(method, r->target))
                return send_status(s, c, x, MHD_HTTP_NOT_FOUND, true);
        if (!r->head && strcmp(method, MHD_HTTP_METHOD_GET) != 0)
                return send_status(s, c, x, MHD_HTTP_METHOD_NOT_ALLOWED, false);
        httpd_answer_file(&a, &s->tree, r);
        return reply(s, c, x, &a);
}

/* NOLINTNEXTLINE(readability-function-size): the library says which parameters */
enum MHD_Result httpd_exchange_handle(void *service, struct MHD_Connection *c, const char *target,
    const char *method, const char *version, const char *body, size_t *body_size, void **exchange)
{
        struct httpd_service *s = service;
        struct exchange *x = *exchange;
        struct headers h = {.request.target = target};
        unsigned refused;

        (void)version, (void)body;
        if (x->seen && *body_size) {
                x->body += *body_size;
                *body_size = 0;
                return x->body > LIMIT_HTTP_BODY ? MHD_NO : MHD_YES;
        }
        MHD_get_connection_values(c, MHD_HEADER_KIND, one_header, &h);
        if (x->seen)
                return respond(s, c, x, &h.request, method);
        x->seen = true;
        snprintf(x->method, sizeof x->method, "%s", method);
        refused = refuse_body(&h);
        return refused ? send_status(s, c, x, refused, false) : MHD_YES;
}

static void tell_access(const struct httpd_service *s, struct MHD_Connection *c,
    const struct exchange *x, bool complete)
{
        char peer[64] = "?";
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        const struct sockaddr *from = info ? info->client_addr : NULL;
        struct httpd_access a = {
            .peer = peer,
            .method = x->method,
            .target = x->target,
            .bytes = x->bytes,
            .ms = (unsigned)((clock_us() - x->began) / 1000),
            .complete = complete,
        };

        if (from)
                getnameinfo(from,
                    from->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                : sizeof(struct sockaddr_in),
                    peer, sizeof peer, NULL, 0, NI_NUMERICHOST);
        info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_HTTP_STATUS);
        if (info)
                a.status = info->http_status;
        s->access(s->user, &a);
}

void httpd_exchange_end(
    void *service, struct MHD_Connection *c, void **exchange, enum MHD_RequestTerminationCode how)
{
        struct httpd_service *s = service;
        struct exchange *x = *exchange;

        if (!x)
                return;
        if (s->access)
                tell_access(s, c, x, how == MHD_REQUEST_TERMINATED_COMPLETED_OK);
        httpd_client_idles(x->client);
        free(x->target);
        free(x);
        *exchange = NULL;
}
