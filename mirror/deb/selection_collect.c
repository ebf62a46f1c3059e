/* From chosen files to records. */
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/timestamp.h"
#include "collect.h"
#include "mirror/url.h"

/* Reads the indexes of a kind once more, for the stanzas of what was chosen. */
struct pass {
        struct collect collect;
        int (*each)(struct collect *c, const char *stanza, size_t len, struct err *e);
        struct host *host;
};

static int on_stanza(void *user, const char *stanza, size_t len, struct err *e)
{
        struct pass *p = user;
        struct err why = ERR_INIT;
        char name[128];

        (void)e;
        if (p->each(&p->collect, stanza, len, &why) < 0)
                p->host->hole(p->host, suite_index_name(p->collect.suite, p->collect.index, name),
                    NULL, why.msg);
        return 0;
}

static int read_all(struct pass *p, bool sources, struct err *e)
{
        struct selection *s = p->collect.s;

        for (size_t i = 0; i < s->suite_count; i++)
                for (size_t k = 0; k < s->suites[i].index_count; k++) {
                        struct suite *suite = &s->suites[i];
                        struct suite_index *index = &suite->indexes[k];

                        if ((strcmp(index->architecture, "source") == 0) != sources)
                                continue;
                        p->collect.suite = suite;
                        p->collect.index = index;
                        if (suite_index_read(suite, index, false, p->host, on_stanza, p, e) < 0)
                                return -1;
                }
        return 0;
}

/* -- handing over -- */

/*
 * What the releases say of the suites: of all, so that one of which nothing is selected today
 * is published all the same, for the clients that were told of it.
 */
static size_t suites_of(const struct selection *s, struct deb_suite *out)
{
        size_t count = 0;

        for (size_t i = 0; i < s->suite_count; i++) {
                const struct suite *suite = &s->suites[i];
                bool known = false;

                for (size_t k = 0; k < count; k++)
                        known = known || strcmp(out[k].folder, suite->folder) == 0;
                if (!known)
                        out[count++] = (struct deb_suite){suite->folder, suite->release.suite,
                            suite->release.codename, suite->release.not_automatic,
                            suite->release.but_automatic_upgrades};
        }
        return count;
}

/* Held against what every reader of the record will hold it against. */
static int check_record(const struct record *r, struct err *e)
{
        struct deb_entry entry;

        if (deb_entry_parse(r, &entry, e) < 0)
                return -1;
        deb_entry_release(&entry);
        return 0;
}

static int hand_over(struct host *host, struct wanted_file *file, struct deb_entry *entry,
    const unsigned char sha256[SHA256_SIZE], struct err *e)
{
        struct err why = ERR_INIT;
        struct buf meta;
        int ret = 0, fit;

        buf_init(&meta, LIMIT_MANIFEST_LINE);
        fit = deb_entry_format(entry, &meta, &why) == 0;
        file->record.meta = meta.data;
        fit = fit && check_record(&file->record, &why) == 0;
        if (!fit) {
                host->hole(host, file->record.file, file->record.package, why.msg);
        } else {
                file->digest.kind = DIGEST_SHA256;
                memcpy(file->digest.value, sha256, SHA256_SIZE);
                ret = host->file(host, file, e);
        }
        buf_release(&meta);
        return ret;
}

/* An in-house name is not taken from an archive. 1 it may be taken, 0 not, -1. */
static int may_take(const struct chosen_file *f, struct host *host, struct err *e)
{
        int reserved = host->reserved(host, f->package, e);
        char *why;

        if (reserved <= 0)
                return reserved < 0 ? -1 : 1;
        why =
            xasprintf("%s was an in-house package here and its local file is gone; put it back, or "
                      "take the archive's package of that name by dray sync --release %s",
                f->package, f->package);
        host->hole(host, f->file, f->package, why);
        free(why);
        return 0;
}

static int want(struct selection *s, struct chosen_file *f, struct host *host, struct err *e)
{
        struct deb_suite *suites = xcalloc(s->suite_count, sizeof *suites);
        struct deb_entry entry = {.kind = f->kind,
            .path = f->path,
            .architecture = f->architecture,
            .control = f->control,
            .lists = f->lists,
            .list_count = f->list_count,
            .suites = suites,
            .suite_count = suites_of(s, suites)};
        struct wanted_file file = {.record = {.package = f->package,
                                       .version = f->version,
                                       .file = f->file,
                                       .size = f->size},
            .url = f->url,
            .local = f->local,
            .why = f->why};
        int r = f->local ? 1 : may_take(f, host, e);

        if (r == 1)
                r = hand_over(host, &file, &entry, f->sha256, e);
        free(suites);
        return r < 0 ? -1 : 0;
}

int deb_collect(struct selection *s, struct host *host, struct err *e)
{
        struct intern sources = {0};
        struct pass p = {.collect = {.s = s, .sources = s->settings.sources ? &sources : NULL},
            .each = collect_binary,
            .host = host};
        int ret = -1;

        if (read_all(&p, false, e) < 0)
                goto out;
        p.each = collect_source;
        if (s->settings.sources && read_all(&p, true, e) < 0)
                goto out;
        for (size_t i = 0; i < s->chosen.count; i++)
                if (s->chosen.files[i].found && want(s, &s->chosen.files[i], host, e) < 0)
                        goto out;
        ret = 0;
out:
        intern_release(&sources);
        return ret;
}

/* -- upstream's own indexes -- */

static int want_index(const struct suite *suite, const char *path, const char *url,
    const unsigned char sha256[SHA256_SIZE], uint64_t size, struct host *host, struct err *e)
{
        char date[TIMESTAMP_SIZE], *package = xasprintf(DEB_DISTS_PREFIX "%s", suite->folder);
        char *whole = xasprintf("dists/%s/%s", suite->folder, path);
        struct deb_suite facts = {suite->folder, suite->release.suite, suite->release.codename,
            suite->release.not_automatic, suite->release.but_automatic_upgrades};
        struct deb_entry entry = {.kind = DEB_INDEX,
            .path = whole,
            .architecture = "",
            .control = "",
            .suites = &facts,
            .suite_count = 1};
        struct wanted_file file = {.record = {.package = package,
                                       .version = timestamp_format(suite->release.date, date),
                                       .file = strrchr(whole, '/') + 1,
                                       .size = size},
            .url = url,
            .index = 1,
            .why = "upstream's index, for publish = \"verbatim\""};
        int r = hand_over(host, &file, &entry, sha256, e);

        free(package);
        free(whole);
        return r;
}

/* Once by its name, and once by its hash, as clients ask for it. */
static int want_both(
    const struct suite *suite, const struct suite_index *index, struct host *host, struct err *e)
{
        const char *path = index->file->path, *slash = strrchr(path, '/');
        char hex[SHA256_HEX], *by_hash, *url;
        int ret = 0;

        hex_encode(hex, index->file->sha256, SHA256_SIZE);
        by_hash =
            xasprintf("%.*sby-hash/SHA256/%s", (int)(slash ? slash + 1 - path : 0), path, hex);
        url = suite_url(suite, index->plain ? path : by_hash);
        if (want_index(suite, path, url, index->file->sha256, index->file->size, host, e) < 0 ||
            (suite->release.by_hash && want_index(suite, by_hash, url, index->file->sha256,
                                           index->file->size, host, e) < 0))
                ret = -1;
        free(by_hash);
        free(url);
        return ret;
}

int deb_want_indexes(struct selection *s, struct host *host, struct err *e)
{
        for (size_t i = 0; i < s->suite_count; i++) {
                const struct suite *suite = &s->suites[i];

                for (size_t k = 0; k < suite->document_count; k++) {
                        const struct suite_document *d = &suite->documents[k];
                        char *url = suite_url(suite, d->name);
                        int r = want_index(suite, d->name, url, d->sha256, d->size, host, e);

                        free(url);
                        if (r < 0)
                                return -1;
                }
                for (size_t k = 0; k < suite->index_count; k++)
                        if (want_both(suite, &suite->indexes[k], host, e) < 0)
                                return -1;
        }
        return 0;
}
