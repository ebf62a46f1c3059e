/* What a tarball says of itself, held against its record. */
#include <jansson.h>

#include "bundle/mem.h"
#include "mirror/npm/integrity.h"
#include "mirror/npm/semver.h"
#include "mirror/npm/tarball.h"
#include "npm.h"

/* Two spellings of one version ("v1.2.3") are the same. */
static int same_version(const char *a, const char *b)
{
        struct semver x, y;

        if (strcmp(a, b) == 0)
                return 1;
        return semver_parse(&x, a, strlen(a), SEMVER_LOOSE) == 0 &&
               semver_parse(&y, b, strlen(b), SEMVER_LOOSE) == 0 && semver_compare(&x, &y) == 0;
}

/* The page will promise these digests: they must hold. */
static int check_digests(const struct record *r, int fd, struct err *e)
{
        json_t *meta = json_loads(r->meta, 0, NULL), *dist = json_object_get(meta, "dist");
        int ret =
            integrity_check(r->file, fd, json_string_value(json_object_get(dist, "integrity")),
                json_string_value(json_object_get(dist, "shasum")), e);

        json_decref(meta);
        return ret;
}

int npm_identify(const struct record *r, int fd, struct held_files *files, struct err *e)
{
        json_t *manifest;
        const char *name, *version;
        int ret = -1;

        (void)files;
        if (check_digests(r, fd, e) < 0)
                return -1;
        manifest = tarball_manifest(fd, e);
        if (!manifest)
                return -1;
        name = json_string_value(json_object_get(manifest, "name"));
        version = json_string_value(json_object_get(manifest, "version"));
        if (strcmp(name, r->package) == 0 && same_version(version, r->version))
                ret = 0;
        else
                err_set(e, ERR_REFUSED, "inside it is %.80s %.80s, and not %s %s", name, version,
                    r->package, r->version);
        json_decref(manifest);
        return ret;
}
