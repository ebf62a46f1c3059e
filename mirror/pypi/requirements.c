#include "mirror/pypi/requirements.h"

#include "bundle/buf.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/pypi/reference.h"
#include "requirements_line.h"
#include "requirements_option.h"

#define SHOWN 160 /* characters of a line in a message */

struct reading {
        struct requirements *out;
        const struct requirements_reader *in;
        const char *chain[LIMIT_INCLUDE_DEPTH + 1]; /* the files we are inside of */
        size_t depth, includes;
        uint64_t bytes;
        /* the line at hand */
        const char *file;
        unsigned long line;
        bool constraint;
        bool expanded;     /* its text holds values of the environment, which are not shown */
        const char *shown; /* as it stands in the file */
};

/* ---- messages ---- */

static struct requirements_note *add_note(
    struct reading *g, enum requirements_note_kind kind, const char *what)
{
        struct requirements *r = g->out;
        struct requirements_note *n;
        char *shown = reference_presentable(g->shown, SHOWN);

        r->notes = xgrow(r->notes, r->note_count, &r->note_cap, sizeof *r->notes);
        n = &r->notes[r->note_count++];
        *n = (struct requirements_note){.kind = kind, .file = g->file, .line = g->line};
        n->message = xasprintf("%s:%lu: \"%s\" %s", g->file, g->line, shown, what);
        free(shown);
        return n;
}

static int refuse(struct reading *g, struct err *e, const char *why)
{
        char *shown = reference_presentable(g->shown, SHOWN);

        err_set(e, ERR_FAILED, "%s:%lu: \"%s\": %s", g->file, g->line, shown, why);
        free(shown);
        return -1;
}

/* The reason names parts of the line: not when they came from the environment. */
static int refuse_because(struct reading *g, struct err *e, const struct err *why)
{
        return refuse(g, e, g->expanded ? "wrong once its ${...} are filled in" : why->msg);
}

/* ---- one requirement ---- */

static int read_hash(
    struct reading *g, struct requirements_entry *entry, const char *text, struct err *e)
{
        struct requirements_hash h = {0};
        const char *colon = strchr(text, ':');
        char *algorithm;
        int known;

        if (!colon)
                return refuse(g, e, "--hash is not of the form sha256:DIGITS");
        algorithm = xstrndup(text, (size_t)(colon - text));
        known = digest_kind_parse(algorithm, &h.kind);
        free(algorithm);
        if (known < 0 || h.kind == DIGEST_SHA1 || h.kind == DIGEST_MD5)
                return refuse(g, e, "--hash must be sha256, sha384 or sha512");
        if (hex_decode(h.value, digest_size(h.kind), colon + 1) < 0)
                return refuse(g, e, "--hash has a wrong number of digits, or others than 0-9 a-f");
        entry->hashes =
            xgrow(entry->hashes, entry->hash_count, &entry->hash_cap, sizeof *entry->hashes);
        entry->hashes[entry->hash_count++] = h;
        return 0;
}

static int read_requirement_options(
    struct reading *g, struct requirements_entry *entry, const char *text, struct err *e)
{
        struct option_words w;
        struct option o;
        struct err why = ERR_INIT;
        char *note;
        int more;

        if (option_words_init(&w, text, &why) < 0)
                return refuse_because(g, e, &why);
        while ((more = option_next(&w, &o, &why)) > 0) {
                if (o.option == OPTION_HASH) {
                        if (read_hash(g, entry, o.value, e) < 0) {
                                option_words_release(&w);
                                return -1;
                        }
                } else if (o.option != OPTION_WITHOUT_EFFECT) {
                        note = xasprintf("holds %s, which pip passes over there; give it a line of "
                                         "its own",
                            g->expanded ? "something" : o.name);
                        add_note(g, REQUIREMENTS_IGNORED, note);
                        free(note);
                }
        }
        option_words_release(&w);
        return more < 0 ? refuse_because(g, e, &why) : 0;
}

static struct requirements_note *note_elsewhere(struct reading *g, enum reference_kind kind)
{
        static const struct {
                enum requirements_note_kind kind;
                const char *what;
        } notes[] = {
            [REFERENCE_VCS] = {REQUIREMENTS_VCS,
                "cannot be mirrored: it is a place in version control; build a wheel of it and "
                "list that under local"},
            [REFERENCE_URL] = {REQUIREMENTS_URL,
                "cannot be mirrored: it is an address of its own, outside of the index; download "
                "it and list it under local"},
            [REFERENCE_PATH] = {REQUIREMENTS_PATH,
                "cannot be mirrored: it is a path; list the wheel, or one built from it, under "
                "local"},
        };

        return add_note(g, notes[kind].kind, notes[kind].what);
}

static void keep(struct requirements *r, struct requirements_entry *entry)
{
        r->entries = xgrow(r->entries, r->entry_count, &r->entry_cap, sizeof *r->entries);
        r->entries[r->entry_count++] = *entry;
        *entry = (struct requirements_entry){0};
}

static int read_requirement(struct reading *g, const char *text, const char *options, struct err *e)
{
        struct requirements_entry entry = {
            .file = g->file, .line = g->line, .constraint = g->constraint};
        enum reference_kind kind = reference_classify(text);
        struct err why = ERR_INIT;
        int ret = -1;

        if (kind != REFERENCE_INDEX) {
                note_elsewhere(g, kind);
                return 0;
        }
        if (requirement_parse(&entry.requirement, text, &why) < 0) {
                refuse_because(g, e, &why);
                goto out;
        }
        if (read_requirement_options(g, &entry, options, e) < 0)
                goto out;
        if (entry.requirement.url) {
                kind = reference_address_kind(entry.requirement.url);
                note_elsewhere(g, kind)->requirement = entry.requirement;
                entry.requirement = (struct requirement){0};
        } else {
                keep(g->out, &entry);
        }
        ret = 0;
out:
        requirement_release(&entry.requirement);
        free(entry.hashes);
        return ret;
}

/* ---- a line of options ---- */

static int read_file(struct reading *g, const char *file, const char *text, size_t len,
    bool constraint, struct err *e);

static int include(struct reading *g, const char *path, bool constraint, struct err *e)
{
        struct reading here = *g;
        char *joined = reference_join(g->chain[g->depth - 1], path), *text = NULL;
        struct err why = ERR_INIT;
        size_t len = 0;
        int ret = -1;

        for (size_t i = 0; i < g->depth; i++) {
                if (strcmp(g->chain[i], joined) == 0) {
                        refuse(g, e, "this file is being read already: it includes itself");
                        goto out;
                }
        }
        if (g->depth > LIMIT_INCLUDE_DEPTH || ++g->includes > LIMIT_INCLUDES) {
                refuse(g, e, "too many files include each other");
                goto out;
        }
        if (!g->in->include || g->in->include(g->in->user, joined, &text, &len, &why) < 0) {
                if (!why.code)
                        err_set(&why, ERR_FAILED, "other files cannot be read from here");
                refuse_because(g, e, &why);
                goto out;
        }
        ret = read_file(g, joined, text, len, constraint, e);
        g->depth = here.depth;
        g->file = here.file;
        g->line = here.line;
        g->constraint = here.constraint;
        g->expanded = here.expanded;
        g->shown = here.shown;
out:
        free(text);
        free(joined);
        return ret;
}

static int read_option(struct reading *g, const struct option *o, struct err *e)
{
        struct requirements *r = g->out;

        switch (o->option) {
        case OPTION_REQUIREMENT:
                return include(g, o->value, false, e);
        case OPTION_CONSTRAINT:
                return include(g, o->value, true, e);
        case OPTION_EDITABLE:
                add_note(g, REQUIREMENTS_EDITABLE,
                    "cannot be mirrored: it is an editable install; build a wheel of it and list "
                    "that under local");
                break;
        case OPTION_INDEX_URL:
                free(r->index_url);
                r->index_url = xstrdup(o->value);
                break;
        case OPTION_EXTRA_INDEX_URL:
                requirements_list_add(&r->extra_index_urls, o->value);
                break;
        case OPTION_NO_INDEX:
                r->no_index = true;
                break;
        case OPTION_FIND_LINKS:
                requirements_list_add(&r->find_links, o->value);
                break;
        case OPTION_NO_BINARY:
                requirements_list_add_format(&r->no_binary, &r->only_binary, o->value);
                break;
        case OPTION_ONLY_BINARY:
                requirements_list_add_format(&r->only_binary, &r->no_binary, o->value);
                break;
        case OPTION_PREFER_BINARY:
                r->prefer_binary = true;
                break;
        case OPTION_REQUIRE_HASHES:
                r->require_hashes = true;
                break;
        case OPTION_PRE:
                r->pre = true;
                break;
        case OPTION_TRUSTED_HOST:
                requirements_list_add(&r->trusted_hosts, o->value);
                break;
        case OPTION_HASH:
                return refuse(g, e,
                    "--hash stands alone; end the line before it, the one of its requirement, "
                    "with \\");
        case OPTION_WITHOUT_EFFECT:
                add_note(g, REQUIREMENTS_IGNORED, "has no effect on what is mirrored");
                break;
        case OPTION_NONE:
                add_note(g, REQUIREMENTS_IGNORED,
                    "holds a word behind an option, which pip passes over; give it a line of its "
                    "own");
                break;
        }
        return 0;
}

static int read_options(struct reading *g, const char *text, struct err *e)
{
        struct option_words w;
        struct option o;
        struct err why = ERR_INIT;
        int more, ret = -1;

        if (option_words_init(&w, text, &why) < 0)
                return refuse_because(g, e, &why);
        while ((more = option_next(&w, &o, &why)) > 0)
                if (read_option(g, &o, e) < 0)
                        goto out;
        ret = more < 0 ? refuse_because(g, e, &why) : 0;
out:
        option_words_release(&w);
        return ret;
}

/* ---- a file ---- */

/* The length of "${NAME}" (of capitals, digits and "_", as pip has it) at the front, or 0. */
static size_t variable_length(const char *text)
{
        size_t name;

        if (strncmp(text, "${", 2) != 0)
                return 0;
        name = strspn(text + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
        return name && text[2 + name] == '}' ? name + 3 : 0;
}

/* Adds the value of one "${NAME}"; unset or empty, it is left as it is. */
static int expand_one(struct reading *g, const char *text, size_t len, struct buf *out)
{
        char *name = xstrndup(text + 2, len - 3);
        const char *value = g->in->environment ? g->in->environment(g->in->user, name) : NULL;
        bool found = value && *value;

        if (!found) {
                char *note = xasprintf("asks for ${%s}, which is not set", name);

                add_note(g, REQUIREMENTS_IGNORED, note);
                free(note);
        }
        free(name);
        g->expanded = g->expanded || found;
        return found ? buf_adds(out, value) : buf_add(out, text, len);
}

static int expand(struct reading *g, char **text, struct err *e)
{
        struct buf b;
        const char *at = g->shown;
        int ret = 0;

        buf_init(&b, LIMIT_REQUIREMENTS);
        g->expanded = false;
        while (*at && ret == 0) {
                size_t len = variable_length(at);

                ret = len ? expand_one(g, at, len, &b) : buf_addc(&b, *at);
                at += len ? len : 1;
        }
        if (ret == 0)
                *text = buf_take(&b, NULL);
        buf_release(&b);
        return ret == 0 ? 0 : refuse(g, e, "too long once its ${...} are filled in");
}

/*
 * Options begin at the first word with a "-" in front, where only spaces part
 * words, as pip has it. Cuts the text there and returns the rest.
 */
static char *cut_options(char *text)
{
        char *at = text;

        while (*at) {
                if (*at == '-') {
                        if (at == text)
                                return at;
                        at[-1] = '\0';
                        return at;
                }
                at += strcspn(at, " ");
                at += strspn(at, " ");
        }
        return at;
}

static int read_line(struct reading *g, struct err *e)
{
        char *text, *options;
        int ret;

        if (expand(g, &text, e) < 0)
                return -1;
        options = cut_options(text);
        if (options == text)
                ret = read_options(g, options, e);
        else
                ret = read_requirement(g, text, options, e);
        free(text);
        return ret;
}

static int read_file(struct reading *g, const char *file, const char *text, size_t len,
    bool constraint, struct err *e)
{
        struct requirements_lines lines = {0};
        struct requirements_list *files = &g->out->files;
        size_t position = files->count;
        char *shown;
        int ret = -1;

        g->bytes += len;
        if (g->bytes > LIMIT_REQUIREMENTS)
                return err_set(
                    e, ERR_FAILED, "%s: with it, the requirements files are too large", file);
        if (requirements_lines_init(&lines, text, len, e) < 0)
                return err_prefix(e, "%s", file);
        shown = reference_presentable(file, LIMIT_PATH);
        requirements_list_add(files, shown);
        free(shown);
        g->chain[g->depth++] = file;
        while (requirements_lines_next(&lines)) {
                g->file = files->list[position];
                g->line = lines.number;
                g->constraint = constraint;
                g->shown = lines.line.data;
                if (lines.swallowed) {
                        g->line = lines.swallowed;
                        add_note(g, REQUIREMENTS_IGNORED,
                            "goes on in this line, but as a comment: the comment above ends in \\");
                        g->line = lines.number;
                }
                if (lines.line.len && read_line(g, e) < 0)
                        goto out;
        }
        ret = 0;
out:
        requirements_lines_release(&lines);
        return ret;
}

int requirements_parse(struct requirements *r, const char *file, const char *text, size_t len,
    const struct requirements_reader *in, struct err *e)
{
        static const struct requirements_reader nothing;
        struct reading g = {.out = r, .in = in ? in : &nothing};

        *r = (struct requirements){0};
        if (read_file(&g, file, text, len, false, e) < 0) {
                requirements_release(r);
                return -1;
        }
        return 0;
}

void requirements_release(struct requirements *r)
{
        for (size_t i = 0; i < r->entry_count; i++) {
                requirement_release(&r->entries[i].requirement);
                free(r->entries[i].hashes);
        }
        for (size_t i = 0; i < r->note_count; i++) {
                requirement_release(&r->notes[i].requirement);
                free(r->notes[i].message);
        }
        free(r->entries);
        free(r->notes);
        free(r->index_url);
        requirements_list_release(&r->files);
        requirements_list_release(&r->extra_index_urls);
        requirements_list_release(&r->find_links);
        requirements_list_release(&r->trusted_hosts);
        requirements_list_release(&r->no_binary);
        requirements_list_release(&r->only_binary);
        *r = (struct requirements){0};
}

bool requirements_needs_hashes(const struct requirements *r)
{
        for (size_t i = 0; i < r->entry_count; i++)
                if (r->entries[i].hash_count)
                        return true;
        return r->require_hashes;
}
