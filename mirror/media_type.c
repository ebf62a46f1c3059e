#include "mirror/media_type.h"

#include <strings.h>

#include "bundle/err.h"

#define OCTETS "application/octet-stream"
#define TEXT "text/plain; charset=utf-8"
#define HTML "text/html; charset=utf-8"
#define SIMPLE "application/vnd.pypi.simple."

struct row {
        const char *key;
        const char *type;
};

/* By what stands behind the last dot; sorted, because it is searched by halves. */
static const struct row by_extension[] = {
    {"aar", "application/java-archive"},
    {"asc", TEXT}, /* armoured keys and signatures: a person can read them in a browser */
    {"bz2", "application/x-bzip2"},
    {"crate", "application/gzip"},
    {"css", "text/css; charset=utf-8"},
    {"deb", "application/vnd.debian.binary-package"},
    {"dsc", TEXT},
    {"egg", "application/zip"},
    {"gif", "image/gif"},
    {"gz", "application/gzip"},
    {"htm", HTML},
    {"html", HTML},
    {"ico", "image/vnd.microsoft.icon"},
    {"info", "application/json"}, /* of a Go module version */
    {"jar", "application/java-archive"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"jsonl", "application/jsonl"},
    {"klib", "application/zip"},
    {"lz4", "application/x-lz4"},
    {"lzma", "application/x-lzma"},
    {"md", "text/markdown; charset=utf-8"},
    {"md5", TEXT},
    {"metadata", TEXT}, /* of a wheel, PEP 658 */
    {"minisig", TEXT},
    {"mod", TEXT},
    {"module", "application/vnd.org.gradle.module+json"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"pom", "application/xml"},
    {"provenance", "application/vnd.pypi.integrity.v1+json"},
    {"pub", TEXT},
    {"sha1", TEXT},
    {"sha256", TEXT},
    {"sha512", TEXT},
    {"svg", "image/svg+xml"},
    {"tar", "application/x-tar"},
    {"tgz", "application/gzip"},
    {"toml", "application/toml"},
    {"txt", TEXT},
    {"udeb", "application/vnd.debian.binary-package"},
    {"v1_json", SIMPLE "v1+json"}, /* PEP 691 */
    {"war", "application/java-archive"},
    {"wasm", "application/wasm"},
    {"whl", "application/zip"},
    {"xml", "application/xml"},
    {"xz", "application/x-xz"},
    {"zip", "application/zip"},
    {"zst", "application/zstd"},
};

/* By the whole name, where registries fix names without an extension. */
static const struct row by_name[] = {
    {"@latest", "application/json"},
    {"InRelease", TEXT},
    {"Packages", TEXT},
    {"Release", TEXT},
    {"Sources", TEXT},
    {"list", TEXT},
};

static int compare_key(const void *key, const void *row)
{
        return strcasecmp(key, ((const struct row *)row)->key);
}

const char *media_type_of(const char *path)
{
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        const char *dot = strrchr(name, '.');
        const struct row *found = NULL;

        for (size_t i = 0; i < sizeof by_name / sizeof by_name[0]; i++)
                if (strcmp(name, by_name[i].key) == 0)
                        return by_name[i].type;
        if (dot)
                found = bsearch(dot + 1, by_extension, sizeof by_extension / sizeof by_extension[0],
                    sizeof by_extension[0], compare_key);
        return found ? found->type : OCTETS;
}

/* PEP 691 names: "latest" may be asked for but never sent. */
static const struct media_variant variants[] = {
    {"index.html", "text/html", HTML, false},
    {"index.html", SIMPLE "v1+html", SIMPLE "v1+html", true},
    {"index.html", SIMPLE "latest+html", SIMPLE "v1+html", true},
    {"index.v1_json", SIMPLE "v1+json", SIMPLE "v1+json", false},
    {"index.v1_json", SIMPLE "latest+json", SIMPLE "v1+json", true},
    {"index.json", "application/json", "application/json", false},
};

#define VARIANTS (sizeof variants / sizeof variants[0])
_Static_assert(VARIANTS <= 32, "a set of variants is a 32-bit mask");

const struct media_variant *media_variants(size_t *count)
{
        *count = VARIANTS;
        return variants;
}

/* One member of an Accept list: its type as written, and its weight. */
struct range {
        const char *type;
        size_t len;
        unsigned quality; /* 0 to 1000 */
};

static const char *skip_space(const char *p)
{
        while (*p == ' ' || *p == '\t')
                p++;
        return p;
}

/* Runs to one of the characters in `stop` that stands outside of quotes, or to the end. */
static const char *run_to(const char *p, const char *stop)
{
        bool quoted = false;

        for (; *p && (quoted || !strchr(stop, *p)); p++) {
                if (quoted && *p == '\\' && p[1])
                        p++;
                else if (*p == '"')
                        quoted = !quoted;
        }
        return p;
}

/* "0.8" in thousandths. ".2" is accepted too: Java's URL client sends it. More than 1 counts as 1.
 */
static unsigned parse_quality(const char *p)
{
        unsigned value = 0, place = 100;

        for (; *p >= '0' && *p <= '9'; p++)
                if (*p != '0')
                        value = 1000;
        if (*p == '.')
                for (p++; *p >= '0' && *p <= '9'; p++, place /= 10)
                        value += (unsigned)(*p - '0') * place;
        return value < 1000 ? value : 1000;
}

/* Takes the next member of the list. False at its end. */
static bool next_range(const char **list, struct range *r)
{
        const char *p = *list;

        while (*p == ',' || *p == ' ' || *p == '\t')
                p++;
        if (!*p)
                return false;
        *r = (struct range){.type = p, .quality = 1000};
        p = run_to(p, ",;");
        r->len = (size_t)(p - r->type);
        while (r->len && (r->type[r->len - 1] == ' ' || r->type[r->len - 1] == '\t'))
                r->len--;
        while (*p == ';') {
                p = skip_space(p + 1);
                if ((p[0] == 'q' || p[0] == 'Q') && p[1] == '=')
                        r->quality = parse_quality(p + 2);
                p = run_to(p, ",;");
        }
        *list = p;
        return true;
}

static enum media_match match_range(const struct range *r, const char *type)
{
        size_t major = (size_t)(strchr(type, '/') - type) + 1; /* "text/" */

        if (r->len == strlen(type) && strncasecmp(r->type, type, r->len) == 0)
                return MEDIA_MATCH_NAMED;
        if (r->len == major + 1 && r->type[major] == '*' && strncasecmp(r->type, type, major) == 0)
                return MEDIA_MATCH_MAJOR;
        if (r->len == 3 && memcmp(r->type, "*/*", 3) == 0)
                return MEDIA_MATCH_ANY;
        return MEDIA_MATCH_NONE;
}

unsigned media_accept_quality(const char *accept, const char *type, enum media_match *match)
{
        struct range r;
        unsigned quality = 0;

        *match = MEDIA_MATCH_NONE;
        while (next_range(&accept, &r)) {
                enum media_match m = match_range(&r, type);

                if (m > *match) {
                        *match = m;
                        quality = r.quality;
                }
        }
        return quality;
}

const struct media_variant *media_variant_choose(const char *accept, uint32_t present)
{
        const struct media_variant *best = NULL;
        unsigned best_quality = 0;
        enum media_match best_match = MEDIA_MATCH_NONE;

        for (size_t i = 0; i < VARIANTS; i++) {
                enum media_match match = MEDIA_MATCH_NONE;
                unsigned quality = 0;

                if (!(present & (uint32_t)1 << i))
                        continue;
                if (accept)
                        quality = media_accept_quality(accept, variants[i].asked, &match);
                if (variants[i].named_only && match != MEDIA_MATCH_NAMED)
                        quality = 0;
                if (quality == 0) /* "q=0" names a type in order to refuse it */
                        match = MEDIA_MATCH_NONE;
                if (best &&
                    (quality < best_quality || (quality == best_quality && match <= best_match)))
                        continue;
                best = &variants[i];
                best_quality = quality;
                best_match = match;
        }
        return best;
}
