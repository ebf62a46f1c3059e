# apt in a root of its own, with one source and nothing of this machine's configuration. After `load helper`:
#
#   apt_need                      skips the test where there is no apt
#   apt_root DIR SOURCES [URI]    an empty system whose only source is that .sources file, with that address in it
#   apt_in DIR ARG...             apt-get there: apt_in root update. Signatures and validity are checked
#   apt_installed DIR             "name version" of what is installed there, sorted
# shellcheck shell=bash

apt_need() { need apt-get dpkg gpgv; }

apt_root() {
        local root=$WORK/$1
        mkdir -p "$root"/etc/apt/{apt.conf.d,preferences.d,sources.list.d,trusted.gpg.d} "$root"/var/lib/apt/lists/partial \
                "$root"/var/cache/apt/archives/partial "$root"/var/log/apt "$root"/var/lib/dpkg/{info,updates,triggers}
        touch "$root/var/lib/dpkg/status" "$root/var/lib/dpkg/available"
        sed "${3:+s|^URIs: .*|URIs: $3|}" "$2" >"$root/etc/apt/sources.list.d/site.sources"
        # read before anything of /etc/apt, which is then looked for below Dir
        cat >"$root.conf" <<END
Dir "$root";
Dir::State::status "$root/var/lib/dpkg/status";
DPkg::Options { "--root=$root"; "--force-not-root"; "--force-script-chrootless"; "--log=$root/var/log/dpkg.log"; };
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "true";
APT::Sandbox::User "root";
Acquire::Check-Valid-Until "true";
Acquire::Languages "none";
Acquire::Retries "0";
END
}

apt_in() {
        local root=$WORK/$1
        shift
        APT_CONFIG=$root.conf DEBIAN_FRONTEND=noninteractive apt-get -q "$@" 2>&1
}

apt_installed() {
        dpkg-query --admindir="$WORK/$1/var/lib/dpkg" -W -f '${Package} ${Version} ${db:Status-Status}\n' 2>/dev/null |
                sed -n 's/ installed$//p' | sort
}
