#include "bundle/record.h"

#include <strings.h>

#include "bundle/hex.h"
#include "bundle/json.h"
#include "bundle/limit.h"
#include "bundle/mem.h"

/* Names that Windows gives to devices, whatever the extension. */
static int is_device(const char *name)
{
        static const char *const devices[] = {"con", "prn", "aux", "nul"};
        size_t stem = strcspn(name, ".");

        for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
                if (stem == 3 && strncasecmp(name, devices[i], 3) == 0)
                        return 1;
        return stem == 4 &&
               (strncasecmp(name, "com", 3) == 0 || strncasecmp(name, "lpt", 3) == 0) &&
               name[3] >= '0' && name[3] <= '9';
}

int name_check(const char *what, const char *name, struct err *e)
{
        size_t len = strlen(name);

        if (len == 0 || len > LIMIT_NAME)
                return err_set(
                    e, ERR_REFUSED, "%s is empty or longer than %d bytes", what, LIMIT_NAME);
        for (const char *p = name; *p; p++)
                if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f ||
                    strchr("/\\:*?\"<>|", *p))
                        return err_set(e, ERR_REFUSED,
                            "%s \"%.80s\" holds a character that no name has", what, name);
        if (name[0] == '.' || name[len - 1] == '.')
                return err_set(
                    e, ERR_REFUSED, "%s \"%.80s\" begins or ends with a dot", what, name);
        if (is_device(name))
                return err_set(
                    e, ERR_REFUSED, "%s \"%.80s\" is a device on some hosts", what, name);
        return 0;
}

/* Versions and packages may hold '/', ':' or '@' in some registries, never white space or controls. */
static int check_text(const char *what, const char *text, struct err *e)
{
        size_t len = strlen(text);

        if (len == 0 || len > LIMIT_NAME)
                return err_set(e, ERR_REFUSED, "record: %s is empty or longer than %d bytes", what,
                    LIMIT_NAME);
        for (const char *p = text; *p; p++)
                if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f || *p == '\\')
                        return err_set(e, ERR_REFUSED,
                            "record: %s \"%.80s\" holds a character that "
                            "none has",
                            what, text);
        return 0;
}

const char *source_name_wrong(const char *name)
{
        size_t len = strlen(name);

        if (len < 1 || len > 64 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != len ||
            strchr("._-", *name))
                return "must be 1 to 64 of a-z 0-9 . _ - and begin with a letter or digit";
        if (name[len - 1] == '.')
                return "must not end with a dot, which Windows drops";
        if (is_device(name))
                return "is the name of a device on Windows";
        if (strcmp(name, "index.html") == 0)
                return "is the site's own page";
        return NULL;
}

int source_name_check(const char *what, const char *name, struct err *e)
{
        const char *why = source_name_wrong(name);

        return why ? err_set(e, ERR_REFUSED, "%s \"%.80s\" %s", what, name, why) : 0;
}

/* What is written must be what can be read. */
static int check_fields(const struct record *r, struct err *e)
{
        if (r->size > LIMIT_FILE)
                return err_set(e, ERR_REFUSED, "record: size is out of range");
        if (source_name_check("record: source", r->source, e) < 0 ||
            check_text("package", r->package, e) < 0 || check_text("version", r->version, e) < 0)
                return -1;
        return name_check("record: file", r->file, e);
}

/* A member whose text was checked: of what JSON escapes it can hold quotes alone. */
static int add_text(struct buf *out, const char *key, const char *text)
{
        int full = buf_adds(out, key) < 0;

        for (size_t n; *text; text += n) {
                n = strcspn(text, "\"");
                full |= buf_add(out, text, n) < 0;
                if (text[n] == '"') {
                        full |= buf_add(out, "\\\"", 2) < 0;
                        n++;
                }
        }
        return full || buf_addc(out, '"') < 0 ? -1 : 0;
}

/* The line is written by hand, its keys in order: every record is, several times. */
static int add_line(const struct record *r, struct buf *out)
{
        char sha[SHA256_HEX];

        hex_encode(sha, r->sha256, SHA256_SIZE);
        return add_text(out, "{\"file\":\"", r->file) < 0 || buf_adds(out, ",\"meta\":") < 0 ||
                       buf_adds(out, r->meta) < 0 ||
                       add_text(out, ",\"package\":\"", r->package) < 0 ||
                       add_text(out, ",\"sha256\":\"", sha) < 0 ||
                       buf_addf(out, ",\"size\":%llu", (unsigned long long)r->size) < 0 ||
                       add_text(out, ",\"source\":\"", r->source) < 0 ||
                       add_text(out, ",\"version\":\"", r->version) < 0 || buf_addc(out, '}') < 0
                   ? -1
                   : 0;
}

int record_format(const struct record *r, struct buf *out, struct err *e)
{
        json_t *meta;

        if (check_fields(r, e) < 0)
                return -1;
        meta = json_parse_canonical("record metadata", r->meta, strlen(r->meta), e);
        if (!meta)
                return -1;
        json_decref(meta);
        return add_line(r, out) < 0
                   ? err_set(e, ERR_FAILED, "record: longer than %zu bytes", out->max)
                   : 0;
}

int record_parse(const char *line, size_t len, struct record_parsed *out, struct err *e)
{
        struct json_reader r;
        struct buf meta;
        json_t *object = NULL, *meta_value;
        const char *source, *package, *version, *file;
        struct record *rec = &out->record;
        size_t need[5];
        char *p;
        int ret = -1;

        *out = (struct record_parsed){0};
        object = json_parse_canonical("record", line, len, e);
        if (!object)
                return -1;
        json_reader_init(&r, "record", object);
        buf_init(&meta, LIMIT_MANIFEST_LINE);
        if (!(source = json_take_string(&r, "source", e)) ||
            !(package = json_take_string(&r, "package", e)) ||
            !(version = json_take_string(&r, "version", e)) ||
            !(file = json_take_string(&r, "file", e)) ||
            !(meta_value = json_take(&r, "meta", JSON_OBJECT, e)) ||
            json_take_sha256(&r, "sha256", rec->sha256, e) < 0 ||
            json_take_size(&r, "size", LIMIT_FILE, &rec->size, e) < 0 || json_done(&r, e) < 0 ||
            json_canonical(meta_value, &meta, e) < 0)
                goto out;
        rec->source = source;
        rec->package = package;
        rec->version = version;
        rec->file = file;
        if (check_fields(rec, e) < 0)
                goto out;
        need[0] = strlen(source) + 1;
        need[1] = strlen(package) + 1;
        need[2] = strlen(version) + 1;
        need[3] = strlen(file) + 1;
        need[4] = meta.len + 1;
        p = out->text = xmalloc(need[0] + need[1] + need[2] + need[3] + need[4]);
        rec->source = memcpy(p, source, need[0]);
        rec->package = memcpy(p += need[0], package, need[1]);
        rec->version = memcpy(p += need[1], version, need[2]);
        rec->file = memcpy(p += need[2], file, need[3]);
        rec->meta = memcpy(p + need[3], meta.data, need[4]);
        ret = 0;
out:
        buf_release(&meta);
        json_reader_release(&r);
        return ret;
}

void record_parsed_release(struct record_parsed *p)
{
        free(p->text);
        *p = (struct record_parsed){0};
}
