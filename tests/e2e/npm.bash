# Two mirrors over a fixture npm registry. After `load helper` and `load mirror`:
#
#   load npm
#
#   npm_package [OPTION...] NAME VERSION   adds a tarball to $WORK/registry; options as in tests/tools-py/mktgz.py
#   npm_set PART ITEM JSON                 npm_set versions left@1.0.0 '{"deprecated": "no"}'; see
#                                          tests/servers/npm_registry.py
#   npm_sign                               the registry signs from now on
#   npm_start                              sets $REGISTRY
#   npm_low [SPEC...]       the connected side, $WORK/low: source npm, target linux-x64, stream plant.
#                           SOURCE and TARGETS as for low_toml. npm_toml writes dray.toml again
#   npm_client ARG...       the machine's npm, with a cache and a home of the test's own, asking nobody else
#   npm_held DIR NAME       the versions on its page
# shellcheck shell=bash

npm_package() { "$PYTHON" "$ROOT/tests/tools-py/mktgz.py" --out "$WORK/registry" "$@" >/dev/null; }

npm_set() {
        edit_json "$WORK/registry/registry.json" \
                'value.setdefault(args[0], {}).setdefault(args[1], {}); value[args[0]][args[1]] = json.loads(args[2])' "$@"
}

npm_sign() {
        openssl ecparam -name prime256v1 -genkey -noout -out "$WORK/registry/signing.pem" 2>/dev/null
}

npm_start() {
        server_start registry "$PYTHON" "$ROOT/tests/servers/npm_registry.py" --faults "$WORK/.faults.json" "$@" \
                "$WORK/registry" || return
        REGISTRY=$(server_url registry)/
        export REGISTRY
}

npm_toml() {
        {
                echo '[mirror]'
                echo "base_url = \"${BASE_URL:-http://localhost:8080/}\""
                echo '[[source]]'
                echo 'name = "npm"'
                echo 'kind = "npm"'
                echo "upstream = \"$REGISTRY\""
                printf 'packages = ['
                [ $# -eq 0 ] || printf '"%s", ' "$@"
                echo ']'
                printf '%s\n' "${SOURCE:-}"
                printf '%s\n' "${TARGETS-[[source.target]]
platform = \"linux-x64\"}"
                echo '[[stream]]'
                echo 'name = "plant"'
                echo 'sources = ["npm"]'
                echo 'keys = ["low.key"]'
        } >"$WORK/low/dray.toml"
}

npm_low() {
        dray init "$WORK/low" >/dev/null 2>&1 && dray key generate -W "$WORK/low/low" >/dev/null 2>&1 && npm_toml "$@"
}

npm_client() {
        npm --cache "$WORK/npm-cache" --fetch-retries=0 --no-audit --no-fund --no-update-notifier --loglevel=error \
                --replace-registry-host=always "$@"
}

npm_held() {
        [ -e "$1/site/npm/$2/index.json" ] || return 0
        "$PYTHON" -c 'import json, sys; print(" ".join(json.load(open(sys.argv[1]))["versions"]))' \
                "$1/site/npm/$2/index.json"
}
