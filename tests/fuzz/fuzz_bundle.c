/*
 * The walk through a bundle's tar: head, then packs as volume.json says. What is
 * taken as whole is written again to the byte by cutting it into one file.
 */
#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bundle/bundle_read.h"
#include "bundle/recut.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int memory_file(void)
{
        int fd = memfd_create("fuzz", MFD_CLOEXEC);

        assert(fd >= 0);
        return fd;
}

static int begin(void *user, size_t v, size_t volumes, struct err *e)
{
        (void)e;
        assert(v == 0 && volumes == 1);
        return *(int *)user;
}

static int end(void *user, size_t v, struct err *e)
{
        (void)user;
        (void)v;
        (void)e;
        return 0;
}

static void same_bytes(int fd, const uint8_t *data, size_t size)
{
        uint8_t byte;

        assert(lseek(fd, 0, SEEK_END) == (off_t)size);
        for (size_t i = 0; i < size; i++)
                assert(pread(fd, &byte, 1, (off_t)i) == 1 && byte == data[i]);
}

static int is_whole(int fd)
{
        struct bundle *b = NULL;
        struct err e = ERR_INIT;
        int whole;

        assert(lseek(fd, 0, SEEK_SET) == 0 && bundle_open(fd, &b, &e) == 0);
        whole = bundle_volume(b)->volumes == 1;
        bundle_close(b);
        return whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        int in = memory_file(), out = memory_file(), r;
        const struct volume_files files = {&out, begin, end};
        struct recut *recut = recut_new(NULL);
        struct err e = ERR_INIT;

        assert(write(in, data, size) == (ssize_t)size && lseek(in, 0, SEEK_SET) == 0);
        r = recut_add(recut, in, "fuzz", &e);
        assert(r == 0 || e.code == ERR_REFUSED);
        if (r == 0 && is_whole(in) && recut_write(recut, 0, NULL, &files, NULL, &e) == 0)
                same_bytes(out, data, size);
        recut_free(recut);
        close(in);
        close(out);
        return 0;
}
