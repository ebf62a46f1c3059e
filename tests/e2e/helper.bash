# What the end-to-end tests share. A test file is
#
#     #!/usr/bin/env bats
#     # Goal: <what the user gets>
#     load helper
#
#     @test "says what must hold" {
#             index_wheel six 1.0
#             index_start
#             expect 0 dray init --isolated box
#             has "$stdout" "made box"
#     }
#
# Every test runs in its own empty folder $WORK, with its own $HOME and none of the machine's client
# configuration (pip, npm, go, cargo, proxies), and everything that it started is stopped after it.
# KEEP=1 keeps the folders of failed tests. To do more in setup() or teardown(), call
# work_begin and work_end there. The limit for one test is $BATS_TEST_TIMEOUT seconds (300).
#
# The program and its results
#   dray ARG...               runs $DRAY
#   expect N COMMAND...       runs it and fails unless its status is N (`any` takes every status);
#                             sets $status, $stdout, $stderr, $output (both)
#   has TEXT PART...          fails unless every PART is in TEXT; has_not: none may be
#   json_get FILE PATH        prints a value: json_get page.json 'files[0].hashes.sha256'
#   need COMMAND...           skips the test unless the commands are there
#   same_tree A B             fails unless two folders hold the same paths, bytes and links
#
# Servers, all on 127.0.0.1
#   server_start NAME COMMAND...   waits until it listens: it writes its port to the file $PORT_FILE, or
#                                  names an address http://HOST:PORT in its output
#   server_url NAME  server_port NAME  server_output NAME  server_pid NAME
#   server_stop NAME [SIGNAL]      (default TERM) waits for its end
#   nginx_start NAME ROOT [LINE...]     nginx over a folder; LINEs go into its server {}
#   free_port
#
# A Python package index over $WORK/index (tests/servers/simple_index.py: ETag, ranges, faults, a log)
#   index_wheel [OPTION...] NAME VERSION     adds a wheel; options as in tests/tools-py/mkwheel.py
#   index_sdist [OPTION...] NAME VERSION     adds a source distribution
#   index_set FILE KEY JSON                  index_set six-1.0-py3-none-any.whl yanked '"broken"'
#   index_start [OPTION...]                  sets $INDEX_URL (http://127.0.0.1:PORT/simple/)
#   index_fault PATH KIND [KEY=VALUE...]     index_fault /simple/six/ status status=503 times=2
#   index_heal                               no more faults
#   index_log [PATTERN]                      one line a request: METHOD PATH STATUS BYTES
#   index_log_clear
#   index_stop
#
# Python clients
#   venv_new DIR              a virtual environment without pip in it
#   pip_in DIR ARG...         runs pip on it: pip_in venv install --index-url "$(server_url site)/pypi/simple/" six
#
# No network: one namespace for the whole test, with loopback and nothing else
#   netns_need                skips the test, with the reason, where that is not permitted
#   netns_run COMMAND...      runs COMMAND there (skips likewise when called first)
#   NETNS=1 server_start ...  runs the server there

ROOT=${ROOT:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
DRAY=${DRAY:-$ROOT/dray}
PYTHON=${PYTHON:-$(python3 -c 'import sys; print(sys.executable)')}
PATH=$PATH:/usr/sbin:/sbin
export ROOT DRAY PYTHON PATH

setup() { work_begin; }
teardown() { work_end; }

work_begin() {
        WORK=$(mktemp -d "${TMPDIR:-/tmp}/dray-test.XXXXXX")
        WORK=$(cd "$WORK" && pwd -P)
        mkdir "$WORK/home" "$WORK/.servers" "$WORK/index"
        # Tools that are installed below the user's home are still found there.
        export RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} GOTOOLCHAIN=local GOFLAGS=-modcacherw
        local name
        for name in $(compgen -e); do
                case ${name,,} in
                pip_* | npm_config_* | goproxy | gonosumdb | gonosumcheck | gosumdb | goprivate | cargo_home | \
                        cargo_registries_* | uv_* | http_proxy | https_proxy | all_proxy | ftp_proxy | xdg_* | \
                        source_date_epoch | ssl_cert_file | curl_ca_bundle | requests_ca_bundle) unset "$name" ;;
                esac
        done
        export WORK HOME=$WORK/home no_proxy='*' PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
        umask 022
        cd "$WORK" || return
}

work_end() {
        local name
        for name in "$WORK"/.servers/*.pid; do
                [ ! -e "$name" ] || server_stop "$(basename "$name" .pid)" TERM || true
        done
        cd / || return
        if [ -n "${KEEP:-}" ] && [ -z "${BATS_TEST_COMPLETED:-}" ]; then
                echo "kept: $WORK"
                return
        fi
        chmod -R u+rwX "$WORK" 2>/dev/null || true
        rm -rf "$WORK"
}

dray() {
        "$DRAY" "$@"
}

expect() {
        local wanted=$1
        shift
        status=0
        "$@" >"$WORK/.stdout" 2>"$WORK/.stderr" || status=$?
        stdout=$(cat "$WORK/.stdout")
        stderr=$(cat "$WORK/.stderr")
        output=$stdout${stdout:+${stderr:+$'\n'}}$stderr
        if [ "$wanted" != any ] && [ "$status" -ne "$wanted" ]; then
                printf '%s\n' "status $status, not $wanted: $*" "$output"
                return 1
        fi
}

has() {
        local text=$1 part
        shift
        for part in "$@"; do
                if [[ $text != *"$part"* ]]; then
                        printf '%s\n' "not there: $part" "in:" "$text"
                        return 1
                fi
        done
}

has_not() {
        local text=$1 part
        shift
        for part in "$@"; do
                if [[ $text == *"$part"* ]]; then
                        printf '%s\n' "there: $part" "in:" "$text"
                        return 1
                fi
        done
}

json_get() {
        "$PYTHON" - "$@" <<'PYTHON'
import json, re, sys
with open(sys.argv[1]) as lines:
    value = json.load(lines)
for key in re.findall(r"[^.\[\]]+", sys.argv[2]):
    value = value[int(key)] if isinstance(value, list) else value[key]
print(value if isinstance(value, str) else json.dumps(value))
PYTHON
}

need() {
        local name
        for name in "$@"; do
                command -v "$name" >/dev/null || skip "$name is not installed"
        done
}

same_tree() {
        diff --recursive --no-dereference --brief "$1" "$2"
}

# ---- servers ----

free_port() {
        "$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

server_start() {
        local name=$1 base=$WORK/.servers/$1 prefix=()
        shift
        [ -z "${NETNS:-}" ] || prefix=(netns_exec)
        rm -f "$base".*
        # exec: the process id is the server's own. Descriptor 3 is bats's: a server that held it
        # would keep bats waiting for ever.
        (
                export PORT_FILE=$base.port
                [ ${#prefix[@]} -gt 0 ] || exec "$@"
                "${prefix[@]}" "$@"
        ) >"$base.output" 2>&1 </dev/null 3>&- &
        echo $! >"$base.pid"
        disown $! 2>/dev/null || true
        local attempt
        for ((attempt = 0; attempt < 300; attempt++)); do
                if [ ! -s "$base.port" ]; then
                        sed -nE 's|.*https?://[^ /:]+:([0-9]+).*|\1|p' "$base.output" | head -n 1 >"$base.new"
                        [ ! -s "$base.new" ] || mv "$base.new" "$base.port"
                fi
                [ ! -s "$base.port" ] || return 0
                kill -0 "$(cat "$base.pid")" 2>/dev/null || break
                sleep 0.1
        done
        echo "server $name does not listen: $*"
        cat "$base.output"
        return 1
}

server_pid() { cat "$WORK/.servers/$1.pid"; }
server_port() { cat "$WORK/.servers/$1.port"; }
server_url() { echo "http://127.0.0.1:$(server_port "$1")"; }
server_output() { cat "$WORK/.servers/$1.output"; }

server_stop() {
        local base=$WORK/.servers/$1 pid attempt
        pid=$(cat "$base.pid")
        rm -f "$base.pid" "$base.port"
        kill -"${2:-TERM}" "$pid" 2>/dev/null || return 0
        for ((attempt = 0; attempt < 100; attempt++)); do
                kill -0 "$pid" 2>/dev/null || return 0
                sleep 0.05
        done
        echo "server $1 did not stop; killed"
        kill -KILL "$pid"
        return 1
}

nginx_start() {
        need nginx
        local name=$1 root=$2 port folder=$WORK/.servers/$1-nginx
        shift 2
        port=${NGINX_PORT:-$(free_port)}
        mkdir -p "$folder"
        {
                echo "daemon off; pid $folder/pid; error_log stderr; worker_processes 1;"
                [ "$(id -u)" -ne 0 ] || echo "user root;"
                echo "events {} http { access_log $folder/access.log; default_type application/octet-stream;"
                echo "client_body_temp_path $folder/body; proxy_temp_path $folder/proxy;"
                echo "fastcgi_temp_path $folder/fastcgi; uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi;"
                echo "server { listen 127.0.0.1:$port; root $root;"
                printf '%s\n' "$@"
                echo "} }"
        } >"$folder/nginx.conf"
        # It does not tell when it listens: ask until it answers, then say so in its stead.
        # shellcheck disable=SC2016 # expanded by the inner shell
        server_start "$name" bash -c '
                (for _ in {1..100}; do
                        (exec 5<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && echo "$1" >"$PORT_FILE" && break
                        sleep 0.05
                done) &
                exec nginx -p "$2" -c "$2/nginx.conf"' nginx_start "$port" "$folder"
}

# ---- the Python package index ----

index_wheel() { "$PYTHON" "$ROOT/tests/tools-py/mkwheel.py" --out "$WORK/index" "$@" >/dev/null; }
index_sdist() { "$PYTHON" "$ROOT/tests/tools-py/mkwheel.py" --out "$WORK/index" --sdist "$@" >/dev/null; }

index_start() {
        server_start index "$PYTHON" "$ROOT/tests/servers/simple_index.py" --faults "$WORK/.faults.json" "$@" \
                "$WORK/index" || return
        INDEX_URL=$(server_url index)/simple/
        export INDEX_URL
}

index_stop() { server_stop index; }

# listed DIR: the files that the pages of a mirror's site list, sorted, in one line. What they listed lately may linger.
listed() {
        {
                find "$1/site/" -path '*/simple/*/index.html' -exec sed -n 's|.*>\([^<]*\)</a>.*|\1|p' {} +
                find "$1/site/" -name index.json -exec grep -hoE '"tarball": ?"[^"]*"' {} + | sed 's|.*/||; s|"$||'
                find "$1/site/" -path '*/dists/*' -name Packages -exec sed -n 's|^Filename: .*/||p' {} +
                find "$1/site/" -path '*/dists/*' -name Packages.xz -exec xz -dc {} + | sed -n 's|^Filename: .*/||p'
        } 2>/dev/null | sort -u | tr '\n' ' '
}

# edit_json FILE CODE ARG... : `value` is what the file holds.
edit_json() {
        "$PYTHON" - "$@" <<'PYTHON'
import json, os, sys
path, code, *args = sys.argv[1:]
value = json.load(open(path)) if os.path.exists(path) else {}
def guess(text):
    try:
        return json.loads(text)
    except ValueError:
        return text
exec(code)
with open(path + ".new", "w") as out:
    json.dump(value, out)
os.rename(path + ".new", path)
PYTHON
}

index_set() {
        edit_json "$WORK/index/index.json" \
                'value.setdefault("files", {}).setdefault(args[0], {})[args[1]] = json.loads(args[2])' "$@"
}

index_fault() {
        edit_json "$WORK/.faults.json" \
                'value[args[0]] = dict([a.split("=", 1)[0], guess(a.split("=", 1)[1])] for a in args[2:]) | {"kind": args[1]}' \
                "$@"
}

index_heal() { rm -f "$WORK/.faults.json"; }

# index_log_request METHOD
index_log_request() {
        "$PYTHON" -c 'import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
request = urllib.request.Request(sys.argv[2], method=sys.argv[1])
sys.stdout.write(opener.open(request, timeout=10).read().decode())' "$1" "$(server_url index)/log"
}

index_log() {
        index_log_request GET | "$PYTHON" -c 'import json, re, sys
for entry in json.load(sys.stdin):
    line = "{method} {path} {status} {sent}".format(**entry)
    if re.search(sys.argv[1], line):
        print(line)' "${1:-}"
}

index_log_clear() { index_log_request DELETE; }

# ---- Python clients ----

venv_new() { "$PYTHON" -m venv --without-pip "$1"; }

pip_in() {
        local folder=$1
        shift
        "$PYTHON" -m pip --python "$folder/bin/python" "$@"
}

# ---- no network ----

# The namespace lives as long as one waiting process, which is stopped like a server.
netns_open() {
        [ ! -e "$WORK/.servers/netns.pid" ] || return 0
        command -v unshare nsenter ip >/dev/null || { echo "unshare, nsenter or ip is not installed"; return 1; }
        local unshare=(unshare --net)
        [ "$(id -u)" -eq 0 ] || unshare=(unshare --net --map-root-user)
        # shellcheck disable=SC2016 # expanded by the inner shell
        server_start netns "${unshare[@]}" sh -c 'ip link set lo up && echo 0 >"$PORT_FILE" && exec sleep 100000'
}

# shellcheck disable=SC2120 # takes no arguments; netns_run passes it none
netns_need() {
        local why
        why=$(NETNS='' netns_open 2>&1) || skip "no network namespace here: $(tail -n 1 <<<"$why")"
}

# Replaces the shell that calls it.
netns_exec() {
        local user=()
        [ "$(id -u)" -eq 0 ] || user=(--user --preserve-credentials)
        exec nsenter --target "$(server_pid netns)" --net "${user[@]}" -- "$@"
}

netns_run() {
        netns_need
        (netns_exec "$@")
}
