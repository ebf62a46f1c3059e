/*
 * Keys and signatures of dray, driven by lines, so that a script can hold them against stock
 * minisign. Fields are separated by tabs; PASSWORD is `-` for none, COMMENT is the rest of the line.
 *
 *     generate SECRET PUBLIC PASSWORD             writes both files         ok
 *     public SECRET PUBLIC PASSWORD               writes the public one     ok
 *     sign SECRET FILE SIGNATURE PASSWORD COMMENT                           ok
 *     verify PUBLIC FILE SIGNATURE                    good COMMENT | bad WHY | unknown WHY
 *
 * Each line is answered by one line; `failed WHY` when the thing itself could not be done.
 */
#include <fcntl.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/secret.h"
#include "bundle/signature.h"

#define FILE_MAX (16 * MIB)

static int here; /* the working directory */

static int load(const char *path, struct buf *out, struct err *e)
{
        int found;

        buf_init(out, FILE_MAX);
        found = fs_read_file(here, path, out, e);
        return found == 1 ? 0 : found < 0 ? -1 : err_set(e, ERR_FAILED, "%s is missing", path);
}

static int save(const char *path, const char *text, struct err *e)
{
        return fs_write_file(here, path, text, strlen(text), e);
}

static struct secret_key *load_key(const char *path, const char *password, struct err *e)
{
        struct secret_key *key = NULL;
        struct buf text;

        if (load(path, &text, e) == 0)
                key = secret_key_parse(text.data, text.len, password, e);
        buf_release(&text);
        return key;
}

static int save_public(const char *path, const struct secret_key *key, struct err *e)
{
        struct public_key public;
        char text[PUBLIC_KEY_TEXT];

        secret_key_public(key, &public);
        public_key_format(&public, text);
        return save(path, text, e);
}

static int generate(char **field, struct err *e)
{
        const char *password = strcmp(field[3], "-") == 0 ? NULL : field[3];
        struct secret_key *key = secret_key_generate();
        char *text = secret_key_format(key, password, &scrypt_cost_default, e);
        int ret = -1;

        if (text && save(field[1], text, e) == 0 && save_public(field[2], key, e) == 0)
                ret = 0;
        secret_free(text);
        secret_key_free(key);
        return ret;
}

static int public(char **field, struct err *e)
{
        const char *password = strcmp(field[3], "-") == 0 ? NULL : field[3];
        struct secret_key *key = load_key(field[1], password, e);
        int ret = key ? save_public(field[2], key, e) : -1;

        secret_key_free(key);
        return ret;
}

static int sign(char **field, struct err *e)
{
        const char *password = strcmp(field[4], "-") == 0 ? NULL : field[4];
        struct secret_key *key = load_key(field[1], password, e);
        unsigned char hash[PREHASH_SIZE];
        char text[SIGNATURE_TEXT];
        struct signature s;
        struct buf file = {0};
        int ret = -1;

        if (!key || load(field[2], &file, e) < 0)
                goto out;
        prehash(file.data, file.len, hash);
        if (signature_make(&s, key, hash, field[5], e) < 0)
                goto out;
        signature_format(&s, text);
        ret = save(field[3], text, e);
out:
        secret_key_free(key);
        buf_release(&file);
        return ret;
}

static int verify(char **field, struct err *e)
{
        struct buf key_text = {0}, file = {0}, text = {0};
        struct public_key key;
        unsigned char hash[PREHASH_SIZE];
        struct signature_text one = {.name = field[3]};
        struct verdict v;
        struct signature s;
        int ret = -1;

        if (load(field[1], &key_text, e) < 0 || load(field[2], &file, e) < 0 ||
            load(field[3], &text, e) < 0 ||
            public_key_parse(&key, key_text.data, key_text.len, e) < 0)
                goto out;
        prehash(file.data, file.len, hash);
        one.text = text.data;
        one.len = text.len;
        if (signatures_verify(&one, 1, hash, &key, 1, &v, e) < 0)
                printf("%s %s\n", v.state == SIGNATURE_BAD ? "bad" : "unknown", e->msg);
        else if (signature_parse(&s, text.data, text.len, e) == 0)
                printf("good %s\n", s.trusted_comment);
        ret = 0;
out:
        buf_release(&key_text);
        buf_release(&file);
        buf_release(&text);
        return ret;
}

static const struct verb {
        const char *name;
        int fields;
        int (*run)(char **field, struct err *e);
} verbs[] = {
    {"generate", 4, generate}, {"public", 4, public}, {"sign", 6, sign}, {"verify", 4, verify}};

/* Cuts the line at tabs, into at most `most` fields. */
static int split(char *line, char **field, int most)
{
        int n = 0;

        do {
                field[n++] = line;
                line = n < most ? strchr(line, '\t') : NULL;
                if (line)
                        *line++ = '\0';
        } while (line);
        return n;
}

static void answer(char *line)
{
        struct err e = ERR_INIT;
        char *field[6];
        size_t name = strcspn(line, "\t");

        for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
                const struct verb *v = &verbs[i];

                if (strlen(v->name) != name || memcmp(v->name, line, name) != 0)
                        continue;
                if (split(line, field, v->fields) != v->fields)
                        break;
                if (v->run(field, &e) < 0)
                        printf("failed %s\n", e.msg);
                else if (v->run != verify)
                        puts("ok");
                return;
        }
        puts("failed no such line");
}

int main(void)
{
        static char line[64 * KIB];

        here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        while (fgets(line, sizeof line, stdin)) {
                line[strcspn(line, "\n")] = '\0';
                answer(line);
                fflush(stdout);
        }
        return 0;
}
