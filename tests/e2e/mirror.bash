# Two mirrors over the fixture index, for the tests that carry something. After `load helper`:
#
#   load mirror
#
#   low_new SPEC...        the connected side, $WORK/low: source pypi, target Python 3.11 on manylinux_2_28_x86_64,
#                          stream plant, signed with low/low.key. Call it after index_start
#   low_toml SPEC...       writes its dray.toml again; lines of the variable SOURCE go into [[source]],
#                          those of TARGETS replace the target
#   high_new [DIR]         the isolated side, $WORK/high, which trusts low/low.pub for plant
#   low ARG...  high ARG...     dray -C there, downloads tried twice
#   carry                  bundles low and imports in high; sets $bundle, the path
#   state_of DIR           the state id of its generation
#   sound DIR              fails unless fsck finds nothing
#   one_error PART...      stderr is exactly one line, `dray: ...`, and every PART is in it
#   error_lines N PART...  the same with N lines: notes and holes before the error
#   file_sha NAME          SHA-256 of a file of the index
#   blob_of DIR SHA        its path in a store
# shellcheck shell=bash disable=SC2154 # expect sets stdout and stderr

low_toml() {
        {
                echo '[[source]]'
                echo 'name = "pypi"'
                echo 'kind = "pypi"'
                echo "upstream = \"$INDEX_URL\""
                printf 'packages = ['
                [ $# -eq 0 ] || printf '"%s", ' "$@"
                echo ']'
                printf '%s\n' "${SOURCE:-}"
                printf '%s\n' "${TARGETS-[[source.target]]
python = \"3.11\"
platform = \"manylinux_2_28_x86_64\"}"
                echo '[[stream]]'
                echo 'name = "plant"'
                echo 'sources = ["pypi"]'
                echo 'keys = ["low.key"]'
        } >"$WORK/low/dray.toml"
}

low_new() {
        dray init "$WORK/low" >/dev/null 2>&1 && dray key generate -W "$WORK/low/low" >/dev/null 2>&1 && low_toml "$@"
}

high_new() {
        local dir=${1:-$WORK/high}
        dray init --isolated "$dir" >/dev/null 2>&1 && dray -C "$dir" trust add plant "$WORK/low/low.pub" >/dev/null
}

low() {
        local command=$1
        shift
        case $command in
        sync | plan) set -- --tries 2 "$@" ;;
        esac
        dray -C "$WORK/low" "$command" "$@"
}

high() { dray -C "$WORK/high" "$@"; }

carry() {
        expect 0 low bundle "$@" || return
        bundle=$stdout
        expect 0 high import "$bundle"
}

state_of() {
        dray -C "$1" status --json >"$WORK/.status" 2>/dev/null || true
        json_get "$WORK/.status" state
}

sound() { expect 0 dray -C "$1" fsck; }

error_lines() {
        local wanted=$1 lines
        shift
        lines=$(printf '%s' "$stderr" | grep -c '')
        if [ "$lines" -ne "$wanted" ]; then
                printf '%s\n' "$lines lines, not $wanted, on stderr:" "$stderr"
                return 1
        fi
        if grep -qvE '^(dray: |  )' <<<"$stderr"; then
                printf '%s\n' "a line of another kind on stderr:" "$stderr"
                return 1
        fi
        has "$stderr" "$@"
}

one_error() { error_lines 1 "$@"; }

file_sha() { sha256sum <"$WORK/index/$1" | cut -d ' ' -f 1; }

blob_of() { echo "$1/state/blobs/${2:0:2}/$2"; }
