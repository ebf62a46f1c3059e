#!/bin/bash
# Speed and memory of dray beside the plain tools that do the same work: curl, tar, sha256sum, cp, nginx.
#
#     scripts/bench.sh [PART...]       files packages memory chain pipe deb npm (default: all of them)
#
# The upstream is made here, from a seed, and served by nginx on loopback: no network. Every figure is a
# ratio to the peer in the same run, in turns, so that what else the machine does hits both alike.
#
#   BENCH_MIB=512           bytes of wheels for `files`
#   BENCH_PACKAGES=2000     projects for `packages`
#   BENCH_SMALL_MIB=128 BENCH_LARGE_MIB=2048    the two sizes for `memory`; the large one needs four times
#                           its size of disk (0: none)
#   BENCH_CHAIN_MIB=2048    bytes of wheels for `chain`: verify and import beside sha256sum, tar -x, casync
#   BENCH_OSTREE_MIB=64     how much of them ostree packs into a static delta (by xz: some MB a second)
#   BENCH_PIPE_MIB="128 1024"    the sizes for `pipe`: memory of both sides of a pipe, the same whatever the size;
#                           needs twice the largest of disk, which is free again afterwards
#   BENCH_RUNS=3            rounds; medians are printed, with the lowest and the highest ratio
#   BENCH_XZ_MIB=16         how much of the wheels `xz` is tried on (0: nothing)
#   BENCH_DIR=DIR           where to work (default: a temporary folder). The upstream in it is kept for
#                           the next time. What a disk does shows; on a tmpfs it does not.
#   DRAY=PATH               the program (default: ./dray)
#
# What each side does: curl and tar write and do not wait for the disk; dray sync and import have their
# files on the disk before the catalog says so, and `bundle` reads back what it wrote. Hence two rows: until
# the command returns, and until everything is on the disk (`sync -f` after both). The page cache is warm.
# On a virtual machine, memory that was never used before costs more than all else that a byte meets here:
# run it twice, and look at the second.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
export PATH
DRAY=$(realpath "${DRAY:-$here/dray}")
export DRAY
export BENCH_MIB=${BENCH_MIB:-512} BENCH_PACKAGES=${BENCH_PACKAGES:-2000} BENCH_RUNS=${BENCH_RUNS:-3}
export BENCH_CHAIN_MIB=${BENCH_CHAIN_MIB:-2048} BENCH_OSTREE_MIB=${BENCH_OSTREE_MIB:-64} BENCH_PIPE_MIB=${BENCH_PIPE_MIB:-128 1024}
export BENCH_SMALL_MIB=${BENCH_SMALL_MIB:-128} BENCH_LARGE_MIB=${BENCH_LARGE_MIB:-2048} BENCH_XZ_MIB=${BENCH_XZ_MIB:-16}
# The machine's proxies and client settings have no part in this.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY SOURCE_DATE_EPOCH
export no_proxy='*' PYTHONDONTWRITEBYTECODE=1

for tool in nginx curl tar xz sha256sum python3; do
        command -v "$tool" >/dev/null || { echo "bench: $tool is not here: run make deps-bench" >&2; exit 1; }
done
[ -x "$DRAY" ] || { echo "bench: no program at $DRAY: run make" >&2; exit 1; }

BENCH_WORK=${BENCH_DIR:-$(mktemp -d "${TMPDIR:-/tmp}/dray-bench.XXXXXX")}
mkdir -p "$BENCH_WORK"
BENCH_WORK=$(cd "$BENCH_WORK" && pwd -P)
export BENCH_WORK
clean_up() {
        if [ -z "${BENCH_DIR:-}" ]; then
                rm -rf "$BENCH_WORK"
        else
                rm -rf "$BENCH_WORK"/{aptly,debmirror,chain,low,high,curl,nginx,sample,import,links,served,trash,bundle-*,.output,.result}
        fi
}
trap clean_up EXIT

version=$("$DRAY" --version 2>/dev/null | head -n 1 || true)
echo "${version:-dray}; $(nproc) processors; $(df --output=fstype "$BENCH_WORK" | tail -n 1), load $(cut -d ' ' -f 1 /proc/loadavg);" \
        "$(date -u +%Y-%m-%d)"
SECONDS=0
python3 "$here/scripts/bench/bench.py" "$@"
echo "took $SECONDS s, load $(cut -d ' ' -f 1 /proc/loadavg)"
