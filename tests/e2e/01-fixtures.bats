#!/usr/bin/env bats
# Goal: what the other tests stand on is true: pip takes the fixture index for a real one, faults
# strike when they are asked for, and a network namespace has no way out.
load helper

fetch() { curl -sS --max-time 10 "$@"; }

@test "pip resolves, downloads and installs wheels from the fixture index" {
        index_wheel --requires 'leaf>=1' --requires 'other; python_version < "3"' top 1.0
        index_wheel leaf 1.0
        index_wheel --entry 'say-leaf=leaf:main' leaf 1.2
        index_wheel leaf 2.0
        index_set leaf-2.0-py3-none-any.whl yanked '"broken"'
        index_start
        venv_new venv
        expect 0 pip_in venv install -q --index-url "$INDEX_URL" top
        expect 0 venv/bin/say-leaf
        [ "$stdout" = "leaf 1.2" ]
        expect 0 index_log
        has "$stdout" "GET /simple/top/ 200" "GET /files/leaf-1.2-py3-none-any.whl"
        has_not "$stdout" "leaf-2.0" "/simple/other/"
}

@test "pip builds the fixture's source distribution offline" {
        index_sdist --requires-python '>=3.6' from-source 1.0
        index_start --no-json
        venv_new venv
        expect 0 pip_in venv install -q --index-url "$INDEX_URL" from-source
        expect 0 venv/bin/python -c 'import from_source; print(from_source.__version__)'
        [ "$stdout" = "1.0" ]
}

@test "the same wheel is made twice with the same bytes" {
        index_wheel --size 5000 twice 1.0
        expect 0 "$PYTHON" "$ROOT/tests/tools-py/mkwheel.py" --out again --size 5000 twice 1.0
        cmp index/twice-1.0-py3-none-any.whl again/twice-1.0-py3-none-any.whl
        index_sdist twice 1.0
        expect 0 "$PYTHON" "$ROOT/tests/tools-py/mkwheel.py" --out again --sdist twice 1.0
        cmp index/twice-1.0.tar.gz again/twice-1.0.tar.gz
}

@test "the index answers in JSON and HTML, with 304 for what has not changed" {
        index_wheel --requires-python '>=3.8' six 1.0
        index_start
        expect 0 fetch -H 'Accept: application/vnd.pypi.simple.v1+json' -D headers -o page.json "${INDEX_URL}six/"
        [ "$(json_get page.json 'files[0].hashes.sha256')" = "$(sha256sum <index/six-1.0-py3-none-any.whl | cut -d' ' -f1)" ]
        [ "$(json_get page.json 'files[0].requires-python')" = ">=3.8" ]
        tag=$(tr -d '\r' <headers | sed -n 's/^ETag: //p')
        expect 0 fetch -H 'Accept: application/vnd.pypi.simple.v1+json' -H "If-None-Match: $tag" -w '%{http_code}' "${INDEX_URL}six/"
        [ "$stdout" = 304 ]
        expect 0 fetch -L "${INDEX_URL}Six"
        has "$stdout" 'data-requires-python="&gt;=3.8"' 'data-core-metadata="sha256='
        expect 0 fetch "$(server_url index)/files/six-1.0-py3-none-any.whl.metadata"
        has "$stdout" "Name: six" "Requires-Python: >=3.8"
        expect 0 fetch -r 0-3 "$(server_url index)/files/six-1.0-py3-none-any.whl"
        [ "${stdout:0:2}" = PK ]
        index_wheel six 1.1
        expect 0 fetch -H 'Accept: application/vnd.pypi.simple.v1+json' -H "If-None-Match: $tag" -o page.json "${INDEX_URL}six/"
        [ "$(json_get page.json 'versions')" = '["1.0", "1.1"]' ]
}

@test "faults strike the paths they name, as often as they say" {
        index_wheel --size 10000 --stored six 1.0
        index_start
        url=$(server_url index)/files/six-1.0-py3-none-any.whl
        index_fault '/simple/*' status status=503 retry_after=1 times=1
        expect 22 fetch -f "${INDEX_URL}six/"
        expect 0 fetch -f "${INDEX_URL}six/"
        index_fault /files/six-1.0-py3-none-any.whl truncate
        expect 18 fetch -o half "$url"
        index_fault /files/six-1.0-py3-none-any.whl close
        expect 52 fetch "$url"
        index_fault /files/six-1.0-py3-none-any.whl hang
        expect 28 fetch --max-time 0.5 "$url"
        index_fault /files/six-1.0-py3-none-any.whl corrupt
        expect 0 fetch -o bad "$url"
        expect 1 cmp bad index/six-1.0-py3-none-any.whl
        index_fault /files/six-1.0-py3-none-any.whl redirect to="${INDEX_URL}six/"
        expect 0 fetch -w '%{http_code} %{redirect_url}' "$url"
        [ "$stdout" = "302 ${INDEX_URL}six/" ]
        index_fault /files/six-1.0-py3-none-any.whl digest
        expect 0 fetch "${INDEX_URL}six/"
        has "$stdout" "sha256=0000000000"
        index_heal
        expect 0 fetch -o good "$url"
        cmp good index/six-1.0-py3-none-any.whl
        index_log_clear
        expect 0 index_log
        [ -z "$stdout" ]
}

@test "an index may ask for a password" {
        index_wheel six 1.0
        index_start --user me:secret
        expect 22 fetch -f "${INDEX_URL}six/"
        expect 0 fetch -f -u me:secret "${INDEX_URL}six/"
}

@test "nginx serves a folder" {
        mkdir site
        echo hello >site/page
        nginx_start web "$WORK/site" 'location = /gone { return 410; }'
        expect 0 fetch "$(server_url web)/page"
        [ "$stdout" = hello ]
        expect 22 fetch -f "$(server_url web)/gone"
}

@test "a network namespace has loopback and no way out" {
        netns_need
        index_wheel six 1.0
        NETNS=1 index_start
        expect 0 netns_run curl -sS --max-time 10 "${INDEX_URL}six/"
        has "$stdout" "six-1.0-py3-none-any.whl"
        expect 0 netns_run ip route
        [ -z "$stdout" ]
        # From outside, the server inside is not to be reached.
        expect 7 fetch "${INDEX_URL}six/"
}
