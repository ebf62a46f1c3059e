#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a shell of its own; expect sets stdout and stderr
# Goal: of a Debian archive, exactly what is asked for with all that it needs, and nothing that is not vouched for:
# every way to forge, replay or swap an index is refused by name, and what is held stays.
load helper
load mirror
load deb

setup() {
        work_begin
        deb_need
        deb_key key
        deb_suite stable <<'END'
Package: web
Version: 1.0-1
Depends: libc (>= 2), one | other
Recommends: doc

Package: libc
Version: 2.3
Multi-Arch: same

Package: one
Version: 1.0
Architecture: all
Depends: base-tool

Package: other
Version: 1.0

Package: doc
Version: 1:1.5-2

Package: base-tool
Version: 1
Essential: yes
END
        deb_sign stable
        deb_start
        deb_low 'packages = ["web"]'
}

# the names and versions that plan lists, sorted
planned() {
        dray -C "$WORK/low" plan --all --json 2>/dev/null | "$PYTHON" -c 'import json, sys
print(" ".join(sorted("{package}={version}".format(**f) for f in json.load(sys.stdin)["files"])))'
}

# refused PART... : the whole source is refused for that reason, and nothing is published
refused() {
        expect 5 low sync || return
        has "$stderr" "missing: debian: the whole selection" "$@" || return
        [ "$(served)" = "${held:-}" ]
}

# the .debs that the site lists
served() { listed "$WORK/low"; }

@test "takes what is asked for with all that it needs, and says why" {
        expect 0 low plan
        has "$stdout" "web_1.0-1_amd64.deb" "you asked for web" "web 1.0-1 needs libc (>= 2)" \
            "web 1.0-1 recommends doc" "one 1.0 needs base-tool"
        expect 0 low sync
        [ "$(served)" = "base-tool_1_amd64.deb doc_1.5-2_amd64.deb libc_2.3_amd64.deb one_1.0_all.deb web_1.0-1_amd64.deb " ]
        cmp low/site/debian/pool/main/libc/libc/libc_2.3_amd64.deb archive/pool/main/libc/libc/libc_2.3_amd64.deb
        sound low
}

@test "asks once for each suite when nothing has changed" {
        DEB_SUITES='["stable", "stable-updates"]'
        deb_suite stable-updates </dev/null
        deb_sign stable-updates
        deb_low 'packages = ["web"]'
        expect 0 low sync
        index_log_clear
        expect 0 low sync
        has "$stdout" "2 index requests, 2 unchanged"
        [ "$(index_log)" = "GET /dists/stable-updates/InRelease 304 0
GET /dists/stable/InRelease 304 0" ] || [ "$(index_log)" = "GET /dists/stable/InRelease 304 0
GET /dists/stable-updates/InRelease 304 0" ]
        # the next change is fetched: the release and the one index that it changed
        index_log_clear
        deb_suite stable-updates --date 2026-11-02T00:00:00Z <<<'Package: libc
Version: 2.4'
        deb_sign stable-updates
        expect 0 low sync
        has "$(served)" libc_2.4_amd64.deb
        has_not "$(served)" libc_2.3_amd64.deb
        [ "$(index_log 'Packages|by-hash' | wc -l)" -eq 1 ]
}

@test "keys: settings of a source change what is taken" {
        deb_low 'packages = ["web"]' 'recommends = false'
        [ "$(planned)" = "base-tool=1 libc=2.3 one=1.0 web=1.0-1" ]
        deb_low 'packages = ["web", "other"]' 'exclude = ["doc"]'
        [ "$(planned)" = "libc=2.3 other=1.0 web=1.0-1" ]
        deb_low 'packages = ["doc"]' 'base = "essential"'
        [ "$(planned)" = "base-tool=1 doc=1:1.5-2" ]
        deb_low 'packages = ["web"]' 'recommends = "yes"'
        expect 2 low plan
        has "$stderr" "low/dray.toml:9:" "recommends"
        deb_low 'packages = ["web"]' 'min_age = "7d"'
        expect 2 low plan
        has "$stderr" "dray.toml:9:" "min_age" "snapshot"
        deb_low 'packages = ["web"]' 'suite = "stable"'
        expect 2 low plan
        one_error "suite" "did you mean" "suites"
}

@test "what cannot be had is named with the reason, and the rest is taken" {
        deb_suite stable <<'END'
Package: broken
Version: 1
Depends: web (>= 2) | nowhere

Package: rival
Version: 1
Conflicts: one
END
        deb_sign stable
        deb_low 'packages = ["broken", "absent", "web=9*", "doc", "one", "rival"]'
        expect 5 low sync
        has "$stderr" "debian: broken 1 (amd64)" "broken 1 needs web (>= 2) | nowhere, which is in none of the suites" \
            "debian: absent (amd64)" "none of the suites has a package of that name" \
            "debian: web=9* (amd64)" "the suites have 1.0-1" \
            "debian: rival 1 (amd64)" "rival 1 conflicts with one, which one 1.0 is"
        [ "$(served)" = "base-tool_1_amd64.deb doc_1.5-2_amd64.deb one_1.0_all.deb " ]
        deb_low 'packages = ["one", "rival"]' 'together = false'
        expect 0 low sync
        [ "$(served)" = "base-tool_1_amd64.deb one_1.0_all.deb rival_1_amd64.deb " ]
}

@test "versions, suites, keep, and lists of packages" {
        DEB_SUITES='["stable", "backports"]'
        deb_suite stable <<<'Package: doc
Version: 1:1.6-1'
        deb_suite backports --release 'NotAutomatic: yes' --release 'ButAutomaticUpgrades: yes' <<<'Package: doc
Version: 1:2.0'
        deb_sign stable
        deb_sign backports
        deb_low 'packages = ["doc"]'
        [ "$(planned)" = "doc=1:1.6-1" ]
        deb_low 'packages = ["doc/backports"]'
        [ "$(planned)" = "doc=1:2.0" ]
        deb_low 'packages = ["doc=1:1.5*"]'
        [ "$(planned)" = "doc=1:1.5-2" ]
        deb_low 'packages = ["doc"]' 'keep = 2'
        [ "$(planned)" = "doc=1:1.5-2 doc=1:1.6-1" ]
        deb_low 'packages = ["doc:arm64"]'
        [ "$(planned)" = "" ]
        printf 'doc\t\t\t\t\tinstall\nother:amd64\thold\nweb\tdeinstall\n# a remark\nbase-tool\n' >selections
        deb_low 'lockfiles = ["../selections"]'
        [ "$(planned)" = "base-tool=1 doc=1:1.6-1 other=1.0" ]
        printf 'Package: one\nStatus: install ok installed\nArchitecture: all\nVersion: 0.9\n\nPackage: web\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n' >status
        deb_low 'lockfiles = ["../status"]'
        [ "$(planned)" = "base-tool=1 one=1.0" ]
        echo 'doc  remove-me' >selections
        deb_low 'lockfiles = ["../selections"]'
        expect 2 low plan
        has "$stderr" "dray.toml" "selections:1" "remove-me"
}

@test "in-house packages go along with what they need, and hide those of their name" {
        DEB_ROOT=$WORK/built deb_suite x <<'END'
Package: doc
Version: 0.1
Depends: other

Package: foreign
Version: 1
Architecture: arm64
END
        mv built/pool/main/d/doc/doc_0.1_amd64.deb .
        deb_low 'packages = ["web"]' 'local = ["../*.deb"]'
        expect 0 low sync
        has "$stderr" "local package doc shadows any upstream one"
        [ "$(served)" = "base-tool_1_amd64.deb doc_0.1_amd64.deb libc_2.3_amd64.deb one_1.0_all.deb other_1.0_amd64.deb web_1.0-1_amd64.deb " ]
        cmp low/site/debian/pool/local/d/doc/doc_0.1_amd64.deb doc_0.1_amd64.deb
        # once in-house, never taken from upstream by accident
        deb_low 'packages = ["web"]'
        expect 5 low sync
        has "$stderr" "missing: debian: doc_1.5-2_amd64.deb" "in-house package" "--release doc"
        expect 0 low sync --release doc
        has "$(served)" doc_1.5-2_amd64.deb
        mv built/pool/main/f/foreign/foreign_1_arm64.deb .
        deb_low 'packages = ["one"]' 'local = ["../foreign_*.deb", "../absent*.deb"]'
        expect 5 low sync
        has "$stderr" "foreign_1_arm64.deb" "it is for arm64" "absent*.deb" "no file matches"
        head -c 200 foreign_1_arm64.deb >cut.deb
        deb_low 'packages = ["one"]' 'local = ["../cut.deb"]'
        expect 5 low sync
        has "$stderr" cut.deb
}

@test "sources on request" {
        deb_suite stable --sources <<'END'
Package: web
Version: 1.0-1
Source-Only: yes

Package: doc
Version: 9
Source-Only: yes
END
        deb_sign stable
        deb_low 'packages = ["web"]' 'sources = true'
        expect 0 low sync
        cmp low/site/debian/pool/main/w/web/web_1.0-1.dsc archive/pool/main/w/web/web_1.0-1.dsc
        cmp low/site/debian/pool/main/w/web/web_1.0-1.tar.xz archive/pool/main/w/web/web_1.0-1.tar.xz
        [ ! -e low/site/debian/pool/main/d/doc/doc_9.dsc ]
}

@test "verbatim: upstream's own signed indexes go along, untouched" {
        deb_low 'packages = ["web"]' 'publish = "verbatim"'
        expect 0 low sync
        cmp low/site/debian/dists/stable/InRelease archive/dists/stable/InRelease
        cmp low/site/debian/dists/stable/main/binary-amd64/Packages.xz archive/dists/stable/main/binary-amd64/Packages.xz
        same_tree low/site/debian/dists/stable/main/binary-amd64/by-hash archive/dists/stable/main/binary-amd64/by-hash
}

@test "two archives are one source: what one lacks the other has" {
        DEB_ROOT=$WORK/archive/second deb_suite extra <<<'Package: plugin
Version: 1
Depends: web'
        DEB_ROOT=$WORK/archive/second deb_sign extra
        deb_low 'packages = ["plugin"]' '[[source.archive]]' "upstream = \"${DEB_URL}second\"" 'suites = ["extra"]' \
            'keyring = "../key.gpg"'
        [ "$(planned)" = "base-tool=1 doc=1:1.5-2 libc=2.3 one=1.0 plugin=1 web=1.0-1" ]
}

@test "addresses and keys of apt's own configuration, where dray.toml has none" {
        mkdir -p etc/sources.list.d etc/trusted.gpg.d
        {
                printf 'Types: deb\nURIs: %s\nSuites: stable\nComponents: main\nSigned-By:\n' "$DEB_URL"
                gpg --homedir gnupg-key --batch --armor --export | sed -e 's/^$/./' -e 's/^/ /'
        } >etc/sources.list.d/x.sources
        printf 'Dir::Etc "%s";\n' "$PWD/etc" >apt.conf
        export APT_CONFIG=$PWD/apt.conf
        need apt-config
        sed -i -e '/^upstream/d' -e '/^keyring/d' low/dray.toml
        expect 0 low plan
        has "$stderr" "upstream $DEB_URL" "x.sources"
        [ "$(planned)" = "base-tool=1 doc=1:1.5-2 libc=2.3 one=1.0 web=1.0-1" ]
        sed -i '/Signed-By/,$d' etc/sources.list.d/x.sources
        expect 2 low plan
        has "$stderr" "stable: no keys to check its signature with" "keyring"
        cp key.gpg etc/trusted.gpg.d/
        expect 0 low plan
        sed -i 's/"stable"/"unstable"/' low/dray.toml
        expect 2 low plan
        has "$stderr" "apt on this machine has no suite unstable"
}

@test "refuses a bad signature" {
        sed -i 's/^Origin: Example/Origin: Exbmple/' archive/dists/stable/InRelease
        refused "stable InRelease: bad signature" "changed after it was signed"
}

@test "a gpgv that cannot be run is this machine's fault, no hole; what it cannot vouch for stays one" {
        expect 0 low sync
        held=$(served)
        state=$(state_of low)
        deb_suite stable --date 2026-11-02T00:00:00Z <<<$'Package: libc\nVersion: 2.4'
        deb_sign stable
        mkdir none dumb
        expect 1 env PATH="$WORK/none" "$DRAY" -C low sync
        one_error "debian: gpgv could not be started" "install gpgv"
        expect 1 env PATH="$WORK/none" "$DRAY" -C low plan
        # as without memory: it says nothing of any signature
        printf '#!/bin/sh\nexit 2\n' >dumb/gpgv
        chmod +x dumb/gpgv
        expect 1 env PATH="$WORK/dumb:$PATH" "$DRAY" -C low sync
        one_error "gpgv failed before it looked at a signature"
        expect 1 low status
        has_not "$stdout" MISSING
        [ "$(state_of low)" = "$state" ]
        [ "$(served)" = "$held" ]
        expect 0 low sync
        has "$(served)" libc_2.4_amd64.deb
}

@test "refuses an unknown key, and one that is not the configured one" {
        deb_key other
        deb_sign stable other
        refused "stable InRelease: its signature is by a key that is not in the keyring"
        deb_sign stable
        deb_low 'packages = ["web"]' 'fingerprints = ["0000000000000000000000000000000000000000"]'
        refused "not among \`fingerprints\`"
        fingerprint=$(gpg --homedir gnupg-key --batch --with-colons --list-keys 2>/dev/null | awk -F: '$1 == "fpr" { print $10; exit }')
        deb_low 'packages = ["web"]' "fingerprints = [\"$fingerprint\"]"
        expect 0 low sync
}

@test "refuses an unsigned release" {
        cp archive/dists/stable/Release archive/dists/stable/InRelease
        refused "stable InRelease: there is text before the signed message"
        rm archive/dists/stable/InRelease
        refused "has neither dists/stable/InRelease nor Release.gpg"
        gpg --homedir gnupg-key --batch --detach-sign --output archive/dists/stable/Release.gpg archive/dists/stable/Release
        expect 0 low sync
        echo 'Label: changed' >>archive/dists/stable/Release
        held=$(served)
        refused "stable Release: bad signature"
}

@test "refuses text before and behind the signed block" {
        sed -i '1i Origin: Evil' archive/dists/stable/InRelease
        refused "there is text before the signed message"
        deb_sign stable
        echo 'Origin: Evil' >>archive/dists/stable/InRelease
        refused "there is text behind the signed message"
}

@test "refuses an expired release, and one that expires while nothing else changes" {
        deb_suite stable --date 2020-01-01T00:00:00Z --valid-until 2020-01-08T00:00:00Z </dev/null
        deb_sign stable
        refused "stable InRelease: it has expired: it was valid until 2020-01-08T00:00:00Z" "clock is ahead: it says 20"
        deb_low 'packages = ["web"]' 'check_valid_until = false'
        expect 0 low sync
        held=$(served)
        soon=$(date -u -d '+15 seconds' +%Y-%m-%dT%H:%M:%SZ) # a busy machine takes its time
        deb_suite stable --date 2020-01-02T00:00:00Z --valid-until "$soon" </dev/null
        deb_sign stable
        deb_low 'packages = ["web"]'
        expect 0 low sync
        until [[ $(date -u +%Y-%m-%dT%H:%M:%SZ) > $soon ]]; do sleep 1; done
        refused "it has expired"
}

@test "refuses a release that is older than one seen before" {
        cp archive/dists/stable/InRelease first
        deb_suite stable --date 2026-11-02T00:00:00Z <<<'Package: libc
Version: 2.4'
        deb_sign stable
        expect 0 low sync
        held=$(served)
        has "$held" libc_2.4_amd64.deb
        cp first archive/dists/stable/InRelease
        refused "it is of 2026-11-01T00:00:00Z, and one of 2026-11-02T00:00:00Z was seen before" "replayed"
        deb_sign stable
        expect 0 low sync
}

@test "a release counts as seen from the generation that was made of it, not from a plan or a run that failed" {
        expect 0 low sync
        cp archive/dists/stable/InRelease first
        deb_suite stable --date 2026-11-02T00:00:00Z </dev/null
        deb_sign stable
        expect 0 low plan
        deb_low 'packages = ["web"]' '[[source]]' 'name = "x"' 'kind = "deb"' "upstream = \"$DEB_URL\"" \
                'suites = ["stable"]' 'architectures = ["amd64"]' 'keyring = "../none.gpg"' 'packages = ["web"]'
        expect 2 low sync
        has "$stderr" "none.gpg: no such keyring"
        [ "$(index_log InRelease | wc -l)" -ge 3 ]
        cp first archive/dists/stable/InRelease
        deb_low 'packages = ["web", "other"]'
        expect 0 low sync
        has "$(served)" other_1.0_amd64.deb
}

@test "refuses a release from the future" {
        deb_suite stable --date 2090-01-01T00:00:00Z </dev/null
        deb_sign stable
        refused "it is of 2090-01-01T00:00:00Z, which is in the future" "clock right? It says 20"
        # a clock may be a little behind: that is taken, and said
        soon=$(date -u -d '+20 minutes' +%Y-%m-%dT%H:%M:%SZ)
        deb_suite stable --date "$soon" </dev/null
        deb_sign stable
        expect 0 low sync
        has "$stderr" "note: debian: suite stable is of $soon, and this machine's clock says 20"
}

@test "refuses the release of another suite" {
        deb_suite testing --codename testing --name testing </dev/null
        deb_sign testing
        cp archive/dists/testing/InRelease archive/dists/stable/InRelease
        refused "stable InRelease: it is of another suite: Suite testing, Codename testing"
}

@test "refuses indexes and packages that are not those of the release" {
        index_fault '/dists/stable/main/*' corrupt
        refused "the index stable main amd64" "sha256"
        index_heal
        index_fault '/dists/stable/main/*' truncate
        refused "the index stable main amd64"
        index_heal
        # not under by-hash: its own name is asked for, and vouched for as well
        rm -r archive/dists/stable/main/binary-amd64/by-hash
        index_fault '*/web_*' corrupt
        expect 5 low sync
        has "$stderr" "missing: debian: web_1.0-1_amd64.deb" "sha256"
        has_not "$(served)" web_
        index_heal
        expect 0 low sync
}

@test "takes an archive of an older kind: plain or gzipped indexes, by their names" {
        deb_suite stable --no-by-hash --packings .gz --date 2026-11-02T00:00:00Z </dev/null
        deb_sign stable
        expect 0 low sync
        held=$(served)
        deb_suite stable --no-by-hash --packings '' --date 2026-11-03T00:00:00Z </dev/null
        deb_sign stable
        expect 0 low sync
        [ "$(served)" = "$held" ]
        # the form that would be preferred is listed, but not there
        deb_suite stable --packings .xz,.gz --date 2026-11-04T00:00:00Z </dev/null
        deb_sign stable
        find archive/dists -name 'Packages.xz' -delete
        find archive/dists -path '*by-hash*' -type f -delete
        deb_low 'packages = ["web", "other"]'
        expect 0 low sync
        has "$(served)" other_1.0_amd64.deb
}
