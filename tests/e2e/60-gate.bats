#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a shell of its own; expect sets stdout and stderr
# Goal: whoever decides what comes in sees what a bundle would change, and nothing comes in that is not
# what it is called, not allowed here, or not approved.
load helper
load mirror
load gate

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

@test "a source that has the name of the site's own page is refused" {
        need minisign
        low_new
        high_new
        forge 'b.sources.append({"kind": "pypi", "name": "index.html", "type": "source"}); b.sources.sort(key=lambda s: s["name"])'
        expect 3 high import forged.dray
        one_error 'source "index.html" is the site'"'"'s own page'
        sound high
}

@test "a source of an unknown kind is refused, also without records" {
        need minisign
        low_new
        high_new
        forge 'b.sources.append({"kind": "cargo-cult", "name": "zeal", "type": "source"})'
        expect 3 high import forged.dray
        one_error "source zeal is of kind cargo-cult, which this dray does not know"
        sound high
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
        has "$stdout" "refusal plant 1: forged.dray: pypi/" "import plant 1: 2 records added, 0 removed, generation 1, by a full bundle; signed by" \
                "refusal plant 1: forged.dray: fork: stream plant bundle 1 was imported" "refusal: cut.dray: the bundle ends too early"
        [ "$(grep -cE '^[0-9]+ [^ ]+ [^ ]+ import ' <<<"$stdout")" -eq 1 ]
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
        # who changes an entry and its hash has all that follow against him
        cp right.db high/state/catalog.db
        rm -f high/state/catalog.db-*
        "$PYTHON" - <<'PYTHON'
import hashlib, sqlite3
db = sqlite3.connect("high/state/catalog.db")
db.execute("DROP TRIGGER audit_stays")
(before,), (line,) = db.execute("SELECT hash FROM audit WHERE n = 1").fetchone(), db.execute(
    "SELECT line FROM audit WHERE n = 2").fetchone()
assert '"event":"refusal"' in line
line = line.replace('"event":"refusal"', '"event":"import"')
db.execute("UPDATE audit SET line = ?, hash = ? WHERE n = 2", (line, hashlib.sha256(before + line.encode()).digest()))
db.commit()
PYTHON
        expect 3 high log --check
        one_error "the log was changed: entry 3 is not what was written"
        cp right.db high/state/catalog.db
        rm -f high/state/catalog.db-*
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

@test "an import that cannot be logged does not happen" {
        need minisign
        low_new
        high_new
        forge ''
        before=$(state_of high)
        sql "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no space'); END"
        expect 1 high import forged.dray
        one_error "the log: catalog: query: no space"
        [ "$(state_of high)" = "$before" ]
        sound high
        sql 'DROP TRIGGER full'
        expect 0 high import forged.dray
}

# ---- the report ----

@test "verify says what is added, changed and removed, and which names were never here" {
        index_wheel stays 1.0
        index_wheel goes 1.0
        index_wheel grows 1.0
        index_start
        low_new leaf stays goes grows
        high_new
        low sync
        expect 0 low bundle
        first=$stdout
        expect 0 dray verify --key low/low.pub "$first"
        has "$stdout" "verified: bundle 1 of stream plant (full)" "  pypi: 4 packages added, 0 changed, 0 removed" \
                "  added    pypi/leaf 1.2" "not compared with a mirror"
        expect 0 high verify "$first"
        has "$stdout" "pypi: 4 packages added, 0 changed, 0 removed; 4 NAMES never here before" "  NEW NAME pypi/goes 1.0"
        expect 0 high import "$first"
        index_wheel stays 1.1
        index_wheel leaf 1.3
        low_toml leaf stays 'grows==1.0' top
        sed -i 's/^name = "plant"/&\ncadence = "7d"/' low/dray.toml
        low sync
        expect 0 low bundle
        second=$stdout
        expect 0 high verify --json "$second"
        printf '%s' "$stdout" >report.json
        [ "$(json_get report.json 'changes[0].name')" = pypi ]
        [ "$(json_get report.json 'changes[0].added[0].package')" = top ]
        [ "$(json_get report.json 'changes[0].added[0].never_seen')" = true ]
        [ "$(json_get report.json 'changes[0].changed[0].package')" = leaf ]
        [ "$(json_get report.json 'changes[0].changed[0].from[0]')" = 1.2 ]
        [ "$(json_get report.json 'changes[0].changed[0].to[0]')" = 1.3 ]
        [ "$(json_get report.json 'changes[0].changed[1].package')" = stays ]
        [ "$(json_get report.json 'changes[0].removed[0].package')" = goes ]
        expect 0 high verify "$second"
        has "$stdout" "pypi: 1 packages added, 2 changed, 1 removed; 1 NAMES never here before" \
                "NEW NAME pypi/top 1.0" "changed  pypi/leaf 1.2 -> 1.3" "removed  pypi/goes 1.0" "the next one is to come by 20"
        has_not "$stdout" grows OVERDUE
        # a full bundle is compared with what is held: the same changes
        expect 0 low bundle --full
        expect 0 high verify "$stdout"
        has "$stdout" "pypi: 1 packages added, 2 changed, 1 removed; 1 NAMES never here before" "changed  pypi/leaf 1.2 -> 1.3"
        # what was here once is no new name
        expect 0 high import "$second"
        low_toml leaf stays grows goes
        low sync
        expect 0 low bundle
        expect 0 high verify "$stdout"
        has "$stdout" "pypi: 1 packages added, 0 changed, 1 removed" "added    pypi/goes 1.0"
        has_not "$stdout" "never here"
}

@test "a full bundle is reported by what it really changes" {
        index_wheel stays 1.0
        index_wheel goes 1.0
        index_start
        low_new leaf stays goes
        high_new
        low sync
        expect 0 low bundle
        expect 0 high import "$stdout"
        has "$stdout" "6 records added, 0 removed; 6 files of" "6 of them new here"
        index_wheel new 1.0
        low_toml leaf new
        low sync
        expect 0 low bundle --full
        full=$stdout
        expect 0 high verify "$full"
        has "$stdout" "2 records added, 4 removed; 4 files of"
        expect 0 high import --json "$full"
        printf '%s' "$stdout" >report.json
        [ "$(json_get report.json added)" = 2 ]
        [ "$(json_get report.json removed)" = 4 ]
        [ "$(json_get report.json files)" = 4 ]
        [ "$(json_get report.json new_files)" = 2 ]
        expect 0 high log
        has "$stdout" "import plant 2: 2 records added, 4 removed, generation 2, by a full bundle; signed by"
        expect 0 high import "$full"
        has "$stdout" "0 records added, 0 removed; 4 files of" "0 of them new here"
}

# ---- policy ----

@test "policy: names, size and age are refused with 6, by the rule's name; nothing is changed" {
        need minisign
        low_new
        high_new
        forge 'b.header["issued"] = "2020-01-01T00:00:00Z"'
        before=$(state_of high)
        while IFS='|' read -r rule words; do
                policy "${rule//&/$'\n'}"
                for command in verify import; do
                        expect 6 high "$command" forged.dray
                        one_error "$words"
                done
                [ "$(state_of high)" = "$before" ]
        done <<'END'
[[policy.source]]&name = "pypi"&allow = ["top"]|policy: pypi/leaf is not allowed
[[policy.source]]&name = "pypi"&allow = []|policy: pypi/leaf is not allowed
[[policy.source]]&name = "pypi"&deny = ["x", "l?af"]|policy: pypi/leaf is denied (deny = "l?af")
[[policy.source]]&name = "pypi"&allow = ["*"]&reserved = ["LEAF*"]|policy: pypi/leaf is a name for in-house packages
max_size = 100|policy: the bundle unpacks to
max_age = "1d"|policy: the bundle was issued
END
        expect 0 high log
        has "$stdout" 'refusal plant 1: forged.dray: policy: pypi/leaf is denied'
        policy 'warn_age = "1d"' 'max_size = "1 GiB"' '[[policy.source]]' 'name = "other"' 'allow = []'
        expect 0 high import forged.dray
        has "$stderr" "the bundle was issued" "warn_age is 24 hours"
}

@test "every refusal has a cause for programs" {
        need minisign
        low_new
        high_new
        # cause STATUS CAUSE: of importing forged.dray
        cause() {
                expect "$1" high import --json forged.dray
                cp .stdout refusal.json
                [ "$(json_get refusal.json error.cause)" = "$2" ] || { cat refusal.json; return 1; }
        }
        forge 'b.header["format"] = "dray-bundle-9"'
        cause 3 unknown-format
        forge 'b.sources.append({"kind": "cargo-cult", "name": "zeal", "type": "source"})'
        cause 3 unknown-kind
        forge 'b.add[0].update(package="con", file="con-1.2-py3-none-any.whl")'
        cause 3 name
        forge 'b.add.append(dict(b.add[0], file="LEAF-1.2-py3-none-any.whl"))'
        cause 3 name
        forge 'b.add[0].update(file="leaf-1.3-py3-none-any.whl", version="1.3")'
        cause 3 wrong-software
        forge 'b.header["stream"] = "elsewhere"'
        cause 4 other-stream
        forge 'b.header["issued"] = "2020-01-01T00:00:00Z"'
        while IFS='|' read -r rule name; do
                policy "${rule//&/$'\n'}"
                cause 6 "$name"
                expect 6 high verify --json forged.dray
                cp .stdout report.json
                [ "$(json_get report.json cause)" = "$name" ]
        done <<'END'
[[policy.source]]&name = "pypi"&allow = ["top"]|policy-allow
[[policy.source]]&name = "pypi"&deny = ["leaf"]|policy-deny
[[policy.source]]&name = "pypi"&allow = ["*"]&reserved = ["leaf"]|policy-reserved
max_size = 100|policy-size
max_age = "1d"|policy-age
END
        policy 'review = true'
        cause 6 not-reviewed
        echo '[polcy]' >high/dray.toml
        cause 2 usage
        expect 2 high verify --json forged.dray
        has "$stdout" '"cause": "usage"'
        policy
        expect 2 high verify --json
        has "$stdout" '"cause": "usage"'
        mv forged.dray away.dray
        cause 2 usage
        mv away.dray forged.dray
        cp forged.dray whole.dray
        head -c 3000 whole.dray >forged.dray
        cause 3 damaged
        expect 3 high verify --json forged.dray
        cp .stdout refusal.json
        [ "$(json_get refusal.json error.cause)" = damaged ]
}

@test "a clock that was set back makes no old bundle young" {
        need minisign faketime
        low_new
        high_new
        forge ''
        expect 0 high import forged.dray
        policy 'max_age = "7d"'
        forge 'b.header.update(seq=2, issued="2020-01-09T12:00:00Z")'
        expect 6 faketime '2020-01-10 12:00:00' "$DRAY" -C high import forged.dray
        one_error "policy: the bundle was issued"
}

@test "time never goes back behind any import, in whatever order the clocks were" {
        need minisign faketime
        low_new
        high_new
        policy 'max_age = "10d"'
        forge 'b.header["issued"] = "2020-01-20T00:00:00Z"'
        expect 0 faketime '2020-01-28 00:00:00' "$DRAY" -C high import forged.dray
        forge 'b.header.update(seq=2, issued="2020-01-25T00:00:00Z")'
        expect 0 faketime '2020-01-12 00:00:00' "$DRAY" -C high import forged.dray
        forge 'b.header.update(seq=3, issued="2020-01-16T00:00:00Z")'
        expect 6 faketime '2020-01-12 00:00:00' "$DRAY" -C high import forged.dray
        one_error "policy: the bundle was issued 12 days ago" "by the latest import here, 2020-01-28T00:00:0"
}

@test "a bundle dated in the future is told, refused with max_age, and makes no later one too old" {
        need minisign
        low_new
        high_new
        forge 'b.header["issued"] = "2099-11-20T00:00:00Z"'
        policy 'max_age = "30d"'
        for command in verify import; do
                expect 6 high "$command" --json forged.dray
                has "$stdout$stderr" "the bundle is dated 2099-11-20T00:00:00Z" "by this machine's clock, 20"
                cp .stdout report.json
                grep -q policy-future report.json
        done
        policy
        expect 0 high verify forged.dray
        has "$stderr" "the bundle is dated 2099-11-20T00:00:00Z"
        expect 0 high import forged.dray
        has "$stderr" "the bundle is dated 2099-11-20T00:00:00Z"
        policy 'max_age = "30d"'
        forge "b.header.update(seq=2, issued='$(date -u -d '2 hours' +%Y-%m-%dT%H:%M:%SZ)')"
        expect 0 high import forged.dray
        has_not "$stderr" "dated"
}

@test "verify and status say when the next bundle is overdue" {
        need minisign
        low_new
        high_new
        forge 'b.header.update(issued="2020-01-01T00:00:00Z", next_by="2020-01-08T00:00:00Z")'
        expect 0 high verify forged.dray
        has "$stdout" "the next one is to come by 2020-01-08T00:00:00Z: OVERDUE"
        expect 0 high import forged.dray
        expect 0 high status
        has "$stdout" "plant: the next bundle is to come by 2020-01-08T00:00:00Z: OVERDUE by"
        expect 0 high status --json
        printf '%s' "$stdout" >status.json
        [ "$(json_get status.json 'due[0].overdue')" = true ]
        # the next one says when to expect the one after it
        forge 'b.header.update(seq=2, issued="2020-01-02T00:00:00Z")'
        expect 0 high import forged.dray
        expect 0 high status
        has_not "$stdout" "OVERDUE"
}

# ---- two persons ----

# as UID COMMAND...: as if that person had called sudo; dray believes it of root
as() {
        local uid=$1
        shift
        SUDO_UID=$uid "$@"
}

@test "with review = true one person reviews and another one imports, and the log says who" {
        need minisign
        [ "$(cat /proc/self/loginuid 2>/dev/null || echo 4294967295)" = 4294967295 ] ||
                skip "this login has a loginuid, so tests cannot be two persons"
        [ "$(id -u)" = 0 ] || skip "only root can be two persons here"
        low_new
        high_new
        forge ''
        policy 'review = true'
        expect 6 as 4001 high import forged.dray
        one_error "nobody has reviewed this bundle"
        expect 0 high verify --review "ticket 7" forged.dray
        expect 6 high import --approve "ticket 7" forged.dray
        one_error "only you (root) have reviewed" "all who share this user are one person"
        sql 'DELETE FROM review'
        expect 6 as 4001 high import --approve "ticket 7" forged.dray
        one_error "nobody has reviewed this bundle"
        expect 0 as 4001 high verify forged.dray
        expect 6 as 4002 high import --approve "ticket 7" forged.dray
        expect 0 as 4001 high verify --review "ticket 7" forged.dray
        expect 6 as 4001 high import --approve "ticket 7" forged.dray
        one_error "only you (4001) have reviewed this bundle"
        expect 6 as 4002 high import forged.dray
        one_error "reviewed by 4001 (ticket 7); to take it in, say why"
        # another bundle of the same number is another bundle
        cp forged.dray reviewed.dray
        forge 'b.header["issued"] = "2026-11-23T12:00:00Z"'
        expect 6 as 4002 high import --approve "ticket 7" forged.dray
        expect 0 as 4002 high import --approve "looks right" reviewed.dray
        expect 0 high log
        has "$stdout" "4001 review plant 1: ticket 7" "4002 import plant 1: " "reviewed by 4001 (ticket 7), approved: looks right"
        expect 0 high log --check
        # a review is noted only of what would be let in
        policy 'max_size = 100'
        expect 6 as 4001 high verify --review again reviewed.dray
        expect 2 as 4001 dray verify --key low/low.pub --review again reviewed.dray
}
