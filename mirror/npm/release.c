#include "mirror/npm/release.h"

#include "bundle/json.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/npm/integrity.h"
#include "mirror/npm/name.h"

/* What clients read in an index of what they install; all else of a manifest is left behind. */
static const char *const kept[] = {"dependencies", "optionalDependencies", "peerDependencies",
    "peerDependenciesMeta", "dependenciesMeta", "acceptDependencies", "bundleDependencies",
    "bundledDependencies", "bin", "directories", "engines", "os", "cpu", "libc", "deprecated",
    "_hasShrinkwrap", "hasInstallScript", "funding", "license", NULL};
static const char *const kept_dist[] = {
    "integrity", "shasum", "signatures", "unpackedSize", "fileCount", NULL};

static bool is_bundled(const json_t *manifest, const char *name)
{
        const json_t *list = json_object_get(manifest, "bundleDependencies"), *item;
        size_t i;

        if (!list)
                list = json_object_get(manifest, "bundledDependencies");
        if (json_is_true(list))
                return json_object_get(json_object_get(manifest, "dependencies"), name) != NULL;
        json_array_foreach (list, i, item)
                if (json_is_string(item) && strcmp(json_string_value(item), name) == 0)
                        return true;
        return false;
}

/* A name that is there already moves to the end, with its new type, as in npm's own list. */
static void add_dependency(
    struct release *r, const char *name, const char *spec, enum dependency_type type)
{
        size_t i = 0;

        while (i < r->dependency_count && strcmp(r->dependencies[i].name, name) != 0)
                i++;
        if (i < r->dependency_count)
                memmove(&r->dependencies[i], &r->dependencies[i + 1],
                    (--r->dependency_count - i) * sizeof *r->dependencies);
        r->dependencies[r->dependency_count++] =
            (struct dependency){name, spec, type, is_bundled(r->manifest, name), NULL};
}

static bool is_optional_peer(const json_t *manifest, const char *name)
{
        const json_t *meta =
            json_object_get(json_object_get(manifest, "peerDependenciesMeta"), name);

        return json_is_true(json_object_get(meta, "optional"));
}

static void add_all(struct release *r, const char *key, enum dependency_type type)
{
        const json_t *all = json_object_get(r->manifest, key);
        void *at = json_object_iter(json_object_get(r->manifest, key));

        for (; at && json_is_object(all);
             at = json_object_iter_next(json_object_get(r->manifest, key), at)) {
                const char *name = json_object_iter_key(at);
                const char *spec = json_string_value(json_object_iter_value(at));
                bool peer = type == DEPENDENCY_PEER || type == DEPENDENCY_PEER_OPTIONAL;

                if (spec && (!peer || is_optional_peer(r->manifest, name) ==
                                          (type == DEPENDENCY_PEER_OPTIONAL)))
                        add_dependency(r, name, spec, type);
        }
}

static void add_dependencies(struct release *r)
{
        static const char *const keys[] = {
            "dependencies", "optionalDependencies", "peerDependencies"};
        size_t count = 0;

        for (size_t i = 0; i < 3; i++)
                count += json_object_size(json_object_get(r->manifest, keys[i]));
        r->dependencies = xcalloc(count, sizeof *r->dependencies);
        add_all(r, "peerDependencies", DEPENDENCY_PEER);
        add_all(r, "peerDependencies", DEPENDENCY_PEER_OPTIONAL);
        add_all(r, "dependencies", DEPENDENCY_PROD);
        add_all(r, "optionalDependencies", DEPENDENCY_OPTIONAL);
}

static bool is_true(const json_t *manifest, const char *key)
{
        return json_is_true(json_object_get(manifest, key));
}

/* hasInstallScript is the registry's summary; the full form has the scripts themselves. */
static bool has_scripts(const json_t *manifest)
{
        const json_t *scripts = json_object_get(manifest, "scripts");

        return is_true(manifest, "hasInstallScript") || json_object_get(scripts, "preinstall") ||
               json_object_get(scripts, "install") || json_object_get(scripts, "postinstall");
}

static void take_dist(struct release *r)
{
        const json_t *dist = json_object_get(r->manifest, "dist");
        const char *sri = json_string_value(json_object_get(dist, "integrity"));
        const char *shasum = json_string_value(json_object_get(dist, "shasum"));

        r->tarball = json_string_value(json_object_get(dist, "tarball"));
        if (!(sri && integrity_strongest(sri, &r->digest)) &&
            !(shasum && integrity_shasum(shasum, &r->digest)))
                r->digest = (struct stated_digest){0};
}

static void drop_others(json_t *object, const char *const *keys)
{
        json_t *left = json_object();

        for (; *keys; keys++) {
                json_t *value = json_object_get(object, *keys);

                if (value)
                        json_object_set(left, *keys, value);
        }
        json_object_clear(object);
        json_object_update(object, left);
        json_decref(left);
}

struct release *release_new(json_t *manifest_take, struct err *e)
{
        struct release *r = xcalloc(1, sizeof *r);

        r->manifest = manifest_take;
        r->package = json_string_value(json_object_get(r->manifest, "name"));
        r->version = json_string_value(json_object_get(r->manifest, "version"));
        if (!r->package || !r->version || !npm_name_is_valid(r->package)) {
                err_set(
                    e, ERR_FAILED, "\"%.80s\" is no package name", r->package ? r->package : "");
                release_free(r);
                return NULL;
        }
        r->readable = semver_parse(&r->semver, r->version, strlen(r->version), SEMVER_LOOSE) == 0;
        r->shrinkwrapped = is_true(r->manifest, "_hasShrinkwrap");
        r->scripts = has_scripts(r->manifest);
        take_dist(r);
        add_dependencies(r);
        return r;
}

struct release *release_new_project(json_t *manifest_take)
{
        struct release *r = xcalloc(1, sizeof *r);

        r->manifest = manifest_take;
        r->package = r->version = "";
        add_dependencies(r);
        return r;
}

void release_free(struct release *r)
{
        if (!r)
                return;
        free(r->dependencies);
        json_decref(r->manifest);
        free(r);
}

/* Canonical JSON has no floats; what has one is no field that an installation needs. */
static void drop_floats(json_t *value)
{
        void *at = json_object_iter(value), *next;
        json_t *item;
        size_t i;

        for (; at; at = next) {
                next = json_object_iter_next(value, at);
                if (json_is_real(json_object_iter_value(at)))
                        json_object_del(value, json_object_iter_key(at));
                else
                        drop_floats(json_object_iter_value(at));
        }
        for (i = json_array_size(value); i-- > 0;) {
                item = json_array_get(value, i);
                if (json_is_real(item))
                        json_array_remove(value, i);
                else
                        drop_floats(item);
        }
}

char *release_meta(const struct release *r, const char *tags, json_t *keys_take, struct err *e)
{
        json_t *manifest = json_deep_copy(r->manifest), *dist, *meta = json_object();
        struct buf out;
        char *text = NULL;

        buf_init(&out, LIMIT_MANIFEST_LINE);
        dist = json_incref(json_object_get(manifest, "dist"));
        if (r->scripts)
                json_object_set_new(manifest, "hasInstallScript", json_true());
        drop_others(manifest, kept);
        if (dist)
                drop_others(dist, kept_dist);
        json_object_set_new(meta, "manifest", manifest);
        json_object_set_new(meta, "dist", dist ? dist : json_object());
        if (r->time)
                json_object_set_new(meta, "time", json_string(r->time));
        if (*tags)
                json_object_set_new(meta, "tags", json_string(tags));
        if (json_array_size(keys_take))
                json_object_set(meta, "keys", keys_take);
        json_decref(keys_take);
        drop_floats(meta);
        if (json_canonical(meta, &out, e) == 0)
                text = buf_take(&out, NULL);
        buf_release(&out);
        json_decref(meta);
        return text;
}

char *release_file_name(const char *package, const char *version)
{
        return xasprintf("%s-%s.tgz", npm_name_base(package), version);
}
