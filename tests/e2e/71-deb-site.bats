#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a shell of its own; deb_low reads DEB_SUITES; expect sets stdout
# Goal: what was selected of a Debian archive is installed behind the gap by stock apt, which checks every signature,
# from `dray serve` and from the folder; and it stays so from one generation to the next.
load helper
load mirror
load deb
load apt

setup() {
        work_begin
        deb_need
        apt_need
        deb_key key
        deb_suite stable --date 2026-11-01T00:00:00Z <<'END'
Package: web
Version: 1.0-1
Depends: libc (>= 2), one | other

Package: libc
Version: 2.3
Multi-Arch: same

Package: one
Version: 1:1.0+dfsg~1
Architecture: all
Depends: base-tool

Package: other
Version: 1.0

Package: base-tool
Version: 1
Essential: yes
END
        deb_sign stable
        deb_start
}

# Builds on the connected side, imports on the isolated one.
carry_all() {
        [ -d high ] || high_new
        expect 0 low sync || return
        carry
}

# inside COMMAND... : in the namespace, with the functions of this file's apt.bash
inside() {
        # shellcheck disable=SC2016 # expanded by the inner shell
        netns_run bash -c '. "$1"; shift; "$@"' - "$ROOT/tests/e2e/apt.bash" "$@"
}

release_date() { sed -n 's/^Date: //p' "$1/dists/stable/InRelease"; }
packages_hash() { sed -n 's|^ \([0-9a-f]*\) .* main/binary-amd64/Packages.xz$|\1|p' "$1/dists/stable/InRelease"; }

@test "apt installs the set behind the gap, from dray serve and from the folder, and trusts nobody else" {
        netns_need
        DEB_SUITES='["stable", "stable-updates"]'
        deb_suite stable-updates </dev/null
        deb_sign stable-updates
        deb_low 'packages = ["web"]'
        carry_all
        server_stop index
        site=high/site/debian
        NETNS=1 server_start serve "$DRAY" -C high serve --listen 127.0.0.1:0

        apt_root http $site/apt.sources "$(server_url serve)/debian"
        expect 0 inside apt_in http update
        has_not "$stdout" "W:" "E:" "N:" "Err:"
        expect 0 inside apt_in http install -y --download-only web
        expect 0 inside apt_in http install -y web
        [ "$(apt_installed http)" = "base-tool 1
libc 2.3
one 1:1.0+dfsg~1
web 1.0-1" ]
        [ -e http/usr/share/doc/web/readme ]

        apt_root file $site/apt.sources "file:$WORK/$site"
        expect 0 inside apt_in file update
        has_not "$stdout" "W:" "E:" "N:" "Err:"
        expect 0 inside apt_in file install -y web
        [ "$(apt_installed file)" = "$(apt_installed http)" ]

        # the connected side's key is another one
        [ "$(cat low/site/debian/site-key.asc)" != "$(cat $site/site-key.asc)" ]
        apt_root foreign low/site/debian/apt.sources "file:$WORK/$site"
        expect 100 inside apt_in foreign update
        has "$stdout" NO_PUBKEY

        # three forms of the signature, and the keys as files
        expect 0 gpgv --keyring "$WORK/$site/site-key.gpg" $site/dists/stable/InRelease
        expect 0 gpgv --keyring "$WORK/$site/site-key.gpg" $site/dists/stable/Release.gpg $site/dists/stable/Release
        sed -i '/^Signed-By/,$d' http/etc/apt/sources.list.d/site.sources
        echo "Signed-By: $WORK/$site/site-key.asc" >>http/etc/apt/sources.list.d/site.sources
        expect 0 inside apt_in http update
        has_not "$stdout" "W:" "E:" "Err:"

        # the key stays at home
        [ "$(stat -c %a high/state/site.key)" = 600 ]
        seed=$(sed -n 's/^seed //p' low/state/site.key)
        [ -n "$seed" ]
        expect 1 grep -rqF "$seed" low/outbox high
        sound high
}

@test "the next generation: apt sees what is new, and one who read the old index still gets it" {
        deb_low 'packages = ["web"]'
        carry_all
        apt_root root high/site/debian/apt.sources "file:$WORK/high/site/debian"
        expect 0 apt_in root update
        first=$(packages_hash high/site/debian)
        first_date=$(release_date high/site/debian)
        # nothing new: nothing is written
        before=$(stat -c '%i %y' high/site/debian/dists/stable/InRelease)
        expect 0 high publish
        has "$stdout" already
        [ "$(stat -c '%i %y' high/site/debian/dists/stable/InRelease)" = "$before" ]

        deb_suite stable --date 2026-11-02T00:00:00Z <<<$'Package: libc\nVersion: 2.4'
        deb_sign stable
        carry_all
        # by the old index: its files are there as it is, also once the store has forgotten them
        expect 0 high gc --keep 1
        expect 0 apt_in root install -y --download-only web # which compares the files with the index
        has_not "$stdout" "W:" "E:" "Err:"
        [ -e high/site/debian/pool/main/libc/libc/libc_2.3_amd64.deb ]
        expect 0 apt_in root update
        has_not "$stdout" "W:" "E:" "Err:"
        expect 0 apt_in root install -y -s web
        has "$stdout" "Inst libc (2.4 " "Inst web (1.0-1 "
        second=$(packages_hash high/site/debian)
        [ "$first" != "$second" ]
        [ "$(date -d "$(release_date high/site/debian)" +%s)" -gt "$(date -d "$first_date" +%s)" ]
        by_hash=high/site/debian/dists/stable/main/binary-amd64/by-hash/SHA256
        [ "$(sha256sum <"$by_hash/$first")" = "$first  -" ]
        [ "$(sha256sum <"$by_hash/$second")" = "$second  -" ]

        # another address of the site: other pages of the same records
        cp high/site/debian/dists/stable/InRelease kept
        printf '[mirror]\nbase_url = "http://mirror.plant/"\n' >high/dray.toml
        expect 0 high publish
        [ -e "$by_hash/$first" ]
        has "$(cat high/site/debian/apt.sources)" "URIs: http://mirror.plant/debian"
        has "$(cat high/site/index.html)" "http://mirror.plant/debian/apt.sources" "Suites: stable"
        # later, too: no client sees two InRelease of one date
        [ "$(date -d "$(release_date high/site/debian)" +%s)" -gt \
                "$(date -d "$(sed -n 's/^Date: //p' kept)" +%s)" ]
        expect 0 apt_in root update
        has_not "$stdout" "W:" "E:" "Err:"
}

# The fields that an index adds to a control file, one line a package.
index_lines() {
        awk -v RS= '{ split("", f)
                n = split($0, lines, "\n")
                for (i = 1; i <= n; i++) if (match(lines[i], /^[A-Za-z0-9-]+: /))
                        f[substr(lines[i], 1, RLENGTH - 2)] = substr(lines[i], RLENGTH + 1)
                print f["Package"], f["Version"], f["Architecture"], f["Depends"], f["Multi-Arch"], f["Essential"],
                        f["Filename"], f["Size"], f["SHA256"] }' "$@" | sort
}

@test "apt-ftparchive, reading the same pool, comes to the same indexes" {
        need apt-ftparchive
        deb_low 'packages = ["web", "one", "other"]'
        expect 0 low sync
        cd low/site/debian || return
        apt-ftparchive packages pool >"$WORK/packages"
        [ "$(index_lines "$WORK/packages" | wc -l)" -eq 5 ]
        diff <(index_lines "$WORK/packages") <(index_lines dists/stable/main/binary-amd64/Packages)
        # Release: the same lines for the same files (it also lists by-hash files, Release and what is beside)
        apt-ftparchive release dists/stable >"$WORK/release"
        sed -n '/^SHA256:/,/^[A-Z]/p' dists/stable/Release | grep '^ ' | tr -s ' ' | sort >"$WORK/ours"
        sed -n '/^SHA256:/,/^[A-Z]/p' "$WORK/release" | grep '^ ' | tr -s ' ' | sort >"$WORK/theirs"
        [ "$(wc -l <"$WORK/ours")" -eq 2 ]
        [ -z "$(comm -23 "$WORK/ours" "$WORK/theirs")" ]
}

@test "source packages: apt-get source gets what Sources promises" {
        deb_suite stable --sources --date 2026-11-02T00:00:00Z <<<$'Source-Only: yes\nPackage: web\nVersion: 1.0-1'
        deb_sign stable
        deb_low 'packages = ["web"]' 'sources = true'
        expect 0 low sync
        has "$(cat low/site/debian/apt.sources)" "Types: deb deb-src"
        apt_root root low/site/debian/apt.sources "file:$WORK/low/site/debian"
        expect 0 apt_in root update
        has_not "$stdout" "W:" "E:" "Err:"
        mkdir sources
        cd sources || return
        expect 0 apt_in root source --download-only web
        cmp web_1.0-1.dsc ../archive/pool/main/w/web/web_1.0-1.dsc
        cmp web_1.0-1.tar.xz ../archive/pool/main/w/web/web_1.0-1.tar.xz
}

@test "policy speaks of packages by the names that people know, and lets upstream's indexes through" {
        deb_suite stable --sources --date 2026-11-02T00:00:00Z <<<$'Source-Only: yes\nPackage: web\nVersion: 1.0-1'
        deb_sign stable
        deb_low 'packages = ["web"]' 'sources = true' 'publish = "verbatim"'
        high_new
        expect 0 low sync
        expect 0 low bundle
        bundle=$stdout
        printf '%s\n' '[[policy.source]]' 'name = "debian"' 'deny = ["web"]' >high/dray.toml
        expect 6 high import "$bundle"
        expect 6 high verify "$bundle"
        has "$stdout" "NOT LET IN policy: debian/src:web is denied" "NOT LET IN policy: debian/web is denied"
        has_not "$stdout" "dists:stable is"
        printf '%s\n' '[[policy.source]]' 'name = "debian"' 'allow = ["web", "libc", "one", "other", "doc", "base-tool"]' >high/dray.toml
        expect 0 high import "$bundle"
        expect 0 high fsck
        cmp high/site/debian/dists/stable/InRelease archive/dists/stable/InRelease
}

@test "publish = verbatim: upstream's own indexes and signature, a part of the pool" {
        deb_low 'packages = ["web"]' 'publish = "verbatim"'
        carry_all
        site=high/site/debian
        for file in InRelease main/binary-amd64/Packages.xz; do
                cmp $site/dists/stable/$file archive/dists/stable/$file
        done
        [ ! -e $site/site-key.asc ] && [ ! -e high/state/site.key ]
        apt_root root $site/apt.sources "file:$WORK/$site"
        echo "Signed-By: $WORK/key.gpg" >>root/etc/apt/sources.list.d/site.sources
        expect 0 apt_in root update
        has_not "$stdout" "E:" "Err:"
        expect 0 apt_in root install -y web
        has "$(apt_installed root)" "web 1.0-1"
        expect 100 apt_in root install -y other # listed, and not carried

        # what one who read the old InRelease asks for is still there after the next change
        old=$(packages_hash archive)
        deb_suite stable --date 2026-11-02T00:00:00Z <<<$'Package: libc\nVersion: 2.4'
        deb_sign stable
        carry_all
        [ "$(packages_hash $site)" != "$old" ]
        [ "$(sha256sum <$site/dists/stable/main/binary-amd64/by-hash/SHA256/"$old")" = "$old  -" ]
        expect 0 apt_in root update
        expect 0 apt_in root install -y -s libc
        has "$stdout" "Inst libc [2.3] (2.4 "

        # and back: our own indexes, over the paths where upstream's files were
        deb_low 'packages = ["web"]'
        carry_all
        expect 0 gpgv --keyring "$WORK/$site/site-key.gpg" $site/dists/stable/InRelease
        apt_root again $site/apt.sources "file:$WORK/$site"
        expect 0 apt_in again update
        has_not "$stdout" "W:" "E:" "Err:"
        deb_low 'packages = ["web"]' 'publish = "verbatim"'
        carry_all
        cmp $site/dists/stable/InRelease archive/dists/stable/InRelease
        [ ! -e $site/dists/stable/Release.gpg ] && [ ! -e $site/site-key.asc ]
}

@test "fsck makes the signed indexes again, and finds what is not as it was published" {
        deb_low 'packages = ["web"]'
        expect 0 low sync
        sound low
        for page in apt.sources site-key.asc dists/stable/InRelease dists/stable/main/binary-amd64/Packages{,.xz}; do
                cp "low/site/debian/$page" kept
                { cat kept && echo; } >changed
                cp --remove-destination changed "low/site/debian/$page"
                expect 3 low fsck
                has "$stdout" "missing or damaged in the site: debian/$page"
                cp --remove-destination kept "low/site/debian/$page"
                sound low
        done
        rm "$(find low/site/debian/dists/ -path '*by-hash*' -type f | head -n 1)"
        expect 3 low fsck
        has "$stdout" by-hash
}

@test "a lost site key is said, and never replaced in silence" {
        deb_low 'packages = ["web"]'
        expect 0 low sync
        apt_root root low/site/debian/apt.sources "file:$WORK/low/site/debian"
        expect 0 apt_in root update
        mv low/state/site.key kept.key
        expect 3 low fsck
        has "$stdout" "site key: state/site.key"
        one_error "is gone" "dray publish --new-site-key"
        deb_suite stable --date 2026-11-02T00:00:00Z <<<$'Package: libc\nVersion: 2.4'
        deb_sign stable
        before=$(readlink -f low/site)
        expect 3 low sync
        has "$stderr" "publishing debian" "is gone" "every client must then be given"
        [ "$(readlink -f low/site)" = "$before" ]
        [ ! -e low/state/site.key ]
        # from the backup: as if nothing had been
        cp -p kept.key low/state/site.key
        expect 0 low publish
        expect 0 apt_in root update
        has_not "$stdout" "W:" "E:" "Err:"
        sound low
        # or a new one, knowingly
        rm low/state/site.key
        expect 0 low publish --new-site-key
        expect 0 apt_in root update # and keeps what it has
        has "$stdout" NO_PUBKEY
        apt_root new low/site/debian/apt.sources "file:$WORK/low/site/debian"
        expect 0 apt_in new update
        sound low
}

@test "local: packages of one's own are published beside the others, before theirs, with what they need" {
        DEB_ROOT=$WORK/dist deb_suite none <<'END'
Package: web
Version: 1:0.5~rc1
Depends: other

Package: tool
Version: 2
Architecture: all
Source: tools (2.1)
Size: 3
END
        mkdir own
        find dist -name '*.deb' -exec cp {} own/ \;
        deb_low 'packages = ["libc"]' 'local = ["../own/*.deb"]'
        carry_all
        has "$(cat high/site/debian/dists/stable/main/binary-amd64/Packages)" "Source: tools (2.1)"
        [ -z "$(find high/site/ -name 'web_1.0*')" ]
        apt_root root high/site/debian/apt.sources "file:$WORK/high/site/debian"
        expect 0 apt_in root update
        expect 0 apt_in root install -y web tool
        [ "$(apt_installed root)" = "other 1.0
tool 2
web 1:0.5~rc1" ]
        # once in-house, a name is never taken from the archive by accident
        rm own/web_*
        deb_low 'packages = ["libc", "web"]' 'local = ["../own/*.deb"]'
        expect 5 low sync
        has "$stderr" "web was an in-house package here" "dray sync --release web"
        deb_low 'packages = ["libc"]' 'local = ["../own/*.deb"]' 'publish = "verbatim"'
        expect 2 low sync
        one_error "dray.toml:9:10:" "make a source of its own"
}
