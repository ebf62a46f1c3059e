#include <jansson.h>

#include "bundle/catalog_stream.h"
#include "bundle/catalog_work.h"
#include "bundle/fs.h"
#include "bundle/hex.h"
#include "mirror/cmd.h"
#include "mirror/mirror.h"
#include "mirror/progress.h"
#include "mirror/site.h"
#include "mirror/site_key.h"

static const struct opt_spec options[] = {
    {"quick", 0, NULL, "look at sizes only, read no file"},
    {"repair", 0, NULL, "remove damaged files, so that sync, or importing again, brings them back"},
    {0},
};

struct check {
        struct cmd *cmd;
        struct mirror *mirror;
        struct progress *progress;
        int quick, repair;
        uint64_t blobs, bytes, bad, stray, stray_bytes, site_bad;
        json_t *damaged; /* array of what is wrong */
        struct err key;  /* what is wrong with the site's key */
};

static void tell(struct check *k, const char *what, const char *name)
{
        json_array_append_new(k->damaged, json_pack("{ss ss}", "what", what, "name", name));
        if (!k->cmd->json)
                printf("%s: %s\n", what, name);
}

static int check_blob(
    void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e)
{
        struct check *k = user;
        char hex[SHA256_HEX];
        int whole = k->quick ? store_present(k->mirror->store, sha256, size)
                             : store_check(k->mirror->store, sha256, size, e);

        if (whole < 0)
                return -1;
        k->blobs++;
        k->bytes += size;
        progress_bytes(k->progress, "checking", k->bytes, 0);
        if (whole)
                return 0;
        hex_encode(hex, sha256, SHA256_SIZE);
        tell(k, "damaged or missing blob", hex);
        k->bad++;
        /* out of the way: what is not there is fetched again */
        return k->repair ? store_remove(k->mirror->store, sha256, e) : 0;
}

static int check_stray(
    void *user, const unsigned char sha256[SHA256_SIZE], uint64_t size, struct err *e)
{
        struct check *k = user;
        int held = catalog_blob_has(k->mirror->catalog, sha256, NULL, e);

        if (held < 0)
                return -1;
        if (!held) {
                k->stray++;
                k->stray_bytes += size;
        }
        return 0;
}

static void check_served(void *user, const char *path)
{
        struct check *k = user;

        tell(k, "missing or damaged in the site", path);
        k->site_bad++;
}

static int check_key(struct check *k, struct err *e)
{
        int sound = site_key_check(k->mirror, &k->key);

        if (sound < 0)
                *e = k->key;
        if (sound == 0)
                tell(k, "site key", k->key.msg);
        return sound < 0 ? -1 : 0;
}

static int check_all(struct check *k, struct err *e)
{
        int sound = catalog_check(k->mirror->catalog, e);

        if (sound < 0)
                return -1;
        if (!sound)
                return err_prefix(e, "restore state/catalog.db from a backup");
        if (check_key(k, e) < 0)
                return -1;
        if (catalog_blobs(k->mirror->catalog, check_blob, k, e) < 0 ||
            store_walk(k->mirror->store, check_stray, k, e) < 0)
                return -1;
        return site_check(k->mirror, !k->quick, check_served, k, e);
}

/* Nothing that was remembered may hide what is missing now: sync looks again, publish begins afresh. */
static int forget_conclusions(struct mirror *m, struct err *e)
{
        char **sources = NULL;
        size_t count = 0;

        if (catalog_sources(m->catalog, &sources, &count, e) < 0)
                return -1;
        if (catalog_begin(m->catalog, e) < 0)
                goto fail;
        for (size_t i = 0; i < count; i++)
                if (catalog_selection_forget(m->catalog, sources[i], e) < 0)
                        goto fail;
        if (catalog_tree_put(m->catalog, "a", -1, "", e) < 0 ||
            catalog_tree_put(m->catalog, "b", -1, "", e) < 0 || catalog_commit(m->catalog, e) < 0)
                goto fail;
        catalog_names_free(sources, count);
        return 0;
fail:
        catalog_rollback(m->catalog);
        catalog_names_free(sources, count);
        return -1;
}

static void print(struct check *k)
{
        char bytes[16], stray[16];
        json_t *top;

        if (!k->cmd->json) {
                printf(
                    "%llu files, %s checked%s: %llu damaged; site: %llu wrong; %llu unused files, %s "
                    "(dray gc removes them)\n",
                    (unsigned long long)k->blobs, fs_size_text(k->bytes, bytes),
                    k->quick ? " by size" : "", (unsigned long long)k->bad,
                    (unsigned long long)k->site_bad, (unsigned long long)k->stray,
                    fs_size_text(k->stray_bytes, stray));
                return;
        }
        top = json_pack("{sI sI sI sI sI sO}", "files", (json_int_t)k->blobs, "bytes",
            (json_int_t)k->bytes, "damaged", (json_int_t)k->bad, "site_missing",
            (json_int_t)k->site_bad, "unused", (json_int_t)k->stray, "found", k->damaged);
        json_dumpf(top, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
        putchar('\n');
        json_decref(top);
}

static int run(struct cmd *c, struct err *e)
{
        struct mirror m = MIRROR_INIT;
        struct check k = {.cmd = c, .mirror = &m, .damaged = json_array()};
        int ret = -1;

        k.quick = opt_flag(&c->opt, "quick");
        k.repair = opt_flag(&c->opt, "repair");
        if (cmd_want_args(c, 0, 0, e) < 0 || mirror_open(&m, c->dir, MIRROR_LOCKED, e) < 0)
                goto out;
        k.progress = progress_new(c->quiet);
        ret = check_all(&k, e);
        progress_free(k.progress);
        if (ret == 0 && k.repair && (k.bad || k.site_bad))
                ret = forget_conclusions(&m, e);
        if (ret < 0)
                goto out;
        print(&k);
        if (k.bad)
                ret = err_set(e, ERR_REFUSED,
                    k.repair
                        ? "%llu damaged files were removed; run dray sync (or import the bundles that "
                          "brought them, or a full one) to have them again"
                        : "%llu files are damaged or missing; run dray fsck --repair, then dray sync (or "
                          "import the bundles that brought them, or a full one)",
                    (unsigned long long)k.bad);
        else if (k.site_bad)
                ret = err_set(e, ERR_REFUSED,
                    k.repair
                        ? "%llu files are wrong in the site; dray publish makes it anew"
                        : "%llu files are wrong in the site; dray fsck --repair, then dray publish makes it "
                          "anew",
                    (unsigned long long)k.site_bad);
        else if (k.key.code)
                ret = err_set(e, ERR_REFUSED, "%s", k.key.msg);
out:
        json_decref(k.damaged);
        mirror_close(&m);
        return ret;
}

const struct command cmd_fsck = {
    .name = "fsck",
    .run = run,
    .json = 1,
    .options = options,
    .arguments = "",
    .summary = "check the catalog, the store and the site",
    .description =
        "Reads every file of the store and compares it with its name, checks the catalog and\n"
        "that the site holds what it lists, pages and files. Exit status 3 when something is damaged.",
};
