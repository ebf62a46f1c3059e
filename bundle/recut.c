#include "bundle/recut.h"

#include <fcntl.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/hex.h"
#include "bundle/mem.h"
#include "bundle/volume_seen.h"

#define CHUNK (256 * 1024)
#define NOWHERE ((size_t)-1)

/* A pack's bytes in one of the files. */
struct place {
        size_t file;
        uint64_t offset;
        size_t next; /* of the same pack; or NOWHERE */
};

struct pack {
        unsigned char sha256[SHA256_SIZE];
        uint64_t size;
        size_t place; /* the first; NOWHERE: in no file */
        int sure;     /* a file that was read to its end says so */
};

struct file {
        int fd; /* where none is opened again */
        const char *path;
};

struct recut {
        struct bundle_head head; /* of the first file, with the signatures of all */
        struct file *files;
        size_t file_count, file_cap;
        recut_open_fn *open; /* NULL: none is opened again */
        size_t opened;       /* the file that fd is of, which was; NOWHERE: none is open */
        int fd;
        struct pack *packs; /* of the whole bundle, as far as is known */
        size_t pack_count, pack_cap;
        struct place *places;
        size_t place_count, place_cap;
        struct volume_seen *seen;
        size_t seen_count, seen_cap;
        int end_known;  /* a last volume was seen: there are no more packs */
        uint64_t claim; /* how many there are by a last volume that could not be read to its end */
        char *chunk;
        uint64_t done, total;
        const struct recut_progress *progress;
};

struct recut *recut_new(recut_open_fn *open)
{
        struct recut *r = xcalloc(1, sizeof *r);

        r->open = open;
        r->opened = NOWHERE;
        r->chunk = xmalloc(CHUNK);
        return r;
}

void recut_free(struct recut *r)
{
        if (!r)
                return;
        bundle_head_release(&r->head);
        if (r->opened != NOWHERE)
                close(r->fd);
        free(r->files);
        free(r->packs);
        free(r->places);
        free(r->seen);
        free(r->chunk);
        free(r);
}

/* -- looking through the files -- */

/* The next member, which must be a pack. */
static int read_pack_header(
    struct tar_in *in, unsigned char sha[SHA256_SIZE], uint64_t *size, struct err *e)
{
        char name[TAR_NAME + 1];
        int r = tar_in_header(in, name, size, e);

        if (r < 0)
                return -1;
        if (r == 0 || strncmp(name, "packs/", 6) != 0 ||
            hex_decode(sha, SHA256_SIZE, name + 6) < 0 || *size > LIMIT_PACK)
                return err_set(e, ERR_REFUSED, "the bundle holds %.80s where a pack should be",
                    r ? name : "nothing");
        return 0;
}

/* There are at least so many packs. */
static void count_packs(struct recut *r, uint64_t count)
{
        while (r->pack_count < count) {
                r->packs = xgrow(r->packs, r->pack_count, &r->pack_cap, sizeof *r->packs);
                r->packs[r->pack_count++] = (struct pack){.place = NOWHERE};
        }
}

/*
 * Files that disagree: one that was read to its end is believed. Of one that was not, the head and
 * the packs may be those of two bundles.
 */
static int note_pack(
    struct recut *r, size_t i, const struct pack *p, uint64_t offset, struct err *e)
{
        struct pack *known;

        count_packs(r, i + 1);
        known = &r->packs[i];
        if (known->place == NOWHERE ||
            (known->size == p->size && memcmp(known->sha256, p->sha256, SHA256_SIZE) == 0)) {
                memcpy(known->sha256, p->sha256, SHA256_SIZE);
                known->size = p->size;
                known->sure |= p->sure;
        } else if (p->sure && !known->sure) {
                *known = *p;
        } else {
                return err_set(e, ERR_REFUSED,
                    "pack %zu is another one here than in %s: what its volume.json says is not true",
                    i, r->files[r->places[known->place].file].path);
        }
        r->places = xgrow(r->places, r->place_count, &r->place_cap, sizeof *r->places);
        r->places[r->place_count] = (struct place){r->file_count - 1, offset, known->place};
        known->place = r->place_count++;
        return 0;
}

/* A pack as a file has it, and where. */
struct found {
        struct pack pack;
        uint64_t offset;
};

/* *found: those that came before what is wrong, if anything is; the caller frees it. */
static int find_packs(
    struct tar_in *in, const struct volume *v, struct found **found, size_t *count, struct err *e)
{
        size_t cap = 0;

        while (*count < v->pack_count) {
                struct found f = {.pack.place = NOWHERE};
                off_t offset;

                if (read_pack_header(in, f.pack.sha256, &f.pack.size, e) < 0)
                        return -1;
                offset = lseek(in->fd, 0, SEEK_CUR);
                if (offset < 0)
                        return err_sys(e, "a bundle that is cut anew must be a file");
                f.offset = (uint64_t)offset;
                if (tar_in_skip(in, f.pack.size, e) < 0)
                        return -1;
                *found = xgrow(*found, *count, &cap, sizeof **found);
                (*found)[(*count)++] = f;
        }
        return tar_in_end(in, e);
}

/* 0 all of it; 1 it is damaged, and *e says how. */
static int take_packs(struct recut *r, struct tar_in *in, const struct volume *v, struct err *e)
{
        struct found *found = NULL;
        struct err why = ERR_INIT;
        size_t count = 0;
        int damaged = find_packs(in, v, &found, &count, e) < 0, untrue = 0;

        for (size_t i = 0; i < count && !untrue; i++) {
                found[i].pack.sure = !damaged;
                untrue = note_pack(r, v->first_pack + i, &found[i].pack, found[i].offset, &why) < 0;
        }
        if (untrue && !damaged)
                *e = why;
        free(found);
        return damaged || untrue;
}

/* Every signature that any of the files has. */
static int take_signatures(struct recut *r, const struct bundle_head *from, struct err *e)
{
        for (size_t i = 0; i < from->signature_count; i++) {
                const struct stored_signature *s = &from->signatures[i], *same = NULL;

                for (size_t k = 0; k < r->head.signature_count; k++)
                        if (strcmp(r->head.signatures[k].name, s->name) == 0)
                                same = &r->head.signatures[k];
                if (!same) {
                        if (bundle_head_sign(&r->head, s->name, s->text.data, s->text.len, e) < 0)
                                return -1;
                } else if (same->text.len != s->text.len ||
                           memcmp(same->text.data, s->text.data, s->text.len) != 0) {
                        return err_set(e, ERR_REFUSED,
                            "%s is another signature than in %s: leave one of the two files out",
                            s->name, r->files[0].path);
                }
        }
        return 0;
}

/* Takes the head over if it is the first one. */
static int join_head(struct recut *r, struct bundle_head *head, struct err *e)
{
        if (r->file_count == 0) {
                r->head = *head;
                *head = (struct bundle_head){0};
                return 0;
        }
        if (head->manifest.len != r->head.manifest.len ||
            memcmp(head->manifest.data, r->head.manifest.data, head->manifest.len) != 0)
                return err_set(e, ERR_USAGE, "is of another bundle than %s", r->files[0].path);
        return take_signatures(r, head, e);
}

/*
 * The packs of a last volume are the last ones. Of one that is damaged that may be untrue: it counts
 * as long as no other copy was read to its end.
 */
static void note_end(struct recut *r, const struct volume *v, int whole)
{
        uint64_t count = v->first_pack + v->pack_count;

        if (whole) {
                count_packs(r, count);
                r->end_known = 1;
        } else if (count > r->claim) {
                r->claim = count;
        }
}

int recut_add(struct recut *r, int fd, const char *path, struct err *e)
{
        struct tar_in in = {.fd = fd};
        struct bundle_head head;
        struct volume v;
        int ret = -1;

        bundle_head_init(&head);
        if (bundle_head_read(&in, &head, e) < 0)
                goto out;
        v = head.volume;
        if (join_head(r, &head, e) < 0)
                goto out;
        r->files = xgrow(r->files, r->file_count, &r->file_cap, sizeof *r->files);
        r->files[r->file_count++] = (struct file){fd, path};
        r->seen = xgrow(r->seen, r->seen_count, &r->seen_cap, sizeof *r->seen);
        r->seen[r->seen_count++] = volume_seen_of(&v);
        ret = take_packs(r, &in, &v, e);
        if (v.volume == v.volumes)
                note_end(r, &v, ret == 0);
out:
        if (ret)
                err_prefix(e, "%s", path);
        bundle_head_release(&head);
        return ret;
}

/* -- writing -- */

/* Borrowed until another one is asked for; or -1. */
static int file_fd(struct recut *r, size_t file, struct err *e)
{
        if (!r->open)
                return r->files[file].fd;
        if (r->opened == file)
                return r->fd;
        if (r->opened != NOWHERE)
                close(r->fd);
        r->fd = r->open(r->files[file].path, e);
        r->opened = r->fd < 0 ? NOWHERE : file;
        return r->fd;
}

/* Copies a pack to fd, unless that is -1. 1 whole, 0 not what its name says, -1 this machine failed. */
static int copy_pack(
    struct recut *r, const struct pack *p, const struct place *at, int fd, struct err *e)
{
        struct digest *d = digest_new(DIGEST_SHA256);
        unsigned char raw[DIGEST_MAX_SIZE];
        struct err ignored = ERR_INIT;
        uint64_t done = 0;
        int ret = 0, from = file_fd(r, at->file, &ignored);

        while (done < p->size) {
                size_t n = p->size - done < CHUNK ? (size_t)(p->size - done) : CHUNK;

                /* a sector that cannot be read is damage like any other */
                if (fs_pread(from, r->chunk, n, at->offset + done, &ignored) != (ssize_t)n)
                        goto out;
                digest_update(d, r->chunk, n);
                if (fd >= 0 && fs_write(fd, r->chunk, n, e) < 0) {
                        ret = -1;
                        goto out;
                }
                done += n;
        }
        digest_final(d);
        digest_get(d, DIGEST_SHA256, raw);
        ret = memcmp(raw, p->sha256, SHA256_SIZE) == 0;
out:
        digest_free(d);
        return ret;
}

/* Of several copies, one that is whole; of one, that one: copying tells. */
static const struct place *choose_place(struct recut *r, const struct pack *p)
{
        const struct place *at = &r->places[p->place];
        struct err ignored = ERR_INIT;

        while (at->next != NOWHERE && copy_pack(r, p, at, -1, &ignored) != 1)
                at = &r->places[at->next];
        return at;
}

static void describe(void *user, size_t pack, unsigned char sha256[SHA256_SIZE], uint64_t *size)
{
        const struct recut *r = user;

        memcpy(sha256, r->packs[pack].sha256, SHA256_SIZE);
        *size = r->packs[pack].size;
}

static int put_pack(void *user, size_t pack, int fd, struct err *e)
{
        struct recut *r = user;
        const struct pack *p = &r->packs[pack];
        const struct place *at = choose_place(r, p);
        char name[SHA256_HEX];
        int whole = copy_pack(r, p, at, fd, e);

        if (whole == 0 && file_fd(r, at->file, e) < 0)
                return -1;
        if (whole == 0) {
                hex_encode(name, p->sha256, SHA256_SIZE);
                return err_set(e, ERR_REFUSED, "%s: pack %s is damaged, %s",
                    r->files[at->file].path, name,
                    at == &r->places[p->place] ? "and no other copy was given"
                                               : "as in the other copies");
        }
        r->done += p->size;
        if (r->progress)
                r->progress->tell(r->progress->user, r->done, r->total);
        return whole < 0 ? -1 : 0;
}

static int check_all_here(struct recut *r, struct err *e)
{
        size_t count = r->pack_count;
        unsigned char *has;
        char missing[256];

        if (!r->end_known)
                count = r->claim > count ? r->claim : count + !r->claim;
        has = xcalloc(count, 1);
        for (size_t i = 0; i < r->pack_count; i++)
                has[i] = r->packs[i].place != NOWHERE;
        volume_missing(has, count, r->seen, r->seen_count, NULL, missing, sizeof missing);
        free(has);
        return missing[0] ? err_set(e, ERR_INCOMPLETE, "not all of the bundle is here: it lacks %s",
                                missing)
                          : 0;
}

int recut_write(struct recut *r, uint64_t limit, const char *medium,
    const struct volume_files *files, const struct recut_progress *progress, struct err *e)
{
        const struct volume_packs packs = {r, r->pack_count, describe, put_pack};

        if (r->file_count == 0)
                return err_set(e, ERR_REFUSED, "none of the files can be used");
        if (check_all_here(r, e) < 0)
                return -1;
        r->progress = progress;
        r->done = r->total = 0;
        for (size_t i = 0; i < r->pack_count; i++)
                r->total += r->packs[i].size;
        return volume_write(&r->head, limit, medium, &packs, files, NULL, e);
}

int recut_check(int fd, struct err *e)
{
        struct recut *r = recut_new(NULL);
        int ret = -1;

        if (lseek(fd, 0, SEEK_SET) < 0) {
                err_sys(e, "cannot read the file back");
                goto out;
        }
        if (recut_add(r, fd, "reading the new file back", e) != 0)
                goto out;
        for (size_t i = 0; i < r->pack_count; i++) {
                const struct pack *p = &r->packs[i];

                if (p->place == NOWHERE || copy_pack(r, p, &r->places[p->place], -1, e) == 1)
                        continue; /* packs before this volume's own are not in it */
                err_set(
                    e, ERR_REFUSED, "the new file is damaged: does the medium still take data?");
                goto out;
        }
        ret = 0;
out:
        recut_free(r);
        return ret;
}
