#!/bin/bash
# Checks what a link cannot show: who includes what.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
status=0

# refuse MESSAGE PATTERN FILE... : no FILE may have a line that matches PATTERN.
refuse() {
        local message=$1 pattern=$2
        shift 2
        [ $# -gt 0 ] || return 0
        if grep -nE -- "$pattern" "$@" /dev/null; then
                echo "  ^ $message"
                status=1
        fi
}

shopt -s nullglob globstar
sources=(bundle/*.[ch] mirror/**/*.[ch] include/**/*.h tests/**/*.[ch])
outside_catalog=()
for file in "${sources[@]}"; do
        # (a test of the migrations makes catalogs of older schemas)
        [[ $file == bundle/catalog*.[ch] || $file == tests/unit/test_catalog_migrations.c ]] || outside_catalog+=("$file")
done

refuse "only bundle/catalog*.c may include sqlite3.h: ask catalog.h for what you need" \
    '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]sqlite3' "${outside_catalog[@]}"
refuse "bundle/ may not use mirror/: the isolated side carries bundle/ alone" \
    '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]mirror/' bundle/*.[ch] include/bundle/*.h
refuse "bundle/ may not use the network" \
    '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"](curl/|microhttpd|sys/socket|netdb|netinet/)' \
    bundle/*.[ch] include/bundle/*.h

# The banned functions are banned only where err.h is included, directly or not: the compiler's own
# list of what a file includes (build/*/*.d) knows. A file that was not compiled yet is left out.
for object in build/release/bundle/*.d build/release/mirror/**/*.d; do
        source=${object#build/release/}
        source=${source%.d}.c
        if [ -e "$source" ] && ! grep -q 'include/bundle/banned.h' "$object"; then
                echo "$source: does not include bundle/err.h, which bans unsafe functions"
                status=1
        fi
done
exit $status
