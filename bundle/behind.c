#include "bundle/behind.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"

#define THREADS_MAX 2
#define CHUNK (256 * KIB)
#define WORTH_WAKING (512 * KIB) /* bytes to hash */
#define SLICE (8 * MIB)          /* of one file before another one has its turn */
#define WRITE_OUT_MAX 64         /* files that wait; each holds a descriptor */

struct behind_hash {
        struct behind *owner;
        int fd;
        struct digest *digest;
        uint64_t done, size;
        bool queued, busy; /* busy: a thread works on it, without the lock */
        struct err err;
        struct behind_hash *next;
};

struct behind {
        pthread_mutex_t lock;
        pthread_cond_t work, idle; /* idle: some hash is busy no more */
        struct behind_hash *first, *last;
        int write_out[WRITE_OUT_MAX];
        unsigned write_out_count;
        pthread_t thread[THREADS_MAX];
        unsigned wanted, started;
        bool closing;
};

struct behind *behind_new(void)
{
        struct behind *b = xcalloc(1, sizeof *b);
        long processors = sysconf(_SC_NPROCESSORS_ONLN);

        pthread_mutex_init(&b->lock, NULL);
        pthread_cond_init(&b->work, NULL);
        pthread_cond_init(&b->idle, NULL);
        if (processors > 1)
                b->wanted = processors > 3 ? THREADS_MAX : 1;
        return b;
}

bool behind_helps(const struct behind *b)
{
        return b->wanted > 0;
}

/* -- hashing -- */

static void enqueue(struct behind_hash *h)
{
        struct behind *b = h->owner;

        h->queued = true;
        h->next = NULL;
        if (b->last)
                b->last->next = h;
        else
                b->first = h;
        b->last = h;
}

static void unqueue(struct behind_hash *h)
{
        struct behind *b = h->owner;
        struct behind_hash *before = NULL;

        for (struct behind_hash *i = b->first; i != h; i = i->next)
                before = i;
        if (before)
                before->next = h->next;
        else
                b->first = h->next;
        if (b->last == h)
                b->last = before;
        h->queued = false;
}

/* From h->done up to `size`, which the file holds. Without the lock. */
static int hash_up_to(struct behind_hash *h, uint64_t size, struct err *e)
{
        char *chunk = xmalloc(CHUNK);
        int ret = -1;

        while (h->done < size) {
                uint64_t left = size - h->done;
                ssize_t n = fs_pread(h->fd, chunk, left < CHUNK ? (size_t)left : CHUNK, h->done, e);

                if (n == 0)
                        err_set(e, ERR_FAILED, "a file became shorter while it was written");
                if (n <= 0)
                        goto out;
                digest_update(h->digest, chunk, (size_t)n);
                h->done += (uint64_t)n;
        }
        ret = 0;
out:
        free(chunk);
        return ret;
}

/* One slice of the first in the queue; at its end again if there is more. */
static void hash_one(struct behind *b)
{
        struct behind_hash *h = b->first;
        uint64_t size = h->size - h->done < SLICE ? h->size : h->done + SLICE;
        struct err e = ERR_INIT;
        int r;

        unqueue(h);
        h->busy = true;
        pthread_mutex_unlock(&b->lock);
        r = hash_up_to(h, size, &e);
        pthread_mutex_lock(&b->lock);
        h->busy = false;
        if (r < 0)
                h->err = e;
        else if (h->size - h->done >= WORTH_WAKING)
                enqueue(h);
        pthread_cond_broadcast(&b->idle);
}

static void write_out_one(struct behind *b)
{
        int fd = b->write_out[--b->write_out_count];

        pthread_mutex_unlock(&b->lock);
        sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
        close(fd);
        pthread_mutex_lock(&b->lock);
}

static void *work(void *arg)
{
        struct behind *b = arg;

        pthread_mutex_lock(&b->lock);
        while (!b->closing || b->write_out_count) {
                if (b->first)
                        hash_one(b);
                else if (b->write_out_count)
                        write_out_one(b);
                else
                        pthread_cond_wait(&b->work, &b->lock);
        }
        pthread_mutex_unlock(&b->lock);
        return NULL;
}

/* With the lock. That a thread does not start is no error: the writer then does its work. */
static void wake(struct behind *b)
{
        sigset_t all, before;

        pthread_cond_signal(&b->work);
        if (b->started == b->wanted)
                return;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before); /* signals are for the main thread */
        if (pthread_create(&b->thread[b->started], NULL, work, b) == 0)
                b->started++;
        else
                b->wanted = b->started;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct behind_hash *behind_hash_begin(
    struct behind *b, int fd, struct digest *digest, uint64_t from)
{
        struct behind_hash *h = xcalloc(1, sizeof *h);

        *h = (struct behind_hash){
            .owner = b, .fd = fd, .digest = digest, .done = from, .size = from};
        return h;
}

void behind_hash_grow(struct behind_hash *h, uint64_t size)
{
        struct behind *b = h->owner;

        pthread_mutex_lock(&b->lock);
        h->size = size;
        if (!h->queued && !h->busy && !h->err.code && size - h->done >= WORTH_WAKING && b->wanted) {
                enqueue(h);
                wake(b);
        }
        pthread_mutex_unlock(&b->lock);
}

/* Takes it away from the threads. */
static void take_back(struct behind_hash *h)
{
        struct behind *b = h->owner;

        pthread_mutex_lock(&b->lock);
        while (h->busy)
                pthread_cond_wait(&b->idle, &b->lock);
        if (h->queued)
                unqueue(h);
        pthread_mutex_unlock(&b->lock);
}

int behind_hash_end(struct behind_hash *h, struct err *e)
{
        int ret;

        take_back(h);
        if (h->err.code)
                *e = h->err;
        ret = h->err.code ? -1 : hash_up_to(h, h->size, e);
        free(h);
        return ret;
}

void behind_hash_drop(struct behind_hash *h)
{
        if (!h)
                return;
        take_back(h);
        free(h);
}

/* -- the way to the disk -- */

void behind_write_out(struct behind *b, int fd)
{
        pthread_mutex_lock(&b->lock);
        if (b->wanted && b->write_out_count < WRITE_OUT_MAX) {
                int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

                if (copy >= 0) {
                        b->write_out[b->write_out_count++] = copy;
                        wake(b);
                }
        }
        pthread_mutex_unlock(&b->lock);
}

void behind_free(struct behind *b)
{
        if (!b)
                return;
        pthread_mutex_lock(&b->lock);
        while (b->write_out_count) /* they are no one's to wait for */
                close(b->write_out[--b->write_out_count]);
        b->closing = true;
        pthread_cond_broadcast(&b->work);
        pthread_mutex_unlock(&b->lock);
        while (b->started)
                pthread_join(b->thread[--b->started], NULL);
        pthread_cond_destroy(&b->idle);
        pthread_cond_destroy(&b->work);
        pthread_mutex_destroy(&b->lock);
        free(b);
}
