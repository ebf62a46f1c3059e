#!/usr/bin/env bats
# Goal: kill -9 at any moment of sync, bundle, import or publish loses nothing that was accepted: fsck finds
# nothing wrong, the site is one whole tree, and the same command comes to what it would have come to.
#
# KILLS=100 for the full proof (10 of each otherwise), SEED=n for other moments. timeout: 3600 s
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a shell of its own; expect sets stdout and stderr
load helper
load mirror

export BATS_TEST_TIMEOUT=3600

# Packages p0 to p(N-1) of a version: wheels that do not compress, metadata that does, slowly.
packages() {
        "$PYTHON" - "$ROOT/tests/tools-py" "$WORK/index" "$@" <<'PYTHON'
import random, sys
sys.path.insert(0, sys.argv[1])
import mkwheel
out, version, count = sys.argv[2], sys.argv[3], int(sys.argv[4])
words = random.Random(version)
for n in range(count):
    text = " ".join(str(words.randrange(10 ** 6)) for _ in range(3000))
    mkwheel.build_wheel(out, f"p{n}", version, size=400000, stored=True, headers=[f"Keywords: {text}"])
PYTHON
}

# A mirror of version 1 that is to go to version 2, as SOURCE_DATE_EPOCH keeps every run the same.
setup() {
        # A kill takes nothing from the page cache: memory is disk enough, and quick.
        [ ! -w /dev/shm ] || [ "$(df --output=avail /dev/shm | tail -n 1)" -lt 500000 ] || export TMPDIR=/dev/shm
        work_begin
        export SOURCE_DATE_EPOCH=1700000000
        packages 1 25
        index_start
        SOURCE='exclude = []' low_new p{0..24}
        expect 0 low sync
}

# killed MIRROR -- COMMAND...
killed() {
        expect 0 "$PYTHON" "$ROOT/tests/tools-py/kill.py" --kills "${KILLS:-10}" --seed "${SEED:-1}" "$@" || return
        echo "# $stdout" >&3
}

@test "sync" {
        packages 2 25
        index_fault '/files/*' slow seconds=0.02
        killed low -- "$DRAY" -C {} sync --jobs 4
}

@test "publish" {
        packages 2 25
        expect 0 low sync --no-publish
        killed low -- "$DRAY" -C {} publish
}

@test "bundle" {
        expect 0 low bundle
        packages 2 25
        expect 0 low sync
        killed low -- "$DRAY" -C {} bundle --if-changed
}

@test "import" {
        high_new
        carry
        packages 2 25
        expect 0 low sync
        expect 0 low bundle
        killed high -- "$DRAY" -C {} import "$stdout"
}
