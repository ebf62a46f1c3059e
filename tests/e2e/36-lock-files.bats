#!/usr/bin/env bats
# shellcheck disable=SC2154 # expect sets stdout and stderr
# Goal: what a lock file holds for a target is carried, exactly that, and held against the lock's own digests.
load helper
load mirror

entries=
# locked NAME VERSION FILE: its entry in uv.lock, with the digest that the index's file has
locked() {
        entries+=$(printf '[[package]]\nname = "%s"\nversion = "%s"\nsource = { registry = "http://127.0.0.1/simple" }\nwheels = [{ url = "http://127.0.0.1/%s", hash = "sha256:%s" }]' \
                "$1" "$2" "$3" "$(file_sha "$3")")$'\n'
}

setup() {
        work_begin
        index_wheel leaf 1.0
        index_wheel leaf 2.0
        index_wheel --requires 'leaf' --requires 'unlocked' top 1.0
        index_wheel unlocked 1.0
        index_wheel --tag cp311-cp311-win_amd64 winonly 1.0
        index_start
        SOURCE='lockfiles = ["../LOCK"]' low_new
        locked leaf 1.0 leaf-1.0-py3-none-any.whl
        locked top 1.0 top-1.0-py3-none-any.whl
        locked winonly 1.0 winonly-1.0-cp311-cp311-win_amd64.whl
}

lock_is() { sed -i "s/LOCK/$1/" low/dray.toml; }

files() { listed low | xargs; }

uv_lock() {
        {
                printf 'version = 1\nrequires-python = ">=3.10"\n%s' "$entries"
                printf '[[package]]\nname = "app"\nversion = "0"\nsource = { virtual = "." }\n'
                printf 'dependencies = [{ name = "top" }, { name = "winonly", marker = "sys_platform == '"'win32'"'" }, { name = "leaf" }'
                printf '%s]\n%s' "${1:-}" "${2:-}"
        } >uv.lock
}

@test "uv.lock: these files, no newer ones, and nothing that it does not list" {
        uv_lock
        lock_is uv.lock
        expect 0 low plan
        has "$stdout$stderr" "uv.lock:"
        expect 0 low sync
        [ "$(files)" = "leaf-1.0-py3-none-any.whl top-1.0-py3-none-any.whl" ]
        index_log_clear
        expect 0 low sync
        [ -z "$(index_log '/files/')" ]
        # the lock file moves on
        entries=
        locked leaf 2.0 leaf-2.0-py3-none-any.whl
        locked top 1.0 top-1.0-py3-none-any.whl
        uv_lock
        expect 0 low sync
        [ "$(files)" = "leaf-2.0-py3-none-any.whl top-1.0-py3-none-any.whl" ]
}

@test "what the lock file has from a repository is named as a hole, what lies beside it as a note" {
        uv_lock ', { name = "tool" }, { name = "near" }' '[[package]]
name = "tool"
version = "1"
source = { git = "http://127.0.0.1/tool?rev=1" }
[[package]]
name = "near"
version = "1"
source = { directory = "../near" }
'
        lock_is uv.lock
        expect 5 low sync
        has "$stderr" "tool is from git http://127.0.0.1/tool?rev=1; only what the index has can be mirrored" \
                "near is from directory ../near" "1 of what is selected could not be had"
        [ "$(files)" = "leaf-1.0-py3-none-any.whl top-1.0-py3-none-any.whl" ]
}

@test "an index whose file is not the locked one is found out" {
        uv_lock
        sed -i "s/$(file_sha leaf-1.0-py3-none-any.whl)/$(file_sha leaf-2.0-py3-none-any.whl)/" uv.lock
        lock_is uv.lock
        expect 5 low sync
        has "$stderr" "leaf==1.0" "no file of leaf" "has one of the hashes that are stated for it"
        [ "$(files)" = "top-1.0-py3-none-any.whl" ]
}

@test "poetry.lock: markers of who needs it decide; what is optional and for other platforms is a note" {
        {
                for name in leaf top winonly; do
                        file=$(cd index && echo "$name-1.0-"*.whl)
                        printf '[[package]]\nname = "%s"\nversion = "1.0"\noptional = %s\npython-versions = ">=3.8"\n' \
                                $name "$([ $name = winonly ] && echo true || echo false)"
                        printf 'files = [{file = "%s", hash = "sha256:%s"}]\n' "$file" "$(file_sha "$file")"
                done
                printf '[metadata]\nlock-version = "2.0"\n'
        } >poetry.lock
        lock_is poetry.lock
        expect 0 low sync
        has "$stderr" "winonly==1.0" "is left out"
        [ "$(files)" = "leaf-1.0-py3-none-any.whl top-1.0-py3-none-any.whl" ]
}

@test "pylock.toml: by target, and refused with its place where it is wrong" {
        {
                printf 'lock-version = "1.0"\n'
                for name in leaf top winonly; do
                        file=$(cd index && echo "$name-1.0-"*.whl)
                        printf '[[packages]]\nname = "%s"\nversion = "1.0"\nmarker = "%s"\n' \
                                $name "$([ $name = winonly ] && echo "os_name == 'nt'" || echo "python_version >= '3'")"
                        printf 'wheels = [{name = "%s", url = "http://127.0.0.1/%s", hashes = {sha256 = "%s"}}]\n' \
                                "$file" "$file" "$(file_sha "$file")"
                done
        } >pylock.toml
        lock_is pylock.toml
        expect 0 low sync
        [ "$(files)" = "leaf-1.0-py3-none-any.whl top-1.0-py3-none-any.whl" ]
        sed -i 's/^lock-version.*/lock-version = "2.0"/' pylock.toml
        expect any low sync
        [ "$status" -ne 0 ]
        has "$stderr" "pylock.toml:1:1: lock-version 2.0 is not one that this dray reads"
        sed -i 's/pylock.toml/Pipfile.lock/' low/dray.toml
        expect 2 low sync
        has "$stderr" "dray.toml:" "no kind of lock file that dray reads"
}
