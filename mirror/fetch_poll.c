#include "mirror/fetch_poll.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "mirror/clock.h"

#define EVENTS 64

uint64_t fetch_clock_ms(void)
{
        return (uint64_t)clock_ms();
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *watched)
{
        struct fetch_poll *p = user;
        struct epoll_event event = {.data.fd = socket};

        (void)easy;
        if (what == CURL_POLL_REMOVE) {
                /* May be closed already, and is then out of the set by itself. */
                epoll_ctl(p->epoll, EPOLL_CTL_DEL, socket, &event);
                return 0;
        }
        if (what & CURL_POLL_IN)
                event.events |= EPOLLIN;
        if (what & CURL_POLL_OUT)
                event.events |= EPOLLOUT;
        if (epoll_ctl(p->epoll, watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event) < 0 &&
            /* A number that was closed and given out again may be in either state. */
            epoll_ctl(p->epoll, watched ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event) < 0)
                p->broken = true;
        curl_multi_assign(p->multi, socket, p);
        return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *user)
{
        struct fetch_poll *p = user;

        (void)multi;
        /* One more, as the clock is cut to milliseconds: called early, libcurl would only ask
         * again. */
        p->timer_at = timeout_ms < 0    ? UINT64_MAX
                      : timeout_ms == 0 ? 0
                                        : fetch_clock_ms() + (uint64_t)timeout_ms + 1;
        return 0;
}

int fetch_poll_open(struct fetch_poll *p, struct err *e)
{
        *p = (struct fetch_poll){.timer_at = UINT64_MAX, .epoll = epoll_create1(EPOLL_CLOEXEC)};
        if (p->epoll < 0)
                return err_sys(e, "cannot set up downloads: epoll");
        p->multi = curl_multi_init();
        if (!p->multi || curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, on_socket) ||
            curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p) ||
            curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, on_timer) ||
            curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p)) {
                fetch_poll_close(p);
                return err_set(e, ERR_FAILED, "cannot set up downloads: libcurl does not start");
        }
        return 0;
}

void fetch_poll_close(struct fetch_poll *p)
{
        if (p->multi)
                curl_multi_cleanup(p->multi);
        if (p->epoll >= 0)
                close(p->epoll);
        *p = (struct fetch_poll){.epoll = -1};
}

static int act(struct fetch_poll *p, curl_socket_t socket, int what, struct err *e)
{
        int running;
        CURLMcode code = curl_multi_socket_action(p->multi, socket, what, &running);

        if (code != CURLM_OK)
                return err_set(e, ERR_FAILED, "downloads stopped: %s", curl_multi_strerror(code));
        if (p->broken)
                return err_set(e, ERR_FAILED,
                    "downloads stopped: a socket cannot be watched (out of file descriptors or "
                    "memory?)");
        return 0;
}

static int wait_ms(uint64_t now, uint64_t until)
{
        if (until <= now)
                return 0;
        return until - now > INT_MAX ? INT_MAX : (int)(until - now);
}

int fetch_poll_wait(struct fetch_poll *p, uint64_t until, struct err *e)
{
        struct epoll_event events[EVENTS];
        int count;

        if (p->timer_at < until)
                until = p->timer_at;
        count = epoll_wait(p->epoll, events, EVENTS, wait_ms(fetch_clock_ms(), until));
        if (count < 0 && errno != EINTR)
                return err_sys(e, "downloads stopped: epoll");
        for (int i = 0; i < count; i++) {
                unsigned ready = events[i].events;
                int what = (ready & EPOLLIN ? CURL_CSELECT_IN : 0) |
                           (ready & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                           /* Reading and writing both find out what the error is. */
                           (ready & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_IN | CURL_CSELECT_OUT : 0);

                if (act(p, events[i].data.fd, what, e) < 0)
                        return -1;
        }
        if (p->timer_at <= fetch_clock_ms()) {
                p->timer_at = UINT64_MAX;
                if (act(p, CURL_SOCKET_TIMEOUT, 0, e) < 0)
                        return -1;
        }
        return 0;
}
