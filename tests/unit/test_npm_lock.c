#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/mem.h"
#include "mirror/npm/lock.h"

/* One line for each item: "package version as installed_as", or "package: kind of thing: text". */
static char *read_lock(const char *name, const char *text)
{
        struct npm_lock l;
        struct err e = ERR_INIT;
        struct buf out;
        char *lines;

        buf_init(&out, 65536);
        if (npm_lock_parse(&l, name, text, strlen(text), &e) < 0) {
                assert_int_equal(e.code, ERR_USAGE);
                buf_adds(&out, e.msg);
        } else {
                for (size_t i = 0; i < l.count; i++) {
                        const struct locked *item = &l.items[i];

                        if (item->version)
                                buf_addf(&out, "%s %s%s%s%s%s\n", item->package, item->version,
                                    strcmp(item->package, item->installed_as) ? " as " : "",
                                    strcmp(item->package, item->installed_as) ? item->installed_as
                                                                              : "",
                                    item->integrity ? " " : "",
                                    item->integrity ? item->integrity : "");
                        else
                                buf_addf(&out, "%s: %s: %s\n", item->package,
                                    npm_spec_kind_name(item->kind), item->text);
                }
                npm_lock_release(&l);
        }
        lines = buf_take(&out, NULL);
        buf_release(&out);
        return lines;
}

static void assert_lock(const char *name, const char *text, const char *expected)
{
        char *got = read_lock(name, text);

        assert_string_equal(got, expected);
        free(got);
}

static void npm_folders(void **state)
{
        (void)state;
        assert_lock("web-package-lock.json",
            "{\"lockfileVersion\":3,\"packages\":{\"\":{\"name\":\"p\"},\"apps/web\":{\"version\":\"1.0.0\"},"
            "\"node_modules/web\":{\"resolved\":\"apps/web\",\"link\":true},"
            "\"node_modules/out\":{\"resolved\":\"../out\",\"link\":true},"
            "\"node_modules/@s/a\":{\"version\":\"1.0.0\",\"integrity\":\"sha512-x\","
            "\"resolved\":\"https://registry.invalid/@s/a/-/a-1.0.0.tgz\"},"
            "\"node_modules/@s/a/node_modules/b\":{\"name\":\"c\",\"version\":\"2.0.0\"},"
            "\"node_modules/in\":{\"version\":\"1.0.0\",\"inBundle\":true},"
            "\"node_modules/g\":{\"version\":\"1.0.0\",\"resolved\":\"git+ssh://git@h.invalid/g.git#1\"},"
            "\"node_modules/u\":{\"version\":\"1.0.0\",\"resolved\":\"https://h.invalid/u.tgz\"}}}",
            "out: a file or folder: ../out\n@s/a 1.0.0 sha512-x\nc 2.0.0 as b\n"
            "g: a git repository: git+ssh://git@h.invalid/g.git#1\n"
            "u: a tarball at an address: https://h.invalid/u.tgz\n");
}

static void npm_trees(void **state)
{
        (void)state;
        assert_lock("npm-shrinkwrap.json",
            "{\"lockfileVersion\":1,\"dependencies\":{\"a\":{\"version\":\"1.0.0\",\"integrity\":\"sha1-x\","
            "\"dependencies\":{\"b\":{\"version\":\"npm:@s/b@2.0.0\"}}},"
            "\"c\":{\"version\":\"github:x/y#1\"},\"d\":{\"version\":\"1.0.0\",\"bundled\":true}}}",
            "a 1.0.0 sha1-x\n@s/b 2.0.0 as b\nc: a git repository: github:x/y#1\n");
}

static void pnpm_versions(void **state)
{
        (void)state;
        assert_lock("pnpm-lock.yaml",
            "lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {integrity: sha512-x}\n"
            "  '@s/b@2.0.0(a@1.0.0)':\n    resolution: {integrity: sha512-y}\n"
            "  c@https://h.invalid/c:\n    resolution: {repo: 'https://h.invalid/c', commit: '1', type: git}\n",
            "a 1.0.0 sha512-x\n@s/b 2.0.0 sha512-y\n"
            "c@https://h.invalid/c: a git repository: https://h.invalid/c\n");
        assert_lock("pnpm-lock.yaml",
            "lockfileVersion: '6.0'\npackages:\n  /@s/b@2.0.0(a@1.0.0):\n    resolution: {integrity: sha512-y}\n",
            "@s/b 2.0.0 sha512-y\n");
        assert_lock("pnpm-lock.yaml",
            "lockfileVersion: 5.4\npackages:\n  /@s/b/2.0.0_a@1.0.0:\n    resolution: {integrity: sha512-y}\n",
            "@s/b 2.0.0 sha512-y\n");
}

static void yarn_both(void **state)
{
        (void)state;
        assert_lock("yarn.lock",
            "# yarn lockfile v1\r\n\r\n\"@s/b@^2\", \"@s/b@2.x\":\r\n  version \"2.0.0\"\r\n"
            "  resolved \"https://registry.invalid/@s/b/-/b-2.0.0.tgz#00\"\r\n  integrity sha512-y\r\n"
            "  dependencies:\r\n    version \"1.0.0\"\r\n\r\nalias@npm:c@1, alias@npm:c@^1:\r\n  version \"1.5.0\"\r\n"
            "\r\ng@x/y:\r\n  version \"0.0.0\"\r\n",
            "@s/b 2.0.0 sha512-y\nc 1.5.0 as alias\ng: a git repository: x/y\n");
        assert_lock("yarn.lock",
            "\n__metadata:\n  version: 8\n\n\"a@npm:^1\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n"
            "\n\"p@workspace:.\":\n  resolution: \"p@workspace:.\"\n"
            "\n\"a@patch:a@npm%3A1.0.0#x\":\n  resolution: \"a@patch:a@npm%3A1.0.0#x::version=1.0.0\"\n"
            "\n\"g@https://h.invalid/g.git\":\n  resolution: \"g@https://h.invalid/g.git#commit=1\"\n",
            "a 1.0.0\ng: a git repository: https://h.invalid/g.git#commit=1\n");
}

static void refusals(void **state)
{
        (void)state;
        assert_lock("package-lock.json", "{",
            "package-lock.json: line 1, column 1: string or '}' expected near end of file");
        assert_lock("package-lock.json", "{}",
            "package-lock.json: no lockfileVersion: not a lock file of npm");
        assert_lock("pnpm-lock.yaml", "a: b",
            "pnpm-lock.yaml: no lockfileVersion: not a lock file of pnpm");
        assert_lock("yarn.lock", "a@1:\n",
            "yarn.lock: not a lock file of Yarn 1: its first lines do not say so");
        assert_lock("yarn.lock", "# yarn lockfile v1\na@1:\n",
            "yarn.lock: line 2: an entry without version");
        assert_false(npm_lock_name_is_known("Cargo.lock"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(npm_folders),
            cmocka_unit_test(npm_trees),
            cmocka_unit_test(pnpm_versions),
            cmocka_unit_test(yarn_both),
            cmocka_unit_test(refusals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
