/*
 * Files that are whole or absent: temporary file, write, fsync, rename,
 * fsync of the directory. All paths are relative to a directory descriptor.
 * What is written, renamed, listed or locked is never reached through a symbolic
 * link in the last component; fs_read_file() and fs_open_dir() follow one.
 *
 *     struct fs_temp t = FS_TEMP_INIT;
 *     if (fs_temp_open(&t, dir, e) < 0 ||
 *         fs_write(t.fd, bytes, len, e) < 0 ||
 *         fs_temp_commit(&t, dir, "name", FS_DURABLE, e) < 0)
 *             goto out;
 *     out: fs_temp_discard(&t);              nothing to do after a commit
 */
#ifndef BUNDLE_FS_H
#define BUNDLE_FS_H

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bundle/buf.h"
#include "bundle/err.h"

struct fs_temp {
        int dir; /* borrowed */
        int fd;  /* open for reading and writing; -1: none */
        char name[48];
};

/* clang-format off */
#define FS_TEMP_INIT {.dir = -1, .fd = -1}
/* clang-format on */

enum fs_commit {
        FS_DURABLE,  /* fsync of file and directory: it survives a power cut */
        FS_UNSYNCED, /* the caller makes a whole batch durable with fs_sync_all() */
};

/* A new, empty file in `dir`, mode 0644 less the umask. */
int fs_temp_open(struct fs_temp *t, int dir, struct err *e);
/* Renames it to `name` below `to`, over what is there, and closes it. */
int fs_temp_commit(struct fs_temp *t, int to, const char *name, enum fs_commit how, struct err *e);
void fs_temp_discard(struct fs_temp *t);

/* The whole of bytes, or -1 (full disk, ...). */
int fs_write(int fd, const void *bytes, size_t len, struct err *e);
/* Reads until len or end of file; the number read, or -1. */
ssize_t fs_read(int fd, void *bytes, size_t len, struct err *e);
ssize_t fs_pread(int fd, void *bytes, size_t len, uint64_t offset, struct err *e);

/* Writes a small file atomically and durably. */
int fs_write_file(int dir, const char *path, const void *bytes, size_t len, struct err *e);
/* Likewise, and never over a file that is there: 1 written; 0 there is one; -1, and there is none. */
int fs_write_new(
    int dir, const char *name, const void *bytes, size_t len, mode_t mode, struct err *e);
/* Writes a new file, mode 0644 less the umask, in place of what is there: neither atomic nor durable. */
int fs_write_plain(int dir, const char *path, const void *bytes, size_t len, struct err *e);
/* Appends the file to out. 1 read, 0 no such file, -1 (also: larger than out allows). */
int fs_read_file(int dir, const char *path, struct buf *out, struct err *e);

/* Opens a directory, or makes it (one level) first. Returns the descriptor, or -1. */
int fs_open_dir(int dir, const char *path, struct err *e);
int fs_make_dir(int dir, const char *path, struct err *e);
/* Opens the directory that a path ends in; *name is its last component, within path. */
int fs_open_parent(const char *path, const char **name, struct err *e);
/* Opens a directory for readdir(); the caller closes *out. 1, 0 there is none, -1 */
int fs_list_dir(int dir, const char *path, DIR **out, struct err *e);
/* Makes every directory above the last component of path. */
int fs_make_parents(int dir, const char *path, struct err *e);

int fs_sync_dir(int dir, struct err *e);
/* Everything written so far to the file system that holds `dir` is durable. */
int fs_sync_all(int dir, struct err *e);

/* Removes a file or a whole tree; that it is not there is fine. */
int fs_remove_tree(int dir, const char *path, struct err *e);

/* Bytes free to this user on the file system of `dir`. */
int fs_free_bytes(int dir, uint64_t *bytes, struct err *e);

/* A symbolic link `name` to `target`, replacing what is there in one step. */
int fs_replace_link(int dir, const char *target, const char *name, struct err *e);

/*
 * Takes the lock file `path`; held until the descriptor is closed or the
 * process ends. Returns the descriptor; -1 with ERR_LOCKED names the holder.
 */
int fs_lock(int dir, const char *path, struct err *e);

/* "1.4 GB", "312 kB", "17 B" into out. Powers of 1000. */
const char *fs_size_text(uint64_t bytes, char out[16]);

#endif
