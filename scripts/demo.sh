#!/usr/bin/env bash
# Carries real Python packages, a locked project of npm packages and a Debian
# across a real gap: from the registries that this machine's pip, npm and apt
# use, through one bundle file, into a network namespace that has no route. There
# a stock pip installs and imports the ones, a stock npm installs and builds the
# project, debootstrap makes a system and apt-get installs into it.
#
#     scripts/demo.sh [DIR]        DIR is kept; default: a temporary folder, removed at the end
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/demo-debian.bash
. "$here/scripts/demo-debian.bash"
dray=${DRAY:-$here/dray}
python=/usr/bin/python3
packages=(numpy pandas requests flask cryptography)
# Versions that Debian 12's own Node (18) runs; native packages and scoped names among what they need.
project='{"name": "demo", "version": "1.0.0", "type": "module", "dependencies": {"react": "^18", "react-dom": "^18"},
 "devDependencies": {"vite": "^5", "@vitejs/plugin-react": "^4", "typescript": "~5.4", "eslint": "^8",
 "@types/react": "^18", "@types/react-dom": "^18"}}'

if [ "${1:-}" = --inside ]; then
        work=$2
else
        work=${1:-$(mktemp -d "${TMPDIR:-/tmp}/dray-demo.XXXXXX")}
        mkdir -p "$work"
        [ -n "${1:-}" ] || trap 'rm -rf "$work"' EXIT
fi

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

# Runs a command, shown, with the time that it took.
step() {
        local start end
        printf '$ %s\n' "${*//$work/\$DEMO}"
        start=$(date +%s%N)
        "$@"
        end=$(date +%s%N)
        printf -- '-- %d.%02d s\n' $(((end - start) / 1000000000)) $(((end - start) / 10000000 % 100))
}

write_project() {
        mkdir -p "$work/app/src"
        cd "$work/app"
        echo "$project" >package.json
        cat >tsconfig.json <<'EOF'
{"compilerOptions": {"jsx": "react-jsx", "strict": true, "noEmit": true, "module": "esnext",
 "moduleResolution": "bundler", "target": "es2020", "lib": ["es2020", "dom"], "skipLibCheck": true}, "include": ["src"]}
EOF
        cat >vite.config.js <<'EOF'
import react from '@vitejs/plugin-react'
export default { plugins: [react()] }
EOF
        echo '<!doctype html><div id="root"></div><script type="module" src="/src/main.tsx"></script>' >index.html
        cat >src/main.tsx <<'EOF'
import { createRoot } from 'react-dom/client'

createRoot(document.getElementById('root')!).render(<h1>carried</h1>)
EOF
        npm install --package-lock-only --ignore-scripts --no-audit --no-fund --loglevel=error
        cd "$here"
}

connected() {
        local python_version platform
        python_version=$($python -c 'import platform; print(platform.python_version())')
        platform=$($python -c 'import platform
v = platform.libc_ver()[1].split(".")
print(f"manylinux_{v[0]}_{v[1]}_{platform.machine()}")')

        say "A project of npm packages, as a developer locks it"
        step write_project
        say "Connected side: a mirror of ${packages[*]} for two Pythons, of what the project locks, and of a Debian with ${debian_packages[*]}"
        step "$dray" init "$work/low"
        cat >"$work/low/dray.toml" <<EOF
[[source]]
name = "pypi"
kind = "pypi"
packages = [$(printf '"%s", ' "${packages[@]}")]

[[source.target]]
python = "$python_version"
platform = "$platform"

[[source.target]]
python = "3.12"
platform = "manylinux_2_28_$(uname -m)"

[[source]]
name = "npm"
kind = "npm"
lockfiles = ["../app/package-lock.json"]

[[source.target]]
platform = "$(node -p 'process.platform + "-" + process.arch')"
node = "$(node -p process.versions.node)"

$(debian_source)

[[stream]]
name = "plant-a"
keys = ["low.key"]
EOF
        step "$dray" key generate -W "$work/low/low"
        step "$dray" -C "$work/low" sync
        say "Again: nothing new, so nothing is fetched"
        step "$dray" -C "$work/low" sync
        say "One signed file"
        step "$dray" -C "$work/low" bundle
        ls -l "$work/low/outbox"
        mkdir -p "$work/stick"
        cp "$work"/low/outbox/*.dray "$work/low/low.pub" "$work/stick/"
        cp -r "$work/app" "$work/stick/"
}

install_from() {
        local name=$1 index=$2
        $python -m venv "$work/venv-$name"
        step env -u PIP_FIND_LINKS -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL \
                "$work/venv-$name/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check \
                --index-url "$index" "${packages[@]}"
        step "$work/venv-$name/bin/python" -c \
                "import numpy, pandas, requests, flask, cryptography; print('imported:', 'numpy', numpy.__version__, 'pandas', pandas.__version__, 'requests', requests.__version__, 'cryptography', cryptography.__version__)"
}

build_project() {
        local npm=(npm --cache "$work/npm-cache" --registry "$1" --replace-registry-host=always --no-audit --no-fund
                --no-update-notifier --loglevel=error)
        cd "$work/stick/app"
        step "${npm[@]}" ci
        step ./node_modules/.bin/tsc
        step ./node_modules/.bin/eslint --no-eslintrc --parser-options=ecmaVersion:2020,sourceType:module vite.config.js
        step ./node_modules/.bin/vite build --logLevel warn
        ls -l dist/assets
        cd "$here"
}

isolated() {
        local server bundle port address

        say "Isolated side: a network namespace without a route"
        ip link set lo up
        ip route show | grep . && { echo "there is a route: this is no isolated network" >&2; exit 1; }
        echo "no route; only the stick:"
        ls "$work/stick"
        bundle=$(echo "$work"/stick/*.dray)
        step "$dray" verify "$bundle" --key "$work/stick/low.pub"
        step "$dray" init --isolated "$work/high"
        step "$dray" -C "$work/high" trust add plant-a "$work/stick/low.pub"
        printf '[mirror]\nbase_url = "http://127.0.0.1:8080/"\n' >"$work/high/dray.toml"
        step "$dray" -C "$work/high" import "$bundle"

        say "pip over HTTP, from dray serve"
        "$dray" -C "$work/high" serve --listen 127.0.0.1:8080 >"$work/serve.log" &
        server=$!
        for _ in $(seq 50); do
                grep -q serving "$work/serve.log" && break
                sleep 0.1
        done
        address=$(sed -n 's/^serving .* on \(http[^ ]*\)$/\1/p' "$work/serve.log")
        port=${address##*:}
        echo "serving on loopback, port ${port%/}"
        install_from http "${address}pypi/simple/"
        say "npm over HTTP: the project is installed from its lock file, checked and built"
        build_project "${address}npm/"
        debian_inside "$address"
        kill "$server"
        wait "$server" || true

        say "pip from the folder itself"
        install_from file "file://$work/high/site/pypi/simple/"

        say "Done: everything was installed without a network"
        step "$dray" -C "$work/high" status
}

if [ "${1:-}" = --inside ]; then
        isolated
        exit 0
fi

connected
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
apart=("${as_root[@]}" unshare --net --mount)
# in a chroot whose root is no mount point, mounts cannot be told to stay here
"${apart[@]}" true 2>/dev/null || apart+=(--propagation unchanged)
"${apart[@]}" "$0" --inside "$work"
