#!/usr/bin/env bats
# Goal: what fails upstream for a moment is a hole in that run and gone in the next: it is never remembered as the
# truth, and no run that lacks something ends in 0.
# shellcheck disable=SC2034,SC2154 # expect sets stdout and stderr
load helper
load mirror
load npm
load deb

# One day of another registry's address: a log-in page, under the headers of what it stands before.
LOG_IN='<html><body><h1>Guest network</h1><a href="/login">log in</a></body></html>'

# held : the files that the site lists
held() { listed low; }

# pool : the .debs that the site has, whatever an archive's own index lists
pool() { find low/site/ -name '*.deb' -printf '%f\n' | sort | tr '\n' ' '; }

# passes FILES-BEFORE FILES-AFTER : what stands in the way now is a hole; nothing else changes; then it passes
passes() {
        expect 5 low sync --tries 1 || return
        [ "$(held)" = "$1" ] || { echo "held: $(held)"; return 1; }
        expect 0 low sync --tries 1 || return
        [ "$(held)" = "$2" ] || { echo "held: $(held)"; return 1; }
        sound low
}

# ---- pages that are none ----

@test "a project page that is a log-in page, or cut: never confirmed by a 304" {
        index_wheel six 1.0
        index_start
        low_new six
        index_fault /simple/six/ garble "text=$LOG_IN" times=1
        passes "" "six-1.0-py3-none-any.whl "
        index_wheel six 1.1
        index_fault /simple/six/ garble times=1
        passes "six-1.0-py3-none-any.whl " "six-1.1-py3-none-any.whl "
        # what was kept of it before is confirmed by one, as ever
        index_log_clear
        expect 0 low sync
        expect 0 index_log "/simple/six/ 304"
        [ -n "$stdout" ]
}

@test "a packument that is cut: never confirmed by a 304" {
        npm_package root 1.0.0
        npm_start
        npm_low root
        index_fault /root garble times=1
        passes "" "root-1.0.0.tgz "
        npm_package root 1.1.0
        index_fault /root garble "text=$LOG_IN" times=1
        passes "root-1.0.0.tgz " "root-1.1.0.tgz "
}

@test "a signed release that is a log-in page: never confirmed by a 304" {
        deb_need
        deb_key key
        deb_suite stable <<<$'Package: web\nVersion: 1.0'
        deb_sign stable
        deb_start
        deb_low 'packages = ["web"]'
        index_fault /dists/stable/InRelease garble "text=$LOG_IN" times=1
        passes "" "web_1.0_amd64.deb "
        deb_suite stable --date 2026-11-02T00:00:00Z <<<$'Package: web\nVersion: 1.1'
        deb_sign stable
        index_fault /dists/stable/InRelease garble "text=$LOG_IN" times=1 round=2
        passes "web_1.0_amd64.deb " "web_1.1_amd64.deb "
}

@test "verbatim: a suite of which a package does not come stays as it was, with its index" {
        deb_need
        deb_key key
        deb_suite stable <<<$'Package: web\nVersion: 1.0'
        deb_sign stable
        deb_start
        deb_low 'packages = ["web"]' 'publish = "verbatim"'
        expect 0 low sync
        cp archive/dists/stable/InRelease old
        cp archive/dists/stable/main/binary-amd64/Packages.xz old.xz
        deb_suite stable --date 2026-11-02T00:00:00Z <<<$'Package: web\nVersion: 1.1'
        deb_sign stable
        index_fault '/pool/*web_1.1*' status status=404 times=2
        for try in 1 2; do
                expect 5 low sync --tries 1
                [ "$(pool)" = "web_1.0_amd64.deb " ]
                cmp low/site/debian/dists/stable/InRelease old
                cmp low/site/debian/dists/stable/main/binary-amd64/Packages.xz old.xz
        done
        expect 0 low sync --tries 1
        [ "$(pool)" = "web_1.0_amd64.deb web_1.1_amd64.deb " ] # for those who read the old index
        cmp low/site/debian/dists/stable/InRelease archive/dists/stable/InRelease
        sound low
}

@test "verbatim: the first sync of an archive that lacks a package shows the archive's own index all the same" {
        deb_need
        deb_key key
        deb_suite stable <<<$'Package: web\nVersion: 1.0\n\nPackage: doc\nVersion: 1.0'
        deb_sign stable
        deb_start
        deb_low 'packages = ["web", "doc"]' 'publish = "verbatim"'
        index_fault '/pool/*doc_1.0*' status status=404
        expect 5 low sync --tries 1
        [ "$(pool)" = "web_1.0_amd64.deb " ]
        cmp low/site/debian/dists/stable/InRelease archive/dists/stable/InRelease
}

@test "a page of HTML without a length that is cut: a hole, and no older version" {
        index_wheel six 1.0
        index_wheel six 2.0
        index_start --no-json
        low_new six
        # behind the first file: what is left would be a page
        local bytes
        bytes=$(curl -sf "${INDEX_URL}six/" | grep -abo six-2.0 | head -n 1 | cut -d : -f 1)
        index_fault /simple/six/ open "bytes=$((bytes - 1))" times=1
        passes "" "six-2.0-py3-none-any.whl "
        # whole, it is taken, but asked for in full again
        index_wheel six 2.1
        index_fault /simple/six/ open bytes=100000 times=1
        expect 0 low sync
        [ "$(held)" = "six-2.1-py3-none-any.whl " ]
        index_log_clear
        expect 0 low sync
        expect 0 index_log "/simple/six/ 200"
        [ -n "$stdout" ]
}

# ---- what only some need ----

@test "an optional dependency whose packument answers 503, or is cut: a hole, and nothing goes out" {
        npm_package --optional 'esb-linux@1.0.0' esb 1.0.0
        npm_package esb-linux 1.0.0
        npm_start
        npm_low esb
        index_fault /esb-linux status status=503 times=1
        passes "esb-1.0.0.tgz " "esb-1.0.0.tgz esb-linux-1.0.0.tgz "
        index_fault /esb-linux status status=429 times=1
        passes "esb-1.0.0.tgz esb-linux-1.0.0.tgz " "esb-1.0.0.tgz esb-linux-1.0.0.tgz "
        npm_package esb-linux 1.0.1
        index_fault /esb-linux garble times=1
        passes "esb-1.0.0.tgz esb-linux-1.0.0.tgz " "esb-1.0.0.tgz esb-linux-1.0.0.tgz "
}

@test "keep = 2, and what the older npm version needs answers 503: a hole, and nothing goes out" {
        npm_package --dep 'dep@1' old 1.0.0
        npm_package old 2.0.0
        npm_package dep 1.0.0
        npm_start
        SOURCE='keep = 2' npm_low old
        index_fault /dep status status=503 times=1
        passes "old-1.0.0.tgz old-2.0.0.tgz " "dep-1.0.0.tgz old-1.0.0.tgz old-2.0.0.tgz "
        index_fault /dep status status=500 times=1
        passes "dep-1.0.0.tgz old-1.0.0.tgz old-2.0.0.tgz " "dep-1.0.0.tgz old-1.0.0.tgz old-2.0.0.tgz "
}

# ---- what signatures are held against ----

@test "the registry's keys answer 503, are none, or are gone: no signed version is taken unchecked" {
        need openssl
        npm_package signed 1.0.0
        npm_sign
        npm_start
        npm_low signed
        index_fault /-/npm/v1/keys status status=503 times=1
        passes "" "signed-1.0.0.tgz "
        npm_package signed 1.1.0
        index_fault /-/npm/v1/keys status status=404 times=1
        passes "signed-1.0.0.tgz " "signed-1.1.0.tgz "
        rm -rf low
        npm_low signed
        index_fault /-/npm/v1/keys garble "text=$LOG_IN" times=1
        passes "" "signed-1.1.0.tgz "
        # what is not signed needs none
        rm -rf low
        rm registry/signing.pem
        npm_low signed
        index_fault /-/npm/v1/keys status status=500
        expect 0 low sync --tries 1
}

# ---- what was there, and what is promised ----

@test "the newest file answers 404 once: no older version instead" {
        index_wheel six 1.0
        index_wheel six 2.0
        index_start
        low_new six
        # the range, and then all of it: the .metadata alone is no need
        index_fault '/files/six-2.0*' status status=404 times=3
        passes "" "six-2.0-py3-none-any.whl "
        index_fault '/files/six-2.0*.metadata' status status=404
        rm -rf low
        low_new six
        expect 0 low sync --tries 1
        index_heal
        expect 0 low sync --tries 1
        find low/site/ -name 'six-2.0-py3-none-any.whl.metadata' | grep -q .
}

@test "a page that was there and answers 404: a hole, until it is back or not asked for" {
        index_wheel app 1.0
        index_wheel --requires dep app 2.0
        index_wheel dep 1.0
        index_start
        low_new app
        expect 0 low sync
        index_fault /simple/dep/ status status=404 times=1
        passes "app-2.0-py3-none-any.whl dep-1.0-py3-none-any.whl " "app-2.0-py3-none-any.whl dep-1.0-py3-none-any.whl "
        index_fault /simple/dep/ status status=404
        expect 5 low sync --tries 1
        has "$stderr" "dep: " "404" "and an earlier run had it"
        expect 5 low sync --tries 1
        low_toml 'app<2'
        expect 0 low sync --tries 1
        [ "$(held)" = "app-1.0-py3-none-any.whl " ]
        # one that never was there is no news
        low_toml app
        expect 0 low sync --tries 1
        expect 0 low sync --tries 1
        [ "$(held)" = "app-1.0-py3-none-any.whl " ]
}

@test "an optional npm package that was there and answers 404: a hole, and nothing goes out" {
        npm_package --optional 'extra@1' app 1.0.0
        npm_package extra 1.0.0
        npm_start
        npm_low app
        expect 0 low sync
        index_fault /extra status status=404 times=1
        passes "app-1.0.0.tgz extra-1.0.0.tgz " "app-1.0.0.tgz extra-1.0.0.tgz "
}

# ---- parts of files ----

@test "a damaged part of a wheel: the whole file is read, and the newest version taken" {
        index_wheel six 1.0
        index_wheel six 2.0
        index_start --no-metadata
        low_new six
        # the last byte of the first request, which is for the end of the file
        index_fault '/files/six-2.0*' corrupt offset=-1 times=1
        expect 0 low sync --tries 1
        [ "$(held)" = "six-2.0-py3-none-any.whl " ]
        sound low
}

@test "parts of another wheel than the file is: a hole, and what it needs comes with the next run" {
        index_wheel --requires dep app 2.0
        index_wheel --tag cp311-cp311-win_amd64 app 2.0
        index_wheel dep 1.0
        index_start --no-metadata
        low_new app
        index_fault /files/app-2.0-py3-none-any.whl other path=/files/app-2.0-cp311-cp311-win_amd64.whl
        passes "" "app-2.0-py3-none-any.whl dep-1.0-py3-none-any.whl "
        expect 0 low sync
}
