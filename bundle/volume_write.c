#include "bundle/volume_write.h"

#include "bundle/hex.h"
#include "bundle/mem.h"

static int put_pack(
    const struct volume_packs *packs, size_t pack, struct tar_out *out, struct err *e)
{
        char name[6 + SHA256_HEX] = "packs/";
        unsigned char sha[SHA256_SIZE];
        uint64_t size;

        packs->describe(packs->user, pack, sha, &size);
        hex_encode(name + 6, sha, SHA256_SIZE);
        if (tar_out_header(out, name, size, e) < 0 || packs->put(packs->user, pack, out->fd, e) < 0)
                return -1;
        return tar_out_padding(out, size, e);
}

static int put_volume(struct bundle_head *head, const struct bundle_cut *cut, size_t v,
    const struct volume_packs *packs, struct tar_out *out, struct err *e)
{
        bundle_cut_volume(cut, v, head);
        if (bundle_head_write(head, out, e) < 0)
                return -1;
        for (size_t i = cut->first[v]; i < cut->first[v + 1]; i++)
                if (put_pack(packs, i, out, e) < 0)
                        return -1;
        return tar_out_end(out, e);
}

static int make_cut(struct bundle_cut *cut, struct bundle_head *head, uint64_t limit,
    const struct volume_packs *packs, struct err *e)
{
        uint64_t *sizes = xcalloc(packs->count, sizeof *sizes);
        unsigned char sha[SHA256_SIZE];
        int ret;

        for (size_t i = 0; i < packs->count; i++)
                packs->describe(packs->user, i, sha, &sizes[i]);
        ret = bundle_cut_make(cut, sizes, packs->count, head, limit, e);
        free(sizes);
        return ret;
}

int volume_write(struct bundle_head *head, uint64_t limit, const char *medium,
    const struct volume_packs *packs, const struct volume_files *files,
    struct volume_written *written, struct err *e)
{
        struct bundle_cut cut = {0};
        uint64_t size = 0;
        int ret = -1;

        snprintf(head->volume.medium, sizeof head->volume.medium, "%s", medium ? medium : "");
        if (make_cut(&cut, head, limit, packs, e) < 0)
                return -1;
        for (size_t v = 0; v < cut.volumes; v++) {
                struct tar_out out = {.fd = files->begin(files->user, v, cut.volumes, e)};

                if (out.fd < 0 || put_volume(head, &cut, v, packs, &out, e) < 0 ||
                    files->end(files->user, v, e) < 0)
                        goto out;
                size += out.written;
        }
        if (written)
                *written = (struct volume_written){size, cut.volumes};
        ret = 0;
out:
        bundle_cut_release(&cut);
        return ret;
}

int volume_to_fd_begin(void *user, size_t v, size_t volumes, struct err *e)
{
        (void)v;
        (void)volumes;
        (void)e;
        return *(int *)user;
}

int volume_to_fd_end(void *user, size_t v, struct err *e)
{
        (void)user;
        (void)v;
        (void)e;
        return 0;
}
