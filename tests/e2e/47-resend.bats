#!/usr/bin/env bats
# shellcheck disable=SC2154 # expect sets stdout and stderr
# Goal: a bundle that was lost is sent again, to the byte, without a key; and the far side gets a sign of life
# when there is nothing new.
load helper
load mirror

setup() {
        work_begin
        index_wheel --size 70000 --stored one 1.0
        index_wheel two 1.0
        index_start
        low_new one two
        high_new
        low sync >/dev/null 2>&1
}

# A new version of `two`, synced and bundled: next VERSION
next() {
        index_wheel two "$1"
        low sync >/dev/null 2>&1
        expect 0 low bundle
}

@test "--resend gives the same bytes, also without the key, through a pipe, and after gc" {
        expect 0 low bundle
        cp low/outbox/plant-000001.dray first
        next 2.0
        cp low/outbox/plant-000002.dray second
        next 3.0
        rm low/outbox/* low/low.key
        expect 0 low gc
        expect 0 low bundle --resend 1
        [ "$stdout" = "$WORK/low/outbox/plant-000001.dray" ]
        cmp first low/outbox/plant-000001.dray
        low bundle --resend 2 -o - 2>note | cmp - second
        grep -q 'not read back' note
        # another cut of it is another file, which joins to the same
        echo 'volume_size = "77 kB"' >>low/dray.toml
        rm low/outbox/*
        rm -rf low/state/packs/*
        expect 0 low bundle --resend 1
        [ "$(ls low/outbox)" = "$(printf '%s\n' plant-000001.{1,2}of2.dray)" ]
        dray join low/outbox -o - | cmp - first
        # nothing of it was counted
        expect 0 low status
        has "$stdout" "bundle    plant 3,"
        has_not "$stdout" "begun"
        expect 2 low bundle --resend 1 --full
        has "$stderr" "--resend gives a bundle as it was"
        expect 4 low bundle --resend 9
        has "$stderr" "stream plant has no bundle 9 here"
}

@test "--resend replaces no file that is another, as one that was signed once more is" {
        expect 0 low bundle
        file=low/outbox/plant-000001.dray
        cp $file first
        expect 0 low bundle --resend 1
        dray key generate -W anna >/dev/null 2>&1
        expect 0 dray sign $file --key anna.key
        cp $file both
        expect 2 low bundle --resend 1
        one_error "low/outbox/plant-000001.dray is there already, and is not what would be written" "dray sign" "-o"
        cmp $file both
        [ "$(ls low/outbox)" = plant-000001.dray ]
        # of volumes, too, none gets its name
        echo 'volume_size = "77 kB"' >>low/dray.toml
        expect 0 low bundle --resend 1
        rm low/outbox/plant-000001.1of2.dray
        head -c 100 first >low/outbox/plant-000001.2of2.dray
        expect 2 low bundle --resend 1
        one_error "plant-000001.2of2.dray is there already"
        [ ! -e low/outbox/plant-000001.1of2.dray ]
        sed -i /volume_size/d low/dray.toml
        mkdir other
        expect 0 low bundle --resend 1 -o other
        cmp first other/plant-000001.dray
}

@test "what --resend needs is kept for the last bundles, and then its absence is told" {
        expect 0 low bundle
        cp low/outbox/plant-000001.dray first
        for version in 2.0 3.0 4.0; do next $version; done
        expect 0 low gc --keep 1
        expect 0 low bundle --resend 1 -o .
        cmp first plant-000001.dray
        next 5.0
        expect 0 low gc --keep 1
        expect 4 low bundle --resend 1 -o .
        has "$stderr" "bundle 1 of stream plant cannot be made again" "kept for the last 4 only" "--full"
        expect 0 low bundle --resend 2 -o .
        # a file of it is lost
        rm -f "$(blob_of low "$(file_sha two-2.0-py3-none-any.whl)")"
        rm plant-000002.dray
        expect 1 low bundle --resend 2 -o .
        has "$stderr" "1 of the 2 files in it are not held any more"
        [ ! -e plant-000002.dray ]
}

@test "gc tells what outbox/ holds; --outbox removes what --resend makes again, and nothing else" {
        expect 0 low bundle
        for version in 2.0 3.0 4.0 5.0; do next $version; done
        cp -r low/outbox kept
        expect 0 low gc
        has "$stdout" "outbox/ holds 5 bundle files" "--outbox"
        same_tree kept low/outbox
        # 1 cannot be made again any more; 3 was signed once more; of 4 a file is lost; 5 is the last one
        dray key generate -W anna >/dev/null 2>&1
        expect 0 dray sign low/outbox/plant-000003.dray --key anna.key
        cp low/outbox/plant-000003.dray kept/
        mv "$(blob_of low "$(file_sha two-4.0-py3-none-any.whl)")" lost
        touch low/outbox/plant-2.receipt
        cp low/outbox/plant-2.receipt kept/
        expect 0 low gc --outbox --dry-run
        has "$stdout" "outbox/: would remove 1 bundle files"
        same_tree kept low/outbox
        expect 0 low gc --outbox
        has "$stdout" "outbox/: removed 1 bundle files" "it held 5"
        has "$stderr" "plant-000003 stays in outbox/: it is not what --resend would write" \
                "plant-000004 stays in outbox/: 1 of the 2 files in it are not held any more"
        rm kept/plant-000002.dray
        same_tree kept low/outbox
        mv lost "$(blob_of low "$(file_sha two-4.0-py3-none-any.whl)")"
        # in volumes, of which one was moved away
        echo 'volume_size = "77 kB"' >>low/dray.toml
        expect 0 low bundle --full
        mv low/outbox/plant-000006.1of2.dray first
        expect 0 low bundle --full
        expect 0 low gc --outbox --json
        cp .stdout gc.json
        [ "$(ls low/outbox)" = "$(printf '%s\n' plant-00000{1,3}.dray plant-000007.{1,2}of2.dray plant-2.receipt)" ]
        [ "$(json_get gc.json outbox.removed)" = 3 ]
        expect 0 low bundle --resend 6
        cmp first low/outbox/plant-000006.1of2.dray
        dray verify -k low/low.pub low/outbox/plant-000006.*
        mv low/outbox other-disk
        ln -s ../other-disk low/outbox
        expect 0 low gc --outbox
        has "$stdout" "outbox/: removed 2 bundle files" "it held 6"
        rm low/outbox
        expect 0 low gc --outbox
        has "$stdout" "outbox/: removed 0 bundle files"
}

@test "with receipts, gc --outbox removes what the far side holds, and waits with the rest" {
        expect 0 low bundle
        expect 0 high import "$stdout"
        expect 0 high receipt plant -o one.receipt
        cp high/receipt.pub low/
        echo 'receipt_keys = ["receipt.pub"]' >>low/dray.toml
        next 2.0
        index_wheel two 3.0
        low sync >/dev/null 2>&1
        expect 0 low bundle --base one.receipt
        expect 0 low gc --outbox
        [ "$(ls low/outbox)" = "$(printf '%s\n' plant-00000{2,3}.dray)" ]
        expect 0 high import low/outbox/plant-000003.dray
        expect 0 high receipt plant -o three.receipt
        expect 0 low bundle --base three.receipt
        expect 0 low gc --outbox
        [ "$(ls low/outbox)" = plant-000004.dray ]
}

@test "a bundle that is dated before the last one is told" {
        expect 0 low sync
        expect 0 low bundle --full
        has_not "$stderr" "wrong clock"
        expect 0 env SOURCE_DATE_EPOCH=1000000000 "$DRAY" -C low bundle --full
        has "$stderr" "bundle 2 of plant is dated 2001-09-09T01:46:40Z, and the last one 20" "wrong clock"
}

@test "cadence: --if-changed makes an empty bundle of a few KiB in time, and not before" {
        echo 'cadence = "2d"' >>low/dray.toml
        export SOURCE_DATE_EPOCH
        SOURCE_DATE_EPOCH=$(date +%s)
        expect 0 low bundle
        expect 0 high import "$stdout"
        SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + 120000))
        expect 0 low bundle --if-changed
        has "$stderr" "nothing has changed since the last bundle"
        [ -z "$stdout" ]
        SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + 20000))
        expect 0 low bundle --if-changed
        has "$stderr" "this one says so, as \`cadence\` promises"
        [ "$(stat -c %s low/outbox/plant-000002.dray)" -le 8192 ]
        expect 0 high import low/outbox/plant-000002.dray
        [ "$(state_of high)" = "$(state_of low)" ]
        tar -xOf low/outbox/plant-000002.dray dray-bundle-1/manifest.jsonl.xz | xz -dc | head -n 1 >header
        [ "$(json_get header next_by)" = "$(date -u -d "@$((SOURCE_DATE_EPOCH + 172800))" +%Y-%m-%dT%H:%M:%SZ)" ]
        # without it nothing is made, however long it is
        sed -i /cadence/d low/dray.toml
        SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + 99999999))
        expect 0 low bundle --if-changed
        [ -z "$stdout" ]
}
