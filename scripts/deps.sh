#!/bin/bash
# Installs what is missing, from Debian 12's own packages; says nothing when nothing is.
#
#     scripts/deps.sh [GROUP...]        build test demo bench lint asan fuzz coverage valgrind (default: build test)
#     scripts/deps.sh list [GROUP...]   prints the package names, installs nothing
#     scripts/deps.sh missing LIB...    one line naming the pkg-config modules that are not here
#
# Needs root, or sudo. On a system without dpkg it installs nothing and succeeds: the build then
# says which library it lacks.
set -euo pipefail

# The libraries: pkg-config's name, and the package that holds it. The only list of them.
libraries="
libarchive libarchive-dev
liblzma liblzma-dev
sqlite3 libsqlite3-dev
libsodium libsodium-dev
libcrypto libssl-dev
jansson libjansson-dev
zlib zlib1g-dev
libcurl libcurl4-openssl-dev
libmicrohttpd libmicrohttpd-dev
expat libexpat1-dev
libsolv libsolv-dev
yaml-0.1 libyaml-dev
"

group_packages() {
        case $1 in
        build) echo gcc libc6-dev make pkg-config; awk 'NF { print $2 }' <<<"$libraries" ;;
        test)
                echo libcmocka-dev bats python3 python3-venv python3-pip python3-packaging
                echo minisign xz-utils openssl curl ca-certificates git gpg gpg-agent gpgv sqv apt-utils
                echo nginx faketime iproute2 util-linux procps strace
                ;;
        demo)
                echo debootstrap util-linux
                command -v npm >/dev/null || echo nodejs npm
                ;;
        bench) echo python3 curl nginx tar xz-utils coreutils gpg gpg-agent gpgv aptly debmirror casync ostree ;;
        lint) echo clang clang-format clang-tidy cppcheck shellcheck ;;
        asan) echo gcc ;;
        fuzz) echo clang libclang-rt-14-dev ;;
        coverage) echo gcc gcovr ;;
        valgrind) echo valgrind libc6-dbg ;;
        *)
                echo "deps: no group '$1'; groups: build test demo bench lint asan fuzz coverage valgrind" >&2
                return 2
                ;;
        esac
}

packages_of() {
        local group
        for group in "$@"; do
                group_packages "$group" || return
        done | tr ' ' '\n' | sort -u
}

missing_libraries() {
        local name package found=""
        if ! command -v pkg-config >/dev/null; then
                echo "pkg-config not found"
                return
        fi
        for name in "$@"; do
                pkg-config --exists "$name" && continue
                package=$(awk -v name="$name" '$1 == name { print $2 }' <<<"$libraries")
                found+="${found:+, }$name (${package:-no known package})"
        done
        [ -z "$found" ] || echo "$found not found"
}

not_installed() {
        local installed
        installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' |
                awk '$1 == "installed" { print $2 }' | sort -u)
        comm -23 <(printf '%s\n' "$@") <(printf '%s\n' "$installed")
}

# Some packages start a service when they are installed. These are wanted for tests only, so
# nothing may be listening on the machine afterwards.
forbid_service_start() {
        [ -e /usr/sbin/policy-rc.d ] && return
        printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee /usr/sbin/policy-rc.d >/dev/null
        "${root[@]}" chmod 755 /usr/sbin/policy-rc.d
        trap '"${root[@]}" rm -f /usr/sbin/policy-rc.d; rm -f "$log"' EXIT
}

install_packages() {
        root=(env)
        if [ "$(id -u)" -ne 0 ]; then
                if ! command -v sudo >/dev/null || ! { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
                        echo "deps: not installed: $*; neither root nor sudo here: install them," \
                            "or run 'make check-run' to test with what there is" >&2
                        return 1
                fi
                root=(sudo env)
        fi
        root+=(DEBIAN_FRONTEND=noninteractive)
        log=$(mktemp)
        trap 'rm -f "$log"' EXIT
        echo "deps: installing $*"
        forbid_service_start
        # A third party's broken source must not stop us: whether the packages can be had decides.
        "${root[@]}" apt-get -qq -o DPkg::Lock::Timeout=120 update >"$log" 2>&1 || true
        if ! "${root[@]}" apt-get -qq -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 \
            --no-install-recommends --no-remove install "$@" >>"$log" 2>&1 </dev/null; then
                tail -n 40 "$log" >&2
                echo "deps: apt-get could not install: $*" >&2
                return 1
        fi
}

main() {
        local command=install
        case ${1:-} in
        missing)
                shift
                missing_libraries "$@"
                return
                ;;
        list)
                command=list
                shift
                ;;
        esac
        [ $# -gt 0 ] || set -- build test
        local packages
        packages=$(packages_of "$@")
        if [ "$command" = list ]; then
                echo "$packages"
                return
        fi
        command -v dpkg-query >/dev/null || return 0
        local wanted
        # shellcheck disable=SC2086 # one word per package
        mapfile -t wanted < <(not_installed $packages)
        [ ${#wanted[@]} -eq 0 ] || install_packages "${wanted[@]}"
}

main "$@"
