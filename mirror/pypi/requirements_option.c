#include "requirements_option.h"
#include "ascii.h"

#include "bundle/mem.h"

static const struct known {
        const char *name; /* long, or one letter */
        enum requirements_option option;
        bool takes_value;
} known[] = {
    {"-r", OPTION_REQUIREMENT, true},
    {"--requirement", OPTION_REQUIREMENT, true},
    {"-c", OPTION_CONSTRAINT, true},
    {"--constraint", OPTION_CONSTRAINT, true},
    {"-e", OPTION_EDITABLE, true},
    {"--editable", OPTION_EDITABLE, true},
    {"-i", OPTION_INDEX_URL, true},
    {"--index-url", OPTION_INDEX_URL, true},
    {"--pypi-url", OPTION_INDEX_URL, true},
    {"--extra-index-url", OPTION_EXTRA_INDEX_URL, true},
    {"--no-index", OPTION_NO_INDEX, false},
    {"-f", OPTION_FIND_LINKS, true},
    {"--find-links", OPTION_FIND_LINKS, true},
    {"--no-binary", OPTION_NO_BINARY, true},
    {"--only-binary", OPTION_ONLY_BINARY, true},
    {"--prefer-binary", OPTION_PREFER_BINARY, false},
    {"--require-hashes", OPTION_REQUIRE_HASHES, false},
    {"--pre", OPTION_PRE, false},
    {"--trusted-host", OPTION_TRUSTED_HOST, true},
    {"--hash", OPTION_HASH, true},
    {"--use-feature", OPTION_WITHOUT_EFFECT, true},
    {"--install-option", OPTION_WITHOUT_EFFECT, true},
    {"--global-option", OPTION_WITHOUT_EFFECT, true},
    {"--config-settings", OPTION_WITHOUT_EFFECT, true},
    {"-C", OPTION_WITHOUT_EFFECT, true},
};
#define KNOWN (sizeof known / sizeof known[0])

/* Copies one word to *out, which never overtakes *in. -1: a quote is not closed. */
static int take_word(const char **in, char **out)
{
        while (**in && !ascii_is_blank(**in)) {
                char quote = '\0';

                if (**in == '"' || **in == '\'')
                        quote = *(*in)++;
                if (!quote) {
                        if (**in == '\\' && (*in)[1])
                                ++*in;
                        *(*out)++ = *(*in)++;
                        continue;
                }
                while (**in && **in != quote) {
                        if (quote == '"' && **in == '\\' && ((*in)[1] == '"' || (*in)[1] == '\\'))
                                ++*in;
                        *(*out)++ = *(*in)++;
                }
                if (!**in)
                        return -1;
                ++*in;
        }
        return 0;
}

int option_words_init(struct option_words *w, const char *text, struct err *e)
{
        char *out = xmalloc(strlen(text) + 1);

        *w = (struct option_words){.text = out, .next = out};
        for (;;) {
                while (ascii_is_blank(*text))
                        text++;
                if (!*text)
                        return 0;
                if (take_word(&text, &out) < 0) {
                        option_words_release(w);
                        return err_set(e, ERR_FAILED, "a quote is not closed");
                }
                /* A blank or the end follows in the text, so that there is room. */
                *out++ = '\0';
                w->count++;
        }
}

void option_words_release(struct option_words *w)
{
        free(w->text);
        *w = (struct option_words){0};
}

static char *next_word(struct option_words *w)
{
        char *word = w->next;

        if (!w->count)
                return NULL;
        w->next += strlen(word) + 1;
        w->count--;
        return word;
}

/* The option that a word of `len` characters names, in full or by a beginning that only it has. */
static const struct known *find(const char *word, size_t len, bool *ambiguous)
{
        const struct known *found = NULL;

        *ambiguous = false;
        for (size_t i = 0; i < KNOWN; i++) {
                if (strncmp(known[i].name, word, len) != 0)
                        continue;
                if (known[i].name[len] == '\0')
                        return &known[i];
                if (len > 2 && found && found->option != known[i].option)
                        *ambiguous = true;
                if (len > 2)
                        found = &known[i];
        }
        return *ambiguous ? NULL : found;
}

/* "-rfile": the value is in the same word. */
static const struct known *find_letter(const char *word)
{
        bool ambiguous;

        return word[1] && word[1] != '-' ? find(word, 2, &ambiguous) : NULL;
}

int option_next(struct option_words *w, struct option *o, struct err *e)
{
        char *word = next_word(w), *value = NULL;
        const struct known *k;
        bool ambiguous = false;
        size_t len;

        if (!word)
                return 0;
        if (word[0] != '-' || !word[1]) {
                *o = (struct option){OPTION_NONE, word, ""};
                return 1;
        }
        k = find_letter(word);
        if (k) {
                value = word[2] ? word + 2 : NULL;
        } else {
                len = strcspn(word, "=");
                value = word[len] ? word + len + 1 : NULL;
                k = find(word, len, &ambiguous);
        }
        if (!k)
                return err_set(e, ERR_FAILED, "option \"%s\" is %s", word,
                    ambiguous ? "cut too short" : "not known in a requirements file; take it out");
        if (!k->takes_value && value)
                return err_set(e, ERR_FAILED, "option %s takes no value", k->name);
        if (k->takes_value && !value)
                value = next_word(w);
        if (k->takes_value && (!value || !*value))
                return err_set(e, ERR_FAILED, "option %s needs a value", k->name);
        *o = (struct option){k->option, k->name, value ? value : ""};
        return 1;
}
