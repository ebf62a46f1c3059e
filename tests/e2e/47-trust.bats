#!/usr/bin/env bats
# shellcheck disable=SC2103,SC2154 # each test is a shell of its own; expect sets stdout and stderr
# Goal: the keys of a stream change by lists that several people sign, and every isolated side that a bundle
# reaches follows, however long it was away.
load helper
load mirror

setup() {
        work_begin
        index_wheel one 1.0
        index_start
        low_new one
        cd "$WORK" || return
        for name in anna bert cleo; do
                dray key generate -W $name >/dev/null 2>&1
        done
        dray init --isolated high >/dev/null 2>&1
}

# signed_by KEY...: whose signatures the next bundles bear
signed_by() {
        local keys=""
        for name in "$@"; do keys="$keys\"../$name.key\", "; done
        sed -i "s|^keys = .*|keys = [$keys]|" low/dray.toml
}

# publish KEY... -- OPTION...: proposes the next list, has it signed, takes it on the connected side
publish() {
        local signers=()
        while [ "$1" != -- ]; do signers+=("$1"); shift; done
        shift
        expect 0 low trust rotate plant "$@" || return
        list=${stdout##*$'\n'}
        for name in "${signers[@]}"; do
                expect 0 dray sign "$list" --key "$name.key" || return
        done
        expect 0 low trust accept "$list"
}

@test "a side that is three rotations behind catches up with one bundle" {
        expect 0 low sync
        expect 0 high trust add plant anna.pub bert.pub --threshold 2
        publish anna bert -- --add anna.pub --add bert.pub --threshold 2
        signed_by anna bert
        carry
        has "$stdout" "imported: bundle 1 of stream plant"
        publish anna bert cleo -- --add cleo.pub
        publish anna bert cleo -- --remove anna.pub
        dray key generate -W dora >/dev/null 2>&1
        publish bert cleo dora -- --add dora.pub --remove bert.pub
        signed_by cleo dora
        index_wheel one 2.0
        expect 0 low sync
        carry
        expect 0 high trust list
        has "$stdout" "plant: 2 of 2 keys must sign; list 4, epoch 1"
        expect 0 high log
        has "$stdout" "signed list 4 is in force"
        # the first key's signature is worth nothing any more
        signed_by anna bert
        expect 0 low bundle
        expect 3 high import "$stdout"
        has "$stderr" "not trusted here"
        # and a new side that knows only today's keys begins there
        dray init --isolated new >/dev/null 2>&1
        dray -C new trust add plant cleo.pub dora.pub --threshold 2 >/dev/null
        signed_by cleo dora
        expect 0 low bundle --full
        expect 0 dray -C new import "$stdout"
        expect 0 dray -C new trust list
        has "$stdout" "list 4, epoch 1"
}

@test "a list counts only with enough signatures, and shows what is signed before a password is asked for" {
        expect 0 low trust rotate plant --add anna.pub --add bert.pub --threshold 2 --comment "the two"
        list=${stdout##*$'\n'}
        has "$stderr" "signatures by 2 of these"
        expect 2 low trust rotate plant --add anna.pub
        has "$stderr" "people may have signed it"
        expect 0 dray sign "$list" --key anna.key
        has "$stdout" "trust list 1 of stream plant" "2 of 2 keys must sign" "the two"
        expect 3 low trust accept "$list"
        has "$stderr" "needs signatures by 2"
        expect 2 dray sign "$list" --key anna.key
        has "$stderr" "has signed this list already"
        expect 0 dray sign "$list" --key bert.key
        # stock minisign agrees
        need minisign
        head -n 2 "$list" >signed
        sed -n 3,6p "$list" >signed.minisig
        expect 0 minisign -VHm signed -p anna.pub
        expect 0 low trust accept "$list"
        expect 0 low trust accept "$list"
        has "$stderr" "in force here already"
        # a changed one is no list
        sed 's/"threshold":2/"threshold":1/' "$list" >changed
        expect 3 low trust accept changed
        expect 3 dray sign dray.toml --key anna.key || expect 2 dray sign dray.toml --key anna.key
}

@test "a revoked key keeps what it signed, and signs nothing new" {
        expect 0 low sync
        high trust add plant anna.pub bert.pub >/dev/null
        signed_by anna
        carry
        first=$bundle
        expect 0 high trust revoke plant anna.pub
        has "$stdout" "REVOKED after bundle 1"
        expect 0 high verify "$first"
        expect 0 low bundle
        expect 3 high import "$stdout"
        has "$stderr" "is revoked, it counts only up to bundle 1"
        expect 0 high log
        has "$stdout" "revoke anna.pub"
        # also where a list comes that does not know of it
        publish anna bert -- --add anna.pub --add bert.pub
        signed_by bert
        carry --full
        expect 0 high trust list
        has "$stdout" "list 1, epoch 1" "REVOKED after bundle 1"
}

@test "a stream that was misspelt is taken back with its last key, one that is used is not" {
        expect 0 high trust add plnt anna.pub bert.pub --threshold 2
        expect 2 high trust remove plnt anna.pub
        expect 2 high trust remove plnt anna.pub cleo.pub
        expect 0 high trust remove plnt "$(dray key show bert.pub | cut -d ' ' -f 1)" anna.pub
        has "$stdout" "plnt: nobody is trusted for it"
        expect 0 high trust list
        has "$stdout" "this mirror trusts nobody yet"
        expect 2 high trust remove plnt anna.pub
        expect 0 high log
        has "$stdout" "remove" "anna.pub; no key is left"
        # one of which there is a bundle
        expect 0 low sync
        high trust add plant low/low.pub >/dev/null
        carry
        expect 2 high trust remove plant low/low.pub
        has "$stderr" "stream plant needs 1 signatures for its bundles and would have 0 keys left"
        # also where the catalog does not know of it any more
        cp -a high forgetful
        "$PYTHON" -c 'import sqlite3
with sqlite3.connect("forgetful/state/catalog.db") as catalog:
    catalog.execute("delete from bundle")'
        expect 2 dray -C forgetful trust remove plant low/low.pub
        # one that has signed lists
        publish anna -- --add anna.pub
        expect 2 low trust remove plant anna.pub
        sound high
}

@test "the first list begins the first epoch, and none is written that nobody can sign" {
        expect 2 low trust rotate plant --add anna.pub --new-epoch
        one_error "stream plant has no signed list yet" "without --new-epoch" "dray trust rotate plant --new-epoch"
        [ -z "$(ls low/outbox)" ]
        publish anna -- --add anna.pub
        publish anna -- --new-epoch
        expect 1 low trust rotate elsewhere --add anna.pub -o nowhere
        one_error "nowhere"
}

@test "a new epoch: numbers begin anew, and what waits of it is in front of what was imported" {
        index_wheel --size 70000 --stored two 1.0
        index_wheel --size 70000 --stored three 1.0
        low_toml one two three
        expect 0 low sync
        high trust add plant anna.pub >/dev/null
        signed_by anna
        carry
        carry --full
        publish anna -- --add anna.pub
        publish anna -- --new-epoch
        echo 'volume_size = "100 kB"' >>low/dray.toml
        expect 0 low bundle
        expect 5 high import low/outbox/plant-e2-000001.1of2.dray
        expect 0 high gc
        expect 0 high status
        has "$stdout" "waiting   plant 1: for volume 2 of 2"
        expect 0 high import low/outbox/plant-e2-000001.2of2.dray
        expect 0 high status
        has "$stdout" "bundle    plant 2 (full)" "bundle    plant 1 of epoch 2 (full)"
        expect 0 high status --json
        printf '%s' "$stdout" >status.json
        [ "$(json_get status.json 'bundles[1].epoch')" = 1 ]
        [ "$(json_get status.json 'bundles[2].epoch')" = 2 ]
        # what is missing is what the last bundle says, not what one of that number in another epoch said
        low_toml one two three nowhere
        signed_by anna
        expect 5 low sync
        expect 0 low bundle --allow-missing
        expect 0 high import "$stdout"
        expect 0 high import "$bundle"
        expect 5 high status
        has "$stdout" "nowhere"
        # several of both on one stick: those of the new epoch come last
        dray init --isolated other >/dev/null
        dray -C other trust add plant anna.pub >/dev/null
        expect 0 dray -C other import low/outbox/*.dray
        expect 5 dray -C other status
        has "$stdout" "bundle    plant 2 (full)" "bundle    plant 2 of epoch 2"
}

@test "a lost catalog is not an empty one: what was imported stays the least that comes in" {
        expect 0 low sync
        high trust add plant low/low.pub >/dev/null
        carry
        first=$bundle
        index_wheel one 2.0
        expect 0 low sync
        carry
        cp high/state/catalog.db newer.db
        rm high/state/catalog.db*
        expect 1 high import "$first"
        has "$stderr" "catalog.db is gone, and bundles were imported here" "restore it from a backup"
        expect 0 dray init --isolated high
        high trust add plant low/low.pub >/dev/null
        expect 4 high import "$first"
        has "$stderr" "lost state: entry" "revoked keys above all" "dray trust settle plant"
        expect 0 high status
        has "$stdout" "ALARM     plant: the catalog is older than what was noted of it"
        expect 0 high trust settle plant
        expect 4 high import "$first"
        has "$stderr" "lost state: bundle 2 of stream plant was imported here once" "dray bundle --stream plant --full"
        carry --full
        sound high
        expect 0 high trust settle plant
        has "$stderr" "nothing stops stream plant"
        expect 2 high trust settle other
        one_error "stream other is not trusted here"
}

@test "a catalog from a backup does not forget by itself who was revoked" {
        index_wheel one 2.0
        expect 0 low sync
        high trust add plant low/low.pub >/dev/null
        carry
        cp high/state/catalog.db backup.db
        high trust revoke plant low/low.pub >/dev/null 2>&1
        cp backup.db high/state/catalog.db
        rm -f high/state/catalog.db-*
        expect 0 low bundle --full
        expect 4 high import --json "$stdout"
        has "$stdout" '"cause": "lost-state"'
        expect 0 high status --json
        printf '%s' "$stdout" >status.json
        [ "$(json_get status.json 'alarms[0].cause')" = lost-state ]
        expect 0 high trust settle plant
        expect 0 high import low/outbox/plant-000002.dray
        expect 0 high log
        has "$stdout" "trust plant: settle; the log went back"
}

@test "trust revoke lists what came in by revoked keys alone, first what would not now" {
        expect 0 low sync
        high trust add plant low/low.pub anna.pub >/dev/null
        for n in 1 2 3; do
                index_wheel one "2.$n"
                expect 0 low sync
                [ "$n" != 3 ] || signed_by low/low anna
                carry
        done
        expect 0 high trust revoke plant low/low.pub --after 1
        has "$stdout" "bundle 2 came in by revoked keys alone, and would not now: log entry" \
                "1 bundles, the last 1, came in by revoked keys alone, and still count"
        has_not "$stdout" "bundle 3"
        # the other one of those who signed bundle 3
        expect 0 high trust revoke plant anna.pub --after 2
        has "$stdout" "bundle 2 came in" "bundle 3 came in by revoked keys alone, and would not now"
}

@test "a second person signs a finished bundle on a machine that holds nothing else" {
        expect 0 low sync
        signed_by anna
        high trust add plant anna.pub bert.pub --threshold 2 >/dev/null
        expect 0 low bundle
        bundle=$stdout
        expect 3 high import --json "$bundle"
        has "$stderr" "needs signatures by 2 of its 2 trusted keys, and has 1"
        has "$stdout" '"cause": "too-few-signatures"'
        mkdir apart
        cp "$bundle" apart/b.dray
        cp bert.key apart/
        cd apart
        before=$(sha256sum <b.dray)
        # shown before the password is asked for, and nothing is done without it
        dray key generate --password-file <(echo secret) locked >/dev/null 2>&1
        expect 1 dray sign b.dray --key locked.key --password-file <(echo wrong)
        has "$stdout" "bundle 1 of stream plant (epoch 1), full" "2 files" "with 1 signatures"
        has "$stderr" "wrong password"
        [ "$(sha256sum <b.dray)" = "$before" ]
        expect 0 dray sign b.dray --key bert.key
        [ "$(ls)" = $'b.dray\nbert.key\nlocked.key\nlocked.pub' ]
        expect 2 dray sign b.dray --key bert.key
        has "$stderr" "signed it already"
        cd ..
        expect 0 high import apart/b.dray
        has "$stdout" "signed by"
        # the further signature is minisign's, in a file that names the key
        need minisign
        mkdir opened
        tar -xf apart/b.dray -C opened
        id=$(dray key show bert.pub | cut -d ' ' -f 1)
        (cd opened/dray-bundle-1 && minisign -VHqm manifest.jsonl.xz -x "manifest.jsonl.xz.$id.minisig" -p "$WORK/bert.pub")
}

@test "what is not whole in itself is not signed, and stays as it was" {
        expect 0 low sync
        expect 0 low bundle
        cp "$stdout" b.dray
        cp b.dray good.dray
        size=$(stat -c %s b.dray)
        printf X | dd of=b.dray bs=1 seek=$((size - 1600)) conv=notrunc status=none
        before=$(sha256sum <b.dray)
        expect 3 dray sign b.dray --key bert.key
        has "$stderr" "nothing was changed"
        [ "$(sha256sum <b.dray)" = "$before" ]
        head -c $((size - 512)) good.dray >b.dray
        expect 3 dray sign b.dray --key bert.key
        expect 0 low bundle --full
        cp "$stdout" other.dray
        expect 2 dray sign good.dray other.dray --key bert.key
        has "$stderr" "other.dray (nothing was changed): it is of another bundle than good.dray"
        [ -z "$(find . -maxdepth 1 -name "*tmp*")" ]
        expect 3 high import good.dray --json
        has "$stderr" "trusts nobody yet"
        has "$stdout" '"cause": "unknown-key"'
}

@test "the sender hears whose signatures are missing, before the far side does" {
        expect 0 low sync
        expect 0 low bundle
        old=$(sed -n '1s/.* //p' low/low.pub)
        expect 0 low trust rotate plant --add anna.pub --add bert.pub --threshold 2
        has "$stderr" "bundle 1 was signed by $old"
        list=${stdout##*$'\n'}
        for name in low/low anna bert; do
                expect 0 dray sign "$list" --key $name.key
        done
        expect 0 low trust accept "$list"
        expect 0 low bundle --full
        has "$stderr" "list 1 of stream plant wants 2 of its keys to sign" "signed by 0" "add" "$(sed -n '1s/.* //p' anna.pub)"
        signed_by anna
        expect 0 low bundle --full
        has "$stderr" "signed by 1"
        signed_by anna bert
        expect 0 low bundle --full
        [[ $stderr != *"wants 2"* ]]
}

@test "--if-changed makes a bundle for a new trust list alone" {
        expect 0 low sync
        high trust add plant anna.pub >/dev/null
        signed_by anna
        carry
        expect 0 low bundle --if-changed
        [ -z "$stdout" ]
        publish anna bert -- --add anna.pub --add bert.pub
        expect 0 low bundle --if-changed
        has "$stderr" "bundle 2 of plant, on bundle 1" "0 records added, 0 removed"
        expect 0 high import "$stdout"
        expect 0 high trust list
        has "$stdout" "list 1, epoch 1"
        expect 0 low bundle --if-changed
        [ -z "$stdout" ]
}

@test "a key that was revoked here does not come back by lists that lose it and get it again" {
        expect 0 low sync
        high trust add plant anna.pub >/dev/null
        publish anna -- --add anna.pub --add bert.pub
        signed_by anna
        carry
        id=$(dray key show bert.pub | cut -d ' ' -f 1)
        expect 0 high trust revoke plant bert.pub
        publish anna -- --remove bert.pub
        publish anna bert -- --add bert.pub
        signed_by bert
        index_wheel one 2.0
        expect 0 low sync
        expect 0 low bundle
        expect 3 high import "$stdout"
        has "$stderr" "key $id is revoked, it counts only up to bundle 1"
        # no list here has it, and it is remembered
        publish anna -- --remove bert.pub
        signed_by anna
        carry --full
        expect 0 high trust list
        has "$stdout" "list 4, epoch 1" "(not in the list)  REVOKED after bundle 1"
        expect 0 high trust list --json
        has "$stdout" '"revoked_here"' '"valid_up_to_seq": 1'
        expect 2 high trust add plant bert.pub
        has "$stderr" "was revoked here for stream plant" "dray trust remove plant $id"
        # until it is said here that it may
        expect 0 high trust remove plant "$id"
        publish anna bert -- --add bert.pub
        signed_by bert
        carry --full
}

@test "a file that is not the key that was asked for is a wrong command line" {
        dray key generate -W some >/dev/null
        expect 2 high trust add plant some.key
        one_error "some.key: this is a secret key"
        expect 2 dray key show some.key
        one_error "some.key: this is a secret key"
        expect 2 dray key public some.pub
        one_error "some.pub: this is a public key"
        expect 2 dray key show high/dray.toml
}
