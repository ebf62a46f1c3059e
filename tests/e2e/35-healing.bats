#!/usr/bin/env bats
# Goal: nothing temporary becomes permanent: after a bad day a mirror holds all that it held, says what is
# missing, and the same command brings it; and what a site lists is there, to the byte.
# shellcheck disable=SC2154 # stdout and stderr are set by expect
load helper

X86=cp311-cp311-manylinux_2_28_x86_64
ARM=cp311-cp311-manylinux_2_28_aarch64

target() {
        printf '[[source.target]]\npython = "%s"\nplatform = "%s"\n' "${2:-3.11}" "${1:-manylinux_2_28_x86_64}"
}

# source_toml NAME LINE...: a source of the fixture index ($UPSTREAM: another one's; "-": the client's own).
source_toml() {
        printf '[[source]]\nname = "%s"\nkind = "pypi"\n' "$1"
        [ "${UPSTREAM:-}" = - ] || printf 'upstream = "%s"\n' "${UPSTREAM:-$INDEX_URL}"
        shift
        printf '%s\n' "$@"
}

# mirror_new FOLDER LINE...: a mirror of one source, pypi, with one target.
mirror_new() {
        local folder=$1
        shift
        dray init -q "$folder" >"$WORK/init.log"
        { source_toml pypi "$@"; target; } >"$folder/dray.toml"
}

# with_stream FOLDER: gives the mirror a stream, and makes the isolated mirror high that trusts it.
with_stream() {
        dray key generate -q -W plant
        printf '[[stream]]\nname = "plant"\nkeys = ["../plant.key"]\n' >>"$1/dray.toml"
        dray init -q --isolated high >"$WORK/init.log"
        dray -C high trust add plant plant.pub >"$WORK/trust.log"
}

# carry FOLDER [OPTION...]: the next bundle of the mirror, into high.
carry() {
        local path
        path=$(dray -C "$1" bundle -q "${@:2}") || return
        dray -C high import -q "$path"
}

# served TREE: prints "SOURCE/PACKAGE FILE" of every file that the pages of a site list, and fails unless both
# forms of each page say the same, list no file twice, and every file and .metadata has the digest stated.
served() {
        "$PYTHON" - "$1" <<'PYTHON'
import hashlib, html.parser, json, os, sys
from urllib.parse import unquote
tree = os.path.realpath(sys.argv[1])

class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []
    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.found.append(dict(attributes))

def digest(path):
    with open(path, "rb") as content:
        return hashlib.sha256(content.read()).hexdigest()

def check(condition, *why):
    if not condition:
        sys.exit(" ".join(map(str, why)))

for folder, _, names in sorted(os.walk(tree)):
    at = os.path.relpath(folder, tree).split(os.sep)
    if len(at) != 3 or at[1] != "simple" or "index.html" not in names:
        continue
    page, links = Links(), {}
    with open(os.path.join(folder, "index.html"), encoding="utf-8") as text:
        page.feed(text.read())
    for link in page.found:
        address, _, fragment = link["href"].partition("#")
        path = os.path.normpath(os.path.join(folder, unquote(address)))
        name = os.path.basename(path)
        check(os.path.isfile(path), "not there:", name, "of", folder)
        check(fragment == "sha256=" + digest(path), "wrong bytes:", path)
        check(name not in links, "listed twice:", name)
        links[name] = fragment[7:]
        sidecar = link.get("data-core-metadata")
        if sidecar:
            check(sidecar == "sha256=" + digest(path + ".metadata"), "wrong .metadata of", name)
        print(f"{at[0]}/{at[2]} {name}")
    with open(os.path.join(folder, "index.v1_json"), encoding="utf-8") as text:
        files = json.load(text)["files"]
    check(sorted((f["filename"], f["hashes"]["sha256"]) for f in files) == sorted(links.items()),
          "the two forms differ:", folder)
PYTHON
}

# shows TREE FILE...: its pages list exactly these files; each is there and right.
shows() {
        local tree=$1
        shift
        expect 0 served "$tree"
        diff <(printf '%s\n' "$@" | sort) <(cut -d' ' -f2 <<<"$stdout" | sort)
}

sound() { expect 0 dray -C "$1" fsck; }

# ---- one transfer for each digest ----

@test "wheels of two targets with the same METADATA, and a first connection that is cut: whole, and sound" {
        index_wheel --tag "$X86" --size 200000 foo 1.0
        index_wheel --tag "$ARM" --size 200000 foo 1.0
        index_fault '/files/*_aarch64.whl' truncate times=1
        index_fault '/files/*_x86_64.whl' truncate times=1
        # slow enough for two transfers of one digest to meet
        index_fault '/files/*.metadata' slow seconds=0.5
        index_start
        mirror_new low 'packages = ["foo"]'
        target manylinux_2_28_aarch64 >>low/dray.toml
        expect 0 dray -C low sync
        sound low
        shows low/site "foo-1.0-$X86.whl" "foo-1.0-$ARM.whl"
}

@test "two sources that want the same wheel, and a first connection that is cut: both have it" {
        index_wheel --size 200000 foo 1.0
        index_fault '/files/*.whl' truncate times=1
        index_start
        mirror_new low 'packages = ["foo"]'
        { source_toml other 'packages = ["foo"]'; target; } >>low/dray.toml
        expect 0 dray -C low sync
        sound low
        expect 0 served low/site
        has "$stdout" "pypi/foo foo-1.0-py3-none-any.whl" "other/foo foo-1.0-py3-none-any.whl"
        [ "$(index_log '^GET /files/foo-1.0-py3-none-any.whl ' | wc -l)" -eq 2 ]
}

# ---- spellings of one version ----

@test "a wheel of the same version spelled otherwise: in both trees, and behind the gap" {
        index_wheel foo 1.0.0
        index_wheel bar 1.0
        index_start
        mirror_new low 'packages = ["foo", "bar"]'
        target manylinux_2_28_x86_64 3.12 >>low/dray.toml
        with_stream low
        expect 0 dray -C low sync
        expect 0 carry low
        index_wheel --tag "$X86" foo 1.0
        expect 0 dray -C low sync
        expect 0 carry low
        local both=(foo-1.0.0-py3-none-any.whl "foo-1.0-$X86.whl")
        shows low/site "${both[@]}" bar-1.0-py3-none-any.whl
        shows high/site "${both[@]}" bar-1.0-py3-none-any.whl
        index_wheel bar 1.1
        index_set foo-1.0.0-py3-none-any.whl upload-time '"2024-02-02T00:00:00Z"'
        expect 0 dray -C low sync
        expect 0 carry low
        shows low/site "${both[@]}" bar-1.1-py3-none-any.whl
        shows high/site "${both[@]}" bar-1.1-py3-none-any.whl
        # The first spelling goes, the second stays.
        rm index/foo-1.0.0-py3-none-any.whl
        index_wheel foo 0.9
        { source_toml pypi 'packages = ["foo", "bar"]'; target; sed -n '/^\[\[stream/,$p' low/dray.toml; } >new.toml
        mv new.toml low/dray.toml
        for _ in 1 2; do
                expect 0 dray -C low sync
                expect 0 carry low
                shows low/site "foo-1.0-$X86.whl" bar-1.1-py3-none-any.whl
                shows high/site "foo-1.0-$X86.whl" bar-1.1-py3-none-any.whl
                index_set bar-1.1-py3-none-any.whl upload-time '"2024-02-02T00:00:00Z"'
        done
        sound low
        sound high
}

# ---- holes take nothing away ----

@test "a hole in one file while another's metadata changes: each listed once, and nothing lost later" {
        index_wheel --tag "$X86" foo 1.0
        index_wheel --tag "$ARM" foo 1.0
        index_start
        mirror_new low 'packages = ["foo"]'
        target manylinux_2_28_aarch64 >>low/dray.toml
        expect 0 dray -C low sync
        index_wheel --build 1 --file again=1 --tag "$ARM" foo 1.0
        index_fault "/files/foo-1.0-1-$ARM.whl" status status=503
        for day in 1 2 3; do
                index_set "foo-1.0-$X86.whl" upload-time "\"2024-03-0${day}T00:00:00Z\""
                expect 5 dray -C low sync --tries 1
                shows low/site "foo-1.0-$X86.whl" "foo-1.0-$ARM.whl"
                grep -q "2024-03-0${day}T" low/site/pypi/simple/foo/index.v1_json
        done
        index_heal
        expect 0 dray -C low sync
        shows low/site "foo-1.0-$X86.whl" "foo-1.0-1-$ARM.whl"
        index_set "foo-1.0-$X86.whl" upload-time '"2024-03-05T00:00:00Z"'
        expect 0 dray -C low sync
        shows low/site "foo-1.0-$X86.whl" "foo-1.0-1-$ARM.whl"
        sound low
}

# bad_newest PATTERN TIMES OPTION...: the newest version cannot be had for now: a hole, nothing older, then healed.
bad_newest() {
        local pattern=$1 times=$2 held
        shift 2
        index_wheel foo 1.0
        index_wheel foo 1.1
        index_start "$@"
        # of a mirror that holds nothing yet, and of one that holds an older version
        for held in "" foo-1.1-py3-none-any.whl; do
                mirror_new "low$held" 'packages = ["foo"]'
                [ -z "$held" ] || expect 0 dray -C "low$held" sync
                index_wheel foo 2.0
                index_fault "$pattern" status status=503 "times=$times" "round=low$held"
                expect 5 dray -C "low$held" sync --tries 1
                has "$stderr" "missing: " "foo"
                expect 0 served "low$held/site"
                [ "${stdout##* }" = "$held" ]
                expect 5 dray -C "low$held" status
                expect 0 dray -C "low$held" sync --tries 1
                shows "low$held/site" foo-2.0-py3-none-any.whl
                expect 0 dray -C "low$held" status
                rm index/foo-2.0-*
        done
}

@test "the newest version answers 503 once: a hole, no older version, and the next sync brings it" {
        bad_newest '/files/foo-2.0*' 1
}

@test "the newest wheel alone answers 503 once: the same" {
        bad_newest '/files/foo-2.0-py3-none-any.whl' 1
}

@test "its .metadata alone answers 503 once: the same" {
        bad_newest '/files/foo-2.0-py3-none-any.whl.metadata' 1
}

@test "no .metadata files upstream, and range and file answer 503: the same" {
        bad_newest '/files/foo-2.0*' 2 --no-metadata
}

@test "what an in-house wheel needs answers 503: nothing is removed" {
        mkdir dist
        "$PYTHON" "$ROOT/tests/tools-py/mkwheel.py" --out dist --requires dep app 1.0
        index_wheel dep 1.0
        index_start
        mirror_new low 'local = ["../dist/*.whl"]'
        expect 0 dray -C low sync
        shows low/site app-1.0-py3-none-any.whl dep-1.0-py3-none-any.whl
        index_fault /simple/dep/ status status=503 times=1
        expect 5 dray -C low sync --tries 1
        shows low/site app-1.0-py3-none-any.whl dep-1.0-py3-none-any.whl
        index_wheel dep 1.1
        expect 0 dray -C low sync
        shows low/site app-1.0-py3-none-any.whl dep-1.1-py3-none-any.whl
}

@test "keep = 2, and what the older version needs answers 503: nothing is removed" {
        index_wheel --requires dep foo 1.0
        index_wheel foo 2.0
        index_wheel dep 1.0
        index_start
        mirror_new low 'packages = ["foo"]' 'keep = 2'
        expect 0 dray -C low sync
        local all=(foo-1.0-py3-none-any.whl foo-2.0-py3-none-any.whl dep-1.0-py3-none-any.whl)
        shows low/site "${all[@]}"
        index_fault /simple/dep/ status status=503 times=1
        expect 5 dray -C low sync --tries 1
        shows low/site "${all[@]}"
        index_fault '/files/dep-1.1*' status status=503 times=1
        index_wheel dep 1.1
        expect 5 dray -C low sync --tries 1
        shows low/site "${all[@]}"
        expect 0 dray -C low sync --tries 1
        shows low/site "${all[@]:0:2}" dep-1.1-py3-none-any.whl
}

@test "together = false, and an in-house package asked for as a version that is not there: a hole" {
        mkdir dist
        "$PYTHON" "$ROOT/tests/tools-py/mkwheel.py" --out dist app 1.0
        index_wheel foo 1.0
        index_wheel app 99.0
        index_start
        mirror_new low 'packages = ["app", "foo"]' 'together = false' 'local = ["../dist/*.whl"]'
        expect 0 dray -C low sync
        sed -i 's/"app"/"app>=2"/' low/dray.toml
        expect 5 dray -C low sync
        has "$stderr" "app>=2"
        shows low/site app-1.0-py3-none-any.whl foo-1.0-py3-none-any.whl
}

@test "together = false and keep = 2, and a wish for just the older version that cannot be met: a hole" {
        index_wheel --requires 'dep>=5' foo 1.0
        index_wheel foo 2.0
        index_wheel dep 1.0
        index_start
        # as an older version, kept beside the newest, it may be left out; not where it was asked for
        for wishes in '"foo", "foo==1.0"' '"foo==1.0", "foo"'; do
                mirror_new low "packages = [$wishes]" 'together = false' 'keep = 2'
                expect 5 dray -C low sync
                has "$stderr" "missing: " "foo==1.0"
                shows low/site foo-2.0-py3-none-any.whl
                rm -r low
        done
        mirror_new low 'packages = ["foo"]' 'together = false' 'keep = 2'
        expect 0 dray -C low sync
        has "$stderr" "note: " "foo==1.0"
}

@test "a package that cannot be asked for keeps what it needs; a version that cannot be had replaces none" {
        index_wheel --requires c a 1.0
        index_wheel c 1.5
        index_start
        mirror_new low 'packages = ["a"]'
        expect 0 dray -C low sync
        index_fault /simple/a/ status status=503 times=1
        expect 5 dray -C low sync --tries 1
        shows low/site a-1.0-py3-none-any.whl c-1.5-py3-none-any.whl
        index_wheel --requires 'c>=2' a 2.0
        index_wheel c 2.0
        index_fault '/files/a-2.0-py3-none-any.whl' status status=503 times=1
        expect 5 dray -C low sync --tries 1
        expect 0 served low/site
        has "$stdout" a-1.0-py3-none-any.whl c-1.5-py3-none-any.whl
        has_not "$stdout" a-2.0
        expect 0 dray -C low sync --tries 1
        shows low/site a-2.0-py3-none-any.whl c-2.0-py3-none-any.whl
}

# ---- sources beside each other ----

@test "two sources of one upstream that share a package: both follow its new versions" {
        index_wheel foo 1.0
        index_start
        mirror_new low 'packages = ["foo"]'
        { source_toml other 'packages = ["foo"]'; target; } >>low/dray.toml
        expect 0 dray -C low sync
        for version in 1.1 1.2; do
                index_wheel foo "$version"
                expect 0 dray -C low sync
                expect 0 served low/site
                has "$stdout" "pypi/foo foo-$version-" "other/foo foo-$version-"
        done
        # and one that is synced alone hides nothing from the other
        index_wheel foo 1.3
        expect 0 dray -C low sync pypi
        expect 0 dray -C low sync
        expect 0 served low/site
        has "$stdout" "pypi/foo foo-1.3-" "other/foo foo-1.3-"
}

@test "a source taken out of dray.toml goes, gc frees it; put back, it is full again" {
        index_wheel foo 1.0
        index_wheel --size 100000 --stored bar 1.0
        index_start
        mirror_new low 'packages = ["foo"]'
        cp low/dray.toml one.toml
        { source_toml other 'packages = ["bar"]'; target; } >>low/dray.toml
        cp low/dray.toml two.toml
        expect 0 dray -C low sync
        local sum
        sum=$(sha256sum index/bar-1.0-py3-none-any.whl | cut -d' ' -f1)
        # at once
        cp one.toml low/dray.toml
        expect 0 dray -C low sync
        shows low/site foo-1.0-py3-none-any.whl
        cp two.toml low/dray.toml
        expect 0 dray -C low sync
        shows low/site foo-1.0-py3-none-any.whl bar-1.0-py3-none-any.whl
        find_blob "$sum"

        # after gc
        cp one.toml low/dray.toml
        expect 0 dray -C low sync
        expect 0 dray -C low gc --keep 1
        expect 1 find_blob "$sum"
        sound low
        cp two.toml low/dray.toml
        expect 0 dray -C low sync
        shows low/site foo-1.0-py3-none-any.whl bar-1.0-py3-none-any.whl
        sound low
}

# find_blob SUM: whether the store holds bytes of that digest, whatever they are called.
find_blob() {
        find low/state/blobs -type f -exec sha256sum {} + | grep -q "^$1 "
}

# ---- damage ----

# The store's file of a digest.
blob_path() { find "$1/state/blobs" -type f -name "*${2:4}"; }

@test "plan lists what goes away, and sync counts the packages; with a hole nothing goes" {
        index_wheel keeps 1.0
        index_wheel goes 1.0
        index_start
        mirror_new low 'packages = ["keeps", "goes"]'
        expect 0 dray -C low sync
        has_not "$stdout" leave
        index_wheel keeps 1.1
        sed -i 's/, "goes"//' low/dray.toml
        expect 0 dray -C low plan
        has "$stdout" "remove          pypi/goes-1.0-py3-none-any.whl" "remove          pypi/keeps-1.0-py3-none-any.whl" \
                "; 4 to remove"
        has_not "$stdout" "remove          pypi/keeps-1.1"
        expect 0 dray -C low plan --json
        printf '%s' "$stdout" >plan.json
        has "$(json_get plan.json remove)" "pypi/goes-1.0-py3-none-any.whl"
        shows low/site goes-1.0-py3-none-any.whl keeps-1.0-py3-none-any.whl
        index_fault '/files/keeps-1.1*' status status=503
        expect 5 dray -C low sync --tries 1
        has_not "$stdout" leave
        index_heal
        expect 0 dray -C low sync
        has "$stdout" "; 1 packages leave"
        # a source that dray.toml has no more
        sed -i 's/^name = "pypi"/name = "other"/' low/dray.toml
        expect 0 dray -C low plan
        has "$stdout" "remove          pypi/keeps-1.1-py3-none-any.whl"
}

@test "fsck --repair and sync heal a damaged file; the site serves the right bytes again" {
        index_wheel --size 50000 foo 1.0
        index_wheel bar 1.0
        index_start
        mirror_new low 'packages = ["foo", "bar"]'
        expect 0 dray -C low sync
        local sum path
        sum=$(sha256sum index/foo-1.0-py3-none-any.whl | cut -d' ' -f1)
        path=$(blob_path low "$sum")
        [ -n "$path" ]
        chmod u+w "$path"
        # in place: the store's file and the site's are one
        printf X | dd of="$path" bs=1 seek=100 conv=notrunc status=none
        expect 3 dray -C low fsck
        expect any dray -C low fsck --repair
        expect 0 dray -C low sync
        shows low/site foo-1.0-py3-none-any.whl bar-1.0-py3-none-any.whl
        sound low

        # the site's alone: another file of the same size
        path=$(find low/site/ -name 'foo-1.0-py3-none-any.whl')
        head -c "$(stat -c %s "$path")" /dev/zero >zero
        mv -f zero "$path"
        expect 3 dray -C low fsck
        expect any dray -C low fsck --repair
        expect 0 dray -C low publish
        shows low/site foo-1.0-py3-none-any.whl bar-1.0-py3-none-any.whl
        sound low

        # the store's alone is gone
        rm "$(blob_path low "$sum")"
        expect 3 dray -C low fsck --quick
        expect any dray -C low fsck --repair
        expect 0 dray -C low sync
        shows low/site foo-1.0-py3-none-any.whl bar-1.0-py3-none-any.whl
        sound low
}

@test "behind the gap fsck --repair and a new full bundle heal a damaged file" {
        index_wheel --size 50000 foo 1.0
        index_wheel bar 1.0
        index_start
        mirror_new low 'packages = ["foo", "bar"]'
        with_stream low
        expect 0 dray -C low sync
        expect 0 carry low
        local sum path
        sum=$(sha256sum index/foo-1.0-py3-none-any.whl | cut -d' ' -f1)
        path=$(blob_path high "$sum")
        [ -n "$path" ]
        chmod u+w "$path"
        printf X | dd of="$path" bs=1 seek=100 conv=notrunc status=none
        expect 3 dray -C high fsck
        expect any dray -C high fsck --repair
        expect 0 carry low --full
        shows high/site foo-1.0-py3-none-any.whl bar-1.0-py3-none-any.whl
        sound high
}

# ---- names ----

@test "an in-house file that vanishes is not taken from the index, until dray sync --release says so" {
        mkdir dist
        "$PYTHON" "$ROOT/tests/tools-py/mkwheel.py" --out dist corp 1.0
        "$PYTHON" "$ROOT/tests/tools-py/mkwheel.py" --out dist --requires corp app 1.0
        index_wheel corp 99.0
        index_start
        mirror_new low 'local = ["../dist/*.whl"]'
        expect 0 dray -C low sync
        rm dist/corp-1.0-py3-none-any.whl
        expect 5 dray -C low sync
        has "$stderr" "corp" "--release corp"
        shows low/site corp-1.0-py3-none-any.whl app-1.0-py3-none-any.whl
        expect 5 dray -C low sync
        shows low/site corp-1.0-py3-none-any.whl app-1.0-py3-none-any.whl
        [ -z "$(index_log /simple/corp/)" ]
        expect 0 dray -C low sync --release corp
        shows low/site corp-99.0-py3-none-any.whl app-1.0-py3-none-any.whl
        expect 0 dray -C low sync
}

@test "what came by bundle is not sync's to withdraw, nor its name to be taken" {
        index_wheel foo 1.0
        index_wheel own 1.0
        index_start
        mirror_new low 'packages = ["foo"]'
        with_stream low
        expect 0 dray -C low sync
        expect 0 dray -C low bundle
        dray init -q both >init.log
        { source_toml mine 'packages = ["own"]'; target; } >both/dray.toml
        expect 0 dray -C both trust add plant plant.pub
        expect 0 dray -C both import low/outbox/plant-000001.dray
        for _ in 1 2; do
                expect 0 dray -C both sync
                shows both/site foo-1.0-py3-none-any.whl own-1.0-py3-none-any.whl
                index_wheel own 1.0.post1
                rm index/own-1.0-py3-none-any.whl
                index_wheel own 1.0
                rm index/own-1.0.post1*
        done
        { source_toml pypi 'packages = ["own"]'; target; } >>both/dray.toml
        expect 2 dray -C both sync
        has "$stderr" "pypi"
        shows both/site foo-1.0-py3-none-any.whl own-1.0-py3-none-any.whl
}

# ---- inputs that are not in dray.toml ----

@test "PIP_INDEX_URL leads elsewhere: the next sync asks there" {
        index_wheel foo 1.0
        index_start
        mkdir other
        "$PYTHON" "$ROOT/tests/tools-py/mkwheel.py" --out other foo 5.0
        server_start other "$PYTHON" "$ROOT/tests/servers/simple_index.py" "$WORK/other"
        UPSTREAM=- mirror_new low 'packages = ["foo"]'
        export PIP_INDEX_URL=$INDEX_URL
        expect 0 dray -C low sync
        expect 0 dray -C low sync
        has_not "$stderr" upstream
        PIP_INDEX_URL=$(server_url other)/simple/
        PIP_INDEX_URL=${PIP_INDEX_URL/:\/\//:\/\/somebody:s3cret@}
        for command in plan sync; do
                expect 0 dray -C low $command
                has "$stderr" "pypi: its upstream is $(server_url other)/simple/ now (PIP_INDEX_URL" "it was $INDEX_URL"
                has_not "$stdout$stderr" s3cret
        done
        has "$stdout" "; 1 of another UPSTREAM"
        expect 0 dray -C low status
        has "$stdout" "1 of another UPSTREAM"
        kept=$("$PYTHON" -c 'import sqlite3
print(*sqlite3.connect("low/state/catalog.db").execute("SELECT value FROM fact UNION SELECT summary FROM run"))')
        has "$kept" "$(server_url other)/simple/"
        has_not "$kept" s3cret
        expect 0 dray -C low sync
        has_not "$stderr" "its upstream is"
        shows low/site foo-5.0-py3-none-any.whl
        PIP_INDEX_URL=$INDEX_URL
        expect 0 dray -C low sync
        shows low/site foo-1.0-py3-none-any.whl
}

@test "a variable that requirements.txt names has another value: the next sync follows" {
        index_wheel foo 1.0
        index_wheel foo 2.0
        index_start
        # shellcheck disable=SC2016 # dray expands it
        echo 'foo==${FOO_VERSION}' >requirements.txt
        mirror_new low 'lockfiles = ["../requirements.txt"]'
        export FOO_VERSION=1.0
        expect 0 dray -C low sync
        shows low/site foo-1.0-py3-none-any.whl
        FOO_VERSION=2.0
        expect 0 dray -C low sync
        shows low/site foo-2.0-py3-none-any.whl
}

# ---- around it ----

@test "a mirror made and synced under umask 077 is served by another user's web server" {
        [ "$(id -u)" -eq 0 ] || skip "needs root, to become another user"
        need runuser
        index_wheel foo 1.0
        index_start
        chmod 755 "$WORK"
        umask 077
        mirror_new low 'packages = ["foo"]'
        with_stream low
        expect 0 dray -C low sync
        expect 0 carry low
        local side path
        for side in low high; do
                for path in index.html pypi/simple/index.html pypi/simple/foo/index.html pypi/simple/foo/index.v1_json; do
                        expect 0 runuser -u nobody -- grep -q . "$side/site/$path"
                done
                while read -r path; do
                        expect 0 runuser -u nobody -- cmp "$path" "$path"
                done < <(find "$side/site/" -type f)
                # nothing else of state/ is anybody's business
                expect 2 runuser -u nobody -- ls "$side/state"
                expect 1 runuser -u nobody -- cat "$side/state/catalog.db"
        done
}

@test "status: 0; 5 with something missing; 1 when the last run failed" {
        index_wheel foo 1.0
        index_start
        mirror_new low 'packages = ["foo"]'
        expect 0 dray -C low sync
        expect 0 dray -C low status
        index_wheel foo 1.1
        index_fault '/files/foo-1.1*' status status=503
        expect 5 dray -C low sync --tries 1
        expect 5 dray -C low status
        has "$stdout" MISSING
        index_heal
        expect 0 dray -C low sync
        expect 0 dray -C low status
        # No file may grow beyond 1 MB: what a full disk is to a download.
        index_wheel --size 3000000 --stored foo 1.2
        # shellcheck disable=SC2016 # $0 is the inner shell's
        expect 1 bash -c 'trap "" XFSZ; ulimit -f 1000; exec "$0" -C low sync' "$DRAY"
        expect 1 dray -C low status
        has "$stdout" failed
        shows low/site foo-1.1-py3-none-any.whl
        sound low
        expect 0 dray -C low sync
        expect 0 dray -C low status
        shows low/site foo-1.2-py3-none-any.whl
}

@test "one odd file on a project page is passed over with a note; the project is mirrored" {
        index_wheel foo 1.0
        index_wheel foo 1.1
        index_wheel foo 1.2
        index_set foo-1.2-py3-none-any.whl hashes '{"sha256": "12"}'
        index_set foo-1.1-py3-none-any.whl filename "\"foo-1.1-$(printf 'x%.0s' {1..250}).whl\""
        index_start
        mirror_new low 'packages = ["foo"]'
        expect 0 dray -C low sync
        has "$stderr" "note: " "2 files" "foo-1."
        shows low/site foo-1.0-py3-none-any.whl
}

@test "files that the policy leaves out are noted by what is wrong with them; too new is nothing wrong" {
        index_wheel foo 1.0
        index_wheel foo 1.1
        index_wheel foo 1.2
        index_wheel foo 1.3
        index_set foo-1.1-py3-none-any.whl upload-time null
        index_set foo-1.2-py3-none-any.whl hashes '{}'
        index_set foo-1.3-py3-none-any.whl upload-time '"2025-06-01T00:00:00Z"'
        index_start
        mirror_new low 'packages = ["foo"]' 'as_of = 2025-01-01T00:00:00Z'
        expect 0 dray -C low sync
        has "$stderr" "foo: 1 file of its index page passed over: the index states no upload time" \
                "foo: 1 file of its index page passed over: the index states no SHA-256"
        shows low/site foo-1.0-py3-none-any.whl
}
