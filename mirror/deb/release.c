#include "mirror/deb/release.h"

#include <strings.h>

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/timestamp.h"
#include "mirror/deb/stanza.h"

/* -- dates -- */

/* A run of digits, at most `most` of them; 0: there is none. */
static size_t digits(const char *at, size_t most, int *value)
{
        size_t n = 0;

        for (*value = 0; n < most && at[n] >= '0' && at[n] <= '9'; n++)
                *value = *value * 10 + (at[n] - '0');
        return n;
}

static int month_number(const char *at)
{
        static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

        for (int i = 0; i < 12; i++)
                if (strncmp(at, names + 3 * i, 3) == 0)
                        return i + 1;
        return 0;
}

static bool is_utc(const char *zone)
{
        return strcmp(zone, "UTC") == 0 || strcmp(zone, "GMT") == 0 || strcmp(zone, "Z") == 0 ||
               strcmp(zone, "+0000") == 0;
}

int release_date(const char *text, size_t len, int64_t *out)
{
        char copy[64], iso[TIMESTAMP_SIZE + 40];
        const char *at = copy, *comma;
        int day, month, year, part[3];
        size_t n;

        if (len >= sizeof copy)
                return -1;
        memcpy(copy, text, len);
        copy[len] = '\0';
        comma = strchr(copy, ',');
        if (comma)
                at = comma + 1;
        at += strspn(at, " ");
        if (!(n = digits(at, 2, &day)) || at[n] != ' ')
                return -1;
        at += n + 1;
        month = month_number(at);
        if (!month || at[3] != ' ' || digits(at + 4, 4, &year) != 4 || at[8] != ' ')
                return -1;
        at += 9;
        for (int i = 0; i < 3; i++, at += 3)
                if (digits(at, 2, &part[i]) != 2 || at[2] != (i < 2 ? ':' : ' '))
                        return -1;
        if (!is_utc(at))
                return -1;
        snprintf(iso, sizeof iso, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, part[0],
            part[1], part[2]);
        return timestamp_parse(iso, out);
}

/* -- the list of files -- */

static int compare_files(const void *a, const void *b)
{
        const struct release_file *x = a, *y = b;

        return strcmp(x->path, y->path);
}

/* Nothing but plain components: no way out of the suite's folder. */
static bool is_plain_path(const char *path, size_t len)
{
        size_t start = 0;

        if (len == 0 || len >= LIMIT_PATH)
                return false;
        for (size_t i = 0; i <= len; i++) {
                if (i < len && path[i] != '/') {
                        if ((unsigned char)path[i] <= ' ' || (unsigned char)path[i] >= 0x7f ||
                            path[i] == '\\' || path[i] == '%' || path[i] == '?' || path[i] == '#')
                                return false;
                        continue;
                }
                if (i == start || path[start] == '.')
                        return false;
                start = i + 1;
        }
        return true;
}

static const char *skip(const char *at, const char *end)
{
        while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
                at++;
        return at;
}

static const char *word_end(const char *at, const char *end)
{
        while (at < end && *at != ' ' && *at != '\t' && *at != '\r')
                at++;
        return at;
}

/* " <sha256> <size> <path>"; a line for something with another kind of name is left out. */
static int take_file(struct release *r, const char *at, const char *end, struct err *e)
{
        struct release_file *f = &r->files[r->file_count];
        char hex[SHA256_HEX];
        const char *stop;

        at = skip(at, end);
        stop = word_end(at, end);
        if (stop - at != SHA256_HEX - 1)
                return err_set(e, ERR_REFUSED, "a line of its SHA256 field has no SHA-256");
        memcpy(hex, at, SHA256_HEX - 1);
        hex[SHA256_HEX - 1] = '\0';
        if (hex_decode(f->sha256, SHA256_SIZE, hex) < 0)
                return err_set(e, ERR_REFUSED, "a line of its SHA256 field has no SHA-256");
        at = skip(stop, end);
        stop = word_end(at, end);
        if (stop == at || stop - at > 15)
                return err_set(e, ERR_REFUSED, "a line of its SHA256 field has no size");
        for (f->size = 0; at < stop; at++) {
                if (*at < '0' || *at > '9')
                        return err_set(e, ERR_REFUSED, "a line of its SHA256 field has no size");
                f->size = f->size * 10 + (uint64_t)(*at - '0');
        }
        at = skip(stop, end);
        stop = word_end(at, end);
        if (stop == at || skip(stop, end) != end)
                return err_set(e, ERR_REFUSED, "a line of its SHA256 field has no path");
        if (!is_plain_path(at, (size_t)(stop - at)))
                return 0;
        f->path = arena_text(&r->text, at, (size_t)(stop - at));
        r->file_count++;
        return 0;
}

static int take_files(struct release *r, const struct stanza_field *f, struct err *e)
{
        const char *at = f->value, *end = f->value + f->value_len;
        size_t lines = 1;

        if (r->files)
                return err_set(e, ERR_REFUSED, "it has two SHA256 fields");
        for (const char *p = at; p < end; p++)
                lines += *p == '\n';
        r->files = xcalloc(lines, sizeof *r->files);
        while (at < end) {
                const char *newline = memchr(at, '\n', (size_t)(end - at));

                if (take_file(r, at, newline ? newline : end, e) < 0)
                        return -1;
                at = newline ? newline + 1 : end;
        }
        qsort(r->files, r->file_count, sizeof *r->files, compare_files);
        return 0;
}

/* -- the stanza -- */

static bool is_text(const struct stanza_field *f, const char *text)
{
        return f->value_len == strlen(text) && strncasecmp(f->value, text, f->value_len) == 0;
}

static const char *word(struct release *r, const struct stanza_field *f)
{
        return arena_text(&r->text, f->value, f->value_len);
}

static int take_field(struct release *r, const struct stanza_field *f, bool *dated, struct err *e)
{
        if (stanza_is(f, "Suite"))
                r->suite = word(r, f);
        else if (stanza_is(f, "Codename"))
                r->codename = word(r, f);
        else if (stanza_is(f, "Architectures"))
                r->architectures = word(r, f);
        else if (stanza_is(f, "Acquire-By-Hash"))
                r->by_hash = is_text(f, "yes");
        else if (stanza_is(f, "No-Support-for-Architecture-all"))
                r->all_in_each = is_text(f, "Packages");
        else if (stanza_is(f, "NotAutomatic"))
                r->not_automatic = is_text(f, "yes");
        else if (stanza_is(f, "ButAutomaticUpgrades"))
                r->but_automatic_upgrades = is_text(f, "yes");
        else if (stanza_is(f, "SHA256"))
                return take_files(r, f, e);
        else if (stanza_is(f, "Date")) {
                if (release_date(f->value, f->value_len, &r->date) < 0)
                        return err_set(e, ERR_REFUSED, "its Date cannot be read");
                *dated = true;
        } else if (stanza_is(f, "Valid-Until")) {
                if (release_date(f->value, f->value_len, &r->valid_until) < 0)
                        return err_set(e, ERR_REFUSED, "its Valid-Until cannot be read");
                r->has_valid_until = true;
        }
        return 0;
}

int release_parse(struct release *r, const char *body, size_t len, struct err *e)
{
        struct stanza_reader reader;
        struct stanza_field f;
        size_t start, end;
        bool dated = false;
        int more;

        *r = (struct release){.suite = "", .codename = "", .architectures = ""};
        end = stanza_end(body, len, &start);
        stanza_first(&reader, body + start, end - start);
        while ((more = stanza_next(&reader, &f, e)) == 1)
                if (take_field(r, &f, &dated, e) < 0)
                        goto fail;
        if (more < 0)
                goto fail;
        if (!dated || !r->files) {
                err_set(e, ERR_REFUSED, "it has no %s", dated ? "SHA256 field" : "Date");
                goto fail;
        }
        return 0;
fail:
        release_release(r);
        return -1;
}

void release_release(struct release *r)
{
        free(r->files);
        arena_release(&r->text);
        *r = (struct release){0};
}

const struct release_file *release_find(const struct release *r, const char *path)
{
        struct release_file key = {.path = path};

        return bsearch(&key, r->files, r->file_count, sizeof *r->files, compare_files);
}

bool release_is_of(const struct release *r, const char *folder)
{
        const char *slash = strchr(folder, '/');
        size_t len = slash ? (size_t)(slash - folder) : strlen(folder);

        if (strcmp(r->suite, folder) == 0 || strcmp(r->codename, folder) == 0)
                return true;
        /* dists/stable/updates says Suite: stable */
        return slash && ((strlen(r->suite) == len && strncmp(r->suite, folder, len) == 0) ||
                            (strlen(r->codename) == len && strncmp(r->codename, folder, len) == 0));
}

bool release_has_architecture(const struct release *r, const char *architecture)
{
        size_t len = strlen(architecture);

        for (const char *at = r->architectures; *at;) {
                size_t n = strcspn(at, " \t\n");

                if (n == len && strncmp(at, architecture, n) == 0)
                        return true;
                at += n + strspn(at + n, " \t\n");
        }
        return false;
}
