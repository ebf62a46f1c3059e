#!/usr/bin/env bats
# Goal: a version that upstream has changed, after it was published and is held here, never takes the place of what is
# held unless somebody says so; and whoever checks a bundle sees that its bytes are others.
# shellcheck disable=SC2034,SC2154 # expect sets stdout and stderr
load helper
load mirror
load npm

# site_sha DIR FILE : the SHA-256 of what the site lists under that name
site_sha() {
        local page
        page=$(find "$1/site/" -path '*/simple/*/index.html' -exec grep -h ">$2<" {} +)
        if [[ $page =~ sha256=([0-9a-f]*) ]]; then
                echo "${BASH_REMATCH[1]}"
        else
                find "$1/site/" -name "$2" -exec sha256sum {} + | cut -d ' ' -f 1
        fi
}

@test "a wheel of the same version with other bytes: a hole, until it is accepted" {
        index_wheel six 1.0
        index_wheel other 1.0
        index_start
        low_new six other
        high_new
        expect 0 low sync
        carry
        before=$(file_sha six-1.0-py3-none-any.whl)
        index_wheel --file note.txt=again six 1.0
        index_wheel other 1.1
        expect 5 low plan
        has "$stderr" "missing: pypi: six-1.0-py3-none-any.whl" "upstream has changed six 1.0"
        for try in 1 2; do
                expect 5 low sync
                has "$stderr" "missing: pypi: six-1.0-py3-none-any.whl" "upstream has changed six 1.0" \
                        "dray sync pypi --accept-changed six"
                [ "$(site_sha low six-1.0-py3-none-any.whl)" = "$before" ]
                [ -n "$(site_sha low other-1.1-py3-none-any.whl)" ]
                sound low
        done
        expect 5 low sync --accept-changed other
        expect 0 low sync --accept-changed six
        [ "$(site_sha low six-1.0-py3-none-any.whl)" = "$(file_sha six-1.0-py3-none-any.whl)" ]
        expect 0 low sync
        sound low

        expect 0 low bundle
        bundle=$stdout
        expect 0 high verify "$bundle"
        has "$stdout" "changed  pypi/six 1.0 -> 1.0; SAME VERSION, OTHER BYTES: 1.0" "1 with OTHER BYTES of a version that was there"
        has_not "$stdout" "OTHER BYTES: 1.1"
        expect 0 high verify --json "$bundle"
        echo "$stdout" >report.json
        [ "$(json_get report.json 'changes[0].changed[1].other_bytes[0]')" = 1.0 ]
        expect 0 high import "$bundle"
        expect 0 high diff 1
        has "$stdout" "SAME VERSION, OTHER BYTES: 1.0"
        sound high
}

@test "what upstream takes back is as it was" {
        index_wheel six 1.0
        index_start
        low_new six
        expect 0 low sync
        cp index/six-1.0-py3-none-any.whl kept.whl
        index_wheel --file note.txt=again six 1.0
        expect 5 low sync
        cp kept.whl index/six-1.0-py3-none-any.whl
        expect 0 low sync
        sound low
}

@test "a tarball with other bytes, under another digest: a hole, until it is accepted" {
        npm_package root 1.0.0
        npm_start
        npm_low root
        expect 0 low sync
        before=$(site_sha low root-1.0.0.tgz)
        npm_package --size 100 root 1.0.0
        expect 5 low plan
        has "$stderr" "missing: npm: root-1.0.0.tgz" "upstream has changed root 1.0.0"
        expect 5 low plan --json
        printf '%s' "$stdout" >plan.json
        [ "$(json_get plan.json 'missing[0].item')" = root-1.0.0.tgz ]
        [ "$(json_get plan.json remove)" = "[]" ]
        expect 5 low sync
        has "$stderr" "upstream has changed root 1.0.0"
        [ "$(site_sha low root-1.0.0.tgz)" = "$before" ]
        expect 0 low sync --accept-changed root
        [ "$(site_sha low root-1.0.0.tgz)" != "$before" ]
}

@test "a local file with other bytes is taken as it is" {
        mkdir dist
        "$PYTHON" "$ROOT/tests/tools-py/mkwheel.py" --out dist corp 1.0
        index_start
        SOURCE='local = ["../dist/*.whl"]' low_new
        expect 0 low sync
        "$PYTHON" "$ROOT/tests/tools-py/mkwheel.py" --out dist --file note.txt=again corp 1.0
        expect 0 low sync
        [ "$(site_sha low corp-1.0-py3-none-any.whl)" = "$(sha256sum <dist/corp-1.0-py3-none-any.whl | cut -d ' ' -f 1)" ]
}
