#!/usr/bin/env bats
# shellcheck disable=SC2154 # expect sets stdout and stderr
# Goal: whatever lies on a medium besides the next bundle (damaged copies, older and foreign bundles, junk, odd names)
# is told as what it is, and keeps out nothing that can be taken.
load helper
load mirror

# Bundles 1 and 2 of the stream, of which 2 adds a package.
setup() {
        work_begin
        index_wheel --size 70000 --stored leaf 1.2
        index_start
        low_new leaf
        high_new
        expect 0 low sync
        expect 0 low bundle
        index_wheel --size 70000 --stored top 1.0
        low_toml leaf top
        expect 0 low sync
        expect 0 low bundle
        one=$WORK/low/outbox/plant-000001.dray
        two=$WORK/low/outbox/plant-000002.dray
        mkdir stick
}

same_as_low() { [ "$(state_of high)" = "$(state_of low)" ]; }

@test "a medium that gives another bundle when it is read again is refused" {
        cp "$one" stick/a.dray
        cp "$one" stick/b.dray
        expect 0 high verify stick/a.dray stick/b.dray
        cp "$two" other
        expect any "$PYTHON" "$ROOT/tests/tools-py/swap_medium.py" stick/a.dray stick/b.dray other -- \
                "$DRAY" -C high verify stick/a.dray stick/b.dray
        [ "$status" != 77 ] || skip "no leases on files here"
        [ "$status" = 3 ]
        has "$stderr" "stick/b.dray: this is not the bundle that the medium gave"
}

# spoil FILE: its head can no longer be read
spoil() { printf XXXX | dd of="$1" bs=1 seek=600 conv=notrunc status=none; }

refusals() { high log | grep -c ' refusal[ :]' || true; }

@test "a bundle whose head is damaged is told by the exit status, whatever lies beside it" {
        cp "$one" "$two" stick
        expect 0 high import "$one"
        spoil stick/plant-000002.dray
        expect 3 high import stick
        has "$stderr" "was imported already" "dray: stick/plant-000002.dray: the bundle is damaged"
        expect 3 high import -q stick
        : >stick/plant-000002.dray
        expect 3 high import stick
        has "$stderr" "stick/plant-000002.dray: the file is empty"
        [ "$(refusals)" = 3 ]
        # its copy is here: nothing is missing
        cp "$two" stick/copy.dray
        cp "$two" stick/plant-000002.dray
        spoil stick/plant-000002.dray
        expect 0 high import stick
        has "$stderr" "stick/plant-000002.dray: the bundle is damaged"
        has "$stdout" "imported: bundle 2 of stream plant"
        same_as_low
}

@test "older bundles alone on a medium are refused; beside what is newer they are passed over" {
        expect 0 low bundle --full
        expect 0 high import low/outbox/plant-000003.dray
        cp "$one" "$two" stick
        expect 4 high import stick
        one_error "dray: stick/plant-000001.dray: older: this is bundle 1" "(and 1 more)"
        [ "$(refusals)" = 1 ]
        expect 0 high log
        has "$stdout" "older: this is bundle 1" "(and 1 more)"
        cp low/outbox/plant-000003.dray stick
        expect 0 high import stick
        has "$stderr" "passed over: stick/plant-000001.dray: older"
        same_as_low
        expect 4 high import "$two"
}

# forge FILE STREAM: a bundle by a key that nobody trusts
forge() {
        [ -e other.key ] || dray key generate -W other >/dev/null 2>&1
        "$PYTHON" - "$@" <<'PYTHON'
import glob, os, sys
sys.path.insert(0, os.environ["ROOT"] + "/tests/tools-py")
import make_bundle
wheels = {os.path.basename(path): open(path, "rb").read() for path in glob.glob("index/*.whl")}
bundle = make_bundle.example(wheels)
bundle.header["stream"] = sys.argv[2]
bundle.write(sys.argv[1], "other.key")
PYTHON
}

@test "a foreign bundle in a folder keeps out none of the others" {
        cp "$one" "$two" stick
        forge stick/alpha.dray alpha
        forge stick/plant.dray plant
        expect 3 high import stick
        has "$stderr" "dray: stick/alpha.dray: " "dray: stick/plant.dray: "
        has "$stdout" "imported: bundle 1 of stream plant" "imported: bundle 2 of stream plant"
        same_as_low
        [ "$(refusals)" = 2 ]
        # named, it ends the command
        high_new second
        expect 3 dray -C second import stick/alpha.dray "$one"
        has_not "$stdout" "imported"
}

@test "when a bundle of a stream is refused, what builds on it waits for it, and other streams do not" {
        printf '[[stream]]\nname = "ship"\nsources = ["pypi"]\nkeys = ["low.key"]\n' >>low/dray.toml
        expect 0 low bundle --stream ship
        cp low/outbox/ship-000001.dray "$two" stick
        low_toml leaf
        expect 0 low sync
        expect 0 low bundle --stream plant
        cp low/outbox/plant-000003.dray stick
        high trust add ship low/low.pub >/dev/null
        expect 4 high import stick
        has "$stderr" "1 more files of stream plant were left for now" "plant-000002.dray: no base"
        has_not "$stderr" "gap"
        has "$stdout" "imported: bundle 1 of stream ship"
        [ "$(refusals)" = 1 ]
}

@test "of several bundles that verify refuses, the worst decides, whichever comes first" {
        printf '[[policy.source]]\nname = "pypi"\ndeny = ["leaf"]\n' >high/dray.toml
        cp "$one" stick/denied.dray
        cp "$two" stick/damaged.dray
        printf x | dd of=stick/damaged.dray conv=notrunc bs=1 seek=$(($(stat -c %s "$two") - 40000)) status=none
        expect 6 high verify stick/denied.dray
        expect 3 high verify stick/damaged.dray
        expect 3 high verify stick
        has "$stderr" "policy: pypi/leaf is denied" "dray: stick/damaged.dray: "
}

@test "what is named like a bundle and is none is a note; damaged ones without end do not fill the log" {
        cp "$one" "$two" stick
        printf '\0\5\26\7%04096d' 0 >stick/._plant-000001.dray
        printf junk >stick/._plant-000002.dray
        expect 0 dray verify --key low/low.pub stick
        has "$stderr" "passed over: stick/._plant-00000" "and 1 more files are named like bundles and are none"
        expect 0 high import stick
        same_as_low
        [ "$(refusals)" = 0 ]
        for n in {1..60}; do
                : >"stick/$n.dray"
        done
        expect 3 high import stick
        [ "$(refusals)" = 33 ]
        expect 0 high log
        has "$stdout" "28 more refusals in one import; the last: "
        # named, it is refused
        expect 3 high import stick/._plant-000001.dray
        has "$stderr" "this is no dray bundle"
        rm stick/plant* stick/[0-9]*
        expect 2 high import stick
        has "$stderr" "stick: no bundle lies in it"
}

@test "a file's name on a medium does not reach the terminal as it is" {
        cp "$one" $'stick/\e[31mred\u202e.dray'
        cp "$two" stick/two.dray
        expect 0 high import stick
        : >$'stick/\e[31mred\u202e.dray'
        expect 3 high import stick
        has "$stderr" "?[31mred?.dray: the file is empty"
        has_not "$stderr" $'\e'
        printf junk >$'stick/\e[31mred\u202e.dray'
        expect 0 high import stick
        has "$stderr" "passed over: stick/?[31mred?.dray is named"
        has_not "$stderr" $'\e'
}

@test "a file that was lost here is named by a bundle that needs it, with the way out" {
        expect 0 high import "$one"
        sha=$(file_sha leaf-1.2-py3-none-any.whl)
        rm -f "$(blob_of high "$sha")"
        expect 3 high fsck --repair
        expect any high status
        has "$stdout" "site      is to be made anew (dray publish)"
        index_set leaf-1.2-py3-none-any.whl yanked '"broken"'
        low_toml leaf==1.2
        expect 0 low sync
        expect 0 low bundle --base 1
        before=$(state_of high)
        expect 1 high import "$stdout"
        has "$stderr" "leaf-1.2-py3-none-any.whl: its bytes were lost here" "import again the bundle that brought them"
        [ "$(state_of high)" = "$before" ]
        expect 0 high import "$one"
        has "$stderr" "1 files that were lost are back"
        expect 0 high import low/outbox/plant-000003.dray
        same_as_low
}
