#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a shell of its own; expect sets stdout and stderr
# Goal: whoever decides what comes in sees what a bundle would change, and nothing comes in that is not
# what it is called, not allowed here, or not approved.
load helper
load mirror

# forge PYTHON: a bundle that low/low.key signs, as `b` was changed; out of two wheels, leaf 1.2 and top 1.0
forge() {
        cat >forge.py <<END
import glob, os, sys
sys.path.insert(0, os.environ["ROOT"] + "/tests/tools-py")
import make_bundle
wheels = {os.path.basename(path): open(path, "rb").read() for path in sorted(glob.glob("index/*.whl"))}
b = make_bundle.example(wheels)
b.header["stream"] = "plant"
$1
b.write("forged.dray", "low/low.key")
END
        "$PYTHON" forge.py
}

# behind dray's back, in the isolated side's catalog
sql() { "$PYTHON" -c 'import sqlite3, sys; sqlite3.connect("high/state/catalog.db").executescript(sys.argv[1])' "$1"; }

setup() {
        work_begin
        index_wheel top 1.0
        index_wheel leaf 1.2
}

# ---- identity ----

@test "a package that is another one inside is refused by name, and nothing comes in" {
        need minisign
        low_new
        high_new
        forge 'b.add[0].update(file="flask-3.0-py3-none-any.whl", package="flask", version="3.0")'
        expect 3 high import forged.dray
        one_error "pypi/flask-3.0-py3-none-any.whl" "its metadata is of leaf, its file name of flask"
        forge 'b.add[0].update(file="leaf-1.3-py3-none-any.whl", version="1.3")'
        expect 3 high import forged.dray
        one_error "its metadata is of version 1.2, its file name of 1.3"
        sound high
        expect 0 high status
        has_not "$stdout" "leaf"
        forge ''
        expect 0 high import forged.dray
}

@test "sync does not take a wheel whose .metadata speaks for another one: a hole says so" {
        mkdir -p web/simple/leaf
        cp index/leaf-1.2-py3-none-any.whl web/
        printf 'Metadata-Version: 2.1\nName: leaf\nVersion: 1.2\nRequires-Dist: evil\n' >web/leaf-1.2-py3-none-any.whl.metadata
        printf 'Metadata-Version: 2.1\nName: leaf\nVersion: 1.2\n' >web/right
        page() {
                echo "<html><head><title>Links for leaf</title></head><body><a href=\"../../leaf-1.2-py3-none-any.whl#sha256=$(
                        file_sha leaf-1.2-py3-none-any.whl)\" data-core-metadata=\"sha256=$(
                        sha256sum <web/leaf-1.2-py3-none-any.whl.metadata | cut -d ' ' -f 1)\">leaf-1.2-py3-none-any.whl</a></body></html>" >web/simple/leaf/index.html
        }
        page
        server_start web "$PYTHON" "$ROOT/tests/servers/static_files.py" web
        export INDEX_URL
        INDEX_URL=$(server_url web)/simple/
        low_new leaf
        SOURCE='exclude = ["evil"]' low_toml leaf
        expect 5 low sync
        has "$stderr" "missing: pypi: leaf-1.2-py3-none-any.whl" "wrong software" "the .metadata is not that of its wheel"
        sound low
        "$PYTHON" -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("leaf-1.2.dist-info/METADATA"))' \
                index/leaf-1.2-py3-none-any.whl >web/leaf-1.2-py3-none-any.whl.metadata
        page
        expect 0 low sync
}

# ---- names ----

@test "names that hurt a host, or that differ in case only, are refused before anything is changed" {
        need minisign
        low_new
        high_new
        while IFS='|' read -r change words; do
                forge "$change"
                expect 3 high import forged.dray
                one_error "$words"
        done <<'END'
b.add[0].update(package="con", file="con-1.2-py3-none-any.whl")|package "con" is a device on some hosts
b.add[0].update(version="1.2;reboot")|version "1.2;reboot" holds a character that none has in this registry
b.add[0].update(file="leaf-1.2-py3-none-any.whl.")|begins or ends with a dot
b.add[0].update(file="leaf-1.2$(x)-py3-none-any.whl")|holds a character that none has in this registry
b.add.append(dict(b.add[0], file="LEAF-1.2-py3-none-any.whl"))|another file has this path, or one that differs in case only
END
        sound high
        expect 0 high status
        has_not "$stdout" leaf
}

# ---- the log ----

@test "the log has every import and refusal, in a chain that shows what was changed" {
        need minisign
        low_new
        high_new
        forge 'b.add[0].update(version="1.3")'
        expect 3 high import forged.dray
        forge ''
        expect 0 high import forged.dray
        expect 0 high import forged.dray
        forge 'b.header["issued"] = "2026-11-23T12:00:00Z"'
        expect 4 high import forged.dray
        head -c 3000 forged.dray >cut.dray
        expect 3 high import cut.dray
        expect 0 high log
        has "$stdout" "refusal plant 1: forged.dray: pypi/" "import plant 1: 2 records added, 0 removed, generation 1; signed by" \
                "refusal plant 1: forged.dray: fork: stream plant bundle 1 was imported" "refusal: cut.dray: the bundle ends too early"
        [ "$(grep -c ' import ' <<<"$stdout")" -eq 1 ]
        expect 0 high log --json
        printf '%s' "$stdout" >log.json
        [ "$(json_get log.json '[0].uid')" = "$(id -u)" ]
        expect 0 high log -n 1
        [ "$(wc -l <<<"$stdout")" -eq 1 ]
        expect 0 high log --check
        head=${stdout##* }
        expect 0 high log --check --head "$head"
        # the schema itself does not let entries be changed or removed
        run sql "UPDATE audit SET line = '{}'"
        has "$output" "the log is only added to"
        run sql "DELETE FROM audit"
        has "$output" "the log is only added to"
        cp high/state/catalog.db right.db
        while IFS='|' read -r entry change; do
                cp right.db high/state/catalog.db
                rm -f high/state/catalog.db-*
                sql "DROP TRIGGER audit_stays; DROP TRIGGER audit_is_kept; $change"
                expect 3 high log --check
                one_error "the log was changed: entry $entry is not what was written"
        done <<'END'
1|DELETE FROM audit WHERE n = 1
2|DELETE FROM audit WHERE n = 2
2|UPDATE audit SET hash = zeroblob(32) WHERE n = 2
2|UPDATE audit SET line = replace(line, '"n":', '"n": ') WHERE n = 2
3|UPDATE audit SET n = n + 10 WHERE n >= 3
3|UPDATE audit SET (line, hash) = (SELECT line, hash FROM audit WHERE n = 1) WHERE n = 3
END
        cp right.db high/state/catalog.db
        sql 'DROP TRIGGER audit_is_kept; DELETE FROM audit WHERE n = (SELECT max(n) FROM audit)'
        expect 0 high log --check
        expect 3 high log --check --head "$head"
        one_error "its end was cut off"
}

@test "a refusal is reported when the log cannot be written" {
        need minisign
        low_new
        high_new
        forge 'b.header["stream"] = "elsewhere"'
        sql "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no space'); END"
        expect 4 high import forged.dray
        error_lines 2 "the refusal that follows could not be logged: the log: catalog: query: no space" "is for stream elsewhere"
}
