# The Debian part of the demo, for scripts/demo.sh, whose say, step, $dray and $work it uses:
#
#   debian_source             the [[source]] of dray.toml: a set of packages, and the smallest system
#   debian_inside ADDRESS     behind the gap: debootstrap makes that system from the site alone, and apt-get in it,
#                             which knows only the site, installs the set
# shellcheck shell=bash disable=SC2016,SC2154 # expanded in the chroot; work is demo.sh's

debian_suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
debian_packages=(nginx postgresql git)

# apt is what debootstrap adds to the packages of priority required, and usr-is-merged is what it looks for first.
# It reads one suite alone, so all of it is taken from one.
debian_source() {
        cat <<EOF_SOURCE
[[source]]
name = "debian"
kind = "deb"
suites = ["$debian_suite"]
architectures = ["$(dpkg --print-architecture)"]
base = "required"
recommends = false
packages = ["apt", "usr-is-merged", $(printf '"%s", ' "${debian_packages[@]}")]
EOF_SOURCE
}

# logged NAME COMMAND... : its output goes to a file, of which the end is shown when it fails
logged() {
        local log=$work/$1.log
        shift
        "$@" >"$log" 2>&1 || { tail -n 20 "$log"; return 1; }
}

# Nothing of this machine's environment decides what happens in the root, nor where packages come from.
debian_clean() {
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

debian_inside() {
        local address=${1}debian site=$work/high/site/debian root=$work/root

        say "debootstrap: the smallest Debian, from the site alone"
        step logged debootstrap debian_clean debootstrap --variant=minbase --keyring="$site/site-key.gpg" \
                "$debian_suite" "$root" "$address"
        step debian_clean chroot "$root" sh -c 'echo "a shell in Debian $(cat /etc/debian_version)"'

        say "apt-get in that root, with only this source: ${debian_packages[*]}"
        rm -f "$root/etc/apt/sources.list"
        sed "s|^URIs: .*|URIs: $address|" "$site/apt.sources" >"$root/etc/apt/sources.list.d/site.sources"
        printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # starts no service
        chmod 755 "$root/usr/sbin/policy-rc.d"
        mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
        step debian_clean chroot "$root" apt-get -q -o Acquire::Check-Valid-Until=true update
        step logged apt-get debian_clean chroot "$root" apt-get -qy -o Acquire::Check-Valid-Until=true \
                -o Dpkg::Use-Pty=0 --no-install-recommends install "${debian_packages[@]}"
        step debian_clean chroot "$root" sh -c 'nginx -v 2>&1; git --version; psql --version'
        umount "$root/proc"
}
