#include "bundle_same.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/mem.h"
#include "bundle_files.h"

/* Once they differ nobody reads on, and who writes is told so by the pipe. */
static void *compare(void *user)
{
        struct bundle_same *s = user;
        struct err ignored = ERR_INIT;

        s->other = bundle_files_alike(s->from, s->there, &ignored) != 1;
        close(s->from);
        close(s->there);
        return NULL;
}

static int start(struct bundle_same *s, struct err *e)
{
        int ends[2];

        if (pipe2(ends, O_CLOEXEC) < 0)
                return err_sys(e, "cannot make a pipe");
        s->from = ends[0];
        s->to = ends[1];
        s->running = pthread_create(&s->thread, NULL, compare, s) == 0;
        if (s->running)
                return s->to;
        close(s->from);
        return err_set(e, ERR_FAILED, "cannot start a thread");
}

static int begin(void *user, size_t v, size_t volumes, struct err *e)
{
        struct bundle_same *s = user;
        char *name = bundle_file_name(s->stem, v, volumes);
        struct stat st;

        s->there = openat(s->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (s->there < 0) {
                int gone = errno == ENOENT;

                if (gone)
                        s->to = open("/dev/null", O_WRONLY | O_CLOEXEC);
                if (s->to < 0)
                        err_sys(e, "%s", gone ? "/dev/null" : name);
                free(name);
                return s->to;
        }
        s->names = xgrow(s->names, s->count, &s->cap, sizeof *s->names);
        s->names[s->count++] = name;
        if (fstat(s->there, &st) == 0)
                s->bytes += (uint64_t)st.st_size;
        if (start(s, e) < 0) {
                close(s->there);
                return -1;
        }
        return s->to;
}

int bundle_same_end(struct bundle_same *s)
{
        if (s->to >= 0)
                close(s->to);
        s->to = -1;
        if (s->running)
                pthread_join(s->thread, NULL);
        s->running = 0;
        return s->other;
}

static int end(void *user, size_t v, struct err *e)
{
        (void)v;
        return bundle_same_end(user) ? err_set(e, ERR_FAILED, "it is another") : 0;
}

struct volume_files bundle_same_sink(struct bundle_same *s)
{
        return (struct volume_files){s, begin, end};
}

void bundle_same_release(struct bundle_same *s)
{
        bundle_same_end(s);
        for (size_t i = 0; i < s->count; i++)
                free(s->names[i]);
        free(s->names);
        *s = (struct bundle_same){BUNDLE_SAME_INIT};
}
