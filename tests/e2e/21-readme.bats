#!/usr/bin/env bats
# Goal: a newcomer who types what README says gets what README says: both sides, pip over HTTP, from a
# folder and through nginx, the units for systemd.
# shellcheck disable=SC2154,SC2016 # stdout and stderr are set by expect; a made-up script holds its own $
load helper

README=$ROOT/README.md

# fenced LANGUAGE [N]: the fenced blocks of README in that language, or the N-th of them.
fenced() {
        awk -v fence="\`\`\`$1" -v wanted="${2:-0}" \
                '$0 == fence { on = 1; n++; next } /^```/ { on = 0 } on && (!wanted || n == wanted)' "$README"
}

# The fenced block of that language which has a line that begins so.
fenced_with() {
        awk -v fence="\`\`\`$1" -v wanted="$2" \
                '$0 == fence { on = 1; block = ""; next } /^```/ { if (on && ("\n" block) ~ ("\n" wanted)) printf "%s", block; on = 0 } on { block = block $0 "\n" }' "$README"
}

# The tour, as it stands in README, in the current folder. What it mirrors comes from the fixture index,
# which stands where this machine's pip would look.
tour() {
        index_wheel --requires 'idna' --requires-python '>=3.9' requests 2.32.0
        index_wheel idna 3.7
        index_wheel rich 12.0
        index_wheel rich 13.7
        index_wheel six 1.16.0
        index_start
        export PIP_INDEX_URL=$INDEX_URL
        PATH=$(dirname "$DRAY"):$PATH
        fenced sh >tour.sh
        [ -s tour.sh ]
        expect 0 bash -eux tour.sh
}

@test "the tour runs as it stands, and pip installs on the isolated side" {
        tour
        has "$output" "PIP_INDEX_URL in the environment" "imported: bundle 1 of stream plant-a (full)" \
                "imported: bundle 2 of stream plant-a" "on bundle 1"
        index_stop
        server_start site dray -C high serve --listen 127.0.0.1:0
        venv_new venv
        expect 0 pip_in venv install -q --no-cache-dir --index-url "$(server_url site)/pypi/simple/" requests rich six
        expect 0 venv/bin/python -c 'import requests, idna, rich, six; print(rich.__version__)'
        [ "$stdout" = 13.7 ]
        venv_new venv-file
        expect 0 pip_in venv-file install -q --no-cache-dir --index-url "file://$WORK/high/site/pypi/simple/" requests six
        expect 0 venv-file/bin/python -c 'import requests, six'
        expect 0 curl -sS "$(server_url site)/"
        has "$stdout" "pip install --index-url" "stream plant-a, bundle 2"
}

@test "nginx serves the site with what README shows" {
        need nginx
        tour
        has "$(fenced nginx)" "root /srv/high/site;" "index index.html;"
        nginx_start web "$WORK/high/site" 'index index.html;'
        venv_new venv
        expect 0 pip_in venv install -q --no-cache-dir --index-url "$(server_url web)/pypi/simple/" requests six
        expect 0 venv/bin/python -c 'import requests, idna, six'
}

@test "systemd accepts the units" {
        need systemd-analyze
        fenced_with ini ExecStart= >dray-mirror.service
        fenced_with ini OnCalendar= >dray-mirror.timer
        has "$(cat dray-mirror.service)" "ExecStart="
        has "$(cat dray-mirror.timer)" "OnCalendar="
        expect any systemd-analyze verify ./dray-mirror.service ./dray-mirror.timer
        if [ "$status" -ne 0 ] && [[ $stderr != *dray-mirror* ]]; then
                skip "systemd-analyze does not work here: ${stderr##*$'\n'}"
        fi
        [ "$status" -eq 0 ]
        has_not "$stderr" "dray-mirror.service:" "dray-mirror.timer:"
        # What the timer runs is what the exit statuses are for.
        mkdir bin
        printf '#!/bin/sh\necho "$@" >>calls\n[ "$1" = sync ] && exit 5\nexit 0\n' >bin/dray
        chmod +x bin/dray
        command=$(sed -n "s/^ExecStart=.*-c '\(.*\)'\$/\1/p" dray-mirror.service)
        PATH=$PWD/bin:$PATH expect 5 sh -c "$command"
        [ "$(cat calls)" = sync ]
}

@test "what README says of trouble holds: holes, a lost bundle, a repeated one, a cut one" {
        tour
        # Lost: bundle 3 never arrives.
        index_wheel six 1.17.0
        expect 0 dray -C low sync
        expect 0 dray -C low bundle
        index_wheel idna 3.8
        expect 0 dray -C low sync
        expect 0 dray -C low bundle
        expect 4 dray -C high import low/outbox/plant-a-000004.dray
        has "$stderr" "gap: this mirror is at bundle 2" "dray bundle --stream plant-a --base 2"
        expect 0 dray -C low bundle --stream plant-a --base 2
        expect 0 dray -C high import low/outbox/plant-a-000005.dray
        # Repeated, and cut.
        expect 0 dray -C high import low/outbox/plant-a-000005.dray
        has "$output" "imported already" "nothing was changed"
        head -c 3000 low/outbox/plant-a-000004.dray >cut.dray
        expect 3 dray -C high verify cut.dray
        # A hole.
        expect 0 dray -C low add pypi not-there
        expect 5 dray -C low sync
        expect 5 dray -C low status
        has "$stdout" "MISSING" "not-there"
        expect 5 dray -C low bundle
        expect 0 dray -C low bundle --allow-missing
        expect 0 dray -C high import low/outbox/plant-a-000006.dray
        expect 5 dray -C high status
        has "$stdout" "MISSING" "not-there"
        # Trust, by id.
        id=$(dray key show low/low.pub | cut -d' ' -f1)
        expect 0 dray key generate -W new
        expect 0 dray -C high trust add plant-a new.pub
        expect 0 dray -C high trust remove plant-a "$id"
        expect 3 dray -C high verify low/outbox/plant-a-000006.dray
        has "$stderr" "not trusted here"
}

@test "what README says of trouble holds: an outage takes nothing away, damage is found and mended" {
        tour
        listing() { (cd "$1/site/pypi" && find . -type f -exec sha256sum {} + | sort); }
        listing low >low.before
        listing high >high.before
        grep -q idna-3.7 low.before
        index_fault '/*' status status=503
        expect 5 dray -C low sync --tries 1
        listing low >low.after
        diff low.before low.after
        expect 5 dray -C low bundle
        index_heal
        expect 0 dray -C low sync

        for side in low high; do
                blob=$(find $side/state/blobs -type f -size +500c | head -n 1)
                chmod u+w "$blob"
                printf XXXX | dd of="$blob" bs=1 seek=200 conv=notrunc status=none
                expect 3 dray -C $side fsck
                expect 3 dray -C $side fsck --repair
        done
        expect 0 dray -C low sync
        expect 0 dray -C low bundle --full
        expect 0 dray -C high import low/outbox/plant-a-000003.dray
        for side in low high; do
                expect 0 dray -C $side fsck
                listing $side >$side.after
                diff $side.before $side.after
        done
}
