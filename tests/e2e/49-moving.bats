#!/usr/bin/env bats
# Goal: a mirror that is copied to another place goes on there as it was, on either side; two copies of a
# sender that both go on are found out behind the gap; and an upgraded dray takes over the mirror of an older one.
# shellcheck disable=SC2016,SC2154 # an inner shell expands; expect sets stdout and stderr
load helper
load mirror

setup() {
        work_begin
        index_wheel one 1.0
        index_wheel two 1.0
        index_start
        low_new one two
        high_new
        low sync >/dev/null 2>&1
        carry
}

@test "a connected side that was copied as a whole goes on: nothing is fetched anew, and its next bundle is taken" {
        cp low/outbox/plant-000001.dray first
        mkdir new
        expect 0 flock low/state/lock sh -c 'cp -a low new/ && "$1" -C low sync; [ $? = 75 ]' sh "$DRAY"
        mv low gone
        sound new/low
        expect 0 dray -C new/low sync
        has "$stdout" "generation 1;" "0 files fetched"
        expect 0 dray -C new/low bundle --if-changed
        has "$stderr" "nothing has changed"
        rm new/low/outbox/*
        expect 0 dray -C new/low bundle --resend 1
        cmp first new/low/outbox/plant-000001.dray
        index_wheel two 2.0
        expect 0 dray -C new/low sync
        expect 0 dray -C new/low bundle
        expect 0 high import "$stdout"
        [ "$(state_of high)" = "$(state_of new/low)" ]
}

@test "an isolated side goes on, also where the copy has lost the hard links, or the site" {
        mkdir new
        cp -r high new/
        cp -a high bare
        rm -rf bare/site bare/state/site-? bare/state/tmp bare/state/packs
        mv high gone
        expect 0 dray -C bare publish
        index_wheel two 2.0
        low sync >/dev/null 2>&1
        expect 0 low bundle
        for side in new/high bare; do
                sound $side
                same_tree gone/site/ $side/site/
                expect 0 dray -C $side import low/outbox/plant-000002.dray
                [ "$(state_of $side)" = "$(state_of low)" ]
                sound $side
        done
        same_tree new/high/site/pypi bare/site/pypi
        # what was imported is known there, too
        expect 0 dray -C new/high import low/outbox/plant-000001.dray
        has "$output" "imported already"
}

@test "two copies of a sender that both go on give one number twice: the second bundle is refused as a fork" {
        cp -a low other
        index_wheel two 2.0
        low sync >/dev/null 2>&1
        carry
        index_wheel two 3.0
        dray -C other sync >/dev/null 2>&1
        expect 0 dray -C other bundle
        expect 4 high import --json "$stdout"
        cp .stdout refused.json
        [ "$(json_get refused.json error.cause)" = fork ]
}

# what an older dray left: no table of the last migration, and pages as it wrote them
make_older() {
        "$PYTHON" - "$1" <<'PYTHON'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/state/catalog.db")
db.executescript("DROP TABLE revoked; PRAGMA user_version = 8; UPDATE tree SET settings = '0.0.9 ' || settings")
PYTHON
}

@test "an upgrade: asking waits for the first command that writes; publish does all; there is no way back" {
        for side in low high; do
                make_older $side
                for command in status log "diff 0 1"; do
                        # shellcheck disable=SC2086 # words
                        expect 1 dray -C $side $command
                        one_error "catalog: schema 8 is older than this dray's" "any writing command updates it"
                done
                old=$(readlink $side/site)
                expect 0 dray -C $side publish
                has "$stdout" "site shows generation 1"
                has_not "$stdout" already
                [ "$(readlink $side/site)" != "$old" ]
                expect 0 dray -C $side status
                sound $side
        done
        "$PYTHON" -c 'import sqlite3; sqlite3.connect("high/state/catalog.db").execute("PRAGMA user_version = 99")'
        for command in status publish fsck; do
                expect 1 high $command
                one_error "schema 99 was written by a newer dray"
        done
}
