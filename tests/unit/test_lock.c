/* What each kind of lock file says is needed where, and what is no lock file of that kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/mem.h"
#include "mirror/pypi/lock.h"

#define SHA "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void parse(struct lock *l, const char *path, const char *text)
{
        struct err e = ERR_INIT;

        if (lock_parse(l, path, text, strlen(text), &e) < 0)
                fail_msg("%s", e.msg);
}

/* "name version" of all that is needed, with "?" behind what may be; or the error. */
static char *needs(const struct lock *l, const char *python, const char *platform)
{
        struct target_profile profile = {.python = python, .platform = platform};
        enum lock_need *need = xcalloc(l->count, sizeof *need);
        struct target target;
        struct err e = ERR_INIT;
        struct buf out;
        char *text;

        buf_init(&out, 4096);
        assert_int_equal(target_init(&target, &profile, &e), 0);
        if (lock_needs(l, &target, need, &e) < 0)
                buf_addf(&out, "%s", e.msg);
        for (size_t i = 0; !e.code && i < l->count; i++)
                if (need[i])
                        buf_addf(&out, "%s%s %s%s", out.len ? ", " : "", l->packages[i].name,
                            l->packages[i].version ? l->packages[i].version : "-",
                            need[i] == LOCK_MAYBE ? "?" : "");
        text = buf_take(&out, NULL);
        buf_release(&out);
        target_release(&target);
        free(need);
        return text;
}

static void assert_needs(const char *path, const char *text, const char *python,
    const char *platform, const char *wanted)
{
        struct lock l;
        char *got;

        parse(&l, path, text);
        got = needs(&l, python, platform);
        assert_string_equal(got, wanted);
        free(got);
        lock_release(&l);
}

static void assert_refused(const char *path, const char *text, const char *message)
{
        struct lock l;
        struct err e = ERR_INIT;

        assert_int_equal(lock_parse(&l, path, text, strlen(text), &e), -1);
        assert_int_equal(e.code, ERR_USAGE);
        if (!strstr(e.msg, message))
                fail_msg("%s", e.msg);
        assert_null(l.packages);
}

static void knows_its_names(void **state)
{
        static const char *const known[] = {
            "pylock.toml", "a/pylock.toml", "pylock.dev.toml", "../x/uv.lock", "poetry.lock"};
        static const char *const others[] = {"pylock", "pylock.a.b.toml", "pylock..toml",
            "uv.lock.txt", "Pipfile.lock", "poetry.lock/x", "my-uv.lock", ""};

        (void)state;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
                assert_true(lock_is_known(known[i]));
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
                assert_false(lock_is_known(others[i]));
}

/* -- pylock.toml -- */

static const char pylock[] =
    "lock-version = \"1.0\"\n"
    "requires-python = \">=3.9\"\n"
    "environments = [\"sys_platform == 'linux'\", \"sys_platform == 'win32'\"]\n"
    "extras = [\"tls\"]\ndependency-groups = [\"dev\"]\ncreated-by = \"some-tool\"\n"
    "[[packages]]\nname = \"Attrs\"\nversion = \"25.1.0\"\n"
    "wheels = [{name = \"attrs-25.1.0-py3-none-any.whl\", url = \"http://x/attrs.whl\", size = 1, "
    "hashes = {sha256 = \"" HEX "\", md5 = \"00\"}}]\n"
    "[[packages]]\nname = \"colorama\"\nmarker = \"sys_platform == 'win32'\"\n"
    "wheels = [{url = \"http://x/colorama-0.4.6-py3-none-any.whl\", hashes = {sha256 = \"" HEX
    "\"}}]\n"
    "[[packages]]\nname = \"numpy\"\nversion = \"2.2.3\"\nrequires-python = \">=3.12\"\n"
    "sdist = {name = \"numpy-2.2.3.tar.gz\", url = \"http://x/n\", hashes = {sha512 = \"" HEX HEX
    "\"}}\n"
    "[[packages]]\nname = \"openssl-wrap\"\nversion = \"1.0\"\nmarker = \"'tls' in extras\"\n"
    "sdist = {url = \"http://x/o\", hashes = {sha256 = \"" HEX "\"}}\n"
    "[[packages]]\nname = \"pytest\"\nversion = \"8.0\"\nmarker = \"'dev' in dependency_groups\"\n"
    "sdist = {url = \"http://x/p\", hashes = {sha256 = \"" HEX "\"}}\n"
    "[[packages]]\nname = \"other\"\nversion = \"1.0\"\nmarker = \"'docs' in dependency_groups\"\n"
    "sdist = {url = \"http://x/p\", hashes = {sha256 = \"" HEX "\"}}\n"
    "[[packages]]\nname = \"app\"\n[packages.directory]\npath = \".\"\n"
    "[[packages]]\nname = \"beside\"\ndirectory = {path = \"../beside\"}\n"
    "[[packages]]\nname = \"repo\"\nvcs = {type = \"git\", url = \"http://x/repo\", commit-id = \"1\"}\n"
    "[[packages]]\nname = \"file\"\narchive = {url = \"http://x/f.zip\", hashes = {sha256 = \"" HEX
    "\"}}\n";

static void reads_pylock(void **state)
{
        struct lock l;

        (void)state;
        assert_needs("pylock.toml", pylock, "3.11", "manylinux_2_28_x86_64",
            "attrs 25.1.0, openssl-wrap 1.0, pytest 8.0, app -, beside -, repo -, file -");
        assert_needs("pylock.x.toml", pylock, "3.12", "win_amd64",
            "attrs 25.1.0, colorama 0.4.6, numpy 2.2.3, openssl-wrap 1.0, pytest 8.0, app -, beside -, "
            "repo -, file -");
        assert_needs(
            "pylock.toml", pylock, "3.8", "win_amd64", "pylock.toml: it is for python >=3.9");
        assert_needs("pylock.toml", pylock, "3.11", "macosx_11_0_arm64",
            "pylock.toml: none of its environments is this one");
        parse(&l, "pylock.toml", pylock);
        assert_int_equal(l.packages[0].hash_count, 1); /* no md5 */
        assert_int_equal(l.packages[0].hashes[0].kind, DIGEST_SHA256);
        assert_memory_equal(l.packages[0].hashes[0].value, "\x00\x11\x22\x33", 4);
        assert_int_equal(l.packages[2].hashes[0].kind, DIGEST_SHA512);
        assert_int_equal(l.packages[6].origin, LOCK_PROJECT);
        assert_int_equal(l.packages[7].origin, LOCK_LOCAL);
        assert_int_equal(l.packages[8].origin, LOCK_ELSEWHERE);
        assert_string_equal(l.packages[8].from, "vcs http://x/repo");
        assert_int_equal(l.packages[9].origin, LOCK_ELSEWHERE);
        lock_release(&l);
}

static void refuses_wrong_pylock(void **state)
{
#define PACKAGE "lock-version = \"1.0\"\n[[packages]]\n"
        (void)state;
        assert_refused("pylock.toml", "", "lock-version is not stated");
        assert_refused("pylock.toml", "lock-version = \"2.0\"\n", "lock-version 2.0 is not one");
        assert_refused("pylock.toml", PACKAGE, "pylock.toml:2:1: a package without the name");
        assert_refused("pylock.toml", PACKAGE "name = \"a/b\"\n", "without the name of a project");
        assert_refused("pylock.toml", PACKAGE "name = \"a\"\nversion = \"x y\"\n", "is no version");
        assert_refused("pylock.toml", PACKAGE "name = \"a\"\nversion = \"1\"\n", "it has no files");
        assert_refused("pylock.toml",
            PACKAGE "name = \"a\"\nversion = \"1\"\nsdist = {url = \"http://x/a\"}\n",
            "without a sha256");
        assert_refused("pylock.toml",
            PACKAGE "name = \"a\"\nversion = \"1\"\nsdist = {hashes = {sha256 = \"00\"}}\n",
            "this is no sha256");
        assert_refused("pylock.toml",
            PACKAGE "name = \"a\"\nsdist = {hashes = {sha256 = \"" HEX "\"}}\n",
            "states no version");
        assert_refused("pylock.toml", PACKAGE "name = \"a\"\nmarker = \"x ==\"\n", "marker: ");
}

/* -- uv.lock -- */

static const char uv[] =
    "version = 1\nrevision = 3\nrequires-python = \">=3.10\"\n"
    "[[package]]\nname = \"app\"\nversion = \"0.1.0\"\nsource = { editable = \".\" }\n"
    "dependencies = [{ name = \"click\" }, { name = \"numpy\", version = \"1.26.4\", source = { registry = "
    "\"http://x/simple\" }, marker = \"python_full_version < '3.12'\" }, { name = \"numpy\", version = \"2.1.0\","
    " marker = \"python_full_version >= '3.12'\" }, { name = \"tool\" }]\n"
    "[package.dev-dependencies]\ndev = [{ name = \"pytest\" }]\n"
    "[[package]]\nname = \"click\"\nversion = \"8.1.7\"\nsource = { registry = \"http://x/simple\" }\n"
    "dependencies = [{ name = \"colorama\", marker = \"sys_platform == 'win32'\" }]\n"
    "sdist = { url = \"http://x/c.tar.gz\", hash = \"" SHA "\", size = 1 }\n"
    "wheels = [{ url = \"http://x/c.whl\", hash = \"" SHA "\", size = 1 }]\n"
    "[[package]]\nname = \"colorama\"\nversion = \"0.4.6\"\nsource = { registry = \"http://x/simple\" }\n"
    "dependencies = [{ name = \"deep\" }]\n"
    "[[package]]\nname = \"deep\"\nversion = \"1\"\nsource = { registry = \"http://x/simple\" }\n"
    "[[package]]\nname = \"numpy\"\nversion = \"1.26.4\"\nsource = { registry = \"http://x/simple\" }\n"
    "resolution-markers = [\"python_full_version < '3.11'\", \"python_full_version == '3.11.*'\"]\n"
    "[[package]]\nname = \"numpy\"\nversion = \"2.1.0\"\nsource = { registry = \"http://x/simple\" }\n"
    "[[package]]\nname = \"pytest\"\nversion = \"8.0\"\nsource = { registry = \"http://x/simple\" }\n"
    "dependencies = [{ name = \"ring-a\" }]\n"
    "[[package]]\nname = \"ring-a\"\nversion = \"1\"\nsource = { registry = \"http://x/simple\" }\n"
    "dependencies = [{ name = \"ring_b\" }]\n"
    "[[package]]\nname = \"ring-b\"\nversion = \"1\"\nsource = { registry = \"http://x/simple\" }\n"
    "dependencies = [{ name = \"ring-a\" }]\n"
    "[[package]]\nname = \"tool\"\nversion = \"0.2\"\nsource = { git = \"http://x/tool?rev=1#1\" }\n";

static void reads_uv(void **state)
{
        struct lock l;

        (void)state;
        assert_needs("uv.lock", uv, "3.11", "manylinux_2_28_x86_64",
            "app 0.1.0, click 8.1.7, numpy 1.26.4, pytest 8.0, ring-a 1, ring-b 1, tool 0.2");
        assert_needs("uv.lock", uv, "3.12", "win_amd64",
            "app 0.1.0, click 8.1.7, colorama 0.4.6, deep 1, numpy 2.1.0, pytest 8.0, ring-a 1, ring-b 1, "
            "tool 0.2");
        assert_needs("uv.lock", uv, "3.9", "win_amd64", "uv.lock: it is for python >=3.10");
        parse(&l, "dir/uv.lock", uv);
        assert_int_equal(l.packages[0].origin, LOCK_PROJECT);
        assert_int_equal(l.packages[1].hash_count, 2);
        assert_int_equal(l.packages[1].line, 11);
        assert_int_equal(l.packages[9].origin, LOCK_ELSEWHERE);
        assert_string_equal(l.packages[9].from, "git http://x/tool?rev=1#1");
        lock_release(&l);
        /* a ring that nothing else needs was asked for */
        assert_needs("uv.lock",
            "version = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\ndependencies = [{name = \"b\"}]\n"
            "[[package]]\nname = \"b\"\nversion = \"1\"\ndependencies = [{name = \"a\"}, {name = \"gone\"}]\n",
            "3.11", "any", "a 1, b 1");
}

static void refuses_wrong_uv(void **state)
{
        (void)state;
        assert_refused("uv.lock", "version = 2\n", "version 2 is not one that this dray reads");
        assert_refused(
            "uv.lock", "version = 1\n[[package]]\nname = \"a\"\n", "it states no version");
        assert_refused("uv.lock",
            "version = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\ndependencies = [{}]\n",
            "a dependency without a name");
        assert_refused("uv.lock",
            "version = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\nsdist = {hash = \"x\"}\n",
            "a hash looks like");
}

/* -- poetry.lock -- */

#define FILES "files = [{file = \"a.whl\", hash = \"" SHA "\"}]\n"

static const char poetry_old[] =
    "[[package]]\nname = \"click\"\nversion = \"8.1\"\noptional = false\npython-versions = \">=3.7\"\n" FILES
    "[package.dependencies]\ncolorama = {version = \"*\", markers = \"sys_platform == 'win32'\"}\n"
    "importlib = [{version = \"<2\", markers = \"python_version < '3.8'\"}, \">=1\"]\n"
    "[[package]]\nname = \"colorama\"\nversion = \"0.4.6\"\npython-versions = \"*\"\n" FILES
    "[[package]]\nname = \"importlib\"\nversion = \"1.0\"\npython-versions = \"^3\"\n" FILES
    "[[package]]\nname = \"later\"\nversion = \"1.0\"\npython-versions = \">=3.13\"\n" FILES
    "[[package]]\nname = \"requests\"\nversion = \"2.31\"\n" FILES
    "[package.dependencies]\nPySocks = {version = \">=1.5\", optional = true}\n"
    "[[package]]\nname = \"pysocks\"\nversion = \"1.7\"\n" FILES
    "[[package]]\nname = \"extra\"\nversion = \"1\"\noptional = true\n" FILES
    "[[package]]\nname = \"repo\"\nversion = \"1\"\nfiles = []\n[package.source]\ntype = \"git\"\nurl = \"http://x/r\"\n"
    "[metadata]\nlock-version = \"2.0\"\ncontent-hash = \"0\"\n";

static const char poetry_new[] =
    "[[package]]\nname = \"click\"\nversion = \"8.1\"\ngroups = [\"main\"]\n" FILES
    "[package.dependencies]\ncolorama = {version = \"*\", markers = \"sys_platform == 'win32'\"}\n"
    "[[package]]\nname = \"colorama\"\nversion = \"0.4.6\"\ngroups = [\"main\", \"dev\"]\n"
    "markers = {main = \"sys_platform == 'win32'\", dev = \"python_version < '3.8'\"}\n" FILES
    "[[package]]\nname = \"tls\"\nversion = \"1\"\noptional = true\nmarkers = \"extra == 'tls'\"\n" FILES
    "[metadata]\nlock-version = \"2.1\"\n";

static void reads_poetry(void **state)
{
        (void)state;
        assert_needs("poetry.lock", poetry_old, "3.11", "manylinux_2_28_x86_64",
            "click 8.1, importlib 1.0, requests 2.31, pysocks 1.7?, extra 1?, repo 1");
        assert_needs("poetry.lock", poetry_old, "3.13", "win_amd64",
            "click 8.1, colorama 0.4.6, importlib 1.0, later 1.0, requests 2.31, pysocks 1.7?, extra 1?, repo 1");
        assert_needs(
            "poetry.lock", poetry_new, "3.11", "manylinux_2_28_x86_64", "click 8.1, tls 1?");
        assert_needs(
            "poetry.lock", poetry_new, "3.11", "win_amd64", "click 8.1, colorama 0.4.6, tls 1?");
        assert_needs("poetry.lock",
            "[[package]]\nname = \"A.b\"\nversion = \"1\"\n[metadata]\nlock-version = \"1.1\"\n"
            "[metadata.files]\n\"A.b\" = [{file = \"a.whl\", hash = \"" SHA "\"}]\n",
            "3.11", "any", "a-b 1");
}

static void refuses_wrong_poetry(void **state)
{
        (void)state;
        assert_refused("poetry.lock", "", "lock-version is not stated");
        assert_refused("poetry.lock", "[metadata]\nlock-version = \"3.0\"\n", "lock-version 3.0");
        assert_refused("poetry.lock",
            "[[package]]\nname = \"a\"\nversion = \"1\"\n[metadata]\nlock-version = \"2.0\"\n",
            "no hash is stated");
        assert_refused("poetry.lock",
            "[[package]]\nname = \"a\"\nversion = \"1\"\nfiles = [{file = \"a\"}]\n[metadata]\nlock-version = \"2.0\"\n",
            "a file without a hash");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(knows_its_names),
            cmocka_unit_test(reads_pylock),
            cmocka_unit_test(refuses_wrong_pylock),
            cmocka_unit_test(reads_uv),
            cmocka_unit_test(refuses_wrong_uv),
            cmocka_unit_test(reads_poetry),
            cmocka_unit_test(refuses_wrong_poetry),
        };

        return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
