#include "reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/limit.h"

#define NAME "reserve"
#define SIZE (4 * MIB)
#define LEFT (256 * KIB)  /* for the log of the next run that only reads */
#define PLENTY (4 * SIZE) /* on a disk with less free it would be missed */

static uint64_t free_bytes(int state)
{
        struct err ignored = ERR_INIT;
        uint64_t bytes;

        return fs_free_bytes(state, &bytes, &ignored) < 0 ? SIZE : bytes;
}

static int is_whole(int state)
{
        struct stat st;

        return fstatat(state, NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size == (off_t)SIZE &&
               (uint64_t)st.st_blocks * 512 >= SIZE;
}

int reserve_give(int state)
{
        return free_bytes(state) < SIZE && unlinkat(state, NAME, 0) == 0;
}

/* How large it can be made; 0: not at all. */
static uint64_t fitting(int state, int given)
{
        uint64_t bytes = free_bytes(state);

        if (!given)
                return bytes < PLENTY ? 0 : SIZE;
        bytes = bytes > LEFT ? bytes - LEFT : 0;
        return bytes < SIZE ? bytes : SIZE;
}

void reserve_keep(int state, int given)
{
        uint64_t size = is_whole(state) ? 0 : fitting(state, given);
        int fd = size ? openat(state, NAME, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
        int made;

        if (fd < 0)
                return;
        made = posix_fallocate(fd, 0, (off_t)size) == 0;
        close(fd);
        if (!made)
                unlinkat(state, NAME, 0);
}
