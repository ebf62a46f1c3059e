#!/bin/bash
# Keys and signatures written by dray, judged by gpg, gpgv and (where it is installed) sqv: what is right is
# good to all of them, and what was changed by one byte to none.
#     tests/diff/openpgp_gpgv.sh [ROUNDS]        12; reads $BUILD (build/release)
set -uo pipefail
rounds=${1:-12}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tool=${BUILD:-$root/build/release}/tools/openpgp_tool
# shellcheck source=tests/diff/tap.bash
. "$root/tests/diff/tap.bash"

tap_begin "$tool" gpg gpgv
export GNUPGHOME=$work

# A line of the last command's output has that form.
shows() {
        grep -Eq "$2" out || problem=${problem:-$1: $(head -n 1 out)}
}

# Lines that clearsigning must take care of: dashes, blanks at the end, none at all, marks of its own.
random_text() {
        local i lines=$((RANDOM % 30))
        for ((i = 0; i < lines; i++)); do
                case $((RANDOM % 6)) in
                0) echo "- dashed $RANDOM" ;;
                1) echo "blanks at the end  	 " ;;
                2) echo ;;
                3) echo "-----BEGIN PGP SIGNATURE-----" ;;
                4) echo "From $RANDOM: ünïcode" ;;
                *) LC_ALL=C tr -dc ' -~' </dev/urandom | head -c $((RANDOM % 200)); echo ;;
                esac
        done
        [ $((RANDOM % 2)) = 0 ] || printf 'no line end'
}

# The byte at that offset becomes another one.
change_byte() {
        "${PYTHON:-python3}" -c 'import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[int(sys.argv[3])] ^= 1
open(sys.argv[2], "wb").write(data)' "$@"
}

# Nor are they signed; and a last line gets its line end.
without_trailing_blanks() { awk '{ sub(/[ \t\r]+$/, ""); print }' "$1"; }

echo "1..$((rounds + 1))"
created=1700000000
for ((i = 0; i < rounds; i++)); do
        seed=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
        date=$((created + RANDOM))
        random_text >text
        "$tool" key "$seed" $created "dray test <test@example.invalid>" >key.gpg || problem="key"
        "$tool" armored-key "$seed" $created "dray test <test@example.invalid>" >key.asc || problem="armored key"
        must "gpg cannot read the armor" gpg --batch --yes --dearmor -o dearmored.gpg key.asc
        must "armored and binary differ" cmp key.gpg dearmored.gpg
        must "gpg --show-keys" gpg --batch --with-colons --show-keys key.asc
        shows "gpg shows another key" "^pub:-:255:22:[0-9A-F]{16}:$created:::-?:::scSC:"

        "$tool" clearsign "$seed" $created $date <text >text.asc || problem="clearsign"
        "$tool" detached "$seed" $created $date <text >text.sig || problem="detached"
        must "gpgv, in the clear" gpgv --keyring ./key.gpg text.asc
        must "gpgv --status-fd" gpgv --status-fd 1 --keyring ./key.gpg text.asc
        shows "another time was signed" "VALIDSIG [0-9A-F]{40} [0-9-]+ $date 0 4 0 22 10 01 "
        must "gpgv, detached" gpgv --keyring ./key.gpg text.sig text
        must "gpgv --output" gpgv --keyring ./key.gpg --output plain text.asc
        must "another text was signed" diff <(without_trailing_blanks text) <(without_trailing_blanks plain)
        rm -f plain
        if command -v sqv >/dev/null; then
                must "sqv, detached" sqv --keyring key.gpg text.sig text
        fi
        "$tool" clearsign "$seed" $created $date <text >again.asc
        must "the same text is signed differently" cmp text.asc again.asc

        if [ -s text ]; then
                change_byte text changed $((RANDOM % $(wc -c <text)))
                must_not "gpgv took a changed text" gpgv --keyring ./key.gpg text.sig changed
        fi
        echo "one more" >>text
        must_not "gpgv took a longer text" gpgv --keyring ./key.gpg text.sig text
        sed 's/^Hash: SHA512$/&\n\nput in front/' text.asc >changed.asc
        must_not "gpgv took a longer clear text" gpgv --keyring ./key.gpg changed.asc
        result "round $((i + 1)): $(wc -c <text.asc) bytes signed in the clear"
done

"$tool" key "$(printf '00%.0s' {1..32})" $created stranger >strange.gpg
must_not "gpgv took a stranger's key" gpgv --keyring ./strange.gpg text.asc
result "a stranger's key does not do"

exit "$((failures > 0))"
