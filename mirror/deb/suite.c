#include "suite.h"

#include <time.h>
#include <unistd.h>

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/timestamp.h"
#include "mirror/deb/verdict.h"
#include "mirror/url.h"

#define FUTURE_SECONDS 3600 /* clocks differ */

static void forget_decoded(struct suite_index *index)
{
        if (index->decoded >= 0)
                close(index->decoded);
        index->decoded = -1;
}

void suite_release(struct suite *s)
{
        for (size_t i = 0; i < s->index_count; i++)
                forget_decoded(&s->indexes[i]);
        for (size_t i = 0; i < s->key_count; i++)
                buf_release(&s->keys[i]);
        for (size_t i = 0; i < s->document_count; i++)
                free(s->documents[i].name);
        free(s->keys);
        free(s->fingerprints);
        free(s->indexes);
        free(s->uri);
        release_release(&s->release);
        *s = (struct suite){0};
}

char *suite_url(const struct suite *s, const char *path)
{
        return xasprintf("%sdists/%s/%s", s->uri, s->folder, path);
}

/* -- the signed release -- */

/* The documents of one way to sign. 1 all there; 2: one is gone; 0; -1 */
static int get_documents(struct suite *s, const char *const *names, size_t count, struct host *host,
    struct buf *bytes, struct err *e)
{
        int waiting = 0, gone = 0;

        for (size_t i = 0; i < count; i++) {
                char *url = suite_url(s, names[i]);
                struct document_request request = {
                    .kind = DOCUMENT_INDEX, .url = url, .max_size = LIMIT_INDEX_PAGE};
                struct document doc;
                int r = host->document(host, &request, &doc, e);

                free(url);
                if (r < 0)
                        return -1;
                if (r == 0) {
                        waiting++;
                } else if (doc.state == DOCUMENT_GONE) {
                        gone++;
                } else if (doc.state == DOCUMENT_FAILED) {
                        return err_set(e, ERR_FAILED, "%s", doc.error);
                } else {
                        struct suite_document *d = &s->documents[i];

                        buf_reset(&bytes[i]);
                        buf_add(&bytes[i], doc.bytes, doc.len);
                        free(d->name);
                        *d = (struct suite_document){xstrdup(names[i]), {0}, doc.len};
                        memcpy(d->sha256, doc.sha256, SHA256_SIZE);
                        if (s->document_count <= i)
                                s->document_count = i + 1;
                }
        }
        return waiting ? 0 : gone ? 2 : 1;
}

/* When the Date was last seen of this suite at this address; 0: never. */
static int last_date(
    const struct suite *s, struct host *host, char **fact, int64_t *out, struct err *e)
{
        char *shown = url_display(s->uri), *value = NULL;
        int r;

        *fact = xasprintf("date %s %s", shown, s->folder);
        free(shown);
        *out = 0;
        r = host->recall(host, *fact, &value, e);
        if (r == 1 && timestamp_parse(value, out) < 0)
                *out = 0;
        free(value);
        return r < 0 ? -1 : 0;
}

/* Nothing is signed ahead of its time: it is the clock here that is behind. */
static void note_clock(const struct suite *s, const char *date, int64_t now, struct host *host)
{
        char here[TIMESTAMP_SIZE];
        char *text = xasprintf("suite %s is of %s, and this machine's clock says %s; is it right?",
            s->folder, date, timestamp_format(now, here));

        host->note(host, text);
        free(text);
}

static int judge_dates(struct suite *s, bool check_valid_until, struct host *host, struct err *e)
{
        const struct release *r = &s->release;
        char date[TIMESTAMP_SIZE], other[TIMESTAMP_SIZE], *fact = NULL;
        int64_t last, now = (int64_t)time(NULL);
        int ret = -1;

        if (last_date(s, host, &fact, &last, e) < 0)
                goto out;
        timestamp_format(r->date, date);
        if (r->date > now && r->date <= now + FUTURE_SECONDS)
                note_clock(s, date, now, host);
        if (r->date < last) {
                err_set(e, ERR_REFUSED,
                    "it is of %s, and one of %s was seen before: an old release is being replayed, or "
                    "the mirror is behind",
                    date, timestamp_format(last, other));
                goto out;
        }
        if (r->date > now + FUTURE_SECONDS) {
                err_set(e, ERR_REFUSED,
                    "it is of %s, which is in the future; is this machine's clock right? It says %s",
                    date, timestamp_format(now, other));
                goto out;
        }
        if (r->has_valid_until && check_valid_until) {
                if (r->valid_until < now) {
                        err_set(e, ERR_REFUSED,
                            "it has expired: it was valid until %s; the mirror is behind, an old release "
                            "is being replayed, or this machine's clock is ahead: it says %s "
                            "(check_valid_until = false takes it)",
                            timestamp_format(r->valid_until, other), timestamp_format(now, date));
                        goto out;
                }
                host->until(host, r->valid_until);
        }
        if (r->date > last)
                host->remember(host, fact, date);
        ret = 0;
out:
        free(fact);
        return ret;
}

static int judge(struct suite *s, const struct signed_text *text, bool check_valid_until,
    struct host *host, struct err *e)
{
        struct verified_text verified;

        if (host->verify(host, text, &verified, e) < 0 ||
            verdict_read(verified.status, s->fingerprints, s->fingerprint_count, e) < 0 ||
            release_parse(&s->release, verified.body, verified.len, e) < 0)
                return -1;
        if (!release_is_of(&s->release, s->folder))
                return err_set(e, ERR_REFUSED,
                    "it is of another suite: Suite %.60s, Codename %.60s",
                    *s->release.suite ? s->release.suite : "(none)",
                    *s->release.codename ? s->release.codename : "(none)");
        return judge_dates(s, check_valid_until, host, e);
}

static int judge_bytes(struct suite *s, const struct buf bytes[2], size_t count,
    bool check_valid_until, struct host *host, struct err *e)
{
        struct key_text *keys = xcalloc(s->key_count, sizeof *keys);
        struct signed_text text = {
            .bytes = bytes[0].data, .len = bytes[0].len, .keys = keys, .key_count = s->key_count};
        int ret;

        for (size_t i = 0; i < s->key_count; i++)
                keys[i] = (struct key_text){s->keys[i].data, s->keys[i].len};
        if (count == 2) {
                text.signature = bytes[1].data;
                text.signature_len = bytes[1].len;
        }
        ret = count == 1 && verdict_check_clearsigned(bytes[0].data, bytes[0].len, e) < 0
                  ? -1
                  : judge(s, &text, check_valid_until, host, e);
        free(keys);
        return ret;
}

/* A release that is not to be believed is asked for anew, all of it. */
static void refuse(const struct suite *s, size_t count, struct host *host)
{
        for (size_t i = 0; i < count; i++) {
                char *url = suite_url(s, s->documents[i].name);
                struct document_request request = {.kind = DOCUMENT_INDEX, .url = url};

                host->unfit(host, &request);
                free(url);
        }
}

int suite_verify(struct suite *s, bool check_valid_until, struct host *host, struct err *e)
{
        static const char *const inline_names[] = {"InRelease"};
        static const char *const detached_names[] = {"Release", "Release.gpg"};
        struct buf bytes[2];
        size_t count = 1;
        int r;

        if (s->verified)
                return 1;
        buf_init(&bytes[0], LIMIT_INDEX_PAGE);
        buf_init(&bytes[1], LIMIT_INDEX_PAGE);
        r = get_documents(s, inline_names, 1, host, bytes, e);
        if (r == 2) {
                count = 2;
                r = get_documents(s, detached_names, 2, host, bytes, e);
        }
        if (r == 2) {
                char *shown = url_display(s->uri);

                r = err_set(e, ERR_FAILED, "%s has neither dists/%s/InRelease nor Release.gpg",
                    shown, s->folder);
                free(shown);
        } else if (r == 1) {
                r = judge_bytes(s, bytes, count, check_valid_until, host, e) < 0 ? -1 : 1;
                s->verified = r == 1;
                if (r < 0)
                        refuse(s, count, host);
        }
        buf_release(&bytes[0]);
        buf_release(&bytes[1]);
        if (r < 0)
                return err_prefix(e, "%s %s", s->folder, count == 1 ? "InRelease" : "Release");
        if (s->verified && s->release.not_automatic)
                s->pin = s->release.but_automatic_upgrades ? 100 : 1;
        return r;
}

/* -- indexes -- */

/* Adds an index in the form that is preferred of those that the release lists. 1, or 0: none. */
static int add_index(
    struct suite *s, const char *component, const char *architecture, const char *path)
{
        for (int p = 0; p < INDEX_PACKINGS; p++) {
                char *name = xasprintf("%s%s", path, index_suffix((enum index_packing)p));
                const struct release_file *file = release_find(&s->release, name);

                free(name);
                if (!file)
                        continue;
                s->indexes = xgrow(s->indexes, s->index_count, &s->index_cap, sizeof *s->indexes);
                s->indexes[s->index_count++] = (struct suite_index){
                    component, architecture, file, (enum index_packing)p, !s->release.by_hash, -1};
                return 1;
        }
        return 0;
}

static int list_component(
    struct suite *s, const char *component, const struct settings *settings, struct err *e)
{
        char path[LIMIT_NAME * 2 + 32];

        for (size_t i = 0; i < settings->architectures.count; i++) {
                const char *architecture = settings->architectures.items[i].text;

                snprintf(path, sizeof path, "%.255s/binary-%s/Packages", component, architecture);
                if (!add_index(s, component, architecture, path))
                        return err_set(e, ERR_FAILED,
                            "%s has no component %s for %s; it has the architectures: %.200s",
                            s->folder, component, architecture, s->release.architectures);
        }
        snprintf(path, sizeof path, "%.255s/binary-all/Packages", component);
        /* where "all" is no architecture of the suite, each other one's index has those packages */
        if (!s->release.all_in_each && release_has_architecture(&s->release, "all"))
                add_index(s, component, "all", path);
        snprintf(path, sizeof path, "%.255s/source/Sources", component);
        if (settings->sources && !add_index(s, component, "source", path))
                return err_set(
                    e, ERR_FAILED, "%s has no sources in component %s", s->folder, component);
        return 0;
}

int suite_list_indexes(struct suite *s, const struct settings *settings, struct err *e)
{
        const struct config_list *components = &s->archive->components;

        for (size_t i = 0; i < components->count; i++)
                if (list_component(s, components->items[i].text, settings, e) < 0)
                        return -1;
        return 0;
}

static char *index_url(const struct suite *s, const struct suite_index *index)
{
        const char *slash = strrchr(index->file->path, '/');
        char hex[SHA256_HEX], *path, *url;

        if (index->plain)
                return suite_url(s, index->file->path);
        hex_encode(hex, index->file->sha256, SHA256_SIZE);
        path = xasprintf("%.*sby-hash/SHA256/%s", (int)(slash ? slash + 1 - index->file->path : 0),
            index->file->path, hex);
        url = suite_url(s, path);
        free(path);
        return url;
}

/* Another way to the same index: not by its hash, or packed otherwise. 0: there is none. */
static int try_otherwise(struct suite *s, struct suite_index *index, bool gone)
{
        size_t len = strlen(index->file->path) - strlen(index_suffix(index->packing));

        if (!index->plain) {
                /* a mirror that is being changed, or that does not keep it by its hash */
                index->plain = true;
                return 1;
        }
        for (int p = (int)index->packing + 1; gone && p < INDEX_PACKINGS; p++) {
                const char *suffix = index_suffix((enum index_packing)p);
                char *path = xasprintf("%.*s%s", (int)len, index->file->path, suffix);
                const struct release_file *file = release_find(&s->release, path);

                free(path);
                if (!file)
                        continue;
                index->file = file;
                index->packing = (enum index_packing)p;
                index->plain = !s->release.by_hash;
                return 1;
        }
        return 0;
}

int suite_index_get(struct suite *s, struct suite_index *index, struct host *host,
    struct document *out, struct err *e)
{
        char *url = index_url(s, index), name[128];
        struct document_request request = {.kind = DOCUMENT_FILE,
            .url = url,
            .max_size = LIMIT_DEB_INDEX,
            .size = index->file->size,
            .digest = {.kind = DIGEST_SHA256}};
        int r;

        memcpy(request.digest.value, index->file->sha256, SHA256_SIZE);
        r = host->document(host, &request, out, e);
        free(url);
        if (r != 1 || out->state == DOCUMENT_OK)
                return r;
        if (try_otherwise(s, index, out->state == DOCUMENT_GONE))
                return suite_index_get(s, index, host, out, e);
        return err_set(e, out->state == DOCUMENT_GONE ? ERR_FAILED : ERR_REFUSED,
            "the index %s: %s", suite_index_name(s, index, name), out->error);
}

/* How many bytes it may decode to. */
static uint64_t index_limit(const struct suite *s, const struct suite_index *index)
{
        size_t len = strlen(index->file->path) - strlen(index_suffix(index->packing));
        char *plain = xstrndup(index->file->path, len);
        const struct release_file *file = release_find(&s->release, plain);

        free(plain);
        return file && file->size < LIMIT_DEB_INDEX ? file->size : LIMIT_DEB_INDEX;
}

int suite_index_read(struct suite *s, struct suite_index *index, bool again, struct host *host,
    index_sink *sink, void *user, struct err *e)
{
        uint64_t limit = index_limit(s, index);
        struct document doc;
        char name[128];
        int copy, ret;

        if (index->decoded >= 0)
                return lseek(index->decoded, 0, SEEK_SET) < 0
                           ? err_sys(e, "a decoded index")
                           : index_read(index->decoded, INDEX_PLAIN, limit, NULL, sink, user, e);
        ret = suite_index_get(s, index, host, &doc, e);
        if (ret != 1)
                return ret < 0 ? -1
                               : err_set(e, ERR_FAILED, "the index %s has not come",
                                     suite_index_name(s, index, name));
        if (again && index->packing != INDEX_PLAIN) {
                index->decoded = host->scratch(host, e);
                if (index->decoded < 0)
                        return -1;
        }
        copy = index->decoded;
        ret = index_read(doc.fd, index->packing, limit, &copy, sink, user, e);
        if (ret < 0 || copy < 0)
                forget_decoded(index); /* it is not whole */
        return ret;
}

const char *suite_index_name(const struct suite *s, const struct suite_index *index, char out[128])
{
        snprintf(out, 128, "%s %s %s", s->folder, index->component, index->architecture);
        return out;
}
