#!/usr/bin/env bats
# Goal: months of syncs, bundles, volumes, deliveries, rotations, reviews and losses, with all that goes wrong
# with them, leave both sides as the model of tests/sim says. `make simulate` is the long run.
#
# SEED=n for other months, STEPS=n for more of them. timeout: 1200 s
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a shell of its own; expect sets stdout and stderr
load helper

export FAULT_SO=${FAULT_SO:-$BUILD/fault.so}

simulate() { expect any "$PYTHON" "$ROOT/tests/sim/simulate.py" --seed "${SEED:-1}" --steps "${STEPS:-150}"; }

setup() {
        work_begin
        need gpg gpgv # of the Debian archive among its indexes
}

@test "a hundred and fifty random steps" {
        simulate
        echo "$stdout"
        [ "$status" = 0 ]
        has "$stdout" "no violation"
}

# wrong LINE...: a dray that does its work and then something wrong
wrong() {
        {
                echo '#!/bin/bash'
                echo "DRAY=$DRAY"
                printf '%s\n' "$@"
        } >"$WORK/wrong"
        chmod +x "$WORK/wrong"
        FAULT_SO='' DRAY=$WORK/wrong simulate
        [ "$status" = 1 ]
        has "$stdout" "violation in step" "replay: make simulate SEED="
}

@test "it finds a dray that takes what it must refuse" {
        # shellcheck disable=SC2016 # expanded by the other shell
        wrong '"$DRAY" "$@"; s=$?; [ "$s" != 3 ] || exit 0; exit "$s"'
        has "$stdout" "not 3"
}

@test "it finds a dray that loses a served file" {
        # shellcheck disable=SC2016 # as above
        wrong '"$DRAY" "$@"; s=$?; case $3 in import) find "$2"/site/ -name "*.whl" -exec rm {} + 2>/dev/null ;; esac; exit "$s"'
        has "$stdout" "names a file that is not there"
}
