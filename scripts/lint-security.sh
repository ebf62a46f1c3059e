#!/bin/bash
# Every test that bundle/SECURITY.md or tests/mutants/defences.txt names must exist: `unit/FILE: function`,
# `e2e/FILE: title`, `diff/FILE: title`.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
status=0
count=0

missing() {
        echo "bundle/SECURITY.md or tests/mutants/defences.txt: there is no test \`$1\`"
        status=1
}

# shellcheck disable=SC2016 # backquotes are Markdown's
while IFS= read -r test; do
        count=$((count + 1))
        suite=${test%%/*}
        file=${test#*/}
        name=${file#*: }
        file=${file%%: *}
        case $suite in
        unit) grep -qE "^static void ${name}\(void \*\*" "tests/unit/test_$file.c" && grep -q "[(]${name}[),]" "tests/unit/test_$file.c" ;;
        e2e) grep -qxF "@test \"$name\" {" "tests/e2e/$file.bats" ;;
        diff) grep -qF "\"$name\"" "tests/diff/$file".* ;;
        esac 2>/dev/null || missing "$test"
done < <(
        grep '^|' bundle/SECURITY.md | grep -oE '`(unit|e2e|diff)/[^`]*: [^`]*`' | tr -d '`'
        sed -n 's/^! //p' tests/mutants/defences.txt
)
[ "$count" -ge 50 ] || { echo "bundle/SECURITY.md: only $count tests were found in it"; status=1; }
# A row without a test is a promise.
# shellcheck disable=SC2016
if grep -nE '^\|' bundle/SECURITY.md | grep -vE '^[0-9]+:\|( attack |---)' | grep -vE '`(unit|e2e|diff)/'; then
        echo "bundle/SECURITY.md: these rows name no test"
        status=1
fi
# What is taken out to see whether anything goes red must be of every row.
# shellcheck disable=SC2016
while IFS= read -r row; do
        grep -oE '`(unit|e2e|diff)/[^`]*: [^`]*`' <<<"$row" | tr -d '`' | grep -qxFf <(sed -n 's/^! //p' tests/mutants/defences.txt) && continue
        echo "bundle/SECURITY.md: no line of tests/mutants/defences.txt names a test of this row: ${row:0:60}"
        status=1
done < <(grep '^|' bundle/SECURITY.md | grep -E '`(unit|e2e|diff)/')
exit $status
