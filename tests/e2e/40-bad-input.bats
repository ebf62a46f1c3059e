#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a shell of its own; expect sets stdout and stderr
# Goal: whatever comes in wrong (a lying index, a wrong dray.toml, a damaged disk, a bundle that is not
# the right one), dray says what, where and what to do in one line, exits with the documented status,
# leaves nothing half done, and does the same command right once the cause is gone.
load helper
load mirror

leaf='leaf-1.2-py3-none-any.whl'

# top depends on leaf. The index is running; nothing is fetched yet.
setup() {
        work_begin
        index_wheel --requires 'leaf>=1' top 1.0
        index_wheel --size 30000 leaf 1.2
        index_start
        low_new top
}

# The sync that is under the fault: one thing is missing and named, the rest is whole.
# incomplete ITEM PART... : ITEM is what is missing, PARTs say why. $options: what else sync is given;
# $lines: of stderr, if it is not the hole, its reason, the site's new generation and the error
incomplete() {
        local item=$1
        shift
        # shellcheck disable=SC2086 # several words
        expect 5 low sync --tries 1 ${options:-} || return
        error_lines "${lines:-4}" "dray: missing: pypi: $item" "$@" "could not be had" "run dray sync again" || return
        expect 5 low status || return
        has "$stdout" "MISSING   pypi: $item" || return
        sound low
}

# The cause is gone.
heals() {
        index_heal
        expect 0 low sync || return
        expect 0 low status || return
        ! grep ^MISSING <<<"$stdout" || return
        sound low || return
        served low "$leaf"
}

# served DIR FILE: the site has it, with the index's bytes
served() {
        local found
        found=$(find "$1/site/" -name "$2")
        cmp "$found" "$WORK/index/$2"
}

unserved() { [ -z "$(find "$1/site/" -name "$2")" ]; }

# refused STATUS COMMAND... -- PART... : one line of error; the isolated side is as it was
refused() {
        local wanted=$1 before
        shift
        local command=()
        while [ "$1" != -- ]; do
                command+=("$1")
                shift
        done
        shift
        before=$(state_of high)
        expect "$wanted" "${command[@]}" || return
        one_error "$@" || return
        [ "$(state_of high)" = "$before" ] || return
        [ -z "$(ls high/state/tmp)" ] || return
        sound high
}

# ---- files that are not what the index says ----

@test "a file with another digest than the index states is not kept" {
        index_fault "/files/$leaf" corrupt
        incomplete "$leaf" "wrong sha256: the index states $(file_sha "$leaf")"
        unserved low "$leaf"
        heals
}

@test "a digest in the index that is wrong names both digests" {
        index_fault "/files/$leaf" digest
        incomplete "$leaf" "the index states 0000" "what came has $(file_sha "$leaf")"
        heals
}

@test "a file that is cut short is not kept" {
        index_fault "/files/$leaf" truncate
        incomplete "$leaf" "cut short"
        unserved low "$leaf"
        heals
}

@test "a file longer than the index states is refused" {
        index_set "$leaf" size 100
        incomplete "$leaf" "where the index says 100"
        index_set "$leaf" size null
        heals
}

@test "a file whose end is never told, and longer than the index states, is cut off" {
        server_start liar "$PYTHON" "$ROOT/tests/servers/liar.py"
        index_fault "/files/$leaf" redirect "to=$(server_url liar)/endless"
        incomplete "$leaf" "$(stat -c %s "index/$leaf")"
        [ "$(du -sk low/state/tmp | cut -f 1)" -lt 1000 ]
        heals
}

@test "an HTML error page with status 200 instead of a file is not kept" {
        index_fault "/files/$leaf" body 'text=<html><body>502 Bad Gateway</body></html>'
        incomplete "$leaf" "where the index says"
        heals
}

@test "a file that the server does not have" {
        index_fault "/files/$leaf" status status=404
        incomplete "$leaf" "404: the server does not have it"
        heals
}

# ---- index pages ----

@test "a page that never ends" {
        server_start liar "$PYTHON" "$ROOT/tests/servers/liar.py"
        index_fault /simple/leaf/ redirect "to=$(server_url liar)/endless"
        incomplete "top for python 3.11 on manylinux_2_28_x86_64" "index page of leaf" "larger than the 134217728 bytes allowed for it"
        heals
}

@test "a small page that unpacks to a large one" {
        server_start liar "$PYTHON" "$ROOT/tests/servers/liar.py"
        index_fault /simple/leaf/ redirect "to=$(server_url liar)/gzip-bomb/200"
        incomplete "top for python 3.11 on manylinux_2_28_x86_64" "index page of leaf" "larger than the 134217728 bytes allowed for it"
        heals
}

@test "a page that redirects to itself" {
        index_fault /simple/leaf/ redirect to=/simple/leaf/
        incomplete "top for python 3.11 on manylinux_2_28_x86_64" "redirected more than 10 times"
        heals
}

@test "an HTML error page with status 200 instead of a project page" {
        index_fault /simple/leaf/ body 'text=<html><title>Sign in</title><body>who are you</body></html>'
        incomplete "top for python 3.11 on manylinux_2_28_x86_64" 'titled "Sign in"' "no package index page"
        heals
}

@test "an index that is down" {
        port=$(server_port index)
        index_stop
        expect 5 low sync --tries 1
        error_lines 4 "no connection" "is the host up"
        sound low
        index_start --port "$port"
        heals
}

@test "429 with Retry-After, then the page" {
        index_fault /simple/leaf/ status status=429 retry_after=1 times=1
        local start=$SECONDS
        expect 0 low sync
        [ $((SECONDS - start)) -ge 1 ]
        one_error "site shows generation 1"
        heals
}

@test "503 a few times, then the file" {
        index_fault "/files/$leaf" status status=503 times=2
        expect 0 low sync --tries 4
        one_error "site shows generation 1"
        expect 0 index_log "files/$leaf 503"
        [ "$(grep -c '' <<<"$stdout")" = 2 ]
        heals
}

@test "a file that drips is given up after --timeout" {
        index_fault "/files/$leaf" slow rate=50
        local start=$SECONDS
        options='--timeout 1' incomplete "$leaf" "stalled: slower than 1024 bytes a second for 1 s"
        [ $((SECONDS - start)) -lt 10 ]
        heals
        expect 0 index_log "files/$leaf 206"
        has "$stdout" "/files/$leaf" # it went on where it broke off
}

@test "a server that takes the request and says nothing is given up after --timeout" {
        index_fault /simple/leaf/ hang
        options='--timeout 1' incomplete "top for python 3.11 on manylinux_2_28_x86_64" "stalled"
        heals
}

@test "a requirements file with one hash needs one for each, and pins, as pip wants it" {
        low_toml
        sed -i 's/^packages.*/lockfiles = ["..\/list.txt"]/' low/dray.toml
        hash=--hash=sha256:$(file_sha "$leaf")
        top_hash=--hash=sha256:$(file_sha top-1.0-py3-none-any.whl)
        printf 'leaf==1.2 %s\ntop==1.0\n' "$hash" >list.txt
        expect 2 low sync
        one_error "list.txt:2" "top==1.0 has no --hash" "add it"
        printf 'leaf==1.2 %s\ntop>=1.0 %s\n' "$hash" "$top_hash" >list.txt
        expect 2 low sync
        one_error "list.txt:2" "top>=1.0 is not pinned" "name==version"
        # what it depends on needs one, too
        printf 'top==1.0 %s\n' "$top_hash" >list.txt
        expect 5 low sync
        has "$stderr" "leaf" "the file has hashes for others, and none for it"
        printf 'leaf==1.2 %s\ntop==1.0 %s\n' "$top_hash" "$top_hash" >list.txt
        expect 5 low sync
        has "$stderr" "no file of leaf" "one of the hashes that are stated for it"
        printf 'leaf==1.2 %s\ntop==1.0 %s\n' "$hash" "$top_hash" >list.txt
        expect 0 low sync
}

@test "a requirements file that cannot be read as one is wrong, not a hole" {
        low_toml
        sed -i 's/^packages.*/lockfiles = ["..\/list.txt"]/' low/dray.toml
        while IFS='|' read -r text words; do
                printf '%b' "$text" >list.txt
                expect 2 low sync
                one_error "list.txt" "$words"
        done <<'END'
leaf==1.2\nleaf => 1\n|list.txt:2
--no-such-option\n|list.txt:1
-r nothere.txt\n|nothere.txt
leaf\0|NUL byte
END
        rm list.txt
        expect 2 low sync
        one_error "list.txt"
        printf 'leaf==1.2\n' >list.txt
        expect 0 low sync
}

@test "what fails on this machine while selecting ends the run, and is no hole" {
        low_toml
        sed -i 's/^packages.*/local = ["..\/index\/leaf-1.2-*.whl"]/' low/dray.toml
        "$PYTHON" - <<'PYTHON'
import sqlite3
sqlite3.connect("low/state/catalog.db").executescript(
    "CREATE TRIGGER full BEFORE INSERT ON reserved BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END")
PYTHON
        expect 1 low sync
        has "$stderr" "disk I/O error"
        expect 1 low status
        has_not "$stdout" "missing"
}

@test "one of several packages is not in the index: the others go in, and the hole is named to the end" {
        low_toml top nothere
        incomplete "nothere (you asked for)" "the index has no project nothere"
        served low "$leaf"
        expect 5 low bundle
        one_error "1 of what is selected is missing" "nothere" "--allow-missing"
        [ -z "$(ls low/outbox)" ]
        high_new
        carry --allow-missing
        has "$stdout" "MISSING in it: pypi: nothere"
        expect 5 high status
        has "$stdout" "MISSING   plant: pypi: nothere" "missing on the sender's side"
        served high "$leaf"
        index_wheel nothere 1.0
        heals
        carry
        expect 0 high status
        has_not "$stdout" MISSING
}

@test "while something is missing, nothing that was there goes out" {
        expect 0 low sync
        # the new top cannot be had; the old one needs leaf, which nothing else asks for
        index_wheel top 2.0
        index_fault /files/top-2.0-py3-none-any.whl status status=404
        incomplete top-2.0-py3-none-any.whl "404"
        served low top-1.0-py3-none-any.whl
        served low "$leaf"
        index_heal
        expect 0 low sync
        served low top-2.0-py3-none-any.whl
        [ "$(listed low)" = "top-2.0-py3-none-any.whl " ]
        # a page that is gone for a day
        index_fault /simple/top/ status status=404
        lines=3 incomplete top "index page of top" "404" "and an earlier run had it"
        served low top-2.0-py3-none-any.whl
        index_heal
        expect 0 low sync
        sound low
}

# ---- what was asked for cannot be ----

@test "a version that no release has is explained" {
        low_toml 'top>=7'
        expect 5 low sync
        error_lines 4 "missing: pypi: top>=7 (you asked for)" \
                "no release of top for python 3.11 on manylinux_2_28_x86_64 matches; the newest there is 1.0"
        sound low
        low_toml 'top>=1'
        heals
}

@test "a package without a file for the target is explained" {
        index_wheel --tag cp311-cp311-win_amd64 winonly 3.0
        low_toml top winonly
        expect 5 low sync
        error_lines 4 "missing: pypi: winonly" "has a file for python 3.11 on manylinux_2_28_x86_64"
        low_toml top
        heals
}

@test "two packages that cannot be together are explained, and what to do" {
        index_wheel leaf 1.0
        index_wheel --requires 'leaf<1.1' old 1.0
        index_wheel --requires 'leaf>=1.2' new 1.0
        low_toml old new
        expect 5 low sync
        error_lines 6 "Because new 1.0 depends on leaf>=1.2 and old 1.0 depends on leaf<1.1" \
                "  And because you asked for old and new, there is no solution." "together = false"
        sound low
        SOURCE='together = false' low_toml old new
        heals
        served low leaf-1.0-py3-none-any.whl
}

# ---- dray.toml ----

# wrong LINE PART... : dray.toml is refused at LINE ("6:1"), nothing is asked of the index
wrong() {
        local place=$1
        shift
        index_log_clear
        expect 2 low sync || return
        one_error "low/dray.toml:$place: " "$@" || return
        expect 0 index_log && [ -z "$stdout" ]
}

@test "a wrong dray.toml: line, column, and what was meant" {
        SOURCE='packges = ["x"]' low_toml top
        wrong 6:1 "unknown key \`packges\`" "did you mean \`packages\`?"
        low_toml 'top=>1'
        wrong 5:13 '"=>1" is not a version specifier'
        low_toml top
        sed -i 's/^packages.*/packages = ["top"/' low/dray.toml
        wrong 7:1 "expected \`,\` or \`]\`"
        low_toml top
        sed -i 's/^kind = .*/kind = "pipy"/' low/dray.toml
        wrong 3:8 "unknown kind \`pipy\`" "did you mean \`pypi\`?"
        sed -i 's/^kind = .*/kind = "cran"/' low/dray.toml
        wrong 3:8 "unknown kind \`cran\`" "known are: deb, npm, pypi"
        TARGETS='' low_toml top
        wrong 1:1 "[[source.target]]" "python and platform"
        TARGETS='[[source.target]]' low_toml top
        wrong 7:1 'python = "3.11"'
        low_toml top
        sed -i 's/^python = .*/python = "three"/' low/dray.toml
        wrong 7:1 '"three"' "3.11"
        low_toml top
        sed -i 's/^platform = .*/platform = "linux-x64"/' low/dray.toml
        wrong 9:12 'Linux has no machine "x64"' "did you mean manylinux_2_28_x86_64?"
        SOURCE='exclude = ["leaf>=2"]' low_toml top
        wrong 6:12 "takes names of packages, no versions and no patterns" '"leaf>=2" is none'
        low_toml top
        sed -i 's/^keys/keyz/' low/dray.toml
        expect 2 low bundle
        one_error "unknown key \`keyz\` in [[stream]]" "did you mean \`keys\`?"
        low_toml top
        heals
}

@test "a source of another kind is another source" {
        expect 0 low sync
        sed -i '/^\[\[source.target/,/^platform/d; s/^kind = .*/kind = "npm"/' low/dray.toml
        wrong 3:8 "source pypi was of kind \`pypi\` so far; give the one of kind \`npm\` another name"
}

@test "a platform that takes no wheels of an index is noted" {
        sed -i 's/^platform = .*/platform = "linux_x86_64"/' low/dray.toml
        expect 0 low sync
        has "$stderr" "takes no manylinux wheels" 'did you mean platform = "manylinux_2_28_x86_64"?'
}

@test "commands and options that are not there" {
        expect 2 low sink
        one_error "unknown command sink" "did you mean sync?"
        expect 2 dray imprt x
        one_error "did you mean import?"
        expect 2 dray xyzzy
        one_error "unknown command xyzzy" "dray help"
        expect 2 low sync --job 3
        one_error "unknown option --job" "did you mean --jobs?"
        expect 2 low sync --jobs many
        one_error "--jobs takes a number"
        expect 2 low sync --jobs
        one_error "--jobs needs N"
        expect 2 low sync nope
        one_error "no source named nope"
        expect 2 dray
        one_error "dray help"
        [ -z "$stdout" ]
}

@test "no mirror there, or the wrong side of it" {
        expect 2 dray -C nowhere sync
        one_error "nowhere" "dray init"
        [ ! -e nowhere ]
        expect 2 dray -C index sync
        one_error "index holds no mirror" "dray init"
        [ ! -e index/state ]
        high_new
        refused 2 high sync -- "isolated side" "imports"
}

@test "a second dray at the same mirror" {
        index_fault "/files/$leaf" slow seconds=3
        low sync >first.out 2>&1 &
        local first=$!
        for _ in {1..50}; do
                [ "$(index_log 'files/' | grep -c '')" -eq 0 ] || break
                sleep 0.1
        done
        expect 75 low sync
        one_error "another dray"
        expect 75 low bundle
        expect 75 low fsck
        expect 75 low import --json any.dray
        has "$stdout" '"cause": "locked"' '"status": 75'
        expect any low status # reading is no matter
        [ "$status" != 75 ]
        wait "$first"
        heals
}

# ---- disks ----

# small_disk DIR SIZE: a disk of its own
small_disk() {
        [ "$(id -u)" -eq 0 ] || skip "a small disk wants root"
        mkdir -p "$1"
        mount -t tmpfs -o "size=$2" none "$1" 2>/dev/null || skip "no tmpfs can be mounted here"
        echo "$1" >>"$WORK/.mounts"
}

teardown() {
        [ ! -e "$WORK/.mounts" ] || xargs -n 1 umount -l <"$WORK/.mounts"
        work_end
}

# Pages that cannot be told before (no sizes in the index), then files that can.
@test "a full disk in sync" {
        small_disk disk 2m
        index_wheel --size 3000000 --stored big 1.0
        low_toml top
        mv low/* disk/
        rmdir low && ln -s disk low
        expect 0 low sync
        low_toml top big
        expect 1 low sync
        one_error "MB are to be fetched, the disk has" "make room" "run sync again"
        sound low
        served low "$leaf"
        # and one that the index did not tell the size of
        index_set big-1.0-py3-none-any.whl size null
        sleep 1
        expect 1 low sync
        one_error "No space left on device"
        sound low
        served low "$leaf"
        mount -o remount,size=20m disk
        heals
}

@test "a full disk in bundle" {
        index_wheel --size 3000000 --stored big 1.0
        low_toml top big
        expect 0 low sync
        small_disk low/outbox 1m
        expect 1 low bundle
        one_error "No space left on device"
        [ -z "$(ls low/outbox)" ]
        sound low
        mount -o remount,size=20m low/outbox
        expect 0 low bundle
        expect 0 dray verify -k low/low.pub "$stdout"
}

@test "a full disk in import" {
        index_wheel --size 3000000 --stored big 1.0
        low_toml top
        expect 0 low sync
        small_disk high 2m
        high_new
        carry
        low_toml top big
        expect 0 low sync
        expect 0 low bundle
        bundle=$stdout
        refused 1 high import "$bundle" -- "unpacks to 3.0 MB" "make room" "import again"
        # enough by the count of free bytes at the start, not at the end
        mount -o remount,size=4m high
        fallocate -l 200k high/ballast
        served high "$leaf"
        expect any high import "$bundle"
        if [ "$status" -ne 0 ]; then
                one_error "$bundle"
                sound high
        fi
        mount -o remount,size=20m high
        expect 0 high import "$bundle"
        served high big-1.0-py3-none-any.whl
        sound high
}

@test "an import that was killed before its commit wants no room a second time" {
        index_wheel --size 3000000 --stored big 1.0
        low_toml big
        expect 0 low sync
        expect 0 low bundle
        bundle=$stdout
        small_disk high 5m
        high_new
        mkdir before
        cp -a high/state/catalog.db* before
        expect 0 high import --no-publish "$bundle"
        rm -r high/state/catalog.db* high/state/seen
        cp -a before/* high/state
        [ "$(df --output=avail -B 1 high | tail -n 1)" -lt 3000000 ]
        expect 0 high import "$bundle"
        served high big-1.0-py3-none-any.whl
        sound high
}

@test "a disk without a free byte is said to be that, and gc makes room on it" {
        low_toml top
        expect 0 low sync
        small_disk high 24m
        high_new
        carry
        index_wheel top 2.0
        low_toml top
        expect 0 low sync
        carry
        [ "$(stat -c %s high/state/reserve)" = 4194304 ]
        head -c 100000 /dev/zero >high/state/tmp/part-left
        # without the log that a light last write leaves, which spares the next run the room
        "$PYTHON" -c 'import sqlite3
catalog = sqlite3.connect("high/state/catalog.db")
catalog.execute("pragma wal_checkpoint(truncate)")
catalog.close()'
        [ ! -e high/state/catalog.db-shm ]
        cat /dev/zero >high/fill 2>/dev/null || true
        [ "$(df --output=avail high | tail -n 1)" -eq 0 ]
        for command in status 'trust list' "trust add plant $WORK/low/low.pub"; do
                # shellcheck disable=SC2086 # words
                expect 1 high $command
                one_error "the disk of state/ is full" "dray gc"
        done
        expect 0 high import --forget
        expect 0 high gc --keep 1
        has "$stdout" "removed"
        [ ! -e high/state/tmp/part-left ]
        [ "$(stat -c %s high/state/reserve)" -gt 3000000 ]
        expect 0 high status
        sound high
        # one that is not there is made where there is plenty, and nowhere else
        rm high/state/reserve
        expect 0 high gc
        [ ! -e high/state/reserve ]
        rm high/fill
        expect 0 high gc
        [ -e high/state/reserve ]
}

# damage FILE: one byte in the middle is another one
damage() {
        chmod u+w "$1"
        "$PYTHON" -c 'import sys
with open(sys.argv[1], "r+b") as f:
    at = f.seek(0, 2) // 2
    f.seek(at); byte = f.read(1)
    f.seek(at); f.write(bytes([byte[0] ^ 1]))' "$1"
}

@test "a damaged file in the connected side's store" {
        expect 0 low sync
        high_new
        sha=$(file_sha "$leaf")
        damage "$(blob_of low "$sha")"
        expect 3 low fsck
        one_error "1 files are damaged" "dray fsck --repair, then dray sync"
        has "$stdout" "damaged or missing blob: $sha"
        expect 3 low bundle
        one_error "$sha" "damaged" "dray fsck --repair, then dray sync"
        [ -z "$(ls low/outbox)" ]
        expect 3 low fsck --repair
        one_error "1 damaged files were removed" "run dray sync"
        expect 3 low bundle
        error_lines 2 "going on with bundle 1" "$leaf is missing from the store" "then dray sync"
        heals # also in the site, which held the damaged bytes by a hard link
        carry # also from packs that were begun with the damaged bytes
        served high "$leaf"
}

@test "a damaged file that can no longer be had leaves the mirror, named" {
        expect 0 low sync
        damage "$(blob_of low "$(file_sha "$leaf")")"
        expect 3 low fsck --repair
        index_fault "/files/$leaf" status status=404
        expect 5 low sync --tries 1
        error_lines 4 "missing: pypi: $leaf" "site shows generation 2"
        unserved low "$leaf"
        index_heal
        expect 0 low sync
        served low "$leaf"
}

@test "a damaged index page in the store is fetched again" {
        expect 0 low sync
        find low/state/blobs -type f -links 1 >pages
        [ "$(grep -c '' pages)" = 2 ]
        while read -r page; do
                damage "$page"
        done <pages
        expect 3 low fsck --repair
        heals
}

@test "a damaged file in the isolated side's store: the bundle that brought it brings it back" {
        expect 0 low sync
        high_new
        carry
        first=$bundle
        index_wheel three 1.0
        low_toml top three
        expect 0 low sync
        carry
        state=$(state_of high)
        sha=$(file_sha "$leaf")
        damage "$(blob_of high "$sha")"
        expect 3 high fsck
        has "$stdout" "damaged or missing blob: $sha"
        expect 3 high fsck --repair
        one_error "1 damaged files were removed" "import the bundles that brought them"
        expect 0 high import "$first"
        has "$stderr" "1 files that were lost are back"
        sound high
        served high "$leaf"
        [ "$(state_of high)" = "$state" ]
        # or a full one, later
        damage "$(blob_of high "$sha")"
        expect 3 high fsck --repair
        carry --full
        sound high
        served high "$leaf"
}

@test "a file that is gone from the site" {
        expect 0 low sync
        rm "$(find low/site/ -name "$leaf")"
        expect 3 low fsck
        one_error "1 files are wrong in the site" "dray fsck --repair, then dray publish"
        expect 3 low fsck --repair
        expect 0 low publish
        heals
}

@test "pages that are gone from the site, or that somebody wrote into" {
        expect 0 low sync
        page=$(find low/site/ -name index.html | grep "simple/[^/]*/" | head -n 1)
        echo >>"$page"
        rm low/site/pypi/simple/index.html
        expect 0 low fsck --quick
        expect 3 low fsck
        has "$stdout" "missing or damaged in the site: ${page#low/site/}" "in the site: pypi/simple/index.html"
        one_error "2 files are wrong in the site"
        expect 3 low fsck --repair
        expect 0 low publish
        heals
}

# ---- bundles ----

@test "a damaged, cut or foreign file instead of a bundle" {
        expect 0 low sync
        high_new
        expect 0 low bundle
        bundle=$stdout
        "$PYTHON" - "$bundle" <<'PYTHON'
import sys
whole = open(sys.argv[1], "rb").read()
def write(name, data):
    open(name, "wb").write(data)
def flip(at):
    data = bytearray(whole)
    data[at] ^= 1
    return data
write("head", whole[:2000])
write("half", whole[: len(whole) // 2])
write("last", whole[:-1])
write("pack", flip(len(whole) // 2))
write("manifest", flip(600))
write("signature", flip(whole.find(b".minisig\0") // 512 * 512 + 600))
write("more", whole + b"x")
write("junk", b"hello" * 1000)
write("empty", b"")
PYTHON
        for name in head half last; do
                refused 3 high import $name -- "$name: " "cut short" "copy it again"
        done
        refused 3 high import pack -- "pack: " "is damaged" "copy the bundle again"
        refused 3 high import manifest -- "damaged" "manifest.jsonl.xz"
        refused 3 high import signature -- "damaged" "minisig"
        refused 3 high import more -- "bytes after the end"
        refused 3 high import junk -- "no dray bundle"
        refused 3 high import empty -- "the file is empty"
        refused 2 high import nothing -- "nothing: no such file"
        expect 3 high verify pack
        one_error "is damaged"
        expect 0 high import "$bundle"
        served high "$leaf"
}

# repack CODE: the bundle $bundle as `parts` (name -> bytes, in order), changed by CODE, into ./repacked
repack() {
        "$PYTHON" - "$bundle" "$1" <<'PYTHON'
import hashlib, io, json, sys, tarfile
parts = {}
with tarfile.open(sys.argv[1]) as archive:
    for member in archive:
        parts[member.name.split("/", 1)[1]] = archive.extractfile(member).read()
volume = json.loads(parts["volume.json"])
exec(sys.argv[2])
text = json.dumps(volume, separators=(",", ":"), sort_keys=True).encode()
parts["volume.json"] = text + (b"\n" if parts["volume.json"].endswith(b"\n") else b"")
with open("repacked", "wb") as out:
    for name, data in parts.items():
        entry = tarfile.TarInfo("dray-bundle-1/" + name)
        entry.size, entry.mode = len(data), 0o644
        out.write(entry.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512))
    out.write(bytes(1024))
PYTHON
}

@test "a bundle that nobody signed, or somebody else" {
        expect 0 low sync
        high_new
        expect 0 low bundle
        bundle=$stdout
        repack 'del parts["manifest.jsonl.xz.minisig"]; volume["signatures"] = []'
        expect any high import repacked
        [ "$status" -eq 3 ]
        one_error repacked
        expect 0 dray key generate -W other
        cp low/dray.toml saved.toml
        sed -i 's|low.key|../other.key|' low/dray.toml
        expect 0 low bundle --full -o .
        refused 3 high import plant-000002.dray -- "which is not trusted here" "trust list"
        # by the right key, but for another stream
        sed 's/name = "plant"/name = "ship"/' saved.toml >low/dray.toml
        expect 0 low bundle -o .
        refused 4 high import ship-000001.dray -- "for stream ship" "dray trust list"
        expect 0 high import "$bundle"
        served high "$leaf"
}

@test "a mirror that trusts nobody imports nothing" {
        expect 0 low sync
        expect 0 low bundle
        bundle=$stdout
        expect 0 dray init --isolated high
        refused 3 high import "$bundle" -- "trusts nobody" "dray trust add"
        expect 0 high trust add plant low/low.pub
        expect 0 high import "$bundle"
        served high "$leaf"
}

@test "bundles out of order: no base, gap, older, again, fork" {
        high_new
        expect 0 low sync
        expect 0 low bundle
        one=$stdout
        held=top
        for n in two three four; do
                index_wheel "$n" 1.0
                held="$held $n"
                # shellcheck disable=SC2086 # several names
                low_toml $held
                expect 0 low sync
                expect 0 low bundle
                eval "$n=\$stdout"
        done
        refused 4 high import "$two" -- "no base" "dray bundle --stream plant --full"
        expect 0 high import "$one"
        refused 4 high import "$three" -- "gap" "import bundle 2 first" "--base 1"
        refused 4 high import "$four" -- "gap" "import bundle 2 to 3 first" "--base 1"
        expect 0 high import "$two" "$three"
        before=$(state_of high)
        expect 0 high import "$one"
        has "$stderr" "imported already" "nothing was changed"
        [ "$(state_of high)" = "$before" ]
        expect 0 high import "$four"
        expect 0 low bundle --full
        five=$stdout
        # on another base, but all that it needs is here
        expect 0 low bundle --base 3
        expect 0 high import "$stdout"
        # an older one that was never taken
        refused 4 high import "$five" -- "older" "import a later one"
        # a second sender with the same key, who counts by himself
        expect 0 dray init low2
        cp low/low.key low2/
        sed 's/packages = .*/packages = ["leaf"]/' low/dray.toml >low2/dray.toml
        expect 0 dray -C low2 sync
        expect 0 dray -C low2 bundle
        refused 4 high import "$stdout" -- "fork" "two senders" "dray trust settle plant"
        # an alarm that stands, for the second sender's next bundles and for the first one's
        expect 0 high status
        has "$stdout" "ALARM     plant: fork: stream plant bundle 1 was imported with manifest"
        for _ in 2 3 4 5 6 7; do expect 0 dray -C low2 bundle --full; done
        refused 4 high import "$stdout" -- "fork: an alarm stands for stream plant"
        expect 0 low bundle --full
        refused 4 high import "$stdout" -- "fork: an alarm stands for stream plant"
        expect 0 high trust settle plant
        expect 0 high import low/outbox/plant-000007.dray
        expect 0 high log
        has "$stdout" "trust plant: settle; the alarm ends: fork: stream plant bundle 1"
        expect 4 low bundle --base 77
        one_error "no bundle 77"
        sound high
}

@test "a bundle does not go into the mirror that syncs what it brings" {
        expect 0 low sync
        cp -a low other
        expect 0 dray -C other bundle
        bundle=$stdout
        before=$(state_of low)
        expect 0 low trust add plant low/low.pub
        expect 2 low import "$bundle"
        one_error "brings the source pypi" "this is the connected side"
        [ "$(state_of low)" = "$before" ]
        expect 0 low sync
}
