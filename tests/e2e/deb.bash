# A Debian archive for tests, built and signed by them. After `load helper`:
#
#   deb_key NAME              a throwaway OpenPGP key: keyring $WORK/NAME.gpg; its owner signs with deb_sign
#   deb_suite SUITE [OPTION...] <<< STANZAS      adds packages to $WORK/archive, or to
#                             the folder DEB_ROOT (tests/tools-py/debarchive.py)
#   deb_sign SUITE [KEY]      writes its InRelease, signed by KEY (key)
#   deb_start                 serves the archive; sets $DEB_URL. index_fault, index_log, ... speak of it
#   deb_low [LINE...]         the connected side, $WORK/low, whose source debian takes DEB_SUITES (stable) of it for
#                             amd64 with keyring key.gpg; LINEs go into [[source]]
# shellcheck shell=bash

deb_need() { need gpg gpgv; }

deb_key() {
        mkdir -m 700 "$WORK/gnupg-$1" || return
        gpg --homedir "$WORK/gnupg-$1" --batch --quiet --passphrase '' --quick-generate-key "$1 <$1@example.invalid>" \
            ed25519 sign never 2>/dev/null || return
        gpg --homedir "$WORK/gnupg-$1" --batch --export >"$WORK/$1.gpg"
}

deb_suite() {
        local suite=$1
        shift
        "$PYTHON" "$ROOT/tests/tools-py/debarchive.py" "${DEB_ROOT:-$WORK/archive}" "$suite" "$@"
}

deb_sign() {
        local folder=${DEB_ROOT:-$WORK/archive}/dists/$1 key=${2:-key}
        rm -f "$folder/InRelease"
        gpg --homedir "$WORK/gnupg-$key" --batch --quiet --digest-algo SHA256 --clearsign --output "$folder/InRelease" \
            "$folder/Release" 2>/dev/null
}

deb_start() {
        server_start index "$PYTHON" "$ROOT/tests/servers/static_files.py" --faults "$WORK/.faults.json" "$WORK/archive" || return
        DEB_URL=$(server_url index)/
}

deb_low() {
        [ -d "$WORK/low" ] || { dray init "$WORK/low" >/dev/null 2>&1 && dray key generate -W "$WORK/low/low" >/dev/null 2>&1; } || return
        {
                printf '%s\n' '[[source]]' 'name = "debian"' 'kind = "deb"' "upstream = \"$DEB_URL\"" \
                        "suites = ${DEB_SUITES:-[\"stable\"]}" 'architectures = ["amd64"]' 'keyring = "../key.gpg"' "$@"
                printf '%s\n' '[[stream]]' 'name = "plant"' 'keys = ["low.key"]'
        } >"$WORK/low/dray.toml"
}
