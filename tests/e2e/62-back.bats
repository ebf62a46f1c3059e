#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a shell of its own; expect sets stdout and stderr
# Goal: the isolated side can go back to what it showed before, see what changed, and tell the connected
# side what it holds, and none of it lets an older bundle in or is believed unproven.
load helper
load mirror
load deb

# three generations in both mirrors; $b1 $b2 $b3 are the bundles, tree1.. tree3 the sites as published
three() {
        index_wheel leaf 1.0
        index_wheel stays 1.0
        index_start
        low_new leaf stays
        high_new
        local n
        for n in 1 2 3; do
                low sync
                carry
                printf -v "b$n" %s "$bundle"
                cp -rL high/site "tree$n"
                index_wheel leaf "1.$n"
                [ "$n" -ne 2 ] || index_wheel new 1.0
                [ "$n" -ne 2 ] || low_toml leaf new
        done
}

# ---- back to what was ----

@test "rollback shows what was there, at once; the number of the last bundle stays, and the next goes forward" {
        three
        expect 0 high rollback
        has "$stdout" "site shows generation 2"
        same_tree high/site/pypi/simple tree2/pypi/simple
        expect 0 high status
        has "$stdout" "generation 3, made" "site      shows generation 2: ROLLED BACK"
        sound high
        # further back, by the bundle's number
        expect 0 high rollback plant/1
        same_tree high/site/pypi/simple tree1/pypi/simple
        expect 0 high rollback plant/1
        has "$stdout" "shows generation 1 already"
        # importing what was imported changes nothing, and an older bundle is no way back
        expect 0 high import "$b3"
        same_tree high/site/pypi/simple tree1/pypi/simple
        # nor is a bundle without changes a reason to go forward
        carry
        same_tree high/site/pypi/simple tree1/pypi/simple
        # one that brings something is, and it is told
        low_toml leaf new stays
        low sync
        expect 0 low bundle
        expect 0 high import "$stdout"
        has "$stderr" "the import ends the rollback to generation 1"
        same_tree high/site/pypi/simple low/site/pypi/simple
        expect 0 high rollback 3
        expect 0 high publish
        expect 0 high status --json
        printf '%s' "$stdout" >status.json
        [ "$(json_get status.json rolled_back)" = false ]
        same_tree high/site/pypi/simple low/site/pypi/simple
        expect 0 high log
        has "$stdout" "rollback: site from generation 3 to 2" "rollback: site from generation 2 to 1" "rollback: undone" "rollback: the import ends the rollback to generation 1"
        sound high
}

@test "after a rollback an older bundle is refused as before, and gc keeps what is shown" {
        three
        expect 0 high rollback 1
        expect 0 high gc --keep 1
        same_tree high/site/pypi/simple tree1/pypi/simple
        sound high
        # a bundle that was passed over is no way back
        expect 0 low bundle --full
        passed=$stdout
        carry --full
        expect 4 high import "$passed"
        one_error "older: this is bundle 4 of stream plant"
        same_tree high/site/pypi/simple tree1/pypi/simple
        expect 0 high publish
        expect 0 high gc --keep 1
        expect 2 high rollback 1
        one_error "generation 1 is not here (dray gc keeps"
        expect 1 high rollback
        expect 2 high rollback nonsense
        one_error "nonsense is none of: a generation"
}

# the date of the site's own Release
released() { date -d "$(sed -n 's/^Date: //p' low/site/debian/dists/stable/Release)" +%s; }

# there NAME-VERSION... : exactly these of the wheels app-*, listed or not, are in the site
there() {
        [ "$(find low/site/ -name 'app-*.whl' -printf '%f\n' | cut -d - -f 1,2 | sort | xargs)" = "$*" ] || {
                find low/site/ -name '*.whl'
                return 1
        }
}

@test "what leaves the index is to be had through three more changes; what comes back stays, what is rolled back goes" {
        index_wheel app 1.0
        index_wheel leaf 1.0
        index_start
        low_new app leaf
        expect 0 low sync
        for n in 2 3 4 5; do
                index_wheel app "$n.0"
                expect 0 low sync
                [ "$(listed low)" = "app-$n.0-py3-none-any.whl leaf-1.0-py3-none-any.whl " ]
                expect 0 low gc # the store forgets it, its readers do not
        done
        there app-2.0 app-3.0 app-4.0 app-5.0
        sound low
        expect 0 low publish # nothing new: nothing goes
        there app-2.0 app-3.0 app-4.0 app-5.0
        # one that is back is a file as any other, however many changes come
        low_toml app==4.0 leaf
        expect 0 low sync
        has "$(listed low)" app-4.0-
        for n in 1 2 3 4 5; do
                index_wheel leaf "1.$n"
                expect 0 low sync
                sound low
        done
        there app-4.0
        index_wheel app 6.0
        low_toml app leaf
        expect 0 low sync
        there app-4.0 app-6.0
        expect 0 low rollback
        has "$(listed low)" app-4.0-
        there app-4.0
        sound low
}

@test "what comes back while nobody knows what the site shows stays, too" {
        index_wheel app 1.0
        index_wheel leaf 1.0
        index_start
        low_new app leaf
        expect 0 low sync
        index_wheel app 2.0
        expect 0 low sync
        there app-1.0 app-2.0
        # a damaged file: both trees are to be made anew
        blob=$(sha256sum low/site/pypi/files/*/*/leaf-1.0-py3-none-any.whl | cut -c 1-64)
        rm -f "low/state/blobs/${blob:0:2}/$blob"
        expect 3 low fsck --repair
        low_toml app==1.0 leaf
        expect 0 low sync
        has "$(listed low)" app-1.0-
        for n in 1 2 3 4 5; do
                index_wheel leaf "1.$n"
                expect 0 low sync
                there app-1.0
                sound low
        done
}

@test "a Debian index that is rolled back is signed and dated anew: clients take none that is older" {
        deb_need
        deb_key key
        local n
        for n in 1 2; do
                printf 'Package: a\nVersion: %s\n\n' "$n" | deb_suite stable
                deb_sign stable
                [ "$n" -ne 1 ] || { deb_start && deb_low 'packages = ["a"]'; }
                expect 0 low sync
                cp -rL low/site "tree$n"
        done
        before=$(released)
        expect 0 low rollback
        diff <(cd tree1 && find debian -name '*.deb') <(cd low/site && find debian -name '*.deb')
        [ "$(xzgrep -h ^Version low/site/debian/dists/stable/main/binary-amd64/Packages.xz)" = "Version: 1" ]
        [ "$(released)" -gt "$before" ]
        gpgv --quiet --keyring "$(find low/site/ -name '*.gpg' | head -n 1)" low/site/debian/dists/stable/InRelease
        before=$(released)
        expect 0 low publish
        [ "$(xzgrep -h ^Version low/site/debian/dists/stable/main/binary-amd64/Packages.xz)" = "Version: 2" ]
        [ "$(released)" -gt "$before" ]
        sound low
        # to what was there before all: no index stays that lists packages which do not
        expect 0 low rollback 0
        [ -z "$(find low/site/debian -type f 2>/dev/null)" ]
        expect 0 low rollback 1
        [ "$(xzgrep -h ^Version low/site/debian/dists/stable/main/binary-amd64/Packages.xz)" = "Version: 1" ]
        sound low
}

@test "what was shown before a source came lacks nothing of that source" {
        index_wheel leaf 1.0
        index_start
        low_new leaf
        low sync
        sed 's/"pypi"/"more"/; s/^kind = .*/kind = "pypi"/; /^\[\[stream/,$d' low/dray.toml >more.toml
        cat more.toml >>low/dray.toml
        low sync
        expect 0 low rollback
        has "$stdout" "site shows generation 1"
        sound low
}

# ---- what changed ----

@test "diff of generations, bundle numbers and bundle files tells the same changes" {
        three
        expect 0 high diff 2 3
        has "$stdout" "pypi: 1 packages added, 1 changed, 1 removed" "added    pypi/new 1.0" "changed  pypi/leaf 1.1 -> 1.2" \
                "removed  pypi/stays 1.0"
        wanted=$stdout
        expect 0 high diff plant/2 plant/3
        [ "$stdout" = "$wanted" ]
        expect 0 high diff 2
        [ "$stdout" = "$wanted" ]
        expect 0 high diff 2 "$b3"
        [ "$stdout" = "$wanted" ]
        expect 0 high diff "$b2" "$b3"
        [ "$stdout" = "$wanted" ]
        expect 0 high diff "$b3" 2
        has "$stdout" "removed  pypi/new 1.0" "changed  pypi/leaf 1.2 -> 1.1" "added    pypi/stays 1.0"
        expect 0 low diff 2 3
        [ "$stdout" = "$wanted" ]
        expect 0 high diff --json 2 3
        printf '%s' "$stdout" >diff.json
        [ "$(json_get diff.json '[0].added[0].package')" = new ]
        expect 0 high diff last "$b3"
        [ -z "$stdout" ]
        has "$stderr" "nothing differs"
        high rollback >/dev/null
        expect 0 high diff site
        [ "$stdout" = "$wanted" ]
        # a bundle that is not here yet
        low sync
        low_toml leaf
        low sync
        expect 0 low bundle
        expect 0 high diff last "$stdout"
        has "$stdout" "removed  pypi/new 1.0"
        printf x >>"$b2"
        expect 2 high diff 1 nowhere/9
        expect 2 high diff 1 nowhere.dray
}

# ---- what is held, told to the other side ----

# a mirror pair at bundle 1, and low one generation further; $receipt and $code of the isolated side
told() {
        index_wheel leaf 1.0
        index_start
        low_new leaf
        high_new
        low sync
        carry
        expect 0 high receipt
        receipt=${stdout%%$'\n'*}
        code=${stdout##*code }
        sed -i 's|^keys = .*|&\nreceipt_keys = ["../high/receipt.pub"]|' low/dray.toml
        index_wheel leaf 1.1
        low sync
}

@test "a receipt, or its code, is what the next bundle is built on, also after one was lost" {
        told
        [ "${#code}" -le 80 ]
        expect 0 low bundle # is lost on the way
        rm low/outbox/plant-000002.dray
        index_wheel leaf 1.2
        low sync
        for base in "$receipt" "$code" "$(tr -d - <<<"${code,,}")"; do
                expect 0 low bundle --base "$base"
                has "$stderr" "on bundle 1:"
        done
        expect 0 high import "${stdout}"
        expect 0 low log
        has "$stdout" "receipt plant 1: signed by" "receipt plant 1: by code"
        expect 0 low status
        has "$stdout" "plant: the far side holds bundle 1, by its receipt"
        # stock tools check a receipt
        if command -v minisign >/dev/null; then
                head -n 2 "$receipt" >statement
                tail -n 4 "$receipt" >statement.minisig
                expect 0 minisign -VHm statement -p high/receipt.pub
        fi
        # what the log was then, the other side keeps
        expect 0 high log --check --head "$(grep -o '"log":"[0-9a-f]*' "$receipt" | cut -c 8-)"
        # what a receipt told of is kept to be built on
        expect 0 high receipt
        receipt=${stdout%%$'\n'*}
        for version in 3 4 5; do
                index_wheel leaf "1.$version"
                low sync
                expect 0 low bundle
        done
        expect 0 low bundle --base "$receipt"
        low gc --keep 1
        expect 0 low bundle --base "$receipt"
}

@test "a receipt is proven and compared, never believed" {
        told
        while IFS='|' read -r wanted edit words; do
                sed "$edit" "$receipt" >wrong.receipt
                expect "$wanted" low bundle --base wrong.receipt
                one_error "$words"
        done <<'END'
3|2s/"seq":1/"seq":2/|wrong.receipt
3|2s/plant/other/|wrong.receipt
3|4,$d|wrong.receipt
3|1s/receipt/trust-list/|no receipt: it does not begin as one
END
        # another key, by whoever
        dray init --isolated evil >/dev/null
        dray -C evil trust add plant low/low.pub >/dev/null
        expect 0 dray -C evil import low/outbox/plant-000001.dray
        expect 0 dray -C evil receipt -o evil.receipt
        expect 3 low bundle --base evil.receipt
        one_error "evil.receipt"
        # a mirror that holds another bundle of that number
        index_wheel other 1.0
        dray init twin >/dev/null
        cp low/low.key low/low.pub twin/
        cp low/dray.toml twin/
        sed -i '/receipt_keys/d; s/"leaf"/"other"/' twin/dray.toml
        dray -C twin sync
        expect 0 dray -C twin bundle
        mv high/state/receipt.key high/receipt.pub . && rm -rf high
        high_new
        expect 0 high import "$stdout"
        mv receipt.key high/state/ && mv receipt.pub high/
        expect 0 high receipt -o forked.receipt
        forked=${stdout##*code }
        expect 4 low bundle --base forked.receipt
        one_error "fork: the far side holds bundle 1 of plant with manifest"
        expect 4 low bundle --base "$forked"
        one_error "the code does not agree with bundle 1 of plant"
        # misheard
        wrong=${code:0:7}X${code:8}
        [ "$wrong" != "$code" ] || wrong=${code:0:7}Y${code:8}
        expect 2 low bundle --base "$wrong"
        one_error "group 2 of the code" "misheard"
        expect 2 low bundle --base nothing.receipt
        expect 4 low bundle --base 99
        # nobody was told which keys count
        sed -i '/receipt_keys/d' low/dray.toml
        expect 2 low bundle --base forked.receipt
        one_error "has no \`receipt_keys\`"
        # nothing of it was noted
        expect 0 low log
        has_not "$stdout" receipt
}

@test "the receipt key is for its owner alone, and made once" {
        told
        [ "$(stat -c %a high/state/receipt.key)" = 600 ]
        cp high/receipt.pub first.pub
        expect 0 high receipt --json
        printf '%s' "$stdout" >receipt.json
        [ "$(json_get receipt.json code)" = "$code" ]
        cmp high/receipt.pub first.pub
        expect 0 high receipt plant -o -
        [ "${stdout%%$'\n'*}" = dray-receipt-1 ]
        expect 2 high receipt elsewhere
        one_error "no bundle of stream elsewhere was imported here"
        dray init --isolated empty >/dev/null
        expect 2 dray -C empty receipt
        one_error "takes no stream"
}
