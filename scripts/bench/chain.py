"""The carried bundle: verified and imported beside what other programs do with the same bytes; and through pipes,
with the memory that each side takes."""
import glob
import os
import shutil
import subprocess
import time

import upstream
from measure import rounds, run

MIB = int(os.environ["BENCH_CHAIN_MIB"])
OSTREE_MIB = int(os.environ["BENCH_OSTREE_MIB"])
PIPE_MIB = [int(size) for size in os.environ["BENCH_PIPE_MIB"].split()]
SAME_MEMORY = 1.1
FLOOR = 2 * 1024 * 1024  # a difference below it is no growth


def synced(bench, kind, mib, keep_upstream):
    """A mirror of so many MiB of wheels, and what to trust it by."""
    root, low = bench.fixture(kind, mib), f"{bench.WORK}/low"
    with upstream.Nginx(f"{bench.WORK}/nginx", root) as server:
        bench.connected(low, server, bench.lines_of(f"{root}/names"))
        run([bench.DRAY, "-q", "-C", low, "sync", "--no-publish"], low)
    if not keep_upstream:
        shutil.rmtree(root)
    return low, f"{low}/low.pub"


# -- speed beside others --

def casync(bench, low, folder, import_step):
    """Chunks by content, each hashed, in a store of their own; what is made from them is a tree again."""
    tree, size = f"{low}/state/blobs", bench.du(f"{low}/state/blobs")
    run(f"casync make --store={folder}/store {folder}/tree.caidx {tree}", folder)

    def extract():
        bench.fresh(f"{folder}/casync-out")
        return run("casync extract --store=store tree.caidx casync-out", folder)

    peer, ours = rounds(bench.RUNS, extract, import_step)
    bench.report.versus("peer: casync extract, all chunks at hand", ours, peer, bytes_=size)
    bench.report.versus("the same, until it is on the disk", ours, peer, bytes_=size, what="durable")
    bench.discard(f"{folder}/store")
    bench.discard(f"{folder}/casync-out")


def ostree(bench, low, folder):
    """A static delta from nothing is one file, as a bundle is; it is packed by xz, so a sample has to do."""
    left, sample = OSTREE_MIB << 20, bench.fresh(f"{folder}/sample")
    for path in glob.glob(f"{low}/state/blobs/*/*"):
        if os.path.getsize(path) <= left:
            left -= os.path.getsize(path)
            shutil.copy(path, sample)
    size = bench.du(sample)
    made = run("ostree init --repo=from --mode=archive && ostree commit --repo=from -b b --tree=dir=sample && "
               "ostree static-delta generate --repo=from --empty --to=b --inline --min-fallback-size=0 "
               "--filename=one.delta", folder)

    def apply():
        bench.fresh(f"{folder}/to")
        return run("ostree init --repo=to --mode=bare-user && ostree static-delta apply-offline --repo=to one.delta",
                   folder)

    applied, = rounds(bench.RUNS, apply)
    seconds = bench.measure.median(applied)
    bench.report.figure(f"ostree static-delta, {size / 1e6:.0f} MB of it: apply", "", f"{seconds:.2f} s",
                        f"{size / 1e6 / seconds:.0f} MB/s; made at {size / 1e6 / made.seconds:.0f} MB/s")
    for name in ("sample", "from", "to"):
        bench.discard(f"{folder}/{name}")


def part(bench):
    low, key = synced(bench, "files", MIB, True)
    high, folder, label = f"{bench.WORK}/high", bench.fresh(f"{bench.WORK}/chain"), f"{MIB} MiB of wheels"
    made = bench.make_bundle(label, low, folder)
    bundle, size = bench.newest_bundle(folder), bench.du(f"{low}/state/blobs")
    bench.tar_of(low, folder, "-cf peer.tar")

    def verify():
        return run([bench.DRAY, "-q", "verify", "--key", key, bundle], folder, False)

    def import_():
        bench.isolated(high, key)
        return run([bench.DRAY, "-q", "-C", high, "import", "--no-publish", bundle], high)

    def untar():
        bench.fresh(f"{folder}/out")
        return run("tar -C out -xf peer.tar", folder)

    summed, verified, tarred, imported = rounds(
        bench.RUNS, lambda: run(["sha256sum", bundle], folder, False), verify, untar, import_)
    bench.report.title(f"the carried bundle: {label}, {os.path.getsize(bundle) / 1e6:.0f} MB")
    bench.report.figure("bundle", f"{made.seconds:.2f} s", "", f"{size / 1e6 / made.seconds:.0f} MB/s")
    bench.report.versus("verify; peer: sha256sum alone", verified, summed, bytes_=size)
    bench.report.versus("import; peer: sha256sum alone", imported, summed, bytes_=size)
    bench.report.versus("import; peer: tar -x alone", imported, tarred, bytes_=size)
    bench.report.versus("the same, until it is on the disk", imported, tarred, bytes_=size, what="durable")
    bench.discard(f"{folder}/out")
    os.unlink(f"{folder}/peer.tar")
    for name, step in (("casync", lambda: casync(bench, low, folder, import_)),
                       ("ostree", lambda: ostree(bench, low, folder))):
        if shutil.which(name):
            step()
        else:
            bench.report.figure(f"{name} is not here: left out", "")
    bench.discard(folder)


# -- memory, through pipes --

def peak_of(process):
    """The most memory that it has had since it was started as this program; getrusage() would tell what began it."""
    try:
        with open(f"/proc/{process.pid}/status", encoding="ascii", errors="replace") as lines:
            return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


def pipe(bench, sender, receiver):
    """Both, one into the other. Seconds, and the peak of each."""
    started = time.monotonic()
    with subprocess.Popen([bench.DRAY, "-q", *sender], stdout=subprocess.PIPE) as first, \
            subprocess.Popen([bench.DRAY, "-q", *receiver], stdin=first.stdout, stdout=subprocess.DEVNULL) as second:
        first.stdout.close()
        peaks = [0, 0]
        while first.poll() is None or second.poll() is None:
            peaks = [max(peak, peak_of(process)) for peak, process in zip(peaks, (first, second))]
            time.sleep(0.02)
    if first.returncode or second.returncode:
        raise SystemExit(f"bench: exit status {first.returncode} and {second.returncode}: {sender} | {receiver}")
    return time.monotonic() - started, *peaks


def pipe_once(bench, mib):
    """The peaks of bundle, verify and import. As many files whatever the size: what grows with them is the list."""
    low, key = synced(bench, "even", mib, False)
    high, size = f"{bench.WORK}/high", bench.du(f"{low}/state/blobs")
    bench.isolated(high, key)
    took, bundle, import_ = pipe(bench, ["-C", low, "bundle", "-o", "-"], ["-C", high, "import", "--no-publish", "-"])
    shutil.rmtree(high)
    again, resend, verify = pipe(bench, ["-C", low, "bundle", "--resend", "1", "-o", "-"], ["verify", "--key", key, "-"])
    shutil.rmtree(low)
    rate = f"{size / 1e6 / took:.0f} MB/s into import, {size / 1e6 / again:.0f} MB/s into verify"
    return (max(bundle, resend), verify, import_), rate


def part_pipe(bench):
    bench.report.title(f"through a pipe, MiB at most: bundle, verify, import; 100 wheels")
    first = None
    for mib in PIPE_MIB:
        peaks, rate = pipe_once(bench, mib)
        first = first or peaks
        same = all(peak <= max(before * SAME_MEMORY, before + FLOOR) for peak, before in zip(peaks, first))
        bench.report.figure(f"{mib} MiB", " ".join(f"{peak / 1048576:.1f}" for peak in peaks), "", f"{rate}; " +
                            bench.report.judge(f"{mib} MiB", same, "the same within 10 %"))
