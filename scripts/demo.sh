#!/usr/bin/env bash
# Carries real Python and Debian packages across a real gap: from the index that
# this machine's pip uses and the archive that its apt uses, through one bundle
# file, into a network namespace that has no route, where a stock pip installs
# and imports them, debootstrap makes a system and apt-get installs into it.
#
#     scripts/demo.sh [DIR]        DIR is kept; default: a temporary folder, removed at the end
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/demo-debian.bash
. "$here/scripts/demo-debian.bash"
dray=${DRAY:-$here/dray}
python=/usr/bin/python3
packages=(numpy pandas requests flask cryptography)

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

connected() {
        local python_version platform
        python_version=$($python -c 'import platform; print(platform.python_version())')
        platform=$($python -c 'import platform
v = platform.libc_ver()[1].split(".")
print(f"manylinux_{v[0]}_{v[1]}_{platform.machine()}")')

        say "Connected side: a mirror of ${packages[*]} for two Pythons, and of a Debian with ${debian_packages[*]}"
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
        step "$dray" -C "$work/high" import "$bundle"

        say "pip over HTTP, from dray serve"
        "$dray" -C "$work/high" serve --listen 127.0.0.1:0 >"$work/serve.log" &
        server=$!
        for _ in $(seq 50); do
                grep -q serving "$work/serve.log" && break
                sleep 0.1
        done
        address=$(sed -n 's/^serving .* on \(http[^ ]*\)$/\1/p' "$work/serve.log")
        port=${address##*:}
        echo "serving on loopback, port ${port%/}"
        install_from http "${address}pypi/simple/"
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
if [ "$(id -u)" = 0 ]; then
        unshare --net --mount "$0" --inside "$work"
else
        sudo unshare --net --mount "$0" --inside "$work"
fi
