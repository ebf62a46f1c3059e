"""Sets dray beside the plain tools that do the same work without the guarantees; see scripts/bench.sh."""
import glob
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys

import measure
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


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def du(folder):
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names)


# -- mirrors --

def connected(folder, server, names):
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([DRAY, "init", folder], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([DRAY, "-q", "key", "generate", "-W", f"{folder}/low"], check=True, stdout=subprocess.DEVNULL)
    packages = ",\n".join(f'"{name}"' for name in names)
    with open(f"{folder}/dray.toml", "w", encoding="utf-8") as out:
        out.write(f'[[source]]\nname = "pypi"\nkind = "pypi"\nupstream = "{server.url}/simple/"\n'
                  f'packages = [\n{packages}]\n[[source.target]]\npython = "3.11"\n'
                  'platform = "manylinux_2_28_x86_64"\n\n[[stream]]\nname = "plant"\nkeys = ["low.key"]\n')
    return folder


def isolated(folder, key):
    shutil.rmtree(folder, ignore_errors=True)
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
        shutil.rmtree(folder)
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
            if not name.startswith("catalog.db") and name not in (".output", "lock") and path != f"{mirror}/state":
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
    shutil.rmtree(folder)
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
    return run(command.format(state=f"{mirror}/state", list=f"{folder}/list"), folder)


def newest_bundle(folder):
    return max(glob.glob(f"{folder}/*.dray"))


def bench_bundle(label, mirror, runs, cold_packs=False, peer_command="tar -C {state} -cf peer.tar -T {list}", peer=""):
    folder = fresh(f"{WORK}/bundle-{label.split()[0]}")

    def dray():
        for path in glob.glob(f"{folder}/*.dray"):
            os.unlink(path)
        for path in glob.glob(f"{mirror}/state/packs/*") if cold_packs else ():
            os.unlink(path)
        return note_peak(label, "bundle", run([DRAY, "-q", "-C", mirror, "bundle", "--full", "-o", folder], folder))

    if not peer:
        rounds(runs, dray)
        return newest_bundle(folder)
    theirs, ours = rounds(runs, lambda: tar_of(mirror, folder, peer_command), dray)
    size = du(f"{mirror}/state/blobs")
    bundle = newest_bundle(folder)
    report.title(f"bundle: {label}; peer: {peer}")
    report.versus("until it returns (dray: on the disk, read back)", ours, theirs, bytes_=size)
    report.versus("until it is on the disk", ours, theirs, bytes_=size, what="durable")
    made = glob.glob(f"{folder}/peer.*")[0]
    report.figure("size", f"{os.path.getsize(bundle) / 1e6:.1f} MB", f"{os.path.getsize(made) / 1e6:.1f} MB",
                  f"of {size / 1e6:.1f} MB")
    os.unlink(made)
    return bundle


def bench_xz_rate(mirror):
    """What xz would cost on the wheels, from a sample: they do not get smaller."""
    folder, total = fresh(f"{WORK}/sample"), 0
    with open(f"{folder}/list", "w", encoding="utf-8") as out:
        for path in blobs(mirror):
            if total >= XZ_MIB * 1024 * 1024:
                break
            total += os.path.getsize(f"{mirror}/state/{path}")
            out.write(f"{path}\n")
    o = run(f"tar -C {mirror}/state -cf - -T list | xz -T0 >peer.tar.xz", folder)
    report.figure("tar | xz -T0, on a sample of them", "", f"{o.seconds:.2f} s",
                  f"{total / 1e6:.0f} MB at {total / 1e6 / o.seconds:.0f} MB/s, to "
                  f"{os.path.getsize(f'{folder}/peer.tar.xz') / total:.1%}")
    shutil.rmtree(folder)


def bench_import(label, low, bundle, high, runs, against):
    folder, key, size = fresh(f"{WORK}/import"), f"{low}/low.pub", os.path.getsize(bundle)

    def verify():
        return note_peak(label, "verify", run([DRAY, "-q", "verify", "--key", key, bundle], folder, False))

    def import_():
        isolated(high, key)
        return note_peak(label, "import", run([DRAY, "-q", "-C", high, "import", "--no-publish", bundle], high))

    def tar():
        fresh(f"{folder}/out")
        return run(f"sha256sum {bundle} && tar -C out -xf {bundle}", folder)

    if not against:
        return rounds(runs, verify, import_)
    summed, verified, tarred, imported = rounds(runs, lambda: run(["sha256sum", bundle], folder, False), verify,
                                                tar, import_)
    report.title(f"verify: {label}; peer: sha256sum of the bundle")
    report.versus("until it returns", verified, summed, bytes_=size)
    report.title(f"import: {label}; peer: sha256sum of the bundle, then tar -x")
    report.versus("until it returns", imported, tarred, bytes_=size, aim=0.7)
    report.versus("until it is on the disk (sync -f after both)", imported, tarred, bytes_=size, what="durable", aim=0.7)
    shutil.rmtree(folder)
    return imported


def bench_publish(label, low, root, server):
    """Both trees, from nothing; then one package changes, twice, so that the idle tree is one change behind."""
    name = lines_of(f"{root}/names")[0]
    sync = [DRAY, "-q", "-C", low, "sync", "--no-publish"]
    publish = [DRAY, "-C", low, "publish"]
    folder = fresh(f"{WORK}/links")

    def drop():
        shutil.rmtree(f"{low}/state/site-a", ignore_errors=True)
        shutil.rmtree(f"{low}/state/site-b", ignore_errors=True)
        if os.path.lexists(f"{low}/site"):
            os.unlink(f"{low}/site")

    def full():
        drop()
        return note_peak(label, "publish", run(publish, low))

    def links():
        shutil.rmtree(f"{folder}/blobs", ignore_errors=True)
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
    shutil.rmtree(folder)


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
    shutil.rmtree(folder)


def bench_memory():
    report.heading = ""
    print(f"\npeak memory, MiB (this harness itself counts for {measure.run(['true'], WORK, False).peak >> 20})")
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
        bundle = bench_bundle(label, low, RUNS, peer="tar cf")
        if XZ_MIB:
            bench_xz_rate(low)
        bench_import(label, low, bundle, high, RUNS, True)
        bench_publish(label, low, root, server)
    report.title("serve: peer: nginx over the same tree; client: curl --parallel-max 16")
    bench_serve("the largest file, 100 times", low, True)
    bench_serve("every file once", low, False)


def part_packages():
    root, low = fixture("small", PACKAGES), f"{WORK}/low"
    label = f"{PACKAGES} small packages"
    with upstream.Nginx(f"{WORK}/nginx", root) as server:
        bench_sync(label, root, low, server, 1, True)
        bench_nothing_new(label, root, low, server)
        bundle = bench_bundle(label, low, 1, True, "tar -C {state} -cf - -T {list} | xz -T0 >peer.tar.xz", "tar | xz -T0")
        bench_import(label, low, bundle, f"{WORK}/high", RUNS, True)
        bench_publish(label, low, root, server)
    report.title("serve: peer: nginx over the same tree; client: curl --parallel-max 16")
    bench_serve("every file once, all small", low, False)


def part_memory():
    for size in filter(None, (SMALL_MIB, LARGE_MIB)):
        root, low = fixture("files", size), f"{WORK}/low"
        label = f"{size} MiB of wheels"
        with upstream.Nginx(f"{WORK}/nginx", root) as server:
            bench_sync(label, root, low, server, 1, False)
        bundle = bench_bundle(label, low, 1)
        bench_import(label, low, bundle, f"{WORK}/high", 1, False)
        os.unlink(bundle)


def main():
    parts = {"files": part_files, "packages": part_packages, "memory": part_memory}
    chosen = sys.argv[1:] or list(parts)
    unknown = [name for name in chosen if name not in parts]
    if unknown:
        sys.exit(f"bench: no part {unknown[0]}; parts: {' '.join(parts)}")
    for name in chosen:
        parts[name]()
    bench_memory()
    print("\nmissed:\n  " + "\n  ".join(report.missed) if report.missed else "\nevery aim was met")


if __name__ == "__main__":
    main()
