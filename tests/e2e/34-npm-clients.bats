#!/usr/bin/env bats
# Goal: the lock file of every npm client selects exactly what it locks, and that client installs it behind the gap,
# with its stock commands, from nginx and from dray serve.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a shell of its own; expect sets stdout and stderr
load helper
load mirror
load npm

CLIENTS=${BUILD:-$ROOT/build/release}/npm-clients

# pnpm, Yarn 1 and Yarn 4, from the registry that this machine's npm uses; kept for the next time.
setup_file() {
        [ ! -e "$CLIENTS/ok" ] && command -v npm >/dev/null || return 0
        mkdir -p "$CLIENTS/yarn1"
        timeout 120 npm install --prefix "$CLIENTS" --no-audit --no-fund --loglevel=error pnpm@9 @yarnpkg/cli-dist@4 \
                >"$CLIENTS/log" 2>&1 3>&- || return 0
        timeout 120 npm install --prefix "$CLIENTS/yarn1" --no-audit --no-fund --loglevel=error yarn@1 \
                >>"$CLIENTS/log" 2>&1 3>&- || return 0
        touch "$CLIENTS/ok"
}

setup() {
        work_begin
        need npm nginx
        [ -e "$CLIENTS/ok" ] || skip "pnpm and yarn could not be had: $(tail -n 1 "$CLIENTS/log" 2>/dev/null)"
        npm_package --dep 'left@^1.0.0' --dep '@scope/right@~2.1' --optional 'native@1.0.0' app 1.0.0
        npm_package left 1.5.0
        npm_package left 2.0.0
        npm_package --dep 'left@2' @scope/right 2.1.3
        npm_package --optional 'native-linux@1.0.0' --optional 'native-darwin@1.0.0' native 1.0.0
        npm_package --manifest '{"os": ["linux"], "cpu": ["x64"]}' native-linux 1.0.0
        npm_package --manifest '{"os": ["darwin"]}' native-darwin 1.0.0
        npm_start
        port=$(free_port)
        BASE_URL=http://127.0.0.1:$port
        export BASE_URL COREPACK_ENABLE_STRICT=0 YARN_ENABLE_TELEMETRY=0
        mkdir app
        echo '{"name": "project", "version": "1.0.0", "dependencies": {"app": "^1"}}' >app/package.json
        all="app 1.0.0
left 1.5.0
left 2.0.0
native 1.0.0
native-linux 1.0.0
@scope/right 2.1.3"
}

# point_at URL : the client settings of the project
point_at() {
        printf 'registry=%s\nreplace-registry-host=always\naudit=false\nfund=false\n' "$1" >app/.npmrc
        printf 'registry "%s"\n' "$1" >app/.yarnrc
        printf 'npmRegistryServer: "%s"\nunsafeHttpWhitelist: ["127.0.0.1"]\nenableTelemetry: false\nnodeLinker: node-modules\nenableGlobalCache: false\ncacheFolder: "%s"\nenableImmutableInstalls: false\n' \
                "${1%/}" "$WORK/berry-cache" >app/.yarnrc.yml
}

client() {
        local name=$1
        shift
        case $name in
        npm) npm --prefix app --cache "$WORK/cache" --loglevel=error "$@" ;;
        pnpm) (cd app && "$CLIENTS/node_modules/.bin/pnpm" --store-dir "$WORK/cache" "$@") ;;
        yarn1) (cd app && "$CLIENTS/yarn1/node_modules/.bin/yarn" --cache-folder "$WORK/cache" "$@") ;;
        yarn4) (cd app && "$CLIENTS/node_modules/.bin/yarn" "$@") ;;
        esac
}

# held : "name version" of every file that the site has
held() {
        find low/site/npm -name '*.tgz' -printf '%P\n' |
                sed -E 's|^(.*)/-/.*-([0-9]+\.[0-9]+\.[0-9]+)\.tgz$|\1 \2|' | sort
}

# carried CLIENT LOCK INSTALL... : with that lock file, selected by it and installed in the namespace
carried() {
        local name=$1 lock=$2 server
        shift 2
        netns_need
        SOURCE="lockfiles = [\"../app/$lock\"]" npm_low
        expect 0 low sync
        diff <(held) <(sort <<<"$all")
        server_stop registry
        point_at "http://127.0.0.1:$port/npm/"
        # Yarn 1 takes the addresses in its lock file as they stand
        sed -i "s|${REGISTRY}|http://127.0.0.1:$port/npm/|" "app/$lock"
        declare -f client >client.bash
        for server in dray nginx; do
                if [ $server = dray ]; then
                        NETNS=1 server_start web "$DRAY" -C low serve --listen "127.0.0.1:$port"
                else
                        NETNS=1 NGINX_PORT=$port nginx_start web "$WORK/low/site" "index index.html;"
                fi
                rm -rf app/node_modules cache berry-cache
                # shellcheck disable=SC2016 # expanded by the inner shell
                expect 0 netns_run env WORK="$WORK" CLIENTS="$CLIENTS" bash -c '. ./client.bash; client "$@"' - "$name" "$@"
                (cd app && node -e '
const here = require.resolve("app/package.json"), app = require("module").createRequire(require("fs").realpathSync(here))
if (app("left") !== "left@1.5.0" || app("@scope/right") !== "@scope/right@2.1.3") process.exit(1)')
                server_stop web
        done
}

@test "package-lock.json and npm ci" {
        [ "$(npm --version | cut -d . -f 1)" -ge 10 ] || skip "npm $(npm --version) doubles the path of a registry that lies below one"
        point_at "$REGISTRY"
        expect 0 client npm install --package-lock-only
        carried npm package-lock.json ci
}

@test "pnpm-lock.yaml and pnpm install --frozen-lockfile" {
        point_at "$REGISTRY"
        expect 0 client pnpm install --lockfile-only
        carried pnpm pnpm-lock.yaml install --frozen-lockfile
}

@test "yarn.lock and Yarn 1" {
        point_at "$REGISTRY"
        expect 0 client yarn1 install --ignore-scripts
        all+=$'\nnative-darwin 1.0.0' # it fetches the packages of all platforms
        carried yarn1 yarn.lock install --frozen-lockfile
}

@test "yarn.lock and Yarn 4" {
        point_at "$REGISTRY"
        expect 0 client yarn4 install
        carried yarn4 yarn.lock install
}
