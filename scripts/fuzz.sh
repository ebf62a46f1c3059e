#!/bin/bash
# Runs fuzz targets one after the other: scripts/fuzz.sh PATTERN PROGRAM...
#
# Seeds come from tests/fuzz/corpus/<parser>/ and are only read; what is found to be interesting is
# kept in build/fuzz/corpus/, what crashes in build/fuzz/crash/. FUZZ_TIME is seconds for each.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
pattern=$1
shift
count=0
failed=()

for program in "$@"; do
        parser=${program##*/fuzz_}
        [[ $parser == *$pattern* ]] || continue
        count=$((count + 1))
        found=build/fuzz/corpus/$parser
        mkdir -p "$found" build/fuzz/crash
        options=(-max_total_time="${FUZZ_TIME:-30}" -timeout=25 -rss_limit_mb=4096 -print_final_stats=1
                -artifact_prefix="build/fuzz/crash/$parser-")
        [ ! -e "tests/fuzz/$parser.dict" ] || options+=(-dict="tests/fuzz/$parser.dict")
        log=build/fuzz/$parser.log
        if "$program" "${options[@]}" "$found" "tests/fuzz/corpus/$parser" >"$log" 2>&1; then
                runs=$(awk '/number_of_executed_units/ { print $2 }' "$log")
                echo "fuzz/$parser: $runs runs, nothing found"
        else
                tail -n 60 "$log" | cut -c 1-300
                echo "fuzz/$parser: FAILED; the input is in build/fuzz/crash/"
                failed+=("$parser")
        fi
done

if [ "$count" -eq 0 ]; then
        echo "no fuzz target matches '$pattern'" >&2
        exit 1
fi
echo "$((count - ${#failed[@]})) passed, ${#failed[@]} failed, 0 skipped"
[ ${#failed[@]} -eq 0 ]
