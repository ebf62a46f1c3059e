#!/usr/bin/env bats
# Goal: an auditor without dray opens and checks any bundle with stock tools, by bundle/FORMAT.md
# alone; keys and signatures are minisign's, both ways.
# shellcheck disable=SC2016,SC2154 # commands of FORMAT.md are edited as text; stdout and stderr are set by expect
load helper

FORMAT=$ROOT/bundle/FORMAT.md
READER=$ROOT/tests/tools-py/read_bundle.py

# fenced LANGUAGE: the fenced blocks of FORMAT.md in that language, as they stand there.
fenced() { awk -v fence="\`\`\`$1" '$0 == fence { on = 1; next } /^```/ { on = 0 } on' "$FORMAT"; }

# A mirror `low` of the fixture index, whose stream plant-a is signed by `plant-a.key`.
low_new() {
        index_start
        dray init -q low >low.log
        [ -e plant-a.key ] || dray key generate -q -W plant-a
        cat >low/dray.toml <<TOML
[[source]]
name = "pypi"
kind = "pypi"
upstream = "$INDEX_URL"
packages = [$1]
[[source.target]]
python = "3.11"
platform = "manylinux_2_28_x86_64"
[[stream]]
name = "plant-a"
keys = ["../plant-a.key"]
TOML
}

# Packages in raw packs alone, in shared ones that a file runs on from, and in xz packs; one of them
# with what needs escapes in JSON.
fill_index() {
        "$PYTHON" - "$ROOT/tests/tools-py" "$WORK/index" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
import mkwheel
for number in range(80):
    mkwheel.build_wheel(sys.argv[2], "part%d" % number, "1.0", size=60000, stored=True)
mkwheel.build_wheel(sys.argv[2], "large", "1.0", size=200000, stored=True)
PYTHON
        index_wheel odd 1.0
        index_set odd-1.0-py3-none-any.whl yanked '"a \"reason\" \\ with\ttab, \u0001\u001f\u007f, \u00e9, \u2028 and \ud83d\ude00"'
        index_wheel --requires-python '>=3.6' plain 1.0
}

packages() {
        printf '"plain", "odd==1.0", "large"'
        printf ', "part%d"' {0..79}
}

# listing FOLDER: the names and digests of all files below it, wherever they lie.
listing() {
        (cd "$1" && find . -type f -exec sha256sum {} + | sed -E 's|  .*/|  |' | sort)
}

# stock FOLDER: runs the commands of FORMAT.md there on the bundle that lies in it.
stock() {
        fenced sh >"$1/commands"
        [ -s "$1/commands" ]
        (cd "$1" && sh -eu ./commands)
}

@test "FORMAT.md's own commands check a bundle and take every file out under its name" {
        need minisign xz
        fill_index
        low_new "$(packages)"
        expect 0 dray -C low sync
        expect 0 dray -C low bundle
        mkdir audit
        cp low/outbox/plant-a-000001.dray plant-a.pub audit
        expect 0 stock audit
        has "$stdout" "Signature and comment signature verified" "stream:plant-a"
        has "$stdout" '"audience":"","base":null,"epoch":1,"format":"dray-bundle-1","holes":[],"issued":"2' '"next_by":null'
        # The last line printed is the state, by stock tools; the header and dray say the same.
        state=$(tail -n 1 <<<"$stdout")
        state=${state%% *}
        has "$stdout" "\"state\":\"$state\""
        expect 0 dray verify --json --key plant-a.pub audit/plant-a-000001.dray
        echo "$stdout" >verify.json
        [ "$(json_get verify.json state)" = "$state" ]

        dray init -q --isolated high >high.log
        expect 0 dray -C high trust add plant-a plant-a.pub
        expect 0 dray -C high import audit/plant-a-000001.dray
        listing high/site/pypi/files >site.list
        listing audit/opened/dray-bundle-1/files >audit.list
        [ "$(wc -l <site.list)" -ge 160 ]
        diff site.list audit.list
}

@test "an independent reader, written from FORMAT.md, takes the same files out" {
        need minisign
        fill_index
        low_new "$(packages)"
        expect 0 dray -C low sync
        expect 0 dray -C low bundle
        expect 0 "$PYTHON" "$READER" low/outbox/plant-a-000001.dray plant-a.pub out
        listing low/site/pypi/files >site.list
        listing out >out.list
        diff site.list out.list
        # In this bundle some file runs on into the next pack.
        tar -xOf low/outbox/plant-a-000001.dray dray-bundle-1/manifest.jsonl.xz | xz -dc >manifest.jsonl
        grep -q '^{"copy":\[\[[0-9,]*\],\[' manifest.jsonl
        grep -q '\\u0001\\u001F' manifest.jsonl
}

@test "a bundle that adds to another: reader and stock commands take what it brings" {
        need minisign xz
        index_wheel six 1.0
        index_wheel seven 1.0
        low_new '"six", "seven"'
        expect 0 dray -C low sync
        expect 0 dray -C low bundle
        first=$(tar -xOf low/outbox/plant-a-000001.dray dray-bundle-1/manifest.jsonl.xz | sha256sum | cut -d' ' -f1)
        index_wheel six 1.1
        # New metadata of a file that the far side holds: a record without a blob.
        index_set seven-1.0-py3-none-any.whl yanked '"too old"'
        sed -i 's/"seven"/"seven==1.0"/' low/dray.toml
        expect 0 dray -C low sync
        expect 0 dray -C low bundle
        expect 0 "$PYTHON" "$READER" low/outbox/plant-a-000002.dray plant-a.pub out
        echo "$stdout" >header.json
        has "$stderr" "in an earlier bundle: pypi/seven-1.0-py3-none-any.whl"
        [ "$(json_get header.json base.seq)" = 1 ]
        [ "$(json_get header.json base.manifest)" = "$first" ]
        expect 0 listing out
        has "$stdout" "six-1.1-py3-none-any.whl"
        has_not "$stdout" "six-1.0" "seven"
        mkdir audit
        cp low/outbox/plant-a-000002.dray audit/plant-a-000001.dray
        cp plant-a.pub audit
        expect 0 stock audit
        has "$stdout" "in an earlier bundle: pypi/seven-1.0-py3-none-any.whl"
        listing out >out.list
        listing audit/opened/dray-bundle-1/files >audit.list
        diff out.list audit.list

        # A bundle in which nothing has changed holds no pack, and opens as well.
        expect 0 dray -C low bundle
        cp low/outbox/plant-a-000003.dray audit/plant-a-000001.dray
        rm -rf audit/opened
        expect 0 stock audit
        expect 0 "$PYTHON" "$READER" low/outbox/plant-a-000003.dray plant-a.pub
}

@test "a bundle in volumes: the stock commands and the independent reader open it from all of them" {
        need minisign xz
        fill_index
        low_new "$(packages)"
        echo 'volume_size = "4.3 MB"' >>low/dray.toml
        expect 0 dray -C low sync
        expect 0 dray -C low bundle
        volumes=(low/outbox/*)
        [ ${#volumes[@]} -ge 2 ]
        expect 0 "$PYTHON" "$READER" low/outbox plant-a.pub out
        listing low/site/pypi/files >site.list
        listing out >out.list
        diff site.list out.list
        # as FORMAT.md says: the first two steps with each of them, into one folder
        mkdir audit
        cp low/outbox/* plant-a.pub audit
        fenced sh | sed -e 's|^bundle=.*|bundle=$(echo plant-a-000001.1of*)|' \
                -e 's|^tar -xf "$bundle" -C opened$|for volume in *.dray; do tar -xf "$volume" -C opened; done|' >audit/commands
        grep -q '^for volume' audit/commands
        (cd audit && sh -eu ./commands) >audit.log
        listing audit/opened/dray-bundle-1/files >audit.list
        diff site.list audit.list
        # one that is missing, and one of another bundle
        rm low/outbox/plant-a-000001.2of*
        expect 3 "$PYTHON" "$READER" low/outbox plant-a.pub
        has "$stderr" "a volume is missing"
        expect 0 dray -C low bundle --full -o .
        cp plant-a-000002.2of* low/outbox
        expect 3 "$PYTHON" "$READER" low/outbox plant-a.pub
        has "$stderr" "a volume of another bundle"
}

@test "damage anywhere in a bundle: dray and the independent reader both refuse it" {
        need minisign
        index_wheel --size 70000 --stored six 1.0
        index_wheel seven 1.0
        low_new '"six", "seven"'
        expect 0 dray -C low sync
        expect 0 dray -C low bundle
        # One bit at places all over the file, then a cut, then a byte too many. Prints what was taken.
        "$PYTHON" - "$ROOT/tests/tools-py" low/outbox/plant-a-000001.dray plant-a.pub >taken <<'PYTHON'
import io, os, subprocess, sys
sys.path.insert(0, sys.argv[1])
import read_bundle

def by_dray(data):
    command = [os.environ["DRAY"], "verify", "-q", "--key", sys.argv[3], "-"]
    return subprocess.run(command, input=data, capture_output=True, check=False).returncode

def by_reader(data):
    try:
        read_bundle.read_bundle(io.BytesIO(data), sys.argv[3])
        return 0
    except read_bundle.Refused:
        return 3

whole = open(sys.argv[2], "rb").read()
size = len(whole)
places = set(range(0, size, size // 40)) | {100, 124, 148, 156, 257, 300, 511, 512, size - 1, size - 1024, size - 1025}
damaged = {"bit of byte %d" % at: whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1:] for at in places}
damaged["cut"] = whole[:-1]
damaged["longer"] = whole + b"\0"
assert by_dray(whole) == by_reader(whole) == 0
for what, data in damaged.items():
    if (by_dray(data), by_reader(data)) != (3, 3):
        print(what, by_dray(data), by_reader(data))
PYTHON
        cat taken
        [ ! -s taken ]
}

@test "a key made by minisign -G signs in dray bundle; stock minisign and dray verify" {
        need minisign
        minisign -G -W -p plant-a.pub -s plant-a.key >minisign.log
        index_wheel six 1.0
        low_new '"six"'
        expect 0 dray -C low sync
        expect 0 dray -C low bundle
        tar -xf low/outbox/plant-a-000001.dray
        expect 0 minisign -VHm dray-bundle-1/manifest.jsonl.xz -p plant-a.pub
        has "$stdout" "Signature and comment signature verified" $'stream:plant-a\tepoch:1\tseq:1'
        expect 0 dray verify --key plant-a.pub low/outbox/plant-a-000001.dray
        dray init -q --isolated high >high.log
        expect 0 dray -C high trust add plant-a plant-a.pub
        expect 0 dray -C high import low/outbox/plant-a-000001.dray
        # Another key is another signer.
        minisign -G -W -p other.pub -s other.key >minisign.log
        expect 1 minisign -VHm dray-bundle-1/manifest.jsonl.xz -p other.pub
        expect 3 dray verify --key other.pub low/outbox/plant-a-000001.dray
}

@test "a key made by dray signs in stock minisign, and dray imports a bundle signed that way" {
        need minisign
        index_wheel six 1.0
        low_new '"six"'
        expect 0 dray -C low sync
        expect 0 dray -C low bundle
        expect 0 dray key show plant-a.pub
        [ "$(grep -o 'RW[A-Za-z0-9+/=]*' <<<"$stdout")" = "$(tail -n 1 plant-a.pub)" ]
        tar -xf low/outbox/plant-a-000001.dray
        mv dray-bundle-1/manifest.jsonl.xz.minisig by-dray
        expect 0 minisign -S -W -s plant-a.key -m dray-bundle-1/manifest.jsonl.xz -t 'signed elsewhere'
        expect 0 minisign -VHm dray-bundle-1/manifest.jsonl.xz -p plant-a.pub
        # The same key and the same file: the same signature, whoever makes it.
        [ "$(sed -n 2p by-dray)" = "$(sed -n 2p dray-bundle-1/manifest.jsonl.xz.minisig)" ]
        PYTHONPATH=$ROOT/tests/tools-py expect 0 "$PYTHON" -c \
                'import make_bundle; make_bundle.resign(".", "resigned.dray", "plant-a.key")'
        [ "$(tar -xOf resigned.dray dray-bundle-1/manifest.jsonl.xz.minisig | sed -n 3p)" = "trusted comment: a test" ]
        dray init -q --isolated high >high.log
        expect 0 dray -C high trust add plant-a plant-a.pub
        expect 0 dray -C high import resigned.dray
        has "$stdout" "imported: bundle 1 of stream plant-a"
        expect 0 "$PYTHON" "$READER" resigned.dray plant-a.pub
}

@test "two signers: the second signature is a file of its own, which stock minisign verifies" {
        need minisign
        index_wheel six 1.0
        low_new '"six"'
        dray key generate -q -W second >second.id
        id=$(cut -d' ' -f1 second.id)
        expect 0 dray -C low sync
        expect 0 dray -C low bundle --key second.key
        tar -xf low/outbox/plant-a-000001.dray
        expect 0 minisign -VHm dray-bundle-1/manifest.jsonl.xz -p plant-a.pub
        expect 0 minisign -VHm dray-bundle-1/manifest.jsonl.xz -x "dray-bundle-1/manifest.jsonl.xz.$id.minisig" -p second.pub
        expect 0 dray verify --key plant-a.pub --key second.pub --threshold 2 low/outbox/plant-a-000001.dray
        expect 0 "$PYTHON" "$READER" low/outbox/plant-a-000001.dray second.pub
}

@test "the examples in FORMAT.md are canonical, and its limits are the program's" {
        fenced json >examples
        [ "$(wc -l <examples)" -ge 6 ]
        "$PYTHON" - "$ROOT/tests/tools-py" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
import read_bundle
for line in open("examples", "rb"):
    read_bundle.parse(line.rstrip(b"\n"))
PYTHON
        # NAME VALUE in limit.h | what FORMAT.md says
        while IFS='|' read -r constant text; do
                grep -qE "^#define ${constant}( |\$)" "$ROOT/include/bundle/limit.h" ||
                        { echo "limit.h has another ${constant%% *} now: FORMAT.md says $text"; return 1; }
                grep -qF "| $text |" "$FORMAT" || { echo "not in FORMAT.md: $text"; return 1; }
        done <<'LIMITS'
LIMIT_MANIFEST_STORED \(64 \* MIB\)|64 MiB
LIMIT_MANIFEST_LINES \(2 \* GIB\)|2 GiB
LIMIT_MANIFEST_LINE \(1 \* MIB\)|1 MiB
LIMIT_SIGNATURE \(16 \* KIB\)|16 KiB
LIMIT_SIGNATURES 16|16
LIMIT_VOLUME_JSON \(64 \* KIB\)|64 KiB
LIMIT_VOLUMES 9999|9 999
LIMIT_PACKS 1000000|1 000 000
LIMIT_PACK \(1 \* GIB\)|1 GiB
LIMIT_PACK_XZ \(32 \* MIB\)|32 MiB
LIMIT_BLOBS 4000000|4 000 000
LIMIT_RECORDS 8000000|8 000 000 each
LIMIT_FILE \(32 \* GIB\)|32 GiB
LIMIT_XZ_MEMORY \(96 \* MIB\)|96 MiB
LIMITS
}
