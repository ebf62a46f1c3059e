/* The phases of a selection: what is local, what is asked for, solving, handing over. */
#include "selection.h"

#include <limits.h>

#include "bundle/hex.h"
#include "bundle/json.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/config_read.h"
#include "mirror/pypi/name.h"
#include "pypi.h"

enum phase {
        PHASE_READ,  /* local files and lock files */
        PHASE_SOLVE, /* environments, until no new one appears */
        PHASE_DONE,
};

#define NAMED_SOURCES 5

struct project *selection_project(struct selection *s, const char *name)
{
        size_t before = s->project_names.count;
        uint32_t id = intern_put(&s->project_names, name);

        if (s->project_names.count > before) {
                s->projects = xgrow(s->projects, before, &s->project_cap, sizeof *s->projects);
                s->projects[id] = xcalloc(1, sizeof *s->projects[id]);
                s->projects[id]->name = xstrdup(name);
        }
        return s->projects[id];
}

int selection_excludes(const struct selection *s, const char *name)
{
        for (size_t i = 0; i < s->source->exclude.count; i++)
                if (name_same(s->source->exclude.items[i].text, name))
                        return 1;
        return 0;
}

struct environment *selection_environment(
    struct selection *s, struct pypi_target *t, const char *key)
{
        struct environment *env;

        for (size_t i = 0; i < s->environment_count; i++)
                if (s->environments[i]->target == t && strcmp(s->environments[i]->key, key) == 0)
                        return s->environments[i];
        s->environments = xgrow(
            s->environments, s->environment_count, &s->environment_cap, sizeof *s->environments);
        env = xcalloc(1, sizeof *env);
        env->selection = s;
        env->target = t;
        env->key = xstrdup(key);
        env->keep = 1;
        s->environments[s->environment_count++] = env;
        return env;
}

/* -- opening: what dray.toml says -- */

static int take_flag(const struct config_source *source, const char *key, int *out, struct err *e)
{
        bool value;
        int r = toml_get_boolean(source->table, key, &value, e);

        if (r == 1)
                *out = value;
        return r < 0 ? -1 : 0;
}

static int take_build_tools(struct selection *s, struct err *e)
{
        const struct toml_value *list, *v;
        int r = toml_get_array(s->source->table, "build_tools", TOML_STRING, &list, e);

        if (r <= 0)
                return r;
        s->build_tools = xcalloc(toml_count(list), sizeof *s->build_tools);
        for (v = toml_first(list); v; v = toml_next(v)) {
                struct requirement q = {0};
                struct err why = ERR_INIT;
                const char *text = toml_string(v, NULL);

                if (requirement_parse(&q, text, &why) < 0)
                        return toml_err(e, v, "build_tools: %s", why.msg);
                requirement_release(&q);
                s->build_tools[s->build_tool_count++] = xstrdup(text);
        }
        return 0;
}

static int take_target(struct selection *s, const struct toml_value *table, struct err *e)
{
        struct pypi_target *t = &s->targets[s->target_count];
        struct target_profile p = {0};
        struct platform platform;
        struct err why = ERR_INIT;

        if (toml_get_string(table, "python", &p.python, e) < 0 ||
            toml_get_string(table, "platform", &p.platform, e) < 0 ||
            toml_get_string(table, "implementation", &p.implementation, e) < 0 ||
            toml_get_string(table, "abi", &p.abi, e) < 0)
                return -1;
        if (!p.python || !p.platform)
                return toml_err(e, table,
                    "a target needs python and platform, such as python = \"3.11\" and platform = "
                    "\"manylinux_2_28_x86_64\"");
        if (platform_parse(&platform, p.platform, &why) < 0)
                return toml_err(e, toml_get(table, "platform"), "%s", why.msg);
        platform_release(&platform);
        if (target_init(&t->target, &p, &why) < 0)
                return toml_err(e, table, "%s", why.msg);
        t->tags = tags_new(&t->target);
        t->title = xasprintf("python %s on %s", p.python, p.platform);
        s->target_count++;
        return 0;
}

static int take_targets(struct selection *s, struct err *e)
{
        const struct config_source *source = s->source;

        if (source->target_count == 0)
                return toml_err(e, source->table,
                    "source %s needs a [[source.target]] with python and platform: what the packages "
                    "shall install on",
                    source->name);
        s->targets = xcalloc(source->target_count, sizeof *s->targets);
        for (size_t i = 0; i < source->target_count; i++)
                if (take_target(s, source->targets[i], e) < 0)
                        return -1;
        return 0;
}

static void take_policy(struct selection *s)
{
        const struct config_source *source = s->source;

        s->policy.not_after = INT64_MAX;
        s->policy.rule = "the digests that the index states";
        if (source->has_as_of) {
                s->policy.not_after = source->as_of;
                s->policy.rule = "as_of";
        }
        if (source->min_age) {
                int64_t limit = (int64_t)time(NULL) - source->min_age;

                if (limit < s->policy.not_after) {
                        s->policy.not_after = limit;
                        s->policy.rule = "min_age";
                }
        }
}

/* One environment for each target and for each group of wishes. */
static int take_packages(struct selection *s, struct err *e)
{
        const struct config_list *packages = &s->source->packages;

        for (size_t t = 0; t < s->target_count; t++) {
                for (size_t i = 0; i < packages->count; i++) {
                        const struct config_text *spec = &packages->items[i];
                        struct environment *env = selection_environment(
                            s, &s->targets[t], s->source->together ? "packages" : spec->text);
                        struct err why = ERR_INIT;

                        env->keep = (int)(s->source->keep < INT_MAX ? s->source->keep : INT_MAX);
                        if (environment_add_root(env, spec->text, "you asked for", &why) < 0)
                                return toml_err(e, spec->at, "%s", why.msg);
                }
        }
        return 0;
}

static bool is_name(const char *text)
{
        return name_is_valid(text, strlen(text));
}

struct selection *pypi_open(const struct config_source *source, const char *upstream, struct err *e)
{
        struct selection *s = xcalloc(1, sizeof *s);
        size_t len = strlen(upstream);

        s->source = source;
        s->policy.sdist = 1;
        s->upstream = xasprintf("%s%s", upstream, len && upstream[len - 1] == '/' ? "" : "/");
        if (config_check_names("exclude", &source->exclude, is_name, e) < 0 ||
            take_flag(source, "sdist", &s->policy.sdist, e) < 0 || take_build_tools(s, e) < 0 ||
            take_targets(s, e) < 0)
                goto fail;
        take_policy(s);
        if (take_packages(s, e) < 0)
                goto fail;
        return s;
fail:
        pypi_close(s);
        return NULL;
}

void pypi_close(struct selection *s)
{
        if (!s)
                return;
        for (size_t i = 0; i < s->environment_count; i++)
                environment_free(s->environments[i]);
        for (size_t i = 0; i < s->project_names.count; i++) {
                project_release(s->projects[i]);
                free(s->projects[i]);
        }
        for (size_t i = 0; i < s->target_count; i++) {
                target_release(&s->targets[i].target);
                tags_free(s->targets[i].tags);
                free(s->targets[i].title);
        }
        for (size_t i = 0; i < s->build_tool_count; i++)
                free(s->build_tools[i]);
        for (size_t i = 0; i < s->lockfile_count; i++)
                requirements_release(&s->lockfiles[i]);
        free(s->build_tools);
        for (size_t i = 0; i < s->lock_count; i++)
                lock_release(&s->locks[i]);
        free(s->lockfiles);
        free(s->locks);
        free(s->environments);
        free(s->projects);
        free(s->targets);
        intern_release(&s->project_names);
        intern_release(&s->sources);
        free(s->upstream);
        free(s);
}

/* -- stepping -- */

/* linux_x86_64 is what an own build is named, and what hardly any wheel of an index is. */
static void note_targets(const struct selection *s, struct host *host)
{
        for (size_t i = 0; i < s->target_count; i++) {
                const struct platform *p = &s->targets[i].target.platform;
                char *text;

                if (p->system != PLATFORM_LINUX || p->tag_count > 1)
                        continue;
                text = xasprintf(
                    "%s takes no manylinux wheels: what is compiled comes as source; did you "
                    "mean platform = \"manylinux_2_28_%s\"?",
                    s->targets[i].title, p->machine);
                host->note(host, text);
                free(text);
        }
}

/* Who has to build them behind the gap should know; the names of a few. */
static void note_sources(const struct selection *s, struct host *host)
{
        size_t count = s->sources.count;
        struct buf text;

        if (!count)
                return;
        buf_init(&text, LIMIT_URL);
        buf_addf(&text, "%zu package%s as source only, because no wheel fits", count,
            count == 1 ? " comes" : "s come");
        for (size_t i = 0; count <= NAMED_SOURCES && i < count; i++)
                buf_addf(&text, "%s %s", i ? "," : ":", s->sources.texts[i]);
        host->note(host, text.data);
        buf_release(&text);
}

int pypi_step(struct selection *s, struct host *host, struct err *e)
{
        if (s->phase == PHASE_READ) {
                note_targets(s, host);
                if (selection_read_local(s, host, e) < 0 ||
                    selection_read_lockfiles(s, host, e) < 0)
                        return -1;
                s->phase = PHASE_SOLVE;
        }
        while (s->phase == PHASE_SOLVE) {
                size_t waiting = 0, collected = 0;

                /* collecting adds environments at the end of the list */
                for (size_t i = 0; i < s->environment_count; i++) {
                        struct environment *env = s->environments[i];
                        int r = env->collected ? 1 : environment_step(env, host, e);

                        if (r < 0)
                                return -1;
                        if (r == 0) {
                                waiting++;
                                continue;
                        }
                        if (!env->collected) {
                                if (environment_collect(env, host, e) < 0)
                                        return -1;
                                collected++;
                        }
                }
                if (waiting == 0 && collected == 0) {
                        note_sources(s, host);
                        s->phase = PHASE_DONE;
                }
                if (waiting && collected == 0)
                        return 0;
        }
        return 1;
}

/* -- handing over -- */

static char *meta_text(const struct project_file *f)
{
        const struct simple_file *index = f->index;
        const char *python = f->local ? f->metadata.requires_python : index->requires_python;
        char hex[SHA256_HEX];
        json_t *meta = json_object();
        struct buf out;
        struct err ignored = ERR_INIT;
        char *text;

        if (f->wheel && index->has_core_metadata && index->core_metadata.kind == DIGEST_SHA256 &&
            index->digest.kind == DIGEST_SHA256 && !f->no_sidecar) {
                hex_encode(hex, index->core_metadata.value, SHA256_SIZE);
                json_object_set_new(meta, "core_metadata", json_string(hex));
        }
        if (python)
                json_object_set_new(meta, "requires_python", json_string(python));
        if (index->upload_time)
                json_object_set_new(meta, "upload_time", json_string(index->upload_time));
        if (index->yanked)
                json_object_set_new(meta, "yanked", json_string(index->yanked));
        buf_init(&out, LIMIT_MANIFEST_LINE);
        if (json_canonical(meta, &out, &ignored) < 0)
                buf_adds(&out, "{}");
        text = buf_take(&out, NULL);
        buf_release(&out);
        json_decref(meta);
        return text;
}

/* The .metadata that the index serves beside a wheel goes along, unchanged. */
static int want_sidecar(const struct wanted_file *wheel, const struct simple_file *index,
    struct host *host, struct err *e)
{
        char hex[SHA256_HEX];
        char *file = xasprintf("%s.metadata", index->filename);
        char *url = xasprintf("%s.metadata", index->url);
        char *meta;
        struct wanted_file sidecar = *wheel;
        int r;

        hex_encode(hex, index->digest.value, SHA256_SIZE);
        meta = xasprintf("{\"wheel\":\"%s\"}", hex);
        sidecar.record.file = file;
        sidecar.record.meta = meta;
        sidecar.record.size = 0;
        sidecar.digest = index->core_metadata;
        sidecar.url = url;
        r = host->file(host, &sidecar, e);
        free(file);
        free(url);
        free(meta);
        return r;
}

int selection_want(struct selection *s, const struct project *p, const struct release *r,
    const struct project_file *f, const char *why, struct host *host, struct err *e)
{
        const struct simple_file *index = f->index;
        char *meta = meta_text(f);
        struct wanted_file file = {.record = {.package = p->name,
                                       .version = r->version.text,
                                       .file = index->filename,
                                       .size = index->size < 0 ? 0 : (uint64_t)index->size,
                                       .meta = meta},
            .digest = index->digest,
            .url = f->local ? f->local : index->url,
            .local = f->local != NULL,
            .why = why};
        int ret;

        (void)s;
        ret = host->file(host, &file, e);
        if (ret == 0 && strstr(meta, "\"core_metadata\""))
                ret = want_sidecar(&file, index, host, e);
        free(meta);
        return ret;
}
