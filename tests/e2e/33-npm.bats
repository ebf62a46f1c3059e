#!/usr/bin/env bats
# Goal: a project of npm packages that was locked on the connected side installs behind the gap with the stock
# client, from any web server; and nothing gets there that the registry did not state, or that is another package.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # the inner shell expands; each test is a shell of its own; expect sets stdout and stderr
load helper
load mirror
load npm

# A small world: app is what is asked for; each of the others is there for one rule.
world() {
        npm_package --dep 'left@^1.0.0' --dep '@scope/right@~2.1' --dep 'old-left@npm:left@0.9.0' --peer 'host@>=1' \
                --optional 'native@1.0.0' app 1.0.0
        npm_package left 0.9.0
        npm_package left 1.0.0
        npm_package left 1.5.0
        npm_package left 2.0.0-beta.1
        npm_package left 2.0.0
        npm_package --dep 'left@2' @scope/right 2.1.3
        npm_package @scope/right 2.2.0
        npm_package host 1.4.0
        npm_package --optional 'native-linux@1.0.0' --optional 'native-darwin@1.0.0' native 1.0.0
        npm_package --manifest '{"os": ["linux"], "cpu": ["x64"]}' native-linux 1.0.0
        npm_package --manifest '{"os": ["darwin"]}' native-darwin 1.0.0
}

# project DIR SPEC... : a folder with a package.json
project() {
        local dir=$1
        shift
        mkdir -p "$dir"
        "$PYTHON" -c 'import json, sys
deps = {s[:s.index("@", 1)]: s[s.index("@", 1) + 1:] for s in sys.argv[1:]}
print(json.dumps({"name": "project", "version": "1.0.0", "dependencies": deps}))' "$@" >"$dir/package.json"
}

@test "plan, sync, bundle, import, and npm ci behind the gap from three kinds of server" {
        netns_need
        need npm
        world
        npm_sign
        npm_start
        project app app@^1
        expect 0 npm_client install --prefix app --package-lock-only --registry="$REGISTRY"
        local port
        port=$(free_port)
        BASE_URL=http://127.0.0.1:$port npm_low app
        expect 0 low plan
        has "$stdout" app-1.0.0.tgz "you asked for app" "app 1.0.0 needs left@^1.0.0"
        expect 0 low sync
        has "$stdout" "generation 1 (new)"
        sound low
        # each rule of the selection, as it shows in the site
        [ "$(npm_held low left)" = "0.9.0 1.5.0 2.0.0" ]
        [ "$(npm_held low @scope/right)" = 2.1.3 ]
        [ "$(npm_held low host)" = 1.4.0 ]
        [ "$(npm_held low native-linux)" = 1.0.0 ]
        [ -z "$(npm_held low native-darwin)" ]
        expect 0 low bundle
        bundle=$stdout
        server_stop registry

        expect 0 netns_run "$DRAY" init --isolated high
        printf '[mirror]\nbase_url = "http://127.0.0.1:%s/"\n' "$port" >high/dray.toml
        expect 0 netns_run "$DRAY" -C high trust add plant low/low.pub
        expect 0 netns_run "$DRAY" -C high import "$bundle"
        [ "$(state_of high)" = "$(state_of low)" ]
        [ "$(json_get high/site/npm/left/index.json 'dist-tags')" = '{"latest": "2.0.0"}' ]
        [ "$(json_get high/site/npm/left/index.json 'time.created')" = 2024-01-01T00:00:00.000Z ]
        [ "$(json_get high/site/npm/left/index.json 'versions')" != "{}" ]
        cmp high/site/npm/left/index.json high/site/npm/left/index.html
        [ -n "$(json_get high/site/npm/-/npm/v1/keys 'keys[0].keyid')" ]

        local name
        for name in serve python nginx; do
                case $name in
                serve) NETNS=1 server_start web "$DRAY" -C high serve --listen "127.0.0.1:$port" ;;
                python) NETNS=1 server_start web "$PYTHON" -u -c 'import functools, http.server, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="high/site")
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), handler)
print(f"http://127.0.0.1:{sys.argv[1]}/", flush=True)
server.serve_forever()' "$port" ;;
                nginx)
                        command -v nginx >/dev/null || continue
                        NETNS=1 NGINX_PORT=$port nginx_start web "$WORK/high/site" "index index.html;"
                        ;;
                esac
                # as locked
                rm -rf app/node_modules npm-cache
                expect 0 netns_run bash -c '. "$1"; npm_client ci --prefix app --registry="$2"' - "$WORK/npm.bash" \
                        "http://127.0.0.1:$port/npm/"
                [ "$(json_get app/node_modules/left/package.json version)" = 1.5.0 ]
                [ "$(json_get app/node_modules/old-left/package.json version)" = 0.9.0 ]
                [ "$(json_get app/node_modules/@scope/right/node_modules/left/package.json version)" = 2.0.0 ]
                [ -d app/node_modules/native-linux ] && [ ! -e app/node_modules/native-darwin ]
                # and without a lock: the site's own index decides
                rm -rf free npm-cache
                # npm 9.2 doubles the path of an address that is the site's already, if it is to replace the host
                replace=always
                [ "$(npm --version | cut -d . -f 1)" -ge 10 ] || replace=never
                project free app@latest left@\>1 @scope/right@2
                expect 0 netns_run bash -c '. "$1"; npm_client install --replace-registry-host="$3" --prefix free --registry="$2"' - \
                        "$WORK/npm.bash" "http://127.0.0.1:$port/npm/" "$replace"
                [ "$(json_get free/node_modules/left/package.json version)" = 2.0.0 ]
                [ -d free/node_modules/host ]
                server_stop web
        done
}

setup() {
        work_begin
        # for shells inside of the namespace
        declare -f npm_client >npm.bash
}

@test "a second sync finds nothing new; a new version crosses as a delta" {
        world
        npm_start
        npm_low app
        expect 0 low sync
        expect 0 low sync
        has "$stdout" "generation 1;" "0 files fetched"
        high_new
        carry
        npm_package left 1.6.0
        expect 0 low sync
        has "$stdout" "generation 2 (new)"
        carry
        [ "$(npm_held high left)" = "0.9.0 1.6.0 2.0.0" ]
        [ -e high/site/npm/left/-/left-1.5.0.tgz ] # not listed any more
        for n in 7 8 9; do
                npm_package left "1.$n.0"
                expect 0 low sync
                carry
        done
        [ ! -e high/site/npm/left/-/left-1.5.0.tgz ] && [ -e high/site/npm/left/-/left-1.6.0.tgz ]
        sound high
}

@test "what is not what the registry says is refused by name, and nothing of it is published" {
        npm_package good 1.0.0
        npm_package --inside other@1.0.0 wrong-name 1.0.0
        npm_package --inside wrong-version@9.9.9 wrong-version 1.0.0
        npm_package changed 1.0.0
        npm_package wrong-sum 1.0.0
        npm_start
        # the registry of the fixture reads names from inside: these two are told apart by hand
        edit_json registry/manifests.json 'value.update({"wrong-name": {"1.0.0": {}}, "wrong-version": {"1.0.0": {}}})'
        local name
        for name in wrong-name wrong-version; do
                npm_set dist "$name@1.0.0" \
                        "{\"integrity\": \"sha512-$(openssl dgst -sha512 -binary "registry/$name-1.0.0.tgz" | base64 -w 0)\"}"
        done
        npm_set dist wrong-sum@1.0.0 '{"shasum": "0000000000000000000000000000000000000000"}'
        index_fault /changed/-/changed-1.0.0.tgz corrupt
        npm_low good wrong-name wrong-version@1.0.0 changed wrong-sum
        expect 5 low sync
        has "$output" "inside it is other 1.0.0, and not wrong-name 1.0.0" \
                "inside it is wrong-version 9.9.9, and not wrong-version 1.0.0" \
                "changed-1.0.0.tgz: wrong sha512" "the shasum (sha1) that is stated for it"
        [ "$(npm_held low good)" = 1.0.0 ]
        [ "$(find low/site/npm -name '*.tgz')" = low/site/npm/good/-/good-1.0.0.tgz ]
        expect 5 low bundle
}

@test "registry signatures: a bad one, an unknown key, an expired key and a missing one are refused by name" {
        need openssl
        npm_package fine 1.0.0
        npm_package forged 1.0.0
        npm_sign
        npm_start
        npm_low fine
        expect 0 low sync
        # the mirror in between gives out other bytes, with their right digest
        cp registry/fine-1.0.0.tgz registry/keep
        npm_set dist forged@1.0.0 '{"integrity": "sha512-AAAA"}'
        npm_toml fine forged
        expect 5 low sync
        has "$output" "forged 1.0.0: the registry's signature is wrong"
        [ -z "$(npm_held low forged)" ]
        # an optional dependency with a bad signature is no reason to go on in silence
        npm_package --optional 'forged@1.0.0' outer 1.0.0
        npm_toml fine outer
        expect 5 low sync
        has "$output" "forged 1.0.0: the registry's signature is wrong"

        # a pinned key document, and a registry that signs with another key by now
        curl -sf "${REGISTRY}-/npm/v1/keys" >keys.json
        SOURCE='signing_keys = "../keys.json"' npm_toml fine
        expect 0 low sync
        npm_sign
        server_stop registry
        npm_start
        SOURCE='signing_keys = "../keys.json"' npm_toml fine
        expect 5 low sync
        has "$output" "which is none of the registry's keys"
        rm registry/signing.pem
        expect 5 low sync
        has "$output" "the registry did not sign it, which signing_keys asks for"

        # a key that had expired when the version was published
        npm_sign
        server_stop registry
        edit_json registry/registry.json 'value["expires"] = "2023-01-01T00:00:00.000Z"'
        npm_start
        npm_toml fine
        expect 5 low sync
        has "$output" "which had expired when it was published"
        edit_json registry/registry.json 'value["expires"] = "next year"'
        expect 5 low sync
        has "$output" "which had expired when it was published"
        edit_json registry/registry.json 'value["expires"] = "2025-01-01T00:00:00.000Z"'
        expect 0 low sync
}

@test "keys that cannot be had now vouch for nothing; a registry that had some has them still" {
        need openssl
        npm_package fine 1.0.0
        npm_sign
        npm_start
        npm_low fine
        for answer in 'status status=503' 'body text=nonsense'; do
                # shellcheck disable=SC2086 # a kind and its keys
                index_fault /-/npm/v1/keys $answer
                expect 5 low sync
                has "$output" "fine 1.0.0 is signed, and the registry's keys could not be had"
                [ -z "$(npm_held low fine)" ]
        done
        index_heal
        expect 0 low sync
        [ "$(npm_held low fine)" = 1.0.0 ]
        npm_package fine 1.1.0
        index_fault /-/npm/v1/keys status status=404
        expect 5 low sync
        has "$output" "fine 1.1.0 is signed, and the registry's keys could not be had"
        [ "$(npm_held low fine)" = 1.0.0 ]
        index_heal
        expect 0 low sync
        [ "$(npm_held low fine)" = 1.1.0 ]
}

@test "names that differ in case only: a hole names both, what was here first stays, and the rest is carried" {
        npm_package jsonstream 1.0.0
        npm_package JSONStream 1.0.0
        npm_package other 1.0.0
        npm_start
        npm_low JSONStream jsonstream other
        for command in plan sync; do
                expect 5 low $command
                has "$stderr" "missing: npm: jsonstream-1.0.0.tgz" "differ in case only" "(the other one: npm/JSONStream-1.0.0.tgz)"
        done
        [ "$(listed low)" = "JSONStream-1.0.0.tgz other-1.0.0.tgz " ]
        high_new
        carry --allow-missing # not refused
        [ "$(npm_held high other)" = 1.0.0 ]
        npm_toml jsonstream other
        expect 0 low sync
        [ "$(listed low)" = "jsonstream-1.0.0.tgz other-1.0.0.tgz " ]
        # in whatever order they come: the one that is held stays, and is renewed
        npm_package jsonstream 1.1.0
        npm_toml JSONStream jsonstream other
        expect 5 low sync
        has "$stderr" "missing: npm: JSONStream-1.0.0.tgz"
        has "$(listed low)" jsonstream-1.1.0.tgz
        # one that is asked for no more, and has to stay because of another hole, keeps the other one out
        npm_toml JSONStream nonesuch
        expect 5 low sync
        has "$stderr" "missing: npm: JSONStream-1.0.0.tgz" nonesuch
        carry --allow-missing
        npm_toml JSONStream other
        expect 0 low sync
        [ "$(listed low)" = "JSONStream-1.0.0.tgz other-1.0.0.tgz " ]
}

@test "what would never match is refused with its place: a scope, an excluded name" {
        npm_package app 1.0.0
        npm_start
        npm_low app
        local scope
        for scope in @acme/ @ACME @; do
                SOURCE="scopes = { \"$scope\" = \"$REGISTRY\" }" npm_toml app
                expect 2 low sync
                has "$stderr" dray.toml:8:12 "\`$scope\` is none: write \"@acme\", in lower case"
        done
        SOURCE='exclude = ["left@1"]' npm_toml app
        expect 2 low sync
        has "$stderr" dray.toml:8:12 "takes names of packages, no versions and no patterns: \"left@1\" is none"
        npm_toml app
        sed -i '/^upstream/d' low/dray.toml
        printf 'registry=%s\n@ACME:registry=%s\n' "$REGISTRY" "$REGISTRY" >"$HOME/.npmrc"
        expect 2 low sync
        has "$stderr" "\`@ACME:registry\`, which is no scope of any package"
        sed -i s/ACME/acme/ "$HOME/.npmrc"
        expect 0 low sync
}

@test "plan names the scope, and does not count sizes that nobody states" {
        npm_package @acme/core 2.0.0
        npm_start
        npm_low @acme/core
        expect 0 low plan
        has "$stdout" "npm/@acme/core-2.0.0.tgz" "1 files to fetch, at least 0 B"
}

@test "keep, exclude, min_age, as_of, together and tags" {
        world
        npm_start
        SOURCE='keep = 2' npm_low 'left@^1'
        expect 0 low sync
        [ "$(npm_held low left)" = "1.0.0 1.5.0" ]
        SOURCE='exclude = ["host"]' npm_toml app
        expect 0 low sync
        [ -z "$(npm_held low host)" ]
        npm_set time left@1.5.0 '"2025-06-01T00:00:00.000Z"'
        SOURCE='as_of = 2025-01-01T00:00:00Z' npm_toml 'left@^1'
        expect 0 low sync
        [ "$(npm_held low left)" = 1.0.0 ]
        [ "$(json_get low/site/npm/left/index.json 'dist-tags')" = '{"latest": "1.0.0"}' ]
        npm_set time left@1.5.0 "\"$(date -u -d '2 days ago' +%FT%TZ)\""
        SOURCE='min_age = "7d"' npm_toml 'left@1.5.0'
        expect 5 low sync
        has "$output" "is younger than min_age allows"
        npm_set time left@1.5.0 null
        expect 5 low sync
        has "$output" "the registry does not say when it was published, which min_age needs"
        npm_set tags left '{"latest": "2.0.0", "next": "2.0.0-beta.1"}'
        npm_toml left@next left@1
        expect 0 low sync
        [ "$(npm_held low left)" = "1.5.0 2.0.0-beta.1" ]
        [ "$(json_get low/site/npm/left/index.json 'dist-tags.next')" = 2.0.0-beta.1 ]
        [ "$(json_get low/site/npm/left/index.json 'dist-tags.latest')" = 1.5.0 ]

        # an optional dependency that the registry does not have is left out, as npm does
        npm_package --optional 'gone@1' hopeful 1.0.0
        npm_toml hopeful
        expect 0 low sync
        has "$stderr" "optional, left out: hopeful 1.0.0 needs gone@1"
        npm_package --dep 'gone@1' hopeless 1.0.0
        npm_toml hopeless
        expect 5 low sync
        has "$output" "gone@1" "hopeless 1.0.0 needs gone@1"

        npm_package --peer 'host@1' peer-one 1.0.0
        npm_package --peer 'host@2' peer-two 1.0.0
        npm_package host 2.0.0
        npm_toml peer-one peer-two
        expect 5 low sync
        has "$output" "npm would refuse it" "together = false"
        SOURCE='together = false' npm_toml peer-one peer-two
        expect 0 low sync
        [ "$(npm_held low host)" = "1.4.0 2.0.0" ]
        sound low
}

@test "in-house tarballs hide a stranger's package of that name, also when they are gone" {
        npm_package inhouse 99.0.0
        npm_package left 1.0.0
        "$PYTHON" "$ROOT/tests/tools-py/mktgz.py" --out dist --dep left@1 inhouse 1.0.0
        "$PYTHON" "$ROOT/tests/tools-py/mktgz.py" --out dist @acme/tool 1.0.0
        npm_start
        SOURCE='local = ["../dist/*.tgz"]' npm_low 'inhouse@>=1'
        expect 0 low sync
        [ "$(npm_held low inhouse)" = 1.0.0 ]
        [ "$(npm_held low @acme/tool)" = 1.0.0 ]
        [ "$(npm_held low left)" = 1.0.0 ]
        cmp dist/inhouse-1.0.0.tgz low/site/npm/inhouse/-/inhouse-1.0.0.tgz
        rm dist/inhouse-1.0.0.tgz
        expect 5 low sync
        has "$output" "it was an in-house package here"
        [ "$(npm_held low inhouse)" = 1.0.0 ]
}

@test "lock files of four kinds select exactly what they lock, and what the targets need beside it" {
        world
        npm_package git-user 1.0.0
        npm_start
        # npm's, made on a machine where only the darwin package was there
        cat >package-lock.json <<'JSON'
{"name": "p", "lockfileVersion": 3, "packages": {
 "": {"dependencies": {"app": "1"}},
 "node_modules/app": {"version": "1.0.0"},
 "node_modules/left": {"version": "1.0.0"},
 "node_modules/old-left": {"name": "left", "version": "0.9.0"},
 "node_modules/native": {"version": "1.0.0", "optional": true},
 "node_modules/native-darwin": {"version": "1.0.0", "optional": true, "os": ["darwin"]},
 "node_modules/@scope/right": {"version": "2.1.3"},
 "node_modules/@scope/right/node_modules/left": {"version": "2.0.0"},
 "node_modules/from-git": {"version": "1.0.0", "resolved": "git+ssh://git@host.invalid/a/b.git#0123456789abcdef"},
 "node_modules/here": {"resolved": "../here", "link": true}}}
JSON
        SOURCE='lockfiles = ["../package-lock.json"]' npm_low
        expect 5 low sync
        has "$output" "git+ssh://git@host.invalid/a/b.git" "a git repository" "../here" "a file or folder"
        [ "$(npm_held low left)" = "0.9.0 1.0.0 2.0.0" ]
        [ "$(npm_held low native-linux)" = 1.0.0 ] # left out by the lock
        [ -z "$(npm_held low native-darwin)" ]     # no target installs it
        [ -z "$(npm_held low host)" ]
        # without targets: all that is locked, whoever it is for
        sed -i '/from-git\|here/d; s/"2.0.0"},$/"2.0.0"}}}/' package-lock.json
        TARGETS='' SOURCE='lockfiles = ["../package-lock.json"]' npm_toml
        expect 0 low sync
        [ "$(npm_held low native-darwin)" = 1.0.0 ]

        local integrity
        integrity=sha512-$(openssl dgst -sha512 -binary registry/left-1.5.0.tgz | base64 -w 0)
        cat >pnpm-lock.yaml <<YAML
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      left: {specifier: ^1.0.0, version: 1.5.0}
packages:
  left@1.5.0:
    resolution: {integrity: $integrity}
  '@scope/right@2.2.0':
    resolution: {integrity: sha512-AAAA}
snapshots:
  left@1.5.0: {}
  '@scope/right@2.2.0(left@1.5.0)': {}
YAML
        SOURCE='lockfiles = ["../pnpm-lock.yaml"]' npm_toml
        expect 0 low sync
        [ "$(npm_held low left)" = 1.5.0 ]
        [ "$(npm_held low @scope/right)" = 2.2.0 ]
        sed -i "s|$integrity|sha512-$(openssl dgst -sha512 -binary registry/left-1.0.0.tgz | base64 -w 0)|" pnpm-lock.yaml
        expect 5 low sync
        has "$output" "with another integrity than the registry"

        cat >yarn.lock <<YARN
# THIS IS AN AUTOGENERATED FILE. DO NOT EDIT THIS FILE DIRECTLY.
# yarn lockfile v1


"@scope/right@~2.1":
  version "2.1.3"
  resolved "${REGISTRY}@scope/right/-/right-2.1.3.tgz#$(sha1sum registry/scope-right-2.1.3.tgz | cut -d ' ' -f 1)"
  dependencies:
    left "2"

left@2, left@^2.0.0:
  version "2.0.0"
  resolved "${REGISTRY}left/-/left-2.0.0.tgz"

"old-left@npm:left@0.9.0":
  version "0.9.0"
YARN
        SOURCE='lockfiles = ["../yarn.lock"]' npm_toml
        expect 0 low sync
        [ "$(npm_held low left)" = "0.9.0 2.0.0" ]
        [ "$(npm_held low @scope/right)" = 2.1.3 ]

        cat >yarn.lock <<'YARN'
# This file is generated by running "yarn install" inside your project.

__metadata:
  version: 8
  cacheKey: 10c0

"@scope/right@npm:~2.1":
  version: 2.1.3
  resolution: "@scope/right@npm:2.1.3"
  dependencies:
    left: "npm:2"
  checksum: 10c0/00
  languageName: node
  linkType: hard

"old-left@npm:left@0.9.0":
  version: 0.9.0
  resolution: "left@npm:0.9.0"
  languageName: node
  linkType: hard

"project@workspace:.":
  version: 0.0.0-use.local
  resolution: "project@workspace:."
  languageName: unknown
  linkType: soft
YARN
        expect 0 low sync
        [ "$(npm_held low left)" = 0.9.0 ]
        [ "$(npm_held low @scope/right)" = 2.1.3 ]
}

@test "a token of .npmrc opens the registry that it is for, and is seen nowhere else" {
        world
        npm_start --token s3cr3t-t0k3n
        npm_low left
        expect 5 low sync
        has "$stderr" "left" "401"
        host=${REGISTRY#http:}
        # another place's is not tried; the variable is npm's own way to keep a token out of a file
        printf '%s\n' '//127.0.0.1:1/:_authToken=wrong' "${host}elsewhere/:_authToken=wrong" >home/.npmrc
        expect 5 low sync
        printf '%s\n' "$host:_authToken=\${NPM_TOKEN}" >>home/.npmrc
        export NPM_TOKEN=s3cr3t-t0k3n
        expect 0 low sync
        has_not "$stdout$stderr" s3cr3t
        [ "$(npm_held low left)" = 2.0.0 ]
        expect 1 grep -r s3cr3t low
}

@test "a NUL in one version's description spoils that version only, by name" {
        world
        npm_set versions left@1.0.0 '{"description": "a\u0000b"}'
        npm_start
        SOURCE='together = false' npm_low 'left@1.0.0' 'left@1.5.0'
        expect 5 low sync
        has "$stderr" "left 1.0.0" "u0000"
        [ "$(npm_held low left)" = 1.5.0 ]
}

@test "the registry is the one that npm is set up for; a scope may have its own" {
        world
        npm_start
        npm_low left
        sed -i '/^upstream/d' low/dray.toml
        echo "registry=$REGISTRY" >home/.npmrc
        expect 0 low plan
        has "$stderr" "registry in $WORK/home/.npmrc"
        expect 0 low sync
        [ "$(npm_held low left)" = 2.0.0 ]
        printf 'registry=http://127.0.0.1:1/\n@scope:registry=%s\n' "$REGISTRY" >home/.npmrc
        sed -i 's/^packages.*/packages = ["@scope\/right@2.2.0"]/' low/dray.toml
        expect 0 low sync
        [ "$(npm_held low @scope/right)" = 2.2.0 ]
        export npm_config_registry=$REGISTRY
        expect 0 low plan
        has "$stderr" "the environment (npm_config_registry)"
}
