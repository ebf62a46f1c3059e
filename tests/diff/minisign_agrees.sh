#!/bin/bash
# Random keys, files and comments through stock minisign and through dray's code: each reads what
# the other wrote, and both write the same bytes. Then what stock minisign takes and dray must not.
#     tests/diff/minisign_agrees.sh [ROUNDS]        20; reads $BUILD (build/release)
# timeout: 900 s
# Two keys are under a password, as minisign makes them: 1 GiB and some 4 s for each use.
set -uo pipefail
rounds=${1:-20}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tool=${BUILD:-$root/build/release}/tools/minisign_tool
# shellcheck source=tests/diff/tap.bash
. "$root/tests/diff/tap.bash"

tap_begin "$tool" minisign
coproc TOOL { "$tool"; }

# ask FIELD...: the tool's answer is in $reply
ask() {
        local IFS=$'\t'
        printf '%s\n' "$*" >&"${TOOL[1]}"
        IFS= read -r reply <&"${TOOL[0]}" || reply="failed the tool ended"
}

# answers PATTERN FIELD...
answers() {
        local pattern=$1
        shift
        ask "$@"
        # shellcheck disable=SC2053 # a pattern
        [[ $reply == $pattern ]] || problem=${problem:-"$1 answered '$reply', not '$pattern'"}
}

random_comment() {
        LC_ALL=C tr -dc '\t -~' </dev/urandom | head -c "$((RANDOM % 300 + 1))"
}

change_last_byte() {
        { head -c -1 "$1"; [ "$(tail -c 1 "$1")" = x ] && printf y || printf x; } >"$2"
}

# Both sign the file with the key; both judge both, and what was changed.
both_sign() {
        local key=$1 public=$2 password=$3 file=$4 comment
        comment=$(random_comment)
        if [ "$password" = - ]; then
                must "minisign -S" minisign -S -q -W -s "$key" -t "$comment" -x stock.sig -m "$file"
        else
                must "minisign -S" minisign -S -s "$key" -t "$comment" -x stock.sig -m "$file" <<<"$password"
        fi
        answers ok sign "$key" "$file" our.sig "$password" "$comment"
        must "the signatures differ" cmp stock.sig our.sig
        must "minisign -V" minisign -V -H -Q -p "$public" -x our.sig -m "$file"
        must "minisign shows another comment" [ "$(cat out)" = "$comment" ]
        answers "good*" verify "$public" "$file" stock.sig
        must "another comment came back" [ "$reply" = "good $comment" ]

        change_last_byte "$file" changed
        must_not "minisign took a changed file" minisign -V -H -q -p "$public" -x our.sig -m changed
        answers "bad *" verify "$public" changed stock.sig
        sed '3s/$/x/' our.sig >changed.sig
        must_not "minisign took a changed comment" minisign -V -H -q -p "$public" -x changed.sig -m "$file"
        answers "bad *" verify "$public" "$file" changed.sig
}

echo "1..$((rounds + 5))"

for ((i = 1; i <= rounds; i++)); do
        rm -f ./*
        head -c "$((i < 3 ? i - 1 : RANDOM * 4 % 100000))" /dev/urandom >file
        if ((i % 2)); then
                must "minisign -G" minisign -G -f -W -s key -p pub
                answers ok public key other.pub -
        else
                answers ok generate key pub -
                must "minisign -R" minisign -R -f -s key -p other.pub
        fi
        must "the public keys differ" cmp pub other.pub
        both_sign key pub - file
        result "round $i: $(wc -c <file) bytes, key $(sed -n '1s/.* //p' pub)"
done

# A stranger's key, and a legacy signature that is in itself quite right.
must "minisign -G" minisign -G -f -W -s strange.key -p strange.pub
answers "unknown *" verify strange.pub file our.sig
must_not "minisign took a stranger's key" minisign -V -H -q -p strange.pub -x our.sig -m file
must "minisign -S -l" minisign -S -q -l -W -s key -x legacy.sig -m file
must "minisign -V" minisign -V -q -p pub -x legacy.sig -m file
answers "bad *legacy*" verify pub file legacy.sig
result "a stranger's key is unknown, a legacy signature refused by name"

# Confusion 1: an ED signature, called Ed, is a legacy signature of the file's 64-byte digest.
openssl dgst -blake2b512 -binary file >digest
{
        sed -n 1p our.sig
        sed -n 2p our.sig | base64 -d | { printf Ed; tail -c +3; } | base64 -w 0
        echo
        sed -n 3,4p our.sig
} >relabelled.sig
must "no confusion to refuse: minisign -V" minisign -V -q -p pub -x relabelled.sig -m digest
answers "bad *legacy*" verify pub digest relabelled.sig
answers "bad *" verify pub digest our.sig
result "an ED signature passed off as the digest's is refused"

# Confusion 2: the comment's signature is a legacy signature of the file's signature and the comment.
{
        sed -n 2p our.sig | base64 -d | tail -c 64
        sed -n 3p our.sig | sed 's/^trusted comment: //' | head -c -1
} >spliced
for algorithm in Ed ED; do
        {
                sed -n 1p our.sig
                {
                        printf %s "$algorithm"
                        sed -n 2p our.sig | base64 -d | tail -c +3 | head -c 8
                        sed -n 4p our.sig | base64 -d
                } | base64 -w 0
                echo
                sed -n 3,4p our.sig
        } >"spliced.$algorithm"
        answers "bad *" verify pub spliced "spliced.$algorithm"
done
if command -v signify-openbsd >/dev/null; then
        must "no confusion to refuse: signify -V" signify-openbsd -V -p pub -x spliced.Ed -m spliced
fi
result "a comment's signature passed off as a file's is refused"

# Keys under a password, both ways.
must "minisign -G" minisign -G -f -s stock.key -p stock.pub <<<$'a password\na password'
answers "failed wrong password*" public stock.key other.pub "another"
both_sign stock.key stock.pub "a password" file
result "a password key made by minisign"

answers ok generate our.key our.pub "our password"
must_not "minisign took a wrong password" minisign -S -s our.key -x wrong.sig -m file <<<"another"
both_sign our.key our.pub "our password" file
result "a password key made by dray"

exit "$((failures > 0))"
