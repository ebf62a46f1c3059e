/* Passwords from files, descriptors, a systemd credential, and a terminal of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/password.h"
#include "bundle/secret.h"

static char folder[] = "/tmp/dray-test-password-XXXXXX";
static char *path;       /* a password file in it */
static char *credential; /* $CREDENTIALS_DIRECTORY/dray-password */
static char *credential_of_key;

static int set_up(void **state)
{
        (void)state;
        if (!mkdtemp(folder))
                return -1;
        path = xasprintf("%s/password", folder);
        credential = xasprintf("%s/" PASSWORD_CREDENTIAL, folder);
        credential_of_key = xasprintf("%s/" PASSWORD_CREDENTIAL ".test.key", folder);
        return unsetenv("CREDENTIALS_DIRECTORY");
}

static int tear_down(void **state)
{
        (void)state;
        if (unlink(path) < 0 || unlink(credential) < 0)
                return -1;
        free(path);
        free(credential);
        free(credential_of_key);
        return rmdir(folder);
}

static void put(const char *to, const char *bytes, size_t len)
{
        FILE *f = fopen(to, "w");

        assert_non_null(f);
        assert_int_equal(fwrite(bytes, 1, len, f), len);
        assert_int_equal(fclose(f), 0);
}

static char *get(const char *file, int descriptor, bool create, struct err *e)
{
        struct password_request request = {file, descriptor, "keys/test.key", create};

        *e = (struct err)ERR_INIT;
        return password_get(&request, e);
}

/* The password file with these bytes gives `want`. */
static void gives(const char *bytes, const char *want)
{
        struct err e;
        char *password;

        put(path, bytes, strlen(bytes));
        password = get(path, -1, false, &e);
        if (!password)
                fail_msg("%s", e.msg);
        assert_string_equal(password, want);
        secret_free(password);
}

static void refused(const char *bytes, size_t len, bool create, const char *says)
{
        struct err e;

        put(path, bytes, len);
        assert_null(get(path, -1, create, &e));
        if (e.code != ERR_USAGE || !strstr(e.msg, says))
                fail_msg("\"%s\" does not say \"%s\"", e.msg, says);
}

static void from_a_file(void **state)
{
        char longest[LIMIT_PASSWORD + 3] = "", line[sizeof longest + 2] = "";
        struct err e;

        (void)state;
        gives("secret", "secret");
        gives("secret\n", "secret");
        gives("secret\r\n", "secret");
        gives(" two words \n", " two words ");
        gives("\xc3\xa4\n", "\xc3\xa4");
        gives("", "");
        memset(longest, 'x', LIMIT_PASSWORD);
        gives(longest, longest);
        snprintf(line, sizeof line, "%s\r\n", longest);
        gives(line, longest);
        refused("a\nb\n", 4, false, "more than one line");
        refused("a\n\n", 3, false, "more than one line");
        refused("a\0b", 3, false, "NUL");
        refused("", 0, true, "empty password");
        memset(longest, 'x', LIMIT_PASSWORD + 1);
        refused(longest, LIMIT_PASSWORD + 1, false, "longer than 1022");
        memset(longest, 'x', LIMIT_PASSWORD + 2);
        refused(longest, LIMIT_PASSWORD + 2, false, "longer than 1022");
        unlink(path);
        assert_null(get(path, -1, false, &e));
        assert_int_equal(e.code, ERR_FAILED);
        assert_non_null(strstr(e.msg, "cannot open the password file"));
        assert_null(get(folder, -1, false, &e));
        assert_non_null(strstr(e.msg, "cannot read the password"));
}

/* One line is taken from a descriptor, and not a byte of the next. */
static void from_a_descriptor(void **state)
{
        int ends[2];
        char rest[10] = "";
        struct err e;
        char *password;

        (void)state;
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], "one\ntwo\n", 8), 8);
        password = get(NULL, ends[0], false, &e);
        assert_string_equal(password, "one");
        secret_free(password);
        assert_int_equal(read(ends[0], rest, sizeof rest), 4);
        assert_string_equal(rest, "two\n");
        close(ends[1]);
        assert_null(get(path, ends[0], false, &e));
        assert_int_equal(e.code, ERR_USAGE);
        close(ends[0]);
        assert_null(get(NULL, ends[0], false, &e));
        assert_int_equal(e.code, ERR_FAILED);
}

static void from_a_credential(void **state)
{
        struct err e;
        char *password;

        (void)state;
        put(credential, "from systemd", 12);
        put(path, "from a file", 11);
        setenv("CREDENTIALS_DIRECTORY", folder, 1);
        password = get(NULL, -1, false, &e);
        assert_string_equal(password, "from systemd");
        secret_free(password);
        password = get(path, -1, false, &e); /* what the command line says comes first */
        assert_string_equal(password, "from a file");
        secret_free(password);
        put(credential, "a\nb", 3);
        assert_null(get(NULL, -1, false, &e));
        assert_int_equal(e.code, ERR_USAGE);
        put(credential_of_key, "of this key", 11); /* comes before the one for all */
        password = get(NULL, -1, false, &e);
        assert_string_equal(password, "of this key");
        secret_free(password);
        assert_int_equal(unlink(credential_of_key), 0);
        unsetenv("CREDENTIALS_DIRECTORY");
}

static void without_any(void **state)
{
        int status;
        pid_t child = fork();

        (void)state;
        if (child == 0) {
                struct err e;

                setsid(); /* no terminal */
                _exit(!get(NULL, -1, false, &e) && e.code == ERR_USAGE &&
                              strstr(e.msg, "--password-file")
                          ? 0
                          : 1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

/* A child that asks on a terminal of its own: what it got, or its error, comes back in result. */
struct session {
        pid_t child;
        int terminal;
        int result;
};

static void start(struct session *s, bool create)
{
        int ends[2];

        if (access("/dev/pts/ptmx", F_OK) < 0) {
                print_message("skip: no terminals can be made here (/dev/pts)\n");
                skip();
        }
        assert_int_equal(pipe(ends), 0);
        s->child = forkpty(&s->terminal, NULL, NULL, NULL);
        if (s->child == 0) {
                struct err e;
                char *password = get(NULL, -1, create, &e);
                const char *text = password ? password : e.msg;

                if (write(ends[1], text, strlen(text)) < 0)
                        _exit(2);
                _exit(password ? 0 : 1);
        }
        assert_true(s->child > 0);
        close(ends[1]);
        s->result = ends[0];
}

/* Reads the terminal until it has shown `text`; all that it showed so far is in seen. */
static void expect(struct session *s, const char *text, char seen[4096])
{
        size_t len = strlen(seen);

        while (!strstr(seen, text)) {
                struct pollfd p = {s->terminal, POLLIN, 0};
                ssize_t n;

                if (poll(&p, 1, 10000) != 1)
                        fail_msg("waited for \"%s\", saw \"%s\"", text, seen);
                n = read(s->terminal, seen + len, 4095 - len);
                if (n <= 0)
                        fail_msg("waited for \"%s\", saw \"%s\"", text, seen);
                len += (size_t)n;
                seen[len] = '\0';
        }
}

static void type(struct session *s, const char *text)
{
        assert_int_equal(write(s->terminal, text, strlen(text)), strlen(text));
}

static bool echo_is_on(struct session *s)
{
        struct termios t;

        assert_int_equal(tcgetattr(s->terminal, &t), 0);
        return t.c_lflag & ECHO;
}

/* The child's wait status; its text goes to answer. */
static int finish(struct session *s, char answer[512])
{
        int status;
        ssize_t n;

        assert_int_equal(waitpid(s->child, &status, 0), s->child);
        n = read(s->result, answer, 511);
        answer[n < 0 ? 0 : n] = '\0';
        close(s->result);
        close(s->terminal);
        return status;
}

static void prompt(void **state)
{
        struct session s;
        char seen[4096] = "", answer[512];
        int status;

        (void)state;
        start(&s, false);
        expect(&s, "Password for keys/test.key: ", seen);
        assert_false(echo_is_on(&s));
        type(&s, "geheim\n");
        expect(&s, "\r\n", seen);
        status = finish(&s, answer);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        assert_string_equal(answer, "geheim");
        assert_null(strstr(seen, "geheim"));
}

static void prompt_twice(void **state)
{
        static const char *const second[] = {"geheim\n", "gehelm\n"};

        (void)state;
        for (int i = 0; i < 2; i++) {
                struct session s;
                char seen[4096] = "", answer[512];
                int status;

                start(&s, true);
                expect(&s, "New password for keys/test.key: ", seen);
                type(&s, "geheim\n");
                expect(&s, "once more: ", seen);
                assert_false(echo_is_on(&s));
                type(&s, second[i]);
                status = finish(&s, answer);
                assert_true(WIFEXITED(status) && WEXITSTATUS(status) == i);
                if (i == 0)
                        assert_string_equal(answer, "geheim");
                else
                        assert_non_null(strstr(answer, "the two passwords differ"));
        }
}

static void prompt_too_long(void **state)
{
        struct session s;
        char seen[4096] = "", answer[512], line[3 * LIMIT_PASSWORD];
        int status;

        (void)state;
        start(&s, false);
        expect(&s, ": ", seen);
        memset(line, 'x', sizeof line);
        memcpy(line + sizeof line - 2, "\n", 2);
        type(&s, line);
        status = finish(&s, answer);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        assert_non_null(strstr(answer, "longer than 1022"));
}

static void prompt_interrupted(void **state)
{
        static const char *const how[] = {"half\x03", "\x04"};

        (void)state;
        for (int i = 0; i < 2; i++) {
                struct session s;
                char seen[4096] = "";
                int status, keep;

                start(&s, false);
                keep = open(ptsname(s.terminal), O_RDWR | O_NOCTTY); /* to look at it afterwards */
                assert_true(keep >= 0);
                expect(&s, ": ", seen);
                assert_false(echo_is_on(&s));
                type(&s, how[i]);
                expect(&s, "\r\n", seen);
                assert_int_equal(waitpid(s.child, &status, 0), s.child);
                assert_true(echo_is_on(&s));
                close(keep);
                if (i == 0)
                        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
                else
                        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
                close(s.result);
                close(s.terminal);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(from_a_file),
            cmocka_unit_test(from_a_descriptor),
            cmocka_unit_test(from_a_credential),
            cmocka_unit_test(without_any),
            cmocka_unit_test(prompt),
            cmocka_unit_test(prompt_twice),
            cmocka_unit_test(prompt_too_long),
            cmocka_unit_test(prompt_interrupted),
        };

        return cmocka_run_group_tests_name("password", tests, set_up, tear_down);
}
