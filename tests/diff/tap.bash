# Sourced by tests that set a stock program beside ours: TAP, a folder to work in, and what must or must not work.
count=0
failures=0
problem=""

# tap_begin TOOL PROGRAM...: skips without the programs; ends in an empty folder of its own
tap_begin() {
        local tool=$1 name
        shift
        for name in "$@"; do
                if ! command -v "$name" >/dev/null; then
                        echo "1..0 # SKIP $name is not installed"
                        exit 0
                fi
        done
        if [ ! -x "$tool" ]; then
                echo "Bail out! $tool is missing: make tools"
                exit 1
        fi
        work=$(mktemp -d)
        trap 'rm -rf "$work"' EXIT
        cd "$work" || exit 1
}

# must WHAT COMMAND...: the first thing that is wrong in a test becomes its problem
must() {
        local what=$1
        shift
        "$@" >out 2>&1 || problem=${problem:-$what: $(tail -n 1 out)}
}

must_not() {
        local what=$1
        shift
        ! "$@" >out 2>&1 || problem=${problem:-$what}
}

result() {
        count=$((count + 1))
        if [ -z "$problem" ]; then
                echo "ok $count - $1"
        else
                failures=$((failures + 1))
                echo "not ok $count - $1"
                echo "# $problem"
        fi
        problem=""
}
