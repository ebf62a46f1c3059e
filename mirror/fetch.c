#include "mirror/fetch.h"

#include <inttypes.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/fetch_engine.h"
#include "mirror/retry.h"

/* How often deadlines are looked at and rates are measured. */
#define TICK_MS 250

static void set_default(unsigned *value, unsigned usual)
{
        if (!*value)
                *value = usual;
}

static void set_defaults(struct fetch_options *o)
{
        set_default(&o->in_flight, 16);
        set_default(&o->per_host, 8);
        set_default(&o->tries, 5);
        set_default(&o->connect_timeout_ms, 30 * 1000);
        set_default(&o->low_speed_bytes, 1024);
        set_default(&o->low_speed_seconds, 30);
        set_default(&o->deadline_ms, 600 * 1000);
        set_default(&o->deadline_rate, 16 * 1024);
        set_default(&o->backoff_ms, 1000);
        set_default(&o->backoff_max_ms, 60 * 1000);
        set_default(&o->retry_after_max_ms, 300 * 1000);
        if (o->in_flight > LIMIT_IN_FLIGHT)
                o->in_flight = LIMIT_IN_FLIGHT;
}

static int open_slots(struct fetch *f, struct err *e)
{
        f->slot = xcalloc(f->o.in_flight, sizeof *f->slot);
        f->idle = xcalloc(f->o.in_flight, sizeof *f->idle);
        for (unsigned i = 0; i < f->o.in_flight; i++) {
                if (attempt_open(&f->slot[i], &f->o, f->share, e) < 0)
                        return -1;
                f->idle[f->idle_count++] = &f->slot[i];
        }
        return 0;
}

struct fetch *fetch_open(const struct fetch_options *o, struct err *e)
{
        struct fetch *f = xcalloc(1, sizeof *f);

        f->o = *o;
        set_defaults(&f->o);
        f->poll.epoll = -1;
        f->hosts.in_flight = f->o.in_flight;
        f->hosts.per_host = f->o.per_host;
        f->hosts.tries = f->o.tries;
        /* A host that is down takes longer to come back than a request that went wrong. */
        f->hosts.backoff_ms = 4 * (uint64_t)f->o.backoff_ms;
        f->hosts.backoff_max_ms = f->o.backoff_max_ms;
        f->global = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
        f->share = f->global ? curl_share_init() : NULL;
        /* Names and connections are shared by the multi handle, TLS sessions only so. */
        if (!f->share || curl_share_setopt(f->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION)) {
                err_set(e, ERR_FAILED, "cannot set up downloads: libcurl does not start");
                goto bad;
        }
        if (fetch_poll_open(&f->poll, e) < 0 || open_slots(f, e) < 0)
                goto bad;
        curl_multi_setopt(f->poll.multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
        curl_multi_setopt(f->poll.multi, CURLMOPT_MAXCONNECTS, (long)f->o.in_flight * 2);
        return f;
bad:
        fetch_close(f);
        return NULL;
}

int fetch_add(struct fetch *f, const struct fetch_request *r, struct err *e)
{
        struct transfer *t;

        if (f->closing)
                return err_set(e, ERR_FAILED, "downloads are being stopped");
        t = transfer_new(r, &f->o, e);
        if (!t)
                return -1;
        if (host_enter(&f->hosts, t, e) < 0) {
                transfer_free(t);
                return -1;
        }
        host_queue(&f->hosts, t);
        f->busy++;
        return 0;
}

size_t fetch_busy(const struct fetch *f)
{
        return f->busy;
}

/* The message names the URL, and how often it was tried if that says something. */
static void word_error(const struct transfer *t, const struct verdict *v, struct err *e)
{
        if (v->temporary && t->tries > 1)
                err_set(
                    e, v->err.code, "%.200s: %.280s (%u tries)", t->shown, v->err.msg, t->tries);
        else
                err_set(e, v->err.code, "%.200s: %.300s", t->shown, v->err.msg);
}

/* The end of a request: tells its owner. `answer` may be NULL. */
static void complete(
    struct fetch *f, struct transfer *t, const struct verdict *v, const struct http_head *answer)
{
        struct fetch_outcome outcome = {
            .result = v->result, .temporary = v->temporary, .tries = t->tries};
        bool is_good = v->result == FETCH_OK || v->result == FETCH_NOT_MODIFIED;

        if (!is_good) {
                transfer_rewind(t, !v->temporary);
                word_error(t, v, &outcome.err);
                f->failed++;
        }
        outcome.bytes = t->have;
        outcome.validator = t->validator;
        if (answer) {
                outcome.status = answer->status;
                outcome.etag = http_head_get(answer, HEADER_ETAG);
                outcome.last_modified = http_head_get(answer, HEADER_LAST_MODIFIED);
        }
        host_leave(&f->hosts, t, fetch_clock_ms());
        f->busy--;
        f->done++;
        if (t->r.on_done)
                t->r.on_done(t->r.user, &outcome);
        transfer_free(t);
}

static void tell_host(
    struct fetch *f, const struct attempt *a, const struct verdict *v, uint64_t now)
{
        struct fetch_host *host = a->t->host;
        long version = 0;

        host_ended(host);
        if (v->kind == VERDICT_REFUSED) {
                host_refused(&f->hosts, host, a->started, now, v->wait_ms);
        } else if (v->kind == VERDICT_UNREACHED) {
                host_unreached(&f->hosts, host, a->started, now, v->err.msg);
        } else if (v->kind == VERDICT_HOPELESS) {
                host_hopeless(host, v->err.msg);
        } else if (a->answer.status) {
                curl_easy_getinfo(a->easy, CURLINFO_HTTP_VERSION, &version);
                host_answered(host, version == CURL_HTTP_VERSION_2_0);
        }
}

static void try_again(struct fetch *f, struct transfer *t, const struct verdict *v, uint64_t now)
{
        transfer_rewind(t, v->kind == VERDICT_AFRESH);
        if (v->kind == VERDICT_RETRY) {
                t->due_ms = now + v->wait_ms;
                fetch_wait_put(&f->waiting, t);
        } else {
                /* AFRESH waits for nothing, the others for their host's pause. */
                host_queue_first(&f->hosts, t);
        }
}

/* A passing failure's wait: what the server asked for, spread a little, or the backoff. */
static void set_wait(const struct fetch *f, const struct transfer *t, struct verdict *v)
{
        uint64_t backoff = retry_backoff_ms(
            f->o.backoff_ms, f->o.backoff_max_ms, v->has_wait ? 1 : t->tries, retry_random());

        v->wait_ms = v->has_wait ? v->wait_ms + backoff : backoff;
}

/* Frees the slot; the transfer lives on. */
static void detach(struct fetch *f, struct attempt *a, uint64_t now)
{
        f->received += attempt_received(a);
        if (a->is_file)
                f->files--;
        else
                curl_multi_remove_handle(f->poll.multi, a->easy);
        f->delivered += a->received;
        a->t->used_ms += now - a->started;
}

static bool is_final(const struct verdict *v)
{
        return v->kind == VERDICT_DONE || v->kind == VERDICT_HOPELESS;
}

/* The end of a try, whether libcurl, a file or the clock ended it. */
static void finish(struct fetch *f, struct attempt *a, CURLcode code)
{
        struct transfer *t = a->t;
        struct verdict v;
        uint64_t now = fetch_clock_ms();

        attempt_verdict(a, code, &f->o, &v);
        detach(f, a, now);
        if (v.kind != VERDICT_AFRESH)
                t->tries++;
        if (!is_final(&v))
                set_wait(f, t, &v);
        tell_host(f, a, &v, now);
        if (is_final(&v) || t->tries >= f->o.tries)
                complete(f, t, &v, &a->answer);
        else
                try_again(f, t, &v, now);
        attempt_clear(a);
        f->idle[f->idle_count++] = a;
}

/* Starting */

static int start(struct fetch *f, struct transfer *t, uint64_t now, struct err *e)
{
        struct attempt *a = f->idle[--f->idle_count];

        if (attempt_start(a, t, now, e) < 0)
                return -1;
        if (a->is_file) {
                f->files++;
                file_start(a);
                return 0;
        }
        if (curl_multi_add_handle(f->poll.multi, a->easy) != CURLM_OK)
                return err_set(e, ERR_FAILED, "downloads stopped: libcurl takes no more transfers");
        return 0;
}

static void give_up_hosts(struct fetch *f)
{
        struct transfer *t;

        while ((t = host_next_lost(&f->hosts))) {
                struct verdict v = {.result = FETCH_FAILED, .temporary = !t->host->lost_for_good};

                err_set(&v.err, ERR_FAILED, "given up with its host: %s", t->host->reason);
                complete(f, t, &v, NULL);
        }
}

static int start_some(struct fetch *f, struct err *e)
{
        uint64_t now = fetch_clock_ms();
        struct transfer *t;

        while ((t = fetch_wait_first(&f->waiting)) && t->due_ms <= now)
                host_queue_first(&f->hosts, fetch_wait_take(&f->waiting));
        give_up_hosts(f);
        while (f->idle_count && (t = host_next(&f->hosts, now)))
                if (start(f, t, now, e) < 0)
                        return -1;
        return 0;
}

/* Working */

static void collect(struct fetch *f)
{
        CURLMsg *message;
        int left;

        while ((message = curl_multi_info_read(f->poll.multi, &left))) {
                char *owner = NULL;

                if (message->msg != CURLMSG_DONE)
                        continue;
                curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
                finish(f, (struct attempt *)(void *)owner, message->data.result);
        }
}

static void step_files(struct fetch *f)
{
        if (!f->files)
                return;
        if (!f->file_buffer)
                f->file_buffer = xmalloc(FILE_SLICE);
        for (unsigned i = 0; i < f->o.in_flight; i++) {
                struct attempt *a = &f->slot[i];

                if (a->t && a->is_file && file_step(a, f->file_buffer) == 0)
                        finish(f, a, CURLE_OK);
        }
}

/* The time in flight that a request may take; what a server claims to send does not count. */
static uint64_t deadline_of(const struct fetch *f, const struct transfer *t)
{
        uint64_t size = t->have > t->r.expect_size ? t->have : t->r.expect_size, ms;

        if (__builtin_mul_overflow(size / f->o.deadline_rate, (uint64_t)1000, &ms) ||
            __builtin_add_overflow(ms, (uint64_t)f->o.deadline_ms, &ms))
                return UINT64_MAX;
        return ms;
}

static void tick(struct fetch *f)
{
        uint64_t now = fetch_clock_ms(), passed = now - f->ticked;

        if (passed < TICK_MS)
                return;
        f->ticked = now;
        for (unsigned i = 0; i < f->o.in_flight; i++) {
                struct attempt *a = &f->slot[i];

                if (!a->t)
                        continue;
                attempt_measure(a, passed);
                if (a->t->used_ms + (now - a->started) <= deadline_of(f, a->t))
                        continue;
                a->stop = STOP_DEADLINE;
                err_set(&a->err, ERR_FAILED,
                    "too slow: %" PRIu64 " bytes in %" PRIu64
                    " s; a later run may go on from there",
                    a->t->have, (a->t->used_ms + (now - a->started)) / 1000);
                finish(f, a, CURLE_OK);
        }
}

static uint64_t next_wake(const struct fetch *f, uint64_t until)
{
        const struct transfer *first = fetch_wait_first(&f->waiting);
        uint64_t now = fetch_clock_ms(), pause;

        if (f->files)
                return now;
        if (first && first->due_ms < until)
                until = first->due_ms;
        pause = f->idle_count ? host_wake(&f->hosts, now) : UINT64_MAX;
        if (pause < until)
                until = pause;
        if (f->idle_count < f->o.in_flight && now + TICK_MS < until)
                until = now + TICK_MS;
        return until;
}

int fetch_run(struct fetch *f, int timeout_ms, struct err *e)
{
        uint64_t until = timeout_ms < 0 ? UINT64_MAX : fetch_clock_ms() + (uint64_t)timeout_ms;
        size_t done = f->done;

        while (f->busy && f->done == done) {
                if (start_some(f, e) < 0)
                        return -1;
                if (f->done != done)
                        break;
                if (fetch_poll_wait(&f->poll, next_wake(f, until), e) < 0)
                        return -1;
                collect(f);
                step_files(f);
                tick(f);
                if (fetch_clock_ms() >= until)
                        break;
        }
        return f->busy ? 1 : 0;
}

/* Ending */

static void stop_all(struct fetch *f)
{
        struct verdict v = {.result = FETCH_FAILED, .temporary = true};
        uint64_t now = fetch_clock_ms();
        struct transfer *t;

        f->closing = true;
        err_set(&v.err, ERR_FAILED, "stopped before it was done");
        for (unsigned i = 0; f->slot && i < f->o.in_flight; i++) {
                struct attempt *a = &f->slot[i];

                if (!a->t)
                        continue;
                detach(f, a, now);
                host_ended(a->t->host);
                complete(f, a->t, &v, &a->answer);
                attempt_clear(a);
        }
        while ((t = fetch_wait_take(&f->waiting)))
                complete(f, t, &v, NULL);
        while ((t = host_any(&f->hosts)))
                complete(f, t, &v, NULL);
}

void fetch_close(struct fetch *f)
{
        if (!f)
                return;
        stop_all(f);
        for (unsigned i = 0; f->slot && i < f->o.in_flight; i++)
                attempt_close(&f->slot[i]);
        fetch_poll_close(&f->poll);
        if (f->share)
                curl_share_cleanup(f->share);
        if (f->global)
                curl_global_cleanup();
        fetch_hosts_release(&f->hosts);
        fetch_wait_release(&f->waiting);
        free(f->file_buffer);
        free(f->slot);
        free(f->idle);
        free(f);
}
