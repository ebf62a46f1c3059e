#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a shell of its own; expect sets stdout and stderr
# Goal: a rule of the isolated side's dray.toml does what its author meant, or is told to do nothing.
load helper
load mirror
load gate

setup() {
        work_begin
        index_wheel top 1.0
        index_wheel leaf 1.2
        need minisign
        low_new
        high_new
}

@test "a pattern takes a name in each way of writing it; one that no name fits is an error of dray.toml" {
        forge 'b.add[0].update(package="acme-core", file="acme_core-1.2-py3-none-any.whl")'
        for pattern in acme_core Acme.Core 'ACME__*'; do
                policy '[[policy.source]]' 'name = "pypi"' "deny = [\"$pattern\"]"
                for command in verify import; do
                        expect 6 high "$command" forged.dray
                        one_error "policy: pypi/acme-core is denied (deny = \"$pattern\")"
                done
        done
        for pattern in 'acme-core>=1' 'acme-core 1.2' '[acme'; do
                policy '[[policy.source]]' 'name = "pypi"' "deny = [\"$pattern\"]"
                expect 2 high import forged.dray
                one_error "dray.toml:4:9" "\"$pattern\""
        done
}

@test "a stream brings the sources that dray.toml lets it bring, and no other" {
        forge ''
        before=$(state_of high)
        policy '[[stream]]' 'name = "plant"' 'sources = ["npm", "debian"]'
        for command in verify import; do
                expect 6 high "$command" forged.dray
                one_error "stream plant brings the source pypi"
                expect 6 high "$command" --json forged.dray
                has "$stdout" '"cause": "policy-source"'
        done
        [ "$(state_of high)" = "$before" ]
        policy '[[stream]]' 'name = "plant"' 'sources = ["npm", "npm"]'
        expect 2 high import forged.dray
        one_error "dray.toml:4:19" "named twice"
        policy '[[stream]]' 'name = "plant"' 'sources = ["npm", "pypi"]'
        expect 0 high verify forged.dray
        expect 0 high import forged.dray
}

@test "a stream of dray.toml that nobody is trusted for is told, and keeps nothing out" {
        forge ''
        policy '[[stream]]' 'name = "plent"' 'audience = "somebody else"'
        for command in verify import status; do
                subject=()
                [ $command = status ] || subject=(forged.dray)
                expect 0 high $command "${subject[@]}"
                has "$stderr" "[[stream]] plent has no effect" "did you mean plant?"
        done
        policy '[[stream]]' 'name = "plant"'
        expect 0 high status
        [ -z "$stderr" ]
}

@test "rules for a source that nobody has are told, and keep nothing out" {
        forge ''
        policy '[[policy.source]]' 'name = "pipy"' 'allow = []'
        expect 0 high status
        [ -z "$stderr" ] # nothing has come yet: the policy may well be there first
        for command in verify import status; do
                subject=()
                [ $command = status ] || subject=(forged.dray)
                expect 0 high $command "${subject[@]}"
                has "$stderr" "the rules of [[policy.source]] pipy have no effect" "did you mean pypi?"
        done
        policy '[[policy.source]]' 'name = "pypi"' 'allow = []'
        expect 0 high status
        [ -z "$stderr" ]
}

@test "every reason is in the report, and a wrong policy is an error of dray.toml" {
        forge ''
        policy 'max_size = 100' '[[policy.source]]' 'name = "pypi"' 'deny = ["*"]'
        expect 6 high verify forged.dray
        has "$stdout" "authentic: bundle 1" "NOT LET IN policy: the bundle unpacks" "NOT LET IN policy: pypi/leaf is denied" \
                "NOT LET IN policy: pypi/top is denied"
        expect 6 high verify --json forged.dray
        printf '%s' "$stdout" >report.json
        [ "$(json_get report.json denied_total)" = 3 ]
        # a package of several files is one reason
        forge 'b.add.append(dict(b.add[0], file="leaf-1.2-py2-none-any.whl"))'
        expect 6 high verify forged.dray
        [ "$(grep -c 'NOT LET IN policy: pypi/leaf' <<<"$stdout")" -eq 1 ]
        policy 'max_agee = "1d"'
        expect 2 high import forged.dray
        one_error "dray.toml:2" "max_age"
        policy '[[policy.source]]' 'name = "a"' '[[policy.source]]' 'name = "a"'
        expect 2 high import forged.dray
        # shellcheck disable=SC2016 # the message's own quotes
        one_error 'source `a` has a policy above already'
}

@test "status says what the policy of today would not let in of what is here" {
        forge 'b.header["issued"] = "2020-01-01T00:00:00Z"'
        policy '[[policy.source]]' 'name = "pypi"' 'allow = ["l*", "t*"]'
        expect 0 high import forged.dray
        expect 0 high status --json
        has "$stdout" '"policy": []'
        policy 'warn_age = "1d"' '[[policy.source]]' 'name = "pypi"' 'deny = ["leaf"]'
        expect 0 high status
        has "$stdout" "POLICY    pypi/leaf is denied (deny = \"leaf\")" \
                "AGE       plant 1: the bundle was issued" "warn_age is 24 hours"
        has_not "$stdout" pypi/top CLOCK
        policy 'max_age = "1d"' '[[policy.source]]' 'name = "pypi"' 'allow = []'
        expect 0 high status --json
        cp .stdout status.json
        [ "$(json_get status.json 'policy[0].cause')" = policy-age ]
        has "$(json_get status.json 'policy[0].message')" "plant 1: the bundle was issued" "max_age is 24 hours"
        [ "$(json_get status.json 'policy[1].cause')" = policy-allow ]
        has "$(json_get status.json 'policy[2].message')" "pypi/top is not allowed"
}

@test "an import under a wrong clock keeps no later bundle out for ever: its operator says so, and the log" {
        need faketime
        policy 'max_age = "365d"'
        forge "b.header.update(seq=1, issued='2099-01-01T00:00:00Z')"
        expect 0 faketime '2099-01-02 00:00:00' "$DRAY" -C high import forged.dray
        forge "b.header.update(seq=2, issued='$(date -u +%Y-%m-%dT%H:%M:%SZ)')"
        expect 6 high import forged.dray
        one_error "issued 2" "days ago by the latest import here, 2099-01-02" "dray import --approve-clock REASON"
        has "$(high status)" "CLOCK     the latest import here is dated 2099-01-02T00:00:0" "dray import --approve-clock REASON"
        expect 2 high import --approve-clock $'two\nlines'
        expect 0 high import --approve-clock "the battery of the clock was empty" forged.dray
        has "$stderr" "imports dated up to 2099-01-02T00:00:0" "count as of 20"
        expect 0 high import --approve-clock "again" # there is nothing to approve
        [ -z "$stderr" ]
        expect 0 high log
        [ "$(grep -c ' clock: imports dated up to 2099-01-02T00:00:0.* count as of 20.*: the battery of the clock was empty' <<<"$stdout")" -eq 1 ]
        expect 0 high log --check
        has_not "$(high status)" CLOCK
        # what counts is still the latest import
        forge 'b.header.update(seq=3, issued="2020-01-09T12:00:00Z")'
        expect 6 faketime '2020-01-10 12:00:00' "$DRAY" -C high import forged.dray
        one_error "policy: the bundle was issued"
}
