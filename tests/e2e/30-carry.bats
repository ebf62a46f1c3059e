#!/usr/bin/env bats
# Goal: what a team selects on the connected side can be installed by stock pip behind the gap, from any web
# server and from the folder itself; and what changes is all that is fetched, bundled and removed later.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a shell of its own; expect sets stdout and stderr
load helper
load mirror

PY=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
CP=cp${PY/./}

# Two targets: this machine's Python, which installs in the tests, and another one that cannot run here.
TWO_TARGETS="[[source.target]]
python = \"$PY\"
platform = \"manylinux_2_28_x86_64\"
[[source.target]]
python = \"3.9\"
platform = \"win_amd64\""

# A small world: app is what is asked for; each of the others is there for one rule.
world() {
        index_wheel --extra 'fast:speedup>=2' --extra 'docs:sphinx-like' --requires 'core>=1,<3' \
                --requires 'winonly; sys_platform == "win32"' --requires 'backport; python_version < "3.10"' app 1.0
        index_wheel core 1.0
        index_wheel core 2.0
        index_wheel core 2.5
        index_set core-2.5-py3-none-any.whl yanked '"broken"'
        index_wheel core 3.0
        index_wheel --requires-python '>=3.50' core 2.9
        index_wheel --tag "$CP-$CP-manylinux_2_17_x86_64" speedup 2.1
        index_wheel --tag cp39-cp39-win_amd64 speedup 2.1
        index_wheel --tag "$CP-$CP-manylinux_2_34_x86_64" speedup 2.2
        index_wheel winonly 1.0
        index_wheel backport 1.0
        index_wheel early 1.0b1
        index_wheel builder 1.4
        index_sdist --requires 'core' --build-requires 'builder>=1' from-source 1.0
        index_wheel sphinx-like 1.0
        # an upstream project with the name of an in-house one
        index_wheel inhouse 99.0
        "$PYTHON" "$ROOT/tests/tools-py/mkwheel.py" --out "$WORK/dist" --requires core inhouse 1.0 >/dev/null
        index_wheel listed 1.0
        index_wheel listed 1.1
        index_wheel hashed 1.0
        index_wheel other-os 1.0
        index_wheel included 1.0
        cat >requirements.txt <<TXT
# what the application was tested with
-r more.txt
-c constraints.txt
listed
other-os; sys_platform == "darwin"
TXT
        # one hash in a list makes pip want one for each: so it has a list of its own
        echo "hashed==1.0 --hash=sha256:$(file_sha hashed-1.0-py3-none-any.whl)" >hashed.txt
        echo 'included>=1' >more.txt
        echo 'listed<1.1' >constraints.txt
}

LISTS='lockfiles = ["../requirements.txt", "../hashed.txt"]
local = ["../dist/*.whl"]'

install() {
        local venv=$1
        shift
        pip_in "$venv" install --quiet --no-cache-dir "$@"
}

# The same in the namespace, into venv: install_inside INDEX ARG...
install_inside() {
        # shellcheck disable=SC2016 # expanded by the inner shell
        netns_run bash -c '. "$1"; shift; pip_in venv "$@"' - "$WORK/pip.bash" install --quiet --no-cache-dir \
                --index-url "$@"
}

# versions VENV : "name==version" lines of what is installed
versions() { pip_in "$1" list --format freeze; }

# listing DIR : everything below it: paths, bytes, the files' times and sizes. -shm holds locks, not data
listing() {
        find "$1" -name catalog.db-shm -o -type d -printf '%P %m\n' -o -printf '%P %m %s %T@ %i %l\n' | sort
        find "$1" -type f -not -name catalog.db-shm -exec sha256sum {} + | sort
}

# pages NAME : the file names on the project page, in the site of DIR
project() { grep -o '>[^<]*</a>' "$1/site/pypi/simple/$2/index.html" | tr -d '<>' | sed 's|/a$||'; }

@test "plan, sync, bundle, verify, import, and pip behind the gap from four kinds of server" {
        netns_need
        world
        index_start
        TARGETS=$TWO_TARGETS SOURCE=$LISTS low_new 'app[fast]' early from-source inhouse

        listing low >before
        expect 0 low plan
        has "$stdout" "app-1.0-py3-none-any.whl" "you asked for app[fast]; app[fast] 1.0"
        has "$stdout" "app[fast] 1.0 depends on core" "requirements.txt:4 needs listed" "building from_source-1.0.tar.gz"
        expect 0 low plan --json
        printf '%s' "$stdout" >plan.json
        [ "$(json_get plan.json missing)" = "[]" ]
        listing low >after
        diff before after

        expect 0 low sync
        has "$stdout" "generation 1 (new)"
        sound low
        expect 0 low status
        has "$stdout" "source    pypi:"
        expect 0 low bundle
        bundle=$stdout
        expect 0 low status --json
        printf '%s' "$stdout" >status.json
        [ "$(json_get status.json 'bundles[0].seq')" = 1 ]
        index_stop

        # only the stick crosses
        mkdir stick
        cp "$bundle" low/low.pub stick/
        bundle=$(echo stick/*.dray)
        expect 0 netns_run "$DRAY" verify --key stick/low.pub "$bundle"
        has "$stdout" "verified: bundle 1 of stream plant (full)"
        expect 0 netns_run "$DRAY" verify --json --key stick/low.pub "$bundle"
        printf '%s' "$stdout" >verify.json
        [ "$(json_get verify.json verdict)" = verified ]
        expect 0 netns_run "$DRAY" init --isolated high
        expect 0 netns_run "$DRAY" -C high trust add plant stick/low.pub
        expect 0 netns_run "$DRAY" -C high import --json "$bundle"
        printf '%s' "$stdout" >import.json
        [ "$(json_get import.json verdict)" = imported ]
        [ "$(state_of high)" = "$(state_of low)" ]
        same_tree low/site/pypi high/site/pypi

        # each rule of the selection, as it shows in the site
        [ "$(project high app)" = app-1.0-py3-none-any.whl ]
        # not the yanked one, nor the one for a later Python; 3.0 for what has a list of its own
        [ "$(project high core | sort)" = "$(printf 'core-%s-py3-none-any.whl\n' 2.0 3.0)" ]
        [ "$(project high builder)" = builder-1.4-py3-none-any.whl ] # pip builds in isolation
        [ "$(project high speedup | sort)" = "$(printf 'speedup-2.1-%s\n' cp39-cp39-win_amd64.whl \
                "$CP-$CP-manylinux_2_17_x86_64.whl" | sort)" ]
        [ "$(project high early)" = early-1.0b1-py3-none-any.whl ]
        [ "$(project high from-source)" = from_source-1.0.tar.gz ]
        [ "$(project high inhouse)" = inhouse-1.0-py3-none-any.whl ] # never the stranger's 99.0
        [ "$(project high listed)" = listed-1.0-py3-none-any.whl ]
        [ "$(project high included)" = included-1.0-py3-none-any.whl ]
        [ "$(project high hashed)" = hashed-1.0-py3-none-any.whl ]
        [ -e high/site/pypi/simple/winonly ] && [ -e high/site/pypi/simple/backport ] # for the other target
        [ ! -e high/site/pypi/simple/sphinx-like ] && [ ! -e high/site/pypi/simple/other-os ]

        NETNS=1 server_start serve "$DRAY" -C high serve --listen 127.0.0.1:0
        NETNS=1 server_start python "$PYTHON" -u -c 'import functools, http.server, os
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="high/site")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
print(f"http://127.0.0.1:{server.server_address[1]}/", flush=True)
server.serve_forever()'
        local name urls=("$(server_url serve)/pypi/simple/" "$(server_url python)/pypi/simple/" \
                "file://$WORK/high/site/pypi/simple/")
        if command -v nginx >/dev/null; then
                NETNS=1 nginx_start web "$WORK/high/site" "index index.html;"
                urls+=("$(server_url web)/pypi/simple/")
        fi
        venv_new venv
        expect 0 install_inside "${urls[0]}" 'app[fast]' from-source inhouse -r requirements.txt early
        expect 0 install_inside "${urls[0]}" --require-hashes -r hashed.txt
        expect 0 versions venv
        has "$stdout" app==1.0 core==2.0 speedup==2.1 early==1.0b1 from-source==1.0 inhouse==1.0 \
                listed==1.0 included==1.0 hashed==1.0
        has_not "$stdout" winonly backport
        for name in "${urls[@]:1}"; do
                rm -rf venv
                venv_new venv
                expect 0 install_inside "$name" 'app[fast]' inhouse
                expect 0 versions venv
                has "$stdout" app==1.0 core==2.0 speedup==2.1 inhouse==1.0
        done
}

setup() {
        work_begin
        # for shells inside of the namespace
        {
                declare -p PYTHON
                declare -f pip_in
        } >pip.bash
}

@test "a second sync asks and is told 304; it fetches nothing and writes nothing but its log row" {
        world
        index_start
        TARGETS=$TWO_TARGETS SOURCE=$LISTS low_new 'app[fast]' early from-source inhouse
        expect 0 low sync
        state=$(state_of low)
        find low -type f -not -name 'catalog.db*' -not -name lock -printf '%P %s %T@ %i\n' | sort >before
        index_log_clear
        expect 0 low sync
        has "$stdout" "generation 1;" "0 files fetched"
        expect 0 index_log
        [ -n "$stdout" ]
        expect 1 grep -v ' 304 0$' <<<"$stdout"
        find low -type f -not -name 'catalog.db*' -not -name lock -printf '%P %s %T@ %i\n' | sort >after
        diff before after
        [ "$(state_of low)" = "$state" ]
        expect 0 low bundle
        expect 0 low bundle --if-changed
        has "$stderr" "nothing has changed"
        [ -z "$stdout" ]
}

@test "what changes upstream crosses as a delta: pip gets the new version, the old one is gone" {
        world
        index_start
        low_new app early
        expect 0 low sync
        high_new
        carry
        full=$(stat -c %s "$bundle")
        index_wheel --size 100 app 1.1
        rm index/early-1.0b1-py3-none-any.whl
        index_wheel early 1.0
        low_toml app early
        expect 0 low sync
        has "$stdout" "generation 2 (new)"
        carry
        has "$stdout" "on bundle 1" "records added"
        [ "$(stat -c %s "$bundle")" -lt "$full" ]
        [ "$(state_of high)" = "$(state_of low)" ]
        [ "$(project high app)" = app-1.1-py3-none-any.whl ]
        [ "$(project high early)" = early-1.0-py3-none-any.whl ]
        server_start serve "$DRAY" -C high serve --listen 127.0.0.1:0
        venv_new venv
        expect 0 install venv --index-url "$(server_url serve)/pypi/simple/" app early
        expect 0 versions venv
        has "$stdout" app==1.1 early==1.0
        expect 1 install venv --index-url "$(server_url serve)/pypi/simple/" app==1.0
        # nothing of the old is needed once gc has run
        for side in low high; do
                before=$(find $side/state/blobs $side/state/packs -type f | sort)
                expect 0 dray -C $side gc --keep 1 --dry-run
                would=${stdout/would remove/removed}
                has_not "$would" "removed 0 files"
                [ "$(find $side/state/blobs $side/state/packs -type f | sort)" = "$before" ]
                sound $side
                expect 0 dray -C $side gc --keep 1
                [ "$stdout" = "$would" ]
                sound $side
                expect 0 dray -C $side gc --keep 1
                has "$stdout" "removed 0 files"
        done
        index_wheel --size 100 app 1.2
        expect 0 low sync
        carry
        sound high
        [ "$(project high app)" = app-1.2-py3-none-any.whl ]
}

@test "plan --package says what led to a package, held or not, and what else leaves of it" {
        world
        index_start
        low_new 'app[fast]' early
        expect 0 low sync
        expect 0 low plan --package core -p 'EARL?'
        [ "$(grep -c '^have .*\.whl$' <<<"$stdout")" = 2 ]
        has "$stdout" "have " "pypi/core-2.0-py3-none-any.whl" \
                "you asked for app[fast]; app[fast] 1.0 depends on core<3,>=1; core 2.0" \
                "pypi/early-1.0b1-py3-none-any.whl" "you asked for early; early 1.0b1"
        low_toml app
        expect 0 low plan -p speedup
        has "$stdout" "remove          pypi/speedup-2.1-"
        has_not "$stdout" core early "to fetch"
        expect 0 low plan --json --package early --package core
        cp .stdout plan.json
        [ "$(json_get plan.json 'files[0].package')" = core ]
        has "$(json_get plan.json 'files[0].why')" "you asked for app; app 1.0 depends on core"
        has "$(json_get plan.json remove)" '["pypi/early-1.0b1-py3-none-any.whl"'
        has_not "$(json_get plan.json remove)" speedup
        expect 1 low plan --package core --package crow
        has "$stderr" "no package crow: dray.toml leads to none of that name"
}

@test "keep, exclude, min_age, as_of and together" {
        world
        index_start
        SOURCE='keep = 2' low_new 'core<3'
        expect 0 low sync
        [ "$(project low core | sort)" = "$(printf 'core-%s-py3-none-any.whl\n' 1.0 2.0)" ]

        SOURCE='exclude = ["speedup"]' low_toml 'app[fast]'
        expect any low sync
        [ ! -e low/site/pypi/simple/speedup ]

        for version in 1.0 2.0 3.0; do
                index_set "core-$version-py3-none-any.whl" upload-time "\"202${version%.0}-01-01T00:00:00Z\""
        done
        SOURCE='as_of = 2022-06-01T00:00:00Z' low_toml core
        expect 0 low sync
        [ "$(project low core)" = core-2.0-py3-none-any.whl ]
        index_set core-3.0-py3-none-any.whl upload-time "\"$(date -u -d '2 days ago' +%FT%TZ)\""
        SOURCE='min_age = "7d"' low_toml core
        expect 0 low sync
        [ "$(project low core)" = core-2.0-py3-none-any.whl ]
        SOURCE='min_age = "1d"' low_toml core
        expect 0 low sync
        [ "$(project low core)" = core-3.0-py3-none-any.whl ]

        index_wheel --requires 'core<2' old-app 1.0
        index_wheel --requires 'core>=3' new-app 1.0
        low_toml old-app new-app
        expect 5 low sync
        SOURCE='together = false' low_toml old-app new-app
        expect 0 low sync
        [ "$(project low core | sort)" = "$(printf 'core-%s-py3-none-any.whl\n' 1.0 3.0)" ]
        sound low
}

@test "sync says which packages come as source only" {
        index_sdist one 1.0
        index_sdist two 1.0
        index_wheel two 1.0
        index_start
        low_new one two
        for command in plan sync; do
                expect 0 low $command
                has "$stderr" "note: pypi: 1 package comes as source only, because no wheel fits: one"
        done
        for n in 3 4 5 6 7; do
                index_sdist "n$n" 1.0
        done
        low_toml one two n3 n4 n5 n6 n7
        expect 0 low sync
        has "$stderr" "note: pypi: 6 packages come as source only, because no wheel fits"
        has_not "$stderr" "no wheel fits:"
        low_toml two
        expect 0 low sync
        has_not "$stderr" "source only"
}

@test "dray add puts a package into dray.toml and leaves the rest of it alone" {
        world
        index_start
        low_new core
        cp low/dray.toml before.toml
        expect 0 low add pypi 'listed>=1'
        has "$stdout" "next: dray -C $WORK/low plan, dray -C $WORK/low sync"
        expect 1 diff before.toml low/dray.toml
        [ "$(grep -c '^[<>]' <<<"$stdout")" -le 3 ]
        has "$stdout" 'listed>=1'
        expect 0 low sync
        [ "$(project low listed)" = listed-1.1-py3-none-any.whl ]
        (cd low && expect 0 dray add pypi listed && has "$stdout" "next: dray plan, dray sync")
        expect 2 low add nosource six
        one_error nosource
        expect 2 low add pypi 'six=>1'
        one_error 'six=>1'
}

@test "what --json prints is JSON" {
        world
        index_start
        low_new app nothere
        high_new
        parses() {
                local wanted=$1
                shift
                expect "$wanted" "$@" --json && "$PYTHON" -m json.tool <"$WORK/.stdout" >/dev/null
        }
        parses 5 low plan
        parses 5 low sync
        parses 5 low status
        parses 0 low fsck
        parses 0 low gc
        expect 2 low bundle --allow-missing --json -o -
        one_error "without --json"
        parses 0 low bundle --allow-missing
        cp .stdout bundle.json
        bundle=$(json_get bundle.json 'paths[0]')
        [ "$bundle" = "$WORK/low/outbox/plant-000001.dray" ]
        [ "$(json_get bundle.json size)" = "$(stat -c %s "$bundle")" ]
        [ "$(json_get bundle.json state)" = "$(state_of low)" ]
        [ "$(json_get bundle.json stream) $(json_get bundle.json seq) $(json_get bundle.json base)" = "plant 1 0" ]
        parses 0 low bundle --allow-missing --if-changed
        cp .stdout bundle.json
        [ "$(json_get bundle.json paths) $(json_get bundle.json seq)" = "[] null" ]
        parses 0 low publish
        cp .stdout site.json
        [ "$(json_get site.json generation) $(json_get site.json changed)" = "1 false" ]
        parses 0 low rollback 1
        cmp .stdout site.json
        parses 0 dray verify -k low/low.pub "$bundle"
        parses 0 high import "$bundle"
        parses 5 high status
        parses 0 high trust list
}
