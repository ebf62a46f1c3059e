#!/usr/bin/env bats
# shellcheck disable=SC2154 # expect sets stdout and stderr
# Goal: every bundle is the step of its stream that was asked for, says truly what it holds, and the far side
# takes it or says why not.
load helper

# toml SOURCES [LINE...]: dray.toml of the connected side: sources `one` and `two` in the config, those in the stream
toml() {
        local sources=$1 name
        shift
        for name in one two; do
                printf '[[source]]\nname = "%s"\nkind = "pypi"\nupstream = "%s"\npackages = ["%s"]\n' \
                        $name "$INDEX_URL" $name
                printf '[[source.target]]\npython = "3.11"\nplatform = "manylinux_2_28_x86_64"\n'
        done >low/dray.toml
        {
                printf '[[stream]]\nname = "plant"\nkeys = ["low.key"]\nsources = %s\n' "$sources"
                printf '%s\n' "$@"
        } >>low/dray.toml
}

low() { dray -C low "$@"; }
high() { dray -C high "$@"; }

setup() {
        work_begin
        index_wheel one 1.0
        index_wheel two 1.0
        index_start
        dray init low >/dev/null 2>&1
        dray key generate -W low/low >/dev/null 2>&1
        dray init --isolated high >/dev/null
        high trust add plant low/low.pub >/dev/null
        toml '["one"]'
}

# query SQL: one answer of the connected side's catalog
query() {
        "$PYTHON" - "$1" <<'PYTHON'
import sqlite3, sys
db = sqlite3.connect("low/state/catalog.db")
row = db.execute(sys.argv[1]).fetchone()
print(row[0] if row else "")
db.commit()
PYTHON
}

# A build that stops after the number is given out: the folder of the bundle is not there.
begin_bundle() {
        expect 1 low bundle -o "$WORK/no/where" "$@"
        [ "$(query 'select count(*) from bundle where done = 0')" = 1 ]
}

@test "a bundle that was begun goes on as the same one" {
        expect 0 low sync
        begin_bundle --stream plant
        query 'update bundle set issued = 1000000000 returning 1'
        expect 0 low bundle
        has "$stderr" "going on with bundle 1 of plant"
        [ "$(query 'select issued from bundle')" = 1000000000 ]
        expect 0 high import low/outbox/plant-000001.dray
}

@test "a bundle that was begun for something else is given up, and its number is given anew" {
        expect 0 low sync
        expect 0 low bundle
        index_wheel one 2.0
        expect 0 low sync
        begin_bundle --stream plant
        query 'update bundle set issued = 1000000000 where done = 0 returning 1'
        expect 0 low bundle --full
        has_not "$stderr" "going on"
        has "$stderr" "bundle 2 of plant, full"
        [ "$(query 'select issued > 1000000000 from bundle where seq = 2')" = 1 ]
        expect 0 high import low/outbox/plant-000002.dray
        # other sources than those that were begun with
        begin_bundle --stream plant
        toml '["one", "two"]'
        expect 0 low bundle
        has "$stderr" "has other sources than its last bundle" "bundle 3 of plant, full"
        expect 0 high import low/outbox/plant-000003.dray
}

@test "--if-changed makes no bundle when one was begun and nothing has changed" {
        expect 0 low sync
        expect 0 low bundle
        begin_bundle --stream plant
        expect 0 low bundle --if-changed
        has "$stderr" "nothing has changed since the last bundle of plant"
        [ "$(query 'select count(*) from bundle where done = 0')" = 1 ]
}

@test "--if-changed tells when only a hole has closed, or come" {
        expect 0 low sync one
        toml '["one", "two"]'
        expect 0 low bundle --allow-missing
        expect 0 low bundle --allow-missing --if-changed
        has "$stderr" "nothing has changed since the last bundle of plant"
        expect 0 high import low/outbox/plant-000001.dray
        expect 5 high status
        # `two` holds nothing: the records are the same as before
        sed -i 's/packages = \["two"\]/packages = []/' low/dray.toml
        expect 0 low sync
        expect 0 low bundle --if-changed
        has "$stderr" "bundle 2 of plant" "0 records added, 0 removed"
        expect 0 high import low/outbox/plant-000002.dray
        expect 0 high status
        expect 0 low bundle --if-changed
        has "$stderr" "nothing has changed"
        sed -i 's/packages = \["one"\]/packages = ["one", "nothere"]/' low/dray.toml
        expect 5 low sync
        expect 0 low bundle --if-changed --allow-missing
        has "$stderr" "bundle 3 of plant" "0 records added, 0 removed"
}

# Killed after the file had its name, before the catalog had it.
unfinish() { query "update bundle set done = 0 where seq = $1 returning 1"; }

@test "a bundle that may be out goes on as it was, whatever is asked for now" {
        expect 0 low sync
        expect 0 low bundle
        unfinish 1
        mv low/outbox/plant-000001.dray carried.dray
        expect 0 high import carried.dray
        # another audience, a trust list, a hole, a cadence: all of them stand in a manifest
        expect 0 low trust rotate plant --add low/low.pub
        expect 0 dray sign low/outbox/plant-trust-1.list --key low/low.key
        expect 0 low trust accept low/outbox/plant-trust-1.list
        sed -i -e 's/packages = \["one"\]/packages = ["one", "nothere"]/' -e '/^keys = /a audience = "the plant"\ncadence = "2d"' low/dray.toml
        expect 5 low sync
        expect 0 low gc
        expect 0 low bundle --allow-missing
        has "$stderr" "going on with bundle 1 of plant"
        cmp carried.dray low/outbox/plant-000001.dray
        expect 0 low bundle --if-changed --allow-missing
        has "$stdout" "plant-000002.dray"
        expect 0 high import "$stdout"
        expect 5 high status
        has "$stdout" "nothere"
}

@test "a number that may be out is not given to another bundle" {
        expect 0 low sync
        expect 0 low bundle
        unfinish 1
        mv low/outbox/plant-000001.dray carried.dray
        expect 0 high import carried.dray
        toml '["one", "two"]'
        expect 0 low bundle
        has "$stderr" "bundle 2 of plant, full"
        expect 0 high import low/outbox/plant-000002.dray
        # a catalog of a backup does not know of them
        query 'delete from bundle returning 1'
        rm low/outbox/*
        expect 0 low bundle
        has "$stderr" "bundle 3 of plant, full"
        # where the head is lost too, the file tells
        query 'delete from bundle returning 1'
        rm low/state/sent/*
        mv low/outbox/plant-000003.dray low/outbox/plant-000001.dray
        expect 4 low bundle
        has "$stderr" "low/outbox/plant-000001.dray is there, but not recorded as finished"
}

@test "a begun bundle's head that is not the one that was made is not sent" {
        expect 0 low sync
        expect 0 low bundle
        expect 0 low bundle --full
        unfinish 2
        rm low/outbox/*
        cp low/state/sent/plant-000002.head kept
        cp low/state/sent/plant-000001.head low/state/sent/plant-000002.head
        expect 0 low bundle --full
        has "$stderr" "bundle 2 of plant was begun, and may be out" "this one has the next number"
        [[ $stdout == */plant-000003.dray ]]
        expect 0 high import "$stdout"
        has "$stdout" "imported: bundle 3 of stream plant"
        query 'delete from bundle where seq = 3 returning 1'
        rm low/outbox/*
        : >low/state/sent/plant-000002.head
        expect 0 low bundle --full
        [[ $stdout == */plant-000004.dray ]]
        query 'delete from bundle where seq = 4 returning 1'
        cp kept low/state/sent/plant-000002.head
        expect 0 low bundle --full
        has "$stderr" "going on with bundle 2 of plant"
}

@test "a bundle that may be out and cannot be made again says so, and how to go on" {
        expect 0 low sync
        expect 0 low bundle
        unfinish 1
        rm low/outbox/*
        find low/state/blobs -type f -delete
        expect 1 low bundle
        has "$stderr" "bundle 1 may be out" "remove its file from state/sent" "are not held any more"
        expect 3 low fsck --repair
        expect 0 low sync
        expect 0 low bundle
        has "$stderr" "going on with bundle 1"
}

@test "a stream whose sources change gets a full bundle, and the far side takes it" {
        expect 0 low sync
        expect 0 low bundle
        expect 0 high import low/outbox/plant-000001.dray
        toml '["one", "two"]'
        expect 4 low bundle --base 1
        has "$stderr" "bundle 1 of plant had other sources than the stream has now"
        expect 0 low bundle
        has "$stderr" "has other sources than its last bundle: this one is full"
        expect 0 high import low/outbox/plant-000002.dray
        toml '["two"]'
        expect 0 low bundle
        has "$stderr" "this one is full"
        expect 0 high import low/outbox/plant-000003.dray
        [ -z "$(find high/site/ -name 'one-*.whl')" ]
        index_wheel two 2.0
        expect 0 low sync
        expect 0 low bundle
        has "$stderr" "bundle 4 of plant, on bundle 3"
        expect 0 high import low/outbox/plant-000004.dray
        expect 4 low bundle --base 9
        has "$stderr" "stream plant has no bundle 9 here"
}

@test "a source that was never synced is not left out silently" {
        expect 0 low sync one
        toml '["one", "two"]'
        expect 5 low bundle
        has "$stderr" "source two was never synced; run dray sync"
        [ -z "$(ls low/outbox)" ]
        expect 0 low bundle --allow-missing
        expect 0 high import low/outbox/plant-000001.dray
        expect 5 high status
        has "$stdout" "two: never synced"
        expect 0 low sync
        expect 0 low bundle
        has "$stderr" "bundle 2 of plant, on bundle 1"
        expect 0 high import low/outbox/plant-000002.dray
        expect 0 high status
}

@test "what dray.toml asks for since the last sync is not left out silently" {
        expect 0 low sync
        expect 0 low bundle
        toml '["one"]' 'cadence = "7d"' '# nothing that sync would look at'
        expect 0 low bundle --if-changed
        expect 0 low status
        sed -i 's/packages = \["one"\]/packages = ["one", "two"]/' low/dray.toml
        expect 5 low bundle --if-changed
        has "$stderr" "source one was changed in dray.toml since its last sync; run dray sync"
        expect 5 low bundle
        expect 5 low status
        has "$stdout" "UNSYNCED  one: changed in dray.toml since its last sync"
        expect 5 low status --json
        printf '%s' "$stdout" >status.json
        [ "$(json_get status.json unsynced)" = '["one"]' ]
        expect 0 low bundle --allow-missing
        expect 0 high import low/outbox/plant-000001.dray low/outbox/plant-000002.dray
        expect 5 high status
        has "$stdout" "one: changed in dray.toml since its last sync"
        expect 0 low sync
        expect 0 low status
        expect 0 low bundle
        expect 0 high import low/outbox/plant-000003.dray
        expect 0 high status
}

@test "a lost dray.toml is told, and hides nothing that the status shows" {
        expect 0 low sync
        mv low/dray.toml away
        expect 0 low status
        has "$stderr" "low/dray.toml is not there"
        has "$stdout" "source    one: 1 packages"
}

@test "the audience may be any line of text, and the far side takes it" {
        toml '["one"]' 'audience = "Werk Süd: control network (B)"'
        expect 0 low sync
        expect 0 low bundle
        expect 0 high import low/outbox/plant-000001.dray
        toml '["one"]' 'audience = "two\nlines"'
        expect 2 low bundle
        has "$stderr" "low/dray.toml:" "\`audience\` holds a control character"
}

@test "a volume_size that the bundle's largest pack does not fit is refused before a byte is written" {
        index_wheel --size 100000 --stored one 2.0
        toml '["one"]' 'volume_size = "64 KiB"'
        expect 0 low sync
        expect 2 low bundle
        has "$stderr" "volumes of 65.5 kB are too small" "they must be of 10"
        [ -z "$(ls low/outbox)" ]
        toml '["one"]'
        expect 0 low bundle
        size=$(stat -c %s low/outbox/plant-000001.dray)
        toml '["one"]' "volume_size = $size"
        expect 0 low bundle --full
        expect 0 high import low/outbox/plant-000002.dray
}

@test "what the sender lacks is noted with the import, and by importing again" {
        expect 0 low sync one
        toml '["one", "two"]'
        expect 0 low bundle --allow-missing
        expect 0 high import low/outbox/plant-000001.dray
        # as a kill between two transactions used to leave it
        mv low aside && mv high low
        query "delete from hole returning 1"
        query "insert into hole values('plant', 'of an older bundle', '', 0) returning 1"
        mv low high && mv aside low
        expect 0 high import low/outbox/plant-000001.dray
        has "$stderr" "imported already"
        expect 5 high status
        has "$stdout" "two: never synced" "missing on the sender's side"
        has_not "$stdout" "of an older bundle"
        # a later bundle's holes stay when an older one is imported again
        expect 0 low sync
        expect 0 low bundle
        expect 0 high import low/outbox/plant-000002.dray
        expect 0 high import low/outbox/plant-000001.dray
        expect 0 high status
}

@test "a number far ahead is refused: it would shut out what comes after it" {
        expect 0 low sync
        expect 0 low bundle
        begin_bundle --stream plant
        query 'update bundle set seq = 1000001 where done = 0 returning 1'
        expect 0 low bundle
        expect 4 high import low/outbox/plant-1000001.dray
        has "$stderr" "jump: the first bundle of stream plant here would have number 1000001"
        expect 0 high import low/outbox/plant-000001.dray
        query 'update bundle set seq = 101 where seq = 1000001 returning 1'
        begin_bundle --full
        expect 0 low bundle --full
        expect 4 high import --json low/outbox/plant-000102.dray
        has "$stderr" "jump: this is bundle 102 of stream plant, this mirror is at 1" "import one up to 101 first"
        has "$stdout" '"cause": "jump"' '"status": 4'
        printf '[[stream]]\nname = "plant"\nmax_jump = 101\naudience = "hall 3"\n' >high/dray.toml
        expect 4 high import low/outbox/plant-000102.dray
        has "$stderr" 'other audience: this bundle of stream plant is for "", and this mirror is "hall 3"'
        sed -i /audience/d high/dray.toml
        expect 0 high import low/outbox/plant-000102.dray
}

# here PLACE FILE TEXT: verify says that its place here is this, for programs and for people
here() {
        expect 0 high verify "$2"
        has "$stdout" "  here: $3"
        expect 0 high verify --json "$2"
        cp .stdout report.json
        [ "$(json_get report.json here.place)" = "$1" ]
}

@test "verify says whether a bundle is the next one here" {
        for n in 1 2 3; do
                index_wheel one "$n.0"
                low sync >/dev/null 2>&1
                low bundle >/dev/null 2>&1
        done
        expect 0 dray verify --key low/low.pub low/outbox/plant-000001.dray
        has_not "$stdout" "here:"
        here next low/outbox/plant-000001.dray "the next one"
        here no-base low/outbox/plant-000002.dray "NOT the next one: no base: this bundle adds to bundle 1"
        high import low/outbox/plant-000001.dray >/dev/null 2>&1
        here imported low/outbox/plant-000001.dray "imported already, at 20"
        here next low/outbox/plant-000002.dray "the next one"
        here gap low/outbox/plant-000003.dray "the next one only if all that it needs is held; else gap: this mirror is at bundle 1"
        high import low/outbox/plant-000002.dray >/dev/null 2>&1
        # another history under the same numbers
        dray init other >/dev/null 2>&1
        cp low/low.key low/dray.toml other/
        dray -C other sync >/dev/null 2>&1
        for n in 1 2; do dray -C other bundle --full >/dev/null 2>&1; done
        here fork other/outbox/plant-000002.dray "NOT the next one: fork: stream plant bundle 2 was imported with manifest"
        expect 0 dray -C other bundle --full
        here next other/outbox/plant-000003.dray "the next one"
        expect 2 dray -C nowhere verify low/outbox/plant-000001.dray
        has "$stderr" "by which key?"
}

@test "fsck finds a catalog whose table is gone, and nothing crashes on it" {
        expect 0 low fsck
        query "drop table hole" 2>/dev/null || true
        expect 3 low fsck
        has "$stderr" "catalog.db is damaged: no such table"
        expect 1 low status
        has "$stderr" "no such table"
}

@test "sync and gc answer in JSON" {
        expect 0 low sync --json
        cp .stdout sync.json
        [ "$(json_get sync.json generation)" = 1 ]
        [ "$(json_get sync.json new)" = true ]
        expect 0 low gc --json
        printf '%s' "$stdout" >gc.json
        [ "$(json_get gc.json oldest_kept)" = 1 ]
}

@test "status shows the last bundles of a stream, and how to see all" {
        expect 0 low sync
        for _ in 1 2 3 4 5; do low bundle --full >/dev/null 2>&1; done
        expect 0 low status
        [ "$(grep -c '^bundle ' <<<"$stdout")" = 5 ]
        has_not "$stdout" older
        for _ in 6 7; do low bundle --full >/dev/null 2>&1; done
        expect 0 low status
        has "$stdout" "bundle    plant: 2 older: dray status --all"
        [ "$(sed -nE 's/^bundle    plant ([0-9]+).*/\1/p' <<<"$stdout" | tr '\n' ' ')" = "3 4 5 6 7 " ]
        expect 0 low status --all
        [ "$(grep -c '^bundle    plant [0-9]' <<<"$stdout")" = 7 ]
        expect 0 low status --json
        cp .stdout status.json
        [ "$(json_get status.json 'bundles[0].seq') $(json_get status.json 'bundles[6].seq')" = "1 7" ]
}

@test "an empty file, and a bundle with too few signatures, are told as what they are" {
        : >empty
        expect 3 high import empty
        has "$stderr" "empty: the file is empty"
        dray key generate -W low/other >/dev/null 2>&1
        high trust add plant low/other.pub --threshold 2 >/dev/null
        expect 0 low sync
        expect 0 low bundle
        expect 3 high import low/outbox/plant-000001.dray
        has "$stderr" "signed by more of them"
}

# auditor ARG...: dray as a user who may read the mirror and write nothing
auditor() { runuser -u nobody -- "$WORK/program" -C low "$@"; }

@test "who may only read the mirror can ask what is in it and what was done, also while it is at work" {
        need runuser
        [ "$(id -u)" -eq 0 ] || skip "needs root, to become another user"
        install -m 755 "$DRAY" "$WORK/program"
        expect 0 low sync
        expect 0 low bundle
        expect 0 low trust add plant low/low.pub
        chmod -R a+rX "$WORK"
        expect 1 runuser -u nobody -- touch low/state/catalog.db-shm
        expect 0 auditor status
        has "$stdout" "bundle    plant 1 (full)"
        [ -z "$stderr" ]
        # what a run left in the write-ahead log
        expect 0 low sync
        [ -s low/state/catalog.db-wal ]
        expect 0 auditor status
        [ "$(grep -c '^sync ' <<<"$stdout")" = 2 ]
        expect 0 auditor log
        has "$stdout" "trust plant: add"
        expect 0 auditor log --check
        expect 0 auditor trust list
        expect 0 auditor diff 0 1
        expect 0 auditor verify low/outbox/plant-000001.dray
        # what is committed and not yet in catalog.db itself, and what is not committed
        "$PYTHON" - <<'PYTHON' &
import os, sqlite3, time
db = sqlite3.connect("low/state/catalog.db", isolation_level=None)
db.execute("UPDATE bundle SET seq = 7")
db.execute("BEGIN IMMEDIATE")
db.execute("UPDATE bundle SET seq = 8")
open("at-work", "w").close()
while not os.path.exists("enough"):
    time.sleep(0.05)
db.execute("ROLLBACK")
PYTHON
        writer=$!
        for _ in {1..100}; do [ -e at-work ] || sleep 0.05; done
        expect any auditor status
        touch enough
        wait $writer
        [ "$status" = 0 ]
        has "$stdout" "bundle    plant 7 (full)"
        # what only a writer does is refused, and nothing was changed
        expect 1 auditor gc
        has "$stderr" "low/state"
        expect 0 low fsck
        # a mirror that was copied without them
        rm -f low/state/catalog.db-*
        expect 1 auditor status
        has "$stderr" "this user may not write in low/state" "the owner's next command makes them"
        expect 0 low gc
        expect 0 auditor status
        chmod 600 low/state/catalog.db
        expect 1 auditor status
        has "$stderr" "low/state/catalog.db: Permission denied"
}
