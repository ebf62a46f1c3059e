#!/bin/bash
# Refuses the host name of any package registry in the tree: dray takes them at run time from the
# clients' own configuration, and so does this check, which is why no name stands here either.
#
#     scripts/lint-hosts.sh [hosts | log RANGE]    the tree; or prints the hosts; or the commit messages
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Each prints the addresses one client on this machine is set up to use, or nothing.
from_pip() {
        local python
        for python in $(type -ap python3 | sort -u); do
                "$python" - 2>/dev/null <<'PYTHON' || true
from pip._internal.models.index import PyPI
print(PyPI.url, "https://" + PyPI.file_storage_domain)
PYTHON
                "$python" -m pip config list 2>/dev/null | grep -E 'index-url|find-links' || true
        done
}

from_npm() {
        ! command -v npm >/dev/null || (cd / && npm config get registry 2>/dev/null) || true
}

from_go() {
        ! command -v go >/dev/null || { go env GOPROXY && go env GOSUMDB | sed 's|^|https://|'; } || true
}

from_apt() {
        grep -hs '^deb' /etc/apt/sources.list /etc/apt/sources.list.d/*.list || true
        grep -hs '^URIs:' /etc/apt/sources.list.d/*.sources || true
}

from_cargo() {
        local cargo
        cargo=$(rustup which cargo 2>/dev/null || command -v cargo) || return 0
        grep -aoE 'sparse\+https://[A-Za-z0-9.-]+' "$cargo" | sort -u || true
        grep -hE '^ *(registry|index) *=' ~/.cargo/config.toml ~/.cargo/config 2>/dev/null || true
}

from_maven() {
        local maven archive
        maven=$(command -v mvn) || return 0
        maven=$(dirname "$(dirname "$(readlink -f "$maven")")")
        for archive in "$maven"/lib/maven-model-builder*.jar; do
                # The super POM, which every project inherits, names the default repository.
                python3 -c 'import sys, zipfile
print(zipfile.ZipFile(sys.argv[1]).read("org/apache/maven/model/pom-4.0.0.xml").decode())' "$archive" 2>/dev/null |
                        grep '<url>' || true
        done
        grep -h '<url>' ~/.m2/settings.xml 2>/dev/null || true
}

# What stays may be a local mirror; an address or a reserved name gives no registry away.
registry_hosts() {
        { from_pip; from_npm; from_go; from_apt; from_cargo; from_maven; } |
                grep -oE '[a-z+]+://[^][/ <>"'\'',|)]+' |
                sed -E 's|^[a-z+]+://||; s|^[^@]*@||; s|:[0-9]+$||' |
                grep -E '\.[a-z]' |
                grep -vE '(^|\.)(localhost|local|test|invalid|example(\.[a-z]+)?)$' | sort -u
}

search_tree() {
        if git rev-parse --git-dir >/dev/null 2>&1; then
                git grep --untracked -inIwF "$@"
        else
                grep -rinIwF --exclude-dir=build "$@" .
        fi
}

hosts=$(registry_hosts) || true
if [ -z "$hosts" ]; then
        echo "no package client on this machine names a registry"
        exit 77
fi
patterns=()
for host in $hosts; do
        patterns+=(-e "$host")
done
case ${1:-} in
hosts) echo "$hosts" ;;
log)
        # shellcheck disable=SC2086 # a range may be several words
        ! git log --format='%h %B' ${2:-HEAD} | grep -inwF "${patterns[@]}" ||
                { echo "  ^ a registry's host name in a commit message"; exit 1; }
        ;;
*)
        ! search_tree "${patterns[@]}" ||
                { echo "  ^ a registry's host name: take it from the client's configuration"; exit 1; }
        ;;
esac
