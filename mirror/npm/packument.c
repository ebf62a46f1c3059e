#include "mirror/npm/packument.h"

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/jsonscan.h"
#include "mirror/rfc3339.h"

/* What `time` says of one version; it may stand before or behind `versions`. */
struct stated_time {
        const char *version, *time;
        size_t order;
};

struct reader {
        struct packument *p;
        struct jsonscan scan;
        struct stated_time *times;
        size_t time_count, time_cap;
        bool has_name, has_versions;
};

static const char *keep(struct reader *r, const struct json_text *t)
{
        return arena_text(&r->p->text, t->data, t->len);
}

/* The value if it is a string; anything else is passed over. */
static int read_text(struct reader *r, const char **out, struct err *e)
{
        struct json_text t;

        *out = NULL;
        if (jsonscan_peek(&r->scan) != JSON_IS_STRING)
                return jsonscan_skip(&r->scan, e);
        if (jsonscan_string(&r->scan, &t, e) < 0)
                return -1;
        *out = keep(r, &t);
        return 0;
}

/* Enters an object: 1. 0: something else, which is passed over. */
static int enter(struct reader *r, struct err *e)
{
        if (jsonscan_peek(&r->scan) != JSON_IS_OBJECT)
                return jsonscan_skip(&r->scan, e);
        return jsonscan_object(&r->scan, e) < 0 ? -1 : 1;
}

static int read_engines(struct reader *r, struct packument_version *v, struct err *e)
{
        struct json_text key;
        const char *text;
        int more = enter(r, e);

        if (more <= 0)
                return more;
        while ((more = jsonscan_key(&r->scan, &key, e)) == 1) {
                if (!json_text_is(&key, "node")) {
                        if (jsonscan_skip(&r->scan, e) < 0)
                                return -1;
                        continue;
                }
                if (read_text(r, &text, e) < 0)
                        return -1;
                v->engines_node = text;
        }
        return more;
}

/* A message, or true; "" and false are a deprecation that was taken back. */
static int read_deprecated(struct reader *r, struct packument_version *v, struct err *e)
{
        struct json_text t;

        v->deprecated = jsonscan_peek(&r->scan) == JSON_IS_TRUE;
        if (jsonscan_peek(&r->scan) != JSON_IS_STRING)
                return jsonscan_skip(&r->scan, e);
        if (jsonscan_string(&r->scan, &t, e) < 0)
                return -1;
        v->deprecated = t.len > 0;
        return 0;
}

static int read_version(struct reader *r, const struct json_text *name, struct err *e)
{
        struct packument *p = r->p;
        struct packument_version *v;
        struct json_text key;
        int more;

        p->versions = xgrow(p->versions, p->count, &p->cap, sizeof *p->versions);
        v = &p->versions[p->count++];
        *v = (struct packument_version){.text = keep(r, name), .published = PACKUMENT_NO_TIME};
        v->readable = semver_parse(&v->semver, v->text, name->len, SEMVER_LOOSE) == 0;
        if (jsonscan_peek(&r->scan) != JSON_IS_OBJECT) {
                p->count--;
                return jsonscan_skip(&r->scan, e);
        }
        v->at = (size_t)(r->scan.at - r->scan.start);
        if (jsonscan_object(&r->scan, e) < 0)
                return -1;
        while ((more = jsonscan_key(&r->scan, &key, e)) == 1) {
                int ret = json_text_is(&key, "deprecated") ? read_deprecated(r, v, e)
                          : json_text_is(&key, "engines")  ? read_engines(r, v, e)
                                                           : jsonscan_skip(&r->scan, e);

                if (ret < 0)
                        return -1;
        }
        v->len = (size_t)(r->scan.at - r->scan.start) - v->at;
        return more;
}

static int read_versions(struct reader *r, struct err *e)
{
        struct json_text key;
        int more;

        if (r->has_versions)
                return err_set(e, ERR_FAILED, "it has `versions` twice");
        r->has_versions = true;
        more = enter(r, e);
        if (more <= 0)
                return more;
        while ((more = jsonscan_key(&r->scan, &key, e)) == 1) {
                if (r->p->count == LIMIT_PACKUMENT_VERSIONS)
                        return err_set(
                            e, ERR_FAILED, "more than %d versions", LIMIT_PACKUMENT_VERSIONS);
                if (read_version(r, &key, e) < 0)
                        return -1;
        }
        return more;
}

static int read_tags(struct reader *r, struct err *e)
{
        struct packument *p = r->p;
        struct json_text key;
        const char *version;
        int more = enter(r, e);

        if (more <= 0)
                return more;
        while ((more = jsonscan_key(&r->scan, &key, e)) == 1) {
                const char *name = keep(r, &key);

                if (read_text(r, &version, e) < 0)
                        return -1;
                if (!version)
                        continue;
                p->tags = xgrow(p->tags, p->tag_count, &p->tag_cap, sizeof *p->tags);
                p->tags[p->tag_count++] = (struct packument_tag){name, version};
        }
        return more;
}

static int read_times(struct reader *r, struct err *e)
{
        struct json_text key;
        const char *time;
        int more = enter(r, e);

        if (more <= 0)
                return more;
        r->p->has_times = true;
        while ((more = jsonscan_key(&r->scan, &key, e)) == 1) {
                const char *version = keep(r, &key);

                if (read_text(r, &time, e) < 0)
                        return -1;
                if (!time)
                        continue;
                r->times = xgrow(r->times, r->time_count, &r->time_cap, sizeof *r->times);
                r->times[r->time_count] = (struct stated_time){version, time, r->time_count};
                r->time_count++;
        }
        return more;
}

static int read_name(struct reader *r, const char *name, struct err *e)
{
        const char *found;

        if (read_text(r, &found, e) < 0)
                return -1;
        if (!found || strcmp(found, name) != 0)
                return err_set(
                    e, ERR_FAILED, "it is the document of %.80s", found ? found : "no package");
        r->has_name = true;
        return 0;
}

static int read_document(struct reader *r, const char *name, struct err *e)
{
        struct json_text key;
        int more;

        if (jsonscan_object(&r->scan, e) < 0)
                return -1;
        while ((more = jsonscan_key(&r->scan, &key, e)) == 1) {
                int ret = json_text_is(&key, "name")        ? read_name(r, name, e)
                          : json_text_is(&key, "versions")  ? read_versions(r, e)
                          : json_text_is(&key, "dist-tags") ? read_tags(r, e)
                          : json_text_is(&key, "time")      ? read_times(r, e)
                                                            : jsonscan_skip(&r->scan, e);

                if (ret < 0)
                        return -1;
        }
        if (more < 0 || jsonscan_end(&r->scan, e) < 0)
                return -1;
        return r->has_name ? 0 : err_set(e, ERR_FAILED, "it states no name");
}

static int by_version(const void *a, const void *b)
{
        const struct stated_time *x = a, *y = b;
        int d = strcmp(x->version, y->version);

        return d ? d : (x->order > y->order) - (x->order < y->order);
}

static int is_of(const void *version, const void *stated)
{
        return strcmp(version, ((const struct stated_time *)stated)->version);
}

static void give_times(struct reader *r)
{
        if (r->time_count == 0)
                return;
        qsort(r->times, r->time_count, sizeof *r->times, by_version);
        for (size_t i = 0; i < r->p->count; i++) {
                struct packument_version *v = &r->p->versions[i];
                const struct stated_time *t =
                    bsearch(v->text, r->times, r->time_count, sizeof *r->times, is_of);

                if (t && rfc3339_parse(t->time, strlen(t->time), &v->published) == 0)
                        v->time = t->time;
        }
}

int packument_parse(
    struct packument *p, const char *bytes, size_t len, const char *name, struct err *e)
{
        struct reader r = {.p = p};
        int ret;

        *p = (struct packument){0};
        p->name = arena_text(&p->text, name, strlen(name));
        jsonscan_init(&r.scan, bytes, len);
        ret = read_document(&r, name, e);
        if (ret == 0)
                give_times(&r);
        else
                packument_release(p);
        jsonscan_release(&r.scan);
        free(r.times);
        return ret < 0 ? err_prefix(e, "%s", name) : 0;
}

void packument_release(struct packument *p)
{
        free(p->versions);
        free(p->tags);
        arena_release(&p->text);
        *p = (struct packument){0};
}

const char *packument_tag(const struct packument *p, const char *tag)
{
        for (size_t i = 0; i < p->tag_count; i++)
                if (strcmp(p->tags[i].name, tag) == 0)
                        return p->tags[i].version;
        return NULL;
}

const struct packument_version *packument_version(const struct packument *p, const char *version)
{
        for (size_t i = 0; i < p->count; i++)
                if (strcmp(p->versions[i].text, version) == 0)
                        return &p->versions[i];
        return NULL;
}

json_t *packument_manifest(const struct packument *p, const struct packument_version *v,
    const char *bytes, size_t len, struct err *e)
{
        json_error_t why;
        json_t *manifest;
        const char *name, *version;

        if (v->at > len || len - v->at < v->len) {
                err_set(e, ERR_FAILED, "%s: another document than the one that was read", p->name);
                return NULL;
        }
        manifest = json_loadb(bytes + v->at, v->len, 0, &why);
        name = json_string_value(json_object_get(manifest, "name"));
        version = json_string_value(json_object_get(manifest, "version"));
        if (name && version && strcmp(name, p->name) == 0 && strcmp(version, v->text) == 0)
                return manifest;
        if (!manifest)
                err_set(e, ERR_FAILED, "%s %s: %s", p->name, v->text, why.text);
        else
                err_set(e, ERR_FAILED, "%s %s: its manifest is that of %.80s %.80s", p->name,
                    v->text, name ? name : "no package", version ? version : "");
        json_decref(manifest);
        return NULL;
}
