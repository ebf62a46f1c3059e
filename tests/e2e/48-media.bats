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
