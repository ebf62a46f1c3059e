#!/usr/bin/env bats
# Goal: what `dray help`, -h, the man page and README say of commands, options, keys and exit statuses
# is the same, and nothing is left out of any of them.
# shellcheck disable=SC2154,SC2016 # stdout and stderr are set by expect; backquotes are Markdown's
load helper

README=$ROOT/README.md

# The commands that `dray help` lists, with their summaries: NAME|SUMMARY
commands() { dray help | sed -nE 's/^  ([a-z]+) +(.*)$/\1|\2/p'; }

# Man source as plain text: no escapes, no font changes.
man_plain() { dray help --man | sed -E 's/\\-/-/g; s/\\f[BIRP]//g; s/\\e/\\/g; s/\\&//g'; }

# man_section NAME: what the man page has under .SS dray NAME, up to the next heading.
man_section() { man_plain | awk -v name="$1" '/^\.S[SH] /{ on = ($1 == ".SS" && $3 == name) } on'; }

# The long options that -h lists for a command, one a line.
options() { dray "$1" -h | sed -nE 's/^ +(-[A-Za-z], +)?(--[a-z-]+).*$/\2/p'; }

@test "help lists the commands, and each has -h, also through help COMMAND" {
        [ "$(commands | wc -l)" -ge 15 ]
        while IFS='|' read -r name summary; do
                expect 0 dray "$name" -h
                has "${stdout%%$'\n'*}" "usage: dray [-C DIR] $name"
                [ -z "$stderr" ]
                by_option=$stdout
                expect 0 dray help "$name"
                [ "$stdout" = "$by_option" ]
                [ -n "$summary" ]
        done < <(commands)
        expect 2 dray nonsense
        expect 2 dray help nonsense
        expect 2 dray
}

@test "README's table has every command with the summary of help, and no other" {
        commands | sed -E 's/^(.*)\|(.*)$/| `dray \1` | \2 |/' >wanted
        grep -E '^\| `dray [a-z]+` \|' "$README" >found
        diff wanted found
}

@test "the man page has every command, with every option of -h in its place" {
        while IFS='|' read -r name summary; do
                expect 0 man_section "$name"
                section=$stdout
                [ -n "$section" ] || { echo "no section for $name"; return 1; }
                for option in $(options "$name"); do
                        case $option in
                        --directory | --json | --quiet | --help) ;;
                        *) has "$section" "$option" ;;
                        esac
                done
        done < <(commands)
        common=$(man_plain | awk '/^\.SH /{ on = /COMMON OPTIONS/ } on')
        has "$common" --directory --json --quiet --help
        has "$(options bundle)" --if-changed --allow-missing
}

@test "--json: README and the man page name the commands that take it, and the others refuse it" {
        while IFS='|' read -r name summary; do
                if options "$name" | grep -qx -- --json; then
                        echo "$name"
                else
                        expect 2 dray "$name" --json
                        [ "$stderr" = "dray: dray $name has no --json: its results are for people" ]
                        [ -z "$stdout" ]
                fi
        done < <(commands) >takers
        [ "$(wc -l <takers)" -ge 10 ]
        sed -nE 's/^`--json` \(([^)]*)\).*$/\1/p' "$README" | tr -d '`' | sed 's/, /\n/g; s/trust list/trust/' >named
        diff takers named
        has "$(man_plain)" "--json is for $(tr '\n' ' ' <takers | sed 's/ $//')."
        dray init m >init.log
        expect 2 dray -C m trust accept some.list --json
        has "$stderr" "only list has --json"
}

@test "the man page renders without a warning" {
        dray help --man >dray.1
        if command -v groff >/dev/null; then
                expect 0 groff -man -Tutf8 -ww dray.1
                [ -z "$stderr" ]
        fi
        need man
        MANWIDTH=100 expect 0 man --warnings -l dray.1
        [ -z "$stderr" ]
        has "$stdout" "air gap" || has "$stdout" "offline mirror"
}

@test "exit statuses: help, the man page and README say the same" {
        dray help | sed -nE 's/^.*Exit status: (.*)\.$/\1/p' | sed 's/; /\n/g' >help.codes
        [ "$(wc -l <help.codes)" -ge 7 ]
        sed -nE 's/^\| ([0-9]+) \| ([^|]*) \|.*$/\1 \2/p' "$README" >readme.codes
        diff help.codes readme.codes
        codes=$(man_plain | awk '/^\.SH /{ on = /EXIT STATUS/ } on')
        while read -r line; do
                has "$codes" "$line"
        done <help.codes
}

@test "README names every key that dray.toml may hold" {
        dray init -q m >init.log
        ask() {
                printf '%s\n' "$1" zzzzzzzz=1 >m/dray.toml
                expect 2 dray -C m plan
                has "$stderr" "unknown key" "which has: "
                keys=${stderr##*which has: }
                for key in ${keys//,/ }; do
                        grep -qE "^\| \`$key\` \||^\*\*\`\[+$key\]+\`\*\*" "$README" || { echo "README has no $key"; return 1; }
                done
        }
        ask ''
        ask '[mirror]'
        ask $'[[source]]\nname = "p"\nkind = "pypi"'
        ask $'[[source]]\nname = "p"\nkind = "pypi"\n[[source.target]]'
        ask $'[[stream]]\nname = "s"'
}
