#include "mirror/fetch_attempt.h"

#include <inttypes.h>
#include <strings.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/http_date.h"
#include "mirror/retry.h"
#include "mirror/url.h"

static void failed(struct verdict *v, bool temporary)
{
        v->kind = VERDICT_DONE;
        v->result = FETCH_FAILED;
        v->temporary = temporary;
}

static void again(struct verdict *v, enum verdict_kind kind)
{
        failed(v, true);
        v->kind = kind;
}

/* libcurl's own words, unless they repeat the password of the URL. */
static const char *detail_of(const struct attempt *a, CURLcode code)
{
        struct err ignored = ERR_INIT;
        struct url u;
        const char *words = a->detail[0] ? a->detail : curl_easy_strerror(code);
        char *secret;
        bool leaks;

        if (url_parse(a->t->r.url, &u, &ignored) < 0 || !u.userinfo.len)
                return words;
        secret = xstrndup(u.userinfo.at, u.userinfo.len);
        leaks = strstr(words, strchr(secret, ':') ? strchr(secret, ':') + 1 : secret) != NULL;
        free(secret);
        return leaks ? curl_easy_strerror(code) : words;
}

static int64_t server_now(const struct attempt *a)
{
        const char *date = http_head_get(&a->answer, HEADER_DATE);
        int64_t now = (int64_t)time(NULL);

        if (date)
                http_date_parse(date, now, &now);
        return now;
}

static void read_retry_after(
    const struct attempt *a, const struct fetch_options *o, struct verdict *v)
{
        const char *value = http_head_get(&a->answer, HEADER_RETRY_AFTER);

        v->has_wait = value && retry_after_parse(
                                   value, server_now(a), o->retry_after_max_ms, &v->wait_ms) == 0;
}

/* What people know the number by, and what they can do. */
static const char *status_hint(long status)
{
        switch (status) {
        case 401:
                return "wants a user name and password; put them in the URL or ~/.netrc, or "
                       "configure the "
                       "registry's own client";
        case 403:
                return "refuses access; are the address and the credentials right, and does a "
                       "proxy or "
                       "firewall allow it?";
        case 407:
                return "is behind a proxy that wants a password; put it in http_proxy and "
                       "https_proxy";
        case 404:
        case 410:
                return "does not have it";
        case 451:
                return "may not serve it for legal reasons";
        case 416:
                return "has no such part of the file";
        case 429:
                return "says that we ask too often";
        case 511:
                return "is behind a network that wants a log-in";
        default:
                return status >= 500 ? "has a fault of its own"
                                     : "gave an answer that fits no request of ours";
        }
}

static void judge_status(struct attempt *a, const struct fetch_options *o, struct verdict *v)
{
        long status = a->answer.status;
        const struct fetch_request *r = &a->t->r;

        if (status == 304 && (r->etag || r->last_modified)) {
                v->kind = VERDICT_DONE;
                v->result = FETCH_NOT_MODIFIED;
                return;
        }
        err_set(&v->err, ERR_FAILED, "%ld: the server %s", status, status_hint(status));
        if (status == 404 || status == 410 || status == 451) {
                v->kind = VERDICT_DONE;
                v->result = FETCH_GONE;
        } else if (status == 416 && a->t->have) {
                again(v, VERDICT_AFRESH);
        } else if (retry_status(status)) {
                read_retry_after(a, o, v);
                again(v, status == 429 || status == 503 ? VERDICT_REFUSED : VERDICT_RETRY);
        } else {
                failed(v, false);
        }
}

static void judge_stop(struct attempt *a, const struct fetch_options *o, struct verdict *v)
{
        v->err = a->err;
        switch (a->stop) {
        case STOP_BODY:
                judge_status(a, o, v);
                break;
        case STOP_DEADLINE:
                failed(v, true);
                break;
        case STOP_REFUSED:
                if (a->again == AGAIN_NEVER)
                        failed(v, false);
                else
                        again(v, a->again == AGAIN_AFRESH ? VERDICT_AFRESH : VERDICT_RETRY);
                break;
        default:
                if (!v->err.code)
                        err_set(&v->err, ERR_FAILED, "the receiver of the download gave up");
                failed(v, false);
        }
}

static void judge_redirect(struct attempt *a, CURLcode code, struct verdict *v)
{
        const char *location = http_head_get(&a->answer, HEADER_LOCATION), *url = NULL;
        struct err ignored = ERR_INIT;
        char *joined = NULL, *shown;

        curl_easy_getinfo(a->easy, CURLINFO_EFFECTIVE_URL, &url);
        if (location && url)
                joined = url_join(url, location, &ignored);
        shown = url_display(joined ? joined : "an address that cannot be read");
        if (code == CURLE_TOO_MANY_REDIRECTS)
                err_set(&v->err, ERR_FAILED, "redirected more than %d times, at last to %.160s",
                    LIMIT_REDIRECTS, shown);
        else if (!strncasecmp(shown, "http:", 5))
                err_set(&v->err, ERR_FAILED,
                    "redirected from https to %.160s, where anybody on the way could change it: "
                    "refused",
                    shown);
        else
                err_set(&v->err, ERR_FAILED,
                    "redirected to %.160s, which is neither http nor https: refused", shown);
        free(shown);
        free(joined);
        failed(v, false);
}

/* Did the try end before it had a connection to the host that the request names? */
static bool unreached(const struct attempt *a)
{
        curl_off_t ready = 0;
        long redirects = 0;

        curl_easy_getinfo(a->easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
        curl_easy_getinfo(a->easy, CURLINFO_REDIRECT_COUNT, &redirects);
        return !ready && !redirects;
}

static void judge_timeout(struct attempt *a, const struct fetch_options *o, struct verdict *v)
{
        if (unreached(a)) {
                err_set(&v->err, ERR_FAILED,
                    "no connection within %u s; is the network up, and do http_proxy and "
                    "https_proxy "
                    "say what they should?",
                    (o->connect_timeout_ms + 999) / 1000);
                again(v, VERDICT_UNREACHED);
                return;
        }
        err_set(&v->err, ERR_FAILED,
            "stalled: slower than %u bytes a second for %u s, %" PRIu64 " bytes in",
            o->low_speed_bytes, o->low_speed_seconds, a->t->have);
        again(v, VERDICT_RETRY);
}

static const struct cause {
        CURLcode code;
        enum verdict_kind kind; /* VERDICT_DONE: no use in trying again */
        const char *what;
        const char *hint;
} causes[] = {
    {CURLE_COULDNT_RESOLVE_HOST, VERDICT_UNREACHED, "the host's name is not known",
        "; check the address, DNS, and http_proxy or https_proxy"},
    {CURLE_COULDNT_RESOLVE_PROXY, VERDICT_UNREACHED, "the proxy's name is not known",
        "; check http_proxy and https_proxy"},
    {CURLE_COULDNT_CONNECT, VERDICT_UNREACHED, "no connection",
        "; is the host up, and is a proxy needed?"},
    {CURLE_PROXY, VERDICT_UNREACHED, "the proxy does not connect us",
        "; check http_proxy and https_proxy"},
    {CURLE_SSL_CONNECT_ERROR, VERDICT_UNREACHED, "no secure connection", ""},
    {CURLE_PEER_FAILED_VERIFICATION, VERDICT_HOPELESS, "the server's certificate is not trusted",
        "; if your own authority signs it, name its PEM file in SSL_CERT_FILE"},
    {CURLE_SSL_CACERT_BADFILE, VERDICT_HOPELESS, "the file of trusted authorities is not usable",
        "; check SSL_CERT_FILE and CURL_CA_BUNDLE"},
    {CURLE_URL_MALFORMAT, VERDICT_DONE, "not a usable URL", ""},
    {CURLE_OUT_OF_MEMORY, VERDICT_DONE, "out of memory", ""},
    {CURLE_PARTIAL_FILE, VERDICT_RETRY, "cut short", ""},
    {CURLE_GOT_NOTHING, VERDICT_RETRY, "the server closed the connection without an answer", ""},
    {CURLE_BAD_CONTENT_ENCODING, VERDICT_RETRY, "the compressed answer cannot be decoded", ""},
    /* Resets, broken streams and what else goes wrong on a wire; must be last. */
    {CURLE_OK, VERDICT_RETRY, "the transfer broke off", ""},
};

static void judge_code(struct attempt *a, CURLcode code, struct verdict *v)
{
        const struct cause *cause = causes;

        while (cause->code != code && cause->code != CURLE_OK)
                cause++;
        err_set(&v->err, ERR_FAILED, "%s (%.160s)%s", cause->what, detail_of(a, code), cause->hint);
        /* The host at fault may be a redirect's; then nothing is said of the request's. */
        if (cause->kind == VERDICT_UNREACHED)
                again(v, unreached(a) ? VERDICT_UNREACHED : VERDICT_RETRY);
        else if (cause->kind == VERDICT_RETRY)
                again(v, VERDICT_RETRY);
        else
                failed(v, false);
        if (cause->kind == VERDICT_HOPELESS && unreached(a))
                v->kind = VERDICT_HOPELESS;
}

void attempt_verdict(
    struct attempt *a, CURLcode code, const struct fetch_options *o, struct verdict *v)
{
        long status = a->answer.complete ? a->answer.status : 0;

        *v = (struct verdict){.kind = VERDICT_DONE, .result = FETCH_OK};
        if (a->stop != STOP_NONE)
                judge_stop(a, o, v);
        else if (status == 304 || status >= 400 ||
                 (code == CURLE_OK && status != 200 && status != 206))
                judge_status(a, o, v); /* also when the error page was cut short */
        else if (code == CURLE_TOO_MANY_REDIRECTS || code == CURLE_UNSUPPORTED_PROTOCOL)
                judge_redirect(a, code, v);
        else if (code == CURLE_OPERATION_TIMEDOUT)
                judge_timeout(a, o, v);
        else if (code != CURLE_OK)
                judge_code(a, code, v);
        else if (transfer_end(a->t, &v->err) < 0)
                again(v, VERDICT_RETRY);
}
