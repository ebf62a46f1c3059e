#!/usr/bin/env bats
# shellcheck disable=SC2154 # expect sets stdout and stderr
# Goal: a bundle goes across on media of any size, in any order, over days, from copies of which none is whole;
# through a pipe, and from a medium that cannot be written.
load helper
load mirror

# The stream's volume_size: stream_key LINE
stream_key() { printf '%s\n' "$@" >>low/dray.toml; }

# Five files of 70 kB, each a pack of its own: three volumes of 160 kB.
setup() {
        work_begin
        local n
        for n in 1 2 3 4 5; do
                index_wheel --size 70000 --stored "part$n" 1.0
        done
        index_start
        low_new part1 part2 part3 part4 part5
        stream_key 'volume_size = "160 kB"'
        high_new
        low sync >/dev/null 2>&1
}

# Turns over one bit: spoil FILE OFFSET
spoil() {
        "$PYTHON" - "$@" <<'PYTHON'
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2]))
    byte = file.read(1)[0]
    file.seek(int(sys.argv[2]))
    file.write(bytes([byte ^ 1]))
PYTHON
}

same_as_low() { [ "$(state_of high)" = "$(state_of low)" ]; }

@test "volumes: named one by one, each verified alone, none larger than asked for; imported over days" {
        expect 0 low bundle
        [ "$stdout" = "$(printf '%s\n' "$WORK/low/outbox/plant-000001."{1,2,3}of3.dray)" ]
        has "$stderr" "bundle 1 of plant, full:" "in 3 volumes"
        for volume in low/outbox/*; do
                [ "$(stat -c %s "$volume")" -le 160000 ]
                expect 5 dray verify --key low/low.pub "$volume"
                has "$stdout" "verified in part: bundle 1 of stream plant"
        done
        has "$stderr" "is good as far as it was given, and lacks volumes 1 and 2 of 3"
        expect 0 dray verify --key low/low.pub low/outbox
        has "$stdout" "verified: bundle 1 of stream plant"

        expect 5 high import low/outbox/plant-000001.3of3.dray
        has "$stderr" "waits for volumes 1 and 2 of 3 (plant-000001.1of3.dray, plant-000001.2of3.dray)" "nothing was imported yet"
        expect 0 high status
        has "$stdout" "waiting   plant 1: for volumes 1 and 2 of 3 (plant-000001.1of3.dray, plant-000001.2of3.dray)"
        expect 5 high import --json low/outbox/plant-000001.1of3.dray
        printf '%s' "$stdout" >waiting.json
        [ "$(json_get waiting.json verdict)" = waiting ]
        [ "$(json_get waiting.json waits_for)" = "volume 2 of 3 (plant-000001.2of3.dray)" ]
        sound high
        expect 0 high import low/outbox/plant-000001.2of3.dray
        has "$stdout" "imported: bundle 1 of stream plant"
        same_as_low
        [ -z "$(ls high/state/spool)" ]
        expect 0 high status
        has_not "$stdout" "waiting"
        sound high
}

@test "a volume that was made for a medium is asked for by what stands on the disc" {
        # of the size of a disc there is no bundle here: what a volume says it was made for is all that is read
        low bundle -o - 2>/dev/null >whole.dray
        mkdir discs
        expect 0 dray split whole.dray -s 160kB -o discs
        "$PYTHON" - discs/* <<'PYTHON'
import os, sys
sys.path.insert(0, os.environ["ROOT"] + "/tests/tools-py")
from read_bundle import tar_header
for path in sys.argv[1:]:
    data = open(path, "rb").read()
    at = data.index(b"dray-bundle-1/volume.json")
    size = int(data[at + 124:at + 135], 8)
    text = data[at + 512:at + 512 + size].replace(b'"pack_count"', b'"medium":"BD","pack_count"')
    assert text.index(b'"manifest"') < text.index(b'"medium"')
    rest = data[at + 512 + size + -size % 512:]
    open(path, "wb").write(data[:at] + tar_header(b"dray-bundle-1/volume.json", len(text)) + text +
                           bytes(-len(text) % 512) + rest)
PYTHON
        expect 5 high import discs/whole.1of3.dray
        has "$stderr" "waits for volumes 2 and 3 of 3 (BD: plant-000001.2of3.dray, plant-000001.3of3.dray)"
        expect 5 high import discs/whole.3of3.dray
        has "$stderr" "waits for volume 2 of 3 (BD: plant-000001.2of3.dray)"
        expect 0 dray verify --key low/low.pub discs
        expect 5 dray verify --key low/low.pub discs/whole.1of3.dray
        has "$stderr" "lacks volumes 2 and 3 of 3 (BD: "
        cp -r discs damaged
        spoil damaged/whole.2of3.dray 20000
        expect 3 high import damaged
        has "$stderr" "damaged/whole.2of3.dray: volume 2 of 3: pack" "waits for volume 2 of 3 (BD: plant-000001.2of3.dray)"
        expect 0 high import discs
        same_as_low
}

@test "links, FIFOs and devices on a medium are passed over" {
        expect 0 low bundle
        mkdir -p stick/there
        mv low/outbox/plant-000001.3of3.dray elsewhere.dray
        cp low/outbox/* stick/there
        mkfifo stick/a.dray
        ln -s "$WORK/elsewhere.dray" stick/plant-000001.3of3.dray
        ln -s .. stick/there/again
        ln -s /dev/zero stick/zero.dray
        [ "$(id -u)" != 0 ] || mknod stick/null.dray c 1 3 2>/dev/null || true
        expect 5 timeout 60 "$DRAY" -C high import stick
        has "$stderr" "waits for volume 3 of 3"
        has_not "$stderr" "zero.dray" "null.dray" "a.dray"
        expect 0 high import stick elsewhere.dray
        same_as_low
}

@test "random order out of two damaged copies, in folders, under other names, beside other files" {
        expect 0 low bundle
        mkdir -p a/deep b
        cp low/outbox/plant-000001.1of3.dray a/deep/zzz
        cp low/outbox/plant-000001.2of3.dray a/one.bin
        cp low/outbox/plant-000001.3of3.dray a/x.dray
        cp low/outbox/* b
        echo 'not a bundle' >a/readme.txt
        cp low/outbox/plant-000001.1of3.dray b/unfinished.partial
        spoil a/one.bin 20000
        spoil a/x.dray 1 # its first block: it cannot be told what it is
        spoil b/plant-000001.1of3.dray 100000
        head -c 90000 b/plant-000001.2of3.dray >b/cut && mv b/cut b/plant-000001.2of3.dray
        expect 3 dray verify --key low/low.pub a
        expect 0 high import b a
        has "$stderr" "a/x.dray: this is no dray bundle, or its first block is damaged"
        same_as_low
        sound high
        expect 2 high import high/outbox
        has "$stderr" "high/outbox: no bundle lies in it"
}

@test "verify tells a damaged copy beside a good one, and refuses only what is whole in none, as import does" {
        low bundle -o - 2>/dev/null >whole.dray
        mkdir stick
        cp whole.dray stick/a.dray
        cp whole.dray stick/b.dray
        spoil stick/a.dray 20000
        expect 0 dray verify --key low/low.pub stick
        has "$stdout" "verified: bundle 1 of stream plant"
        has "$stderr" "stick/a.dray: pack " "is damaged" "of the bundle itself nothing is lost by it"
        spoil stick/b.dray 200000
        expect 0 dray verify --key low/low.pub stick
        has "$stderr" "stick/a.dray: pack " "stick/b.dray: pack "
        expect 0 high import stick
        spoil stick/b.dray 20000
        expect 3 dray verify --key low/low.pub stick
        has "$stderr" "stick/a.dray: pack " "of all that was given, another copy of it is lacking"
        expect 3 dray verify --key low/low.pub stick/a.dray
        one_error "stick/a.dray: pack " "is damaged; copy the bundle again"
        [ -z "$stdout" ]
        # it cannot even be told what the one is
        cp whole.dray stick/a.dray
        cp whole.dray stick/b.dray
        spoil stick/a.dray 1
        expect 0 dray verify --key low/low.pub stick
        has "$stderr" "stick/a.dray: this is no dray bundle, or its first block is damaged"
        # behind the last pack
        cp whole.dray tail.dray
        spoil tail.dray $(($(stat -c %s whole.dray) - 1))
        expect 3 dray verify --key low/low.pub tail.dray
        expect 0 dray verify --key low/low.pub tail.dray whole.dray
        has "$stderr" "tail.dray: "
        mv stick/a.dray alone.dray
        expect 3 dray verify --key low/low.pub alone.dray
}

@test "what is damaged in every copy is named, and what was good is kept for the next one" {
        expect 0 low bundle
        mkdir stick
        cp low/outbox/* stick
        spoil stick/plant-000001.2of3.dray 20000
        expect 3 high import stick
        has "$stderr" "stick/plant-000001.2of3.dray: volume 2 of 3: pack" "waits for volume 2 of 3"
        [ "$(state_of high)" = e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 ] # that of nothing
        # given up, nothing is left of it
        expect 0 high import --forget
        has "$stderr" "given up: bundle 1 of stream plant"
        [ -z "$(ls high/state/spool)" ]
        expect 3 high import stick
        expect 0 high import low/outbox/plant-000001.2of3.dray
        same_as_low
}

@test "of several bundles that wait, one that is damaged is told by the exit status wherever it stands" {
        expect 0 low bundle
        cp low/outbox/plant-000001.1of3.dray .
        spoil plant-000001.1of3.dray 100000
        expect 0 low bundle --full
        expect 3 high import plant-000001.1of3.dray low/outbox/plant-000002.2of3.dray
        has "$stderr" "waits for volumes 1 to 3 of 3" "waits for volumes 1 and 3 of 3"
        expect 5 high import low/outbox/plant-000002.1of3.dray
}

@test "several bundles on one stick are taken in their order, also when the first came before" {
        expect 0 low bundle
        index_wheel --size 70000 --stored part1 2.0
        expect 0 low sync
        expect 0 low bundle
        index_wheel --size 70000 --stored part2 2.0
        expect 0 low sync
        expect 0 low bundle
        expect 0 high import low/outbox
        has "$stdout" "imported: bundle 1 of" "imported: bundle 2 of" "imported: bundle 3 of"
        same_as_low
        expect 0 high import low/outbox
        has_not "$stdout" "imported: "
        # a full one takes the place of all before it: what is older is passed over
        dray init --isolated other >/dev/null
        dray -C other trust add plant low/low.pub >/dev/null
        expect 0 low bundle --full
        mv low/outbox/plant-000004.*dray .
        expect 0 dray -C other import plant-000004.*
        expect 0 dray -C other import low/outbox .
        has "$stderr" "passed over: " "older: this is bundle 1 of stream plant"
}

@test "a volume that comes from somebody else leaves nothing behind" {
        expect 0 low bundle
        dray key generate -W "$WORK/other" >/dev/null 2>&1
        sed -i 's/low.key/..\/other.key/' low/dray.toml
        expect 0 low bundle --full
        expect 3 high import low/outbox/plant-000002.1of3.dray
        [ ! -e high/state/spool ] || [ -z "$(ls high/state/spool)" ]
}

@test "through a pipe: bundle -o - into import -, with one file whatever volume_size is" {
        low bundle -o - 2>sender | high import - >receiver
        grep -q 'not read back' sender
        grep -q 'imported: bundle 1 of stream plant' receiver
        same_as_low
        # volumes one after another through pipes, one of which breaks
        high_new second
        expect 0 low bundle --full
        for n in 3 1; do
                status=0
                dray -C second import - <low/outbox/plant-000002.${n}of3.dray || status=$?
                [ $status = 5 ]
        done
        status=0
        head -c 100000 low/outbox/plant-000002.2of3.dray | dray -C second import - 2>broken || status=$?
        [ $status = 3 ]
        grep -q 'was cut short' broken
        dray -C second import - <low/outbox/plant-000002.2of3.dray
        [ "$(state_of second)" = "$(state_of low)" ]
        # more than the bundle comes out of the pipe
        high_new third
        status=0
        (cat low/outbox/plant-000002.1of3.dray; echo more) | dray -C third import - 2>broken || status=$?
        [ $status = 3 ]
        grep -q 'bytes after the end' broken
}

@test "the reader of a pipe goes away: an error, and the same bundle again" {
        status=0
        set +o pipefail
        low bundle -o - 2>sender | head -c 1000 >/dev/null
        [ "${PIPESTATUS[0]}" != 0 ] || grep -q 'stdout' sender
        expect 0 low bundle
        has "$stderr" "going on with bundle 1 of plant"
        expect 0 high import low/outbox
}

@test "from a medium that cannot be written, which keeps its times" {
        [ "$(id -u)" = 0 ] || skip "only root can mount"
        expect 0 low bundle
        mkdir medium
        mount -t tmpfs -o size=2m none medium || skip "no mounts here"
        cp low/outbox/* medium
        mount -o remount,ro medium
        status=0
        dray -C high import medium >out 2>&1 || status=$?
        dray verify --key low/low.pub medium >verified 2>&1 || status=$?
        umount medium
        cat out verified
        [ $status = 0 ]
        same_as_low
}

@test "a disk without room for it is told before a byte is written" {
        [ "$(id -u)" = 0 ] || skip "only root can mount"
        expect 0 low bundle
        mkdir small
        mount -t tmpfs -o size=700k none small || skip "no mounts here"
        status=0
        {
                dray init --isolated small/high && dray -C small/high trust add plant low/low.pub &&
                        head -c 300000 /dev/zero >small/fill
                dray -C small/high import low/outbox/plant-000001.1of3.dray
        } >out 2>&1 || status=$?
        spooled=$(find small/high/state/spool -mindepth 1 2>/dev/null | wc -l)
        umount small
        cat out
        [ $status = 1 ]
        has "$(cat out)" "take" "more, the disk has" "make room"
        [ "$spooled" = 0 ]
}

@test "split and join without a key: the same bytes come back, from damaged copies too" {
        expect 0 low bundle -o "$WORK"
        low bundle --full -o - 2>/dev/null >whole.dray
        mkdir again # the others are made
        expect 0 dray split whole.dray --size 100kB -o small
        [ "$(ls small)" = "$(printf '%s\n' whole.{1,2,3,4,5}of5.dray)" ]
        for volume in small/*; do
                [ "$(stat -c %s "$volume")" -le 100000 ]
        done
        expect 0 dray verify --key low/low.pub small
        expect 0 dray join small -o one
        [ "$stdout" = one/whole.dray ]
        cmp whole.dray one/whole.dray
        expect 2 dray join small -o one
        has "$stderr" "one/whole.dray is there already"
        dray join small -o - | cmp - whole.dray
        # more files than may be open at a time
        mkdir many
        for n in {1..8}; do
                cp -r small "many/$n"
        done
        (ulimit -n 24 && dray join many -o -) | cmp - whole.dray
        # from a file on stdin
        dray join - -o - <one/whole.dray | cmp - whole.dray
        expect 1 dray join small -o no/where
        one_error "cannot make the folder no/where"
        # two copies, each damaged
        cp -r small copy
        spoil small/whole.2of5.dray 20000
        spoil copy/whole.4of5.dray 20000
        rm copy/whole.5of5.dray
        expect 0 dray join copy small -o again
        cmp whole.dray again/whole.dray
        # and cut another way, which the far side takes
        expect 0 dray split copy small -s 160kB -o again
        expect 0 high import again/whole.3of3.dray again/whole.1of3.dray again/whole.2of3.dray
        same_as_low
        # what is missing is named; what is not a size, and what does not fit, is told
        rm small/whole.3of5.dray
        expect 5 dray join small
        has "$stderr" "it lacks volume 3 of 5"
        cp small/whole.5of5.dray copy
        expect 3 dray join copy -o small
        has "$stderr" "copy/whole.4of5.dray: pack" "is damaged"
        expect 2 dray split whole.dray
        has "$stderr" "how large may a file be?"
        expect 2 dray split whole.dray -s 20kB
        has "$stderr" "volumes of 20.0 kB are too small"
        expect 2 dray join whole.dray plant-000001.1of3.dray -o one
        has "$stderr" "is of another bundle than"
        [ -z "$(find . -name '*.partial')" ]
}
