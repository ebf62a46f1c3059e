#include "bundle/behind.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/mem.h"

#define THREADS_MAX 2
#define FIRST_CHUNK (16 * KIB) /* room at first: most files are small */
#define SPARE_MAX 16 /* chunks kept for the next files: fresh memory costs more than the copy */
#define WRITE_OUT (8 * MIB) /* so much of a file is sent on its way to the disk at a time */
#define WRITE_OUT_MAX 64    /* files that wait; each holds a descriptor */

struct chunk {
        struct chunk *next;
        char *bytes; /* BEHIND_CHUNK of them */
};

struct behind_file {
        struct behind *owner;
        int fd;
        struct digest *digest;
        char *filling; /* gathers the next chunk */
        size_t fill, room;
        bool handed_over;           /* some chunk was full */
        struct chunk *first, *last; /* to be written, in this order */
        uint64_t size, hashed,
            sent;          /* bytes in the file; of these in the digest; begun to be written out */
        bool queued, busy; /* busy: a thread works on it, without the lock */
        struct err err;
        struct behind_file *next;
};

struct behind {
        pthread_mutex_t lock;
        pthread_cond_t work, idle; /* idle: some file is busy no more */
        struct behind_file *first, *last;
        size_t waiting; /* chunks, of all files */
        char *spare[SPARE_MAX];
        unsigned spare_count;
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

/* -- the work, without the lock, by whoever has the file -- */

/* What the file held before is hashed first. */
static int hash_again(struct behind_file *f, struct err *e)
{
        char *bytes = xmalloc(BEHIND_CHUNK);
        int ret = -1;

        while (f->hashed < f->size) {
                uint64_t left = f->size - f->hashed;
                ssize_t n = fs_pread(
                    f->fd, bytes, left < BEHIND_CHUNK ? (size_t)left : BEHIND_CHUNK, f->hashed, e);

                if (n == 0)
                        err_set(e, ERR_FAILED, "a file became shorter while it was written");
                if (n <= 0)
                        goto out;
                digest_update(f->digest, bytes, (size_t)n);
                f->hashed += (uint64_t)n;
        }
        ret = 0;
out:
        free(bytes);
        return ret;
}

static int put(struct behind_file *f, const char *bytes, size_t len, struct err *e)
{
        if (f->hashed < f->size && hash_again(f, e) < 0)
                return err_prefix(e, "cannot read back what was written");
        if (fs_write(f->fd, bytes, len, e) < 0)
                return -1;
        digest_update(f->digest, bytes, len);
        f->size += len;
        f->hashed = f->size;
        if (f->size - f->sent >= WRITE_OUT) {
                sync_file_range(
                    f->fd, (off_t)f->sent, (off_t)(f->size - f->sent), SYNC_FILE_RANGE_WRITE);
                f->sent = f->size;
        }
        return 0;
}

/* With the lock. */
static void put_by(struct behind *b, char *bytes)
{
        if (b->spare_count < SPARE_MAX)
                b->spare[b->spare_count++] = bytes;
        else
                free(bytes);
}

/* With the lock. Every chunk is full but the last one of a file, which is none of these. */
static void chunk_free(struct behind *b, struct chunk *c)
{
        put_by(b, c->bytes);
        free(c);
}

/* With the lock. */
static struct chunk *take_chunk(struct behind_file *f)
{
        struct chunk *c = f->first;

        if (!c)
                return NULL;
        f->first = c->next;
        f->owner->waiting--;
        return c;
}

/* -- the threads -- */

static void enqueue(struct behind_file *f)
{
        struct behind *b = f->owner;

        f->queued = true;
        f->next = NULL;
        if (b->last)
                b->last->next = f;
        else
                b->first = f;
        b->last = f;
}

static void unqueue(struct behind_file *f)
{
        struct behind *b = f->owner;
        struct behind_file *before = NULL;

        for (struct behind_file *i = b->first; i != f; i = i->next)
                before = i;
        if (before)
                before->next = f->next;
        else
                b->first = f->next;
        if (b->last == f)
                b->last = before;
        f->queued = false;
}

/* One chunk of the first in the queue; at its end again if there is more. */
static void put_one(struct behind *b)
{
        struct behind_file *f = b->first;
        struct chunk *c = take_chunk(f);
        struct err e = ERR_INIT;

        unqueue(f);
        f->busy = true;
        pthread_mutex_unlock(&b->lock);
        put(f, c->bytes, BEHIND_CHUNK, &e);
        pthread_mutex_lock(&b->lock);
        chunk_free(b, c);
        f->busy = false;
        if (e.code)
                f->err = e;
        else if (f->first)
                enqueue(f);
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
                        put_one(b);
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

/* -- the writer -- */

struct behind_file *behind_begin(struct behind *b, int fd, struct digest *digest, uint64_t from)
{
        struct behind_file *f = xcalloc(1, sizeof *f);

        *f = (struct behind_file){.owner = b, .fd = fd, .digest = digest, .size = from};
        return f;
}

/* Takes it away from the threads. -1: they could not write it. */
static int take_back(struct behind_file *f, struct err *e)
{
        struct behind *b = f->owner;

        pthread_mutex_lock(&b->lock);
        while (f->busy)
                pthread_cond_wait(&b->idle, &b->lock);
        if (f->queued)
                unqueue(f);
        pthread_mutex_unlock(&b->lock);
        if (!f->err.code)
                return 0;
        *e = f->err;
        return -1;
}

/* Does what is left to be done for the file. */
static int catch_up(struct behind_file *f, struct err *e)
{
        struct behind *b = f->owner;
        int r = take_back(f, e);
        struct chunk *c;

        pthread_mutex_lock(&b->lock);
        while (r == 0 && (c = take_chunk(f))) {
                pthread_mutex_unlock(&b->lock);
                r = put(f, c->bytes, BEHIND_CHUNK, e);
                pthread_mutex_lock(&b->lock);
                chunk_free(b, c);
        }
        pthread_mutex_unlock(&b->lock);
        if (r < 0)
                f->err = *e; /* nothing is written behind a gap */
        return r;
}

/* The chunk is full: a thread's, if there is one that comes to it. */
static int hand_over(struct behind_file *f, struct err *e)
{
        struct behind *b = f->owner;
        struct chunk *c = xmalloc(sizeof *c);
        bool taken;
        int ret = 0;

        c->next = NULL;
        c->bytes = f->filling;
        f->filling = NULL;
        f->fill = f->room = 0;
        pthread_mutex_lock(&b->lock);
        if (f->first)
                f->last->next = c;
        else
                f->first = c;
        f->last = c;
        b->waiting++;
        f->handed_over = true;
        taken = b->wanted && b->waiting <= BEHIND_WAITING && !f->err.code;
        if (taken && !f->queued && !f->busy) {
                enqueue(f);
                wake(b);
        }
        pthread_mutex_unlock(&b->lock);
        if (!taken)
                ret = catch_up(f, e);
        return ret;
}

/* A small file takes little memory; of one that has filled a chunk the next is sure to fill, too. */
static void make_room(struct behind_file *f, size_t len)
{
        struct behind *b = f->owner;
        size_t room = f->handed_over ? BEHIND_CHUNK : FIRST_CHUNK;

        while (room < BEHIND_CHUNK && room < f->fill + len)
                room *= 2;
        if (room <= f->room)
                return;
        f->room = room;
        if (f->filling || room < BEHIND_CHUNK) {
                f->filling = xrealloc(f->filling, room);
                return;
        }
        pthread_mutex_lock(&b->lock);
        if (b->spare_count)
                f->filling = b->spare[--b->spare_count];
        pthread_mutex_unlock(&b->lock);
        if (!f->filling)
                f->filling = xmalloc(room);
}

int behind_write(struct behind_file *f, const void *bytes, size_t len, struct err *e)
{
        const char *p = bytes;

        while (len) {
                size_t n = BEHIND_CHUNK - f->fill < len ? BEHIND_CHUNK - f->fill : len;

                make_room(f, n);
                memcpy(f->filling + f->fill, p, n);
                f->fill += n;
                p += n;
                len -= n;
                if (f->fill == BEHIND_CHUNK && hand_over(f, e) < 0)
                        return -1;
        }
        return 0;
}

int behind_end(struct behind_file *f, struct err *e)
{
        int ret = catch_up(f, e);

        if (ret == 0)
                ret = put(f, f->filling, f->fill, e);
        behind_drop(f);
        return ret;
}

void behind_drop(struct behind_file *f)
{
        struct err ignored;
        struct behind *b;
        struct chunk *c;

        if (!f)
                return;
        b = f->owner;
        take_back(f, &ignored);
        pthread_mutex_lock(&b->lock);
        while ((c = take_chunk(f)))
                chunk_free(b, c);
        if (f->room == BEHIND_CHUNK)
                put_by(b, f->filling);
        else
                free(f->filling);
        pthread_mutex_unlock(&b->lock);
        free(f);
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
        while (b->spare_count)
                free(b->spare[--b->spare_count]);
        pthread_cond_destroy(&b->idle);
        pthread_cond_destroy(&b->work);
        pthread_mutex_destroy(&b->lock);
        free(b);
}
