#!/usr/bin/env bats
# Goal: whichever write, fsync, rename, read, SQL step or network call fails, once or for good as on a full disk:
# dray says so, fsck finds nothing wrong, and the same command comes to what it would have come to.
#
# STRIDE=1 tries every call (every 11th otherwise). timeout: 3600 s
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a shell of its own; expect sets stdout and stderr
load helper
load mirror

export BATS_TEST_TIMEOUT=3600
export FAULT_SO=${FAULT_SO:-$BUILD/fault.so}

setup() {
        [ ! -w /dev/shm ] || [ "$(df --output=avail /dev/shm | tail -n 1)" -lt 500000 ] || export TMPDIR=/dev/shm
        work_begin
        export SOURCE_DATE_EPOCH=1700000000
        index_wheel top 1.0 --requires leaf
        index_wheel leaf 1.0
        index_wheel old 1.0
        index_sdist source 1.0
        index_start
        low_new top old source
        expect 0 low sync
}

news() {
        index_wheel top 2.0 --requires leaf
        index_wheel leaf 1.1 --size 3000
        rm index/old-1.0-py3-none-any.whl
        index_wheel old 1.1
        index_sdist source 1.1
}

# struck MIRROR -- COMMAND...
struck() {
        expect any "$PYTHON" "$ROOT/tests/fault/fault_run.py" --stride "${STRIDE:-11}" "$@"
        echo "$output"
        [ "$status" = 0 ]
        echo "# $stdout" >&3
}

@test "sync" {
        news
        struck --net low -- "$DRAY" -C {} sync -q --jobs 1 --tries 1
}

@test "publish" {
        news
        expect 0 low sync --no-publish
        struck low -- "$DRAY" -C {} publish
}

@test "bundle" {
        expect 0 low bundle
        news
        expect 0 low sync
        struck low -- "$DRAY" -C {} bundle --if-changed --threads 1
}

@test "import" {
        high_new
        carry
        news
        expect 0 low sync
        expect 0 low bundle
        struck high -- "$DRAY" -C {} import -q "$stdout"
}

@test "what fails after the commit leaves no import that counts as failed: it is told, reported and published" {
        expect 0 low bundle
        high_new
        cp -a high fresh
        for ((n = 1; n < 200; n++)); do
                rm -rf high
                cp -a fresh high
                expect any env LD_PRELOAD="$FAULT_SO" DRAY_FAULT="name:$n:EIO" "$DRAY" -C high import -q low/outbox/plant-000001.dray
                [[ $stderr != *"to seen:"* ]] || break
        done
        [ "$status" = 1 ]
        one_error "imported, but" "the same command again" "to seen:"
        has "$stdout" "imported: bundle 1 of stream plant"
        [ -e high/site/pypi/simple/top/index.html ]
        [ ! -e high/state/seen ]
        expect 0 high import low/outbox/plant-000001.dray
        [ -e high/state/seen ]
        expect 0 high fsck
}

@test "key generate that failed leaves neither half of the key" {
        mkdir keys
        for ((n = 1; n < 40; n++)); do
                expect any env LD_PRELOAD="$FAULT_SO" DRAY_FAULT="write,sync,name:$n:EIO" "$DRAY" key generate -q -W keys/new
                [ "$status" != 0 ] || break
                [ "$status" = 1 ]
                [ -z "$(ls keys)" ]
        done
        [ "$n" -gt 8 ] # each half written, on the disk, named, and the folder on the disk
        [ "$(ls keys)" = $'new.key\nnew.pub' ]
        [ "$(stat -c %a keys/new.key)" = 600 ]
}

@test "trust rotate that failed leaves no list, not even a part of one" {
        for ((n = 1; n < 40; n++)); do
                expect any env LD_PRELOAD="$FAULT_SO" DRAY_FAULT="write,sync,name:$n:EIO" "$DRAY" -C low trust rotate plant --add low/low.pub
                [ "$status" != 0 ] || break
                [ "$status" = 1 ]
                [ -z "$(ls low/outbox)" ]
        done
        [ "$n" -gt 4 ] # written, on the disk, named, and the folder on the disk
        [ "$(ls low/outbox)" = plant-trust-1.list ]
}

@test "gc" {
        expect 0 low bundle
        news
        expect 0 low sync
        expect 0 low bundle
        struck low -- "$DRAY" -C {} gc --keep 1
}
