"""Sets dray beside the plain tools that do the same work without the guarantees; see scripts/bench.sh."""
import glob
import hashlib
import os
import sqlite3
import subprocess
import sys

import chain
import deb
import measure
import npm
import upstream
from measure import run, rounds

HERE = os.path.dirname(os.path.abspath(__file__))
DRAY = os.environ["DRAY"]
WORK = os.environ["BENCH_WORK"]
RUNS = int(os.environ["BENCH_RUNS"])
MIB = int(os.environ["BENCH_MIB"])
SMALL_MIB = int(os.environ["BENCH_SMALL_MIB"])
LARGE_MIB = int(os.environ["BENCH_LARGE_MIB"])
PACKAGES = int(os.environ["BENCH_PACKAGES"])
XZ_MIB = int(os.environ["BENCH_XZ_MIB"])
PEAK_AIM = 200 * 1024 * 1024
report = measure.Report()
peaks = {}  # by label: by command: bytes


def fixture(kind, amount):
    root = f"{WORK}/index-{kind}-{amount}"
    subprocess.run([sys.executable, f"{HERE}/index.py", root, kind, str(amount)], check=True)
    return root


def lines_of(path):
    with open(path, encoding="utf-8") as lines:
        return lines.read().splitlines()


def discard(path):
    """Out of the way, and emptied. Removed when all is over: for minutes after many files went, ext4 is slow to make
    new ones (it looks for an inode that was not used lately), whoever comes next."""
    if not os.path.lexists(path):
        return
    os.makedirs(f"{WORK}/trash", exist_ok=True)
    away = f"{WORK}/trash/{len(os.listdir(f'{WORK}/trash'))}"
    os.rename(path, away)
    for at, _, names in os.walk(away):
        for stat, file in ((os.lstat(f"{at}/{name}"), f"{at}/{name}") for name in names):
            if stat.st_nlink == 1 and stat.st_size and not os.path.islink(file):
                os.chmod(file, 0o644)
                os.truncate(file, 0)


def fresh(folder):
    discard(folder)
    os.makedirs(folder)
    return folder


def du(folder):
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names)


# -- mirrors --

def connected(folder, server, names):
    discard(folder)
    subprocess.run([DRAY, "init", folder], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([DRAY, "-q", "key", "generate", "-W", f"{folder}/low"], check=True, stdout=subprocess.DEVNULL)
    packages = ",\n".join(f'"{name}"' for name in names)
    with open(f"{folder}/dray.toml", "w", encoding="utf-8") as out:
        out.write(f'[[source]]\nname = "pypi"\nkind = "pypi"\nupstream = "{server.url}/simple/"\n'
                  f'packages = [\n{packages}]\n[[source.target]]\npython = "3.11"\n'
                  'platform = "manylinux_2_28_x86_64"\n\n[[stream]]\nname = "plant"\nkeys = ["low.key"]\n')
    return folder


def isolated(folder, key):
    discard(folder)
    subprocess.run([DRAY, "init", "--isolated", folder], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([DRAY, "-C", folder, "trust", "add", "plant", key], check=True, stdout=subprocess.DEVNULL)
    return folder


def blobs(mirror):
    return [f"blobs/{path}" for path in sorted(glob.glob("*/*", root_dir=f"{mirror}/state/blobs"))]


def note_peak(label, command, outcome):
    was = peaks.setdefault(label, {}).get(command, 0)
    peaks[label][command] = max(was, outcome.peak)
    return outcome


def curl_all(server, paths, folder, extra=""):
    """Fetches every path with curl, 16 at a time, each to a file of its own."""
    with open(f"{folder}/urls", "w", encoding="utf-8") as out:
        for i, path in enumerate(paths):
            out.write(f'url = "{server.url}{path}"\noutput = "{i}"\n')
    return run(["curl", "-q", "--silent", "--show-error", "--fail", "--parallel", "--parallel-max", "16",
                "--create-dirs", *extra.split(), "-K", "urls"], folder)


# -- what is measured --

def bench_sync(label, root, mirror, server, runs, against_curl):
    names, paths = lines_of(f"{root}/names"), lines_of(f"{root}/paths")

    def dray():
        connected(mirror, server, names)
        return note_peak(label, "sync", run([DRAY, "-q", "-C", mirror, "sync", "--no-publish"], mirror))

    def curl():
        folder = fresh(f"{WORK}/curl")
        outcome = curl_all(server, paths, folder)
        discard(folder)
        return outcome

    if not against_curl:
        return rounds(runs, dray)
    peer, ours = rounds(runs, curl, dray)
    size = du(f"{root}/files") + du(f"{root}/simple")
    report.title(f"sync, nothing held: {label}, {len(paths)} requests; peer: curl --parallel-max 16, same addresses")
    report.versus("until it returns", ours, peer, bytes_=size, aim=0.9)
    report.versus("until it is on the disk (sync -f after both)", ours, peer, bytes_=size, what="durable", aim=0.9)
    return ours


def table_rows(mirror):
    """Each table of the catalog: how many rows, and a hash over them."""
    db = sqlite3.connect(f"file:{mirror}/state/catalog.db?mode=ro", uri=True)
    found = {}
    for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"):
        rows = sorted(repr(row) for row in db.execute(f"SELECT * FROM {table}"))
        found[table] = (len(rows), hashlib.sha256("".join(rows).encode()).hexdigest())
    db.close()
    return found


def listing(mirror):
    """Everything below the mirror but the catalog's own files: size and time of the last change.

    Not state/ itself, in which the catalog's journal comes and goes."""
    found = {}
    for at, folders, names in os.walk(mirror):
        for name in folders + names:
            path = os.path.join(at, name)
            stat = os.lstat(path)
            if not name.startswith("catalog.db") and name not in (".output", ".result", "lock") and path != f"{mirror}/state":
                found[path] = (stat.st_size if name in names else 0, stat.st_mtime_ns)
    return found


def differences(before, after):
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def conditional_curl(root, server, paths):
    """The least that can be asked: every page, if it has changed, 16 at a time."""
    folder = fresh(f"{WORK}/curl")
    with open(f"{folder}/urls", "w", encoding="utf-8") as out:
        for i, path in enumerate(paths):
            stat = os.stat(f"{root}{path}index.json")
            tag = f'\\"{int(stat.st_mtime):x}-{stat.st_size:x}\\"'
            out.write(f'{"next" if i else ""}\nurl = "{server.url}{path}"\noutput = "{i}"\nsilent\nfail\n'
                      f'header = "If-None-Match: {tag}"\n')
    outcome = run(["curl", "-q", "--parallel", "--parallel-max", "16", "-K", "urls"], folder)
    discard(folder)
    return outcome


def bench_nothing_new(label, root, mirror, server):
    pages = [path for path in lines_of(f"{root}/paths") if path.startswith("/simple/")]
    run([DRAY, "-q", "-C", mirror, "sync"], mirror)
    files, rows = listing(mirror), table_rows(mirror)
    server.log_clear()
    ours, peer = rounds(max(RUNS, 3), lambda: note_peak(label, "sync, nothing new", run(
        [DRAY, "-q", "-C", mirror, "sync"], mirror)), lambda: conditional_curl(root, server, pages))
    seen = server.requests()
    per_run = len(seen) / 2 / len(ours)
    wrong = [r for r in seen if r[2] != 304 or not r[5]]
    changed_files, changed_rows = differences(files, listing(mirror)), differences(rows, table_rows(mirror))
    report.title(f"sync, nothing new: {len(pages)} packages; peer: curl with If-None-Match for each page")
    report.versus("until it returns", ours, peer)
    report.figure("requests a run", f"{per_run:.0f}", "", report.judge(
        "requests", not wrong and per_run == len(pages), "one conditional request a page, all 304"))
    report.figure("bytes a run, heads and all", f"{sum(r[4] for r in seen) / 2 / len(ours) / 1e3:.0f} kB")
    report.figure("written", f"{len(changed_files)} files", "", report.judge(
        "written", not changed_files and changed_rows == ["run"], "a row of the log alone") +
        f"; tables that changed: {', '.join(changed_rows)}{' '.join(['', *changed_files[:3]])}")


def tar_of(mirror, folder, command):
    with open(f"{folder}/list", "w", encoding="utf-8") as out:
        out.write("\n".join(blobs(mirror)) + "\n")
    return run(f"tar -C {mirror}/state -T list {command}", folder)


def newest_bundle(folder):
    return max(glob.glob(f"{folder}/*.dray"))


def make_bundle(label, mirror, folder, cold_packs=False):
    for path in glob.glob(f"{folder}/*.dray") + (glob.glob(f"{mirror}/state/packs/*") if cold_packs else []):
        os.unlink(path)
    return note_peak(label, "bundle", run([DRAY, "-q", "-C", mirror, "bundle", "--full", "-o", folder], folder))


def report_sizes(mirror, bundle, archive):
    report.figure("size", f"{os.path.getsize(bundle) / 1e6:.1f} MB", f"{os.path.getsize(archive) / 1e6:.1f} MB",
                  f"of {du(f'{mirror}/state/blobs') / 1e6:.1f} MB")


def bench_bundle(label, mirror, runs):
    """What does not compress. Gives the bundle, and an archive of the same blobs."""
    folder, archive = fresh(f"{WORK}/bundle-files"), "peer.tar"
    # what dray does before it calls a bundle done: it is on the disk, and what is read back from there is hashed
    proof = f"-cf {archive} && sync {archive} && dd if={archive} iflag=nocache count=0 status=none && sha256sum {archive}"
    tarred, proven, ours = rounds(runs, lambda: tar_of(mirror, folder, f"-cf {archive}"),
                                  lambda: tar_of(mirror, folder, proof), lambda: make_bundle(label, mirror, folder))
    size = du(f"{mirror}/state/blobs")
    report.title(f"bundle: {label}; peer: tar cf")
    report.versus("until it returns (dray: on the disk, read back)", ours, tarred, bytes_=size)
    report.versus("until it is on the disk", ours, tarred, bytes_=size, what="durable")
    report.versus("peer: tar cf, sync, sha256sum from the disk", ours, proven, bytes_=size)
    report_sizes(mirror, newest_bundle(folder), f"{folder}/{archive}")
    return newest_bundle(folder), f"{folder}/{archive}"


def bench_bundle_xz(label, mirror):
    """What compresses, nothing of it compressed before. Gives the bundle, and an archive of the same blobs."""
    folder, archive = fresh(f"{WORK}/bundle-small"), "peer.tar.xz"
    tarred, ours = rounds(1, lambda: tar_of(mirror, folder, f"-cf - | xz -T0 >{archive}"),
                          lambda: make_bundle(label, mirror, folder, cold_packs=True))
    report.title(f"bundle: {label}; peer: tar | xz -T0")
    report.versus("until it returns (dray: on the disk, read back)", ours, tarred,
                  bytes_=du(f"{mirror}/state/blobs"))
    report_sizes(mirror, newest_bundle(folder), f"{folder}/{archive}")
    return newest_bundle(folder), f"{folder}/{archive}"


def bench_xz_rate(mirror):
    """What xz would cost on the wheels, from a sample: they do not get smaller."""
    folder, left = fresh(f"{WORK}/sample"), XZ_MIB * 1024 * 1024
    with open(f"{folder}/sample", "wb") as out:
        for path in blobs(mirror):
            with open(f"{mirror}/state/{path}", "rb") as blob:
                left -= out.write(blob.read(left))
    size = os.path.getsize(f"{folder}/sample")
    o = run(["xz", "-T0", "sample"], folder)
    report.figure("xz -T0, on a sample of them", "", f"{o.seconds:.2f} s",
                  f"{size / 1e6:.0f} MB at {size / 1e6 / o.seconds:.0f} MB/s, to "
                  f"{os.path.getsize(f'{folder}/sample.xz') / size:.1%}")
    discard(folder)


def bench_import(label, low, bundle, high, runs, peer=""):
    """peer: an archive of the same blobs, to sum and unpack."""
    folder, key, size = fresh(f"{WORK}/import"), f"{low}/low.pub", os.path.getsize(bundle)

    def verify():
        return note_peak(label, "verify", run([DRAY, "-q", "verify", "--key", key, bundle], folder, False))

    def import_():
        isolated(high, key)
        return note_peak(label, "import", run([DRAY, "-q", "-C", high, "import", "--no-publish", bundle], high))

    def tar():
        fresh(f"{folder}/out")
        return run(f"sha256sum {peer} && tar -C out -xf {peer}", folder)

    if not peer:
        return rounds(runs, verify, import_)
    summed, verified, tarred, imported = rounds(runs, lambda: run(["sha256sum", bundle], folder, False), verify,
                                                tar, import_)
    report.title(f"verify: {label}; peer: sha256sum of the bundle")
    report.versus("until it returns", verified, summed, bytes_=size)
    report.title(f"import: {label}; peer: sha256sum of {os.path.basename(peer)}, then tar -x of it")
    report.versus("until it returns", imported, tarred, bytes_=size, aim=0.7)
    report.versus("until it is on the disk (sync -f after both)", imported, tarred, bytes_=size, what="durable", aim=0.7)
    discard(folder)
    os.unlink(peer)
    return imported


def bench_publish(label, low, root, server):
    """Both trees, from nothing; then one package changes, twice, so that the idle tree is one change behind."""
    name = lines_of(f"{root}/names")[0]
    sync = [DRAY, "-q", "-C", low, "sync", "--no-publish"]
    publish = [DRAY, "-C", low, "publish"]
    folder = fresh(f"{WORK}/links")

    def drop():
        discard(f"{low}/state/site-a")
        discard(f"{low}/state/site-b")
        if os.path.lexists(f"{low}/site"):
            os.unlink(f"{low}/site")

    def full():
        drop()
        return note_peak(label, "publish", run(publish, low))

    def links():
        discard(f"{folder}/blobs")
        return run(["cp", "-rl", f"{low}/state/blobs", "."], folder)

    def bump(kind):
        subprocess.run([sys.executable, f"{HERE}/index.py", root, kind, name], check=True)
        run(sync, low)
        return run(publish, low)

    peer, ours = rounds(RUNS, links, full)
    report.title(f"publish: {label}; peer: cp -rl of the store")
    report.versus("all of it", ours, peer)
    bump("bump")
    bump("unbump")
    changes = [bump("bump"), bump("unbump")]
    report.figure("after a change of one package", f"{measure.median(changes):.2f} s")
    discard(folder)


def bench_serve(label, low, big):
    site, folder = f"{low}/site/", fresh(f"{WORK}/served")
    files = sorted((os.path.getsize(f"{site}{path}"), f"/{path}") for path in
                   glob.glob("pypi/files/*/*/*", root_dir=site))
    paths = [files[-1][1]] * 100 if big else [path for _, path in files]
    size = sum(os.path.getsize(f"{site}{path}") for path in paths)
    def fetch(server):
        with open(f"{folder}/urls", "w", encoding="utf-8") as out:
            for path in paths:
                out.write(f'url = "{server.url}{path.replace("+", "%2B")}"\noutput = "/dev/null"\n')
        return run(["curl", "-q", "--silent", "--show-error", "--fail", "--parallel", "--parallel-max", "16", "-K",
                    "urls"], folder, False)

    port = upstream.free_port()
    with upstream.Nginx(f"{folder}/nginx", site) as nginx, upstream.Server(
            [DRAY, "-C", low, "serve", "--listen", f"127.0.0.1:{port}"], port, stdout=subprocess.DEVNULL) as ours:
        peer, mine = rounds(max(RUNS, 3), lambda: fetch(nginx), lambda: fetch(ours))
    report.versus(label, mine, peer, bytes_=size)
    discard(folder)


def bench_memory():
    report.heading = ""
    print(f"\npeak memory, MiB (the least that can be seen here: {int(measure.run(['true'], WORK, False).peak) >> 20})")
    commands = ["sync", "sync, nothing new", "bundle", "verify", "import", "publish"]
    print(f"{'':<44} " + " ".join(f"{c:>17}" for c in commands))
    for label, by_command in peaks.items():
        print(f"{label:<44} " + " ".join(
            f"{by_command[c] / 1048576:>17.0f}" if c in by_command else f"{'':>17}" for c in commands))
        for command, peak in by_command.items():
            report.judge(f"memory of {command}, {label}", peak < PEAK_AIM, "")
    print(f"aim below {PEAK_AIM >> 20} MiB whatever the size")


# -- the parts --

def part_files():
    root, low, high = fixture("files", MIB), f"{WORK}/low", f"{WORK}/high"
    label = f"{MIB} MiB of wheels"
    with upstream.Nginx(f"{WORK}/nginx", root) as server:
        bench_sync(label, root, low, server, RUNS, True)
        bundle, archive = bench_bundle(label, low, RUNS)
        if XZ_MIB:
            bench_xz_rate(low)
        bench_import(label, low, bundle, high, RUNS, archive)
        bench_publish(label, low, root, server)
    report.title("serve: peer: nginx over the same tree; client: curl --parallel-max 16")
    bench_serve("the largest file, 100 times", low, True)
    bench_serve("every file once", low, False)


def part_packages():
    root, low = fixture("small", PACKAGES), f"{WORK}/low"
    label = f"{PACKAGES} small packages"
    with upstream.Nginx(f"{WORK}/nginx", root) as server:
        bench_sync(label, root, low, server, RUNS, True)
        bench_nothing_new(label, root, low, server)
        bundle, archive = bench_bundle_xz(label, low)
        bench_import(label, low, bundle, f"{WORK}/high", RUNS, archive)
        bench_publish(label, low, root, server)
    report.title("serve: peer: nginx over the same tree; client: curl --parallel-max 16")
    bench_serve("every file once, all small", low, False)


def part_memory():
    for size in filter(None, (SMALL_MIB, LARGE_MIB)):
        root, low = fixture("files", size), f"{WORK}/low"
        label = f"{size} MiB of wheels"
        with upstream.Nginx(f"{WORK}/nginx", root) as server:
            bench_sync(label, root, low, server, 1, False)
        folder = fresh(f"{WORK}/bundle-memory")
        make_bundle(label, low, folder)
        bundle = newest_bundle(folder)
        bench_import(label, low, bundle, f"{WORK}/high", 1)
        os.unlink(bundle)


def main():
    this = sys.modules[__name__]
    parts = {"files": part_files, "packages": part_packages, "memory": part_memory,
             "chain": lambda: chain.part(this), "pipe": lambda: chain.part_pipe(this),
             "deb": lambda: deb.part(this), "npm": lambda: npm.part(report)}
    chosen = sys.argv[1:] or list(parts)
    unknown = [name for name in chosen if name not in parts]
    if unknown:
        sys.exit(f"bench: no part {unknown[0]}; parts: {' '.join(parts)}")
    for name in chosen:
        parts[name]()
    if peaks:
        bench_memory()
    print("\nmissed:\n  " + "\n  ".join(report.missed) if report.missed else "\nevery aim was met")


if __name__ == "__main__":
    main()
