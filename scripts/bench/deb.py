"""Debian archives: dray beside aptly and debmirror on the same upstream, and an index of a whole release."""
import hashlib
import json
import os
import shutil
import subprocess
import sys

import upstream
from measure import median, rounds, run

HERE = os.path.dirname(os.path.abspath(__file__))
ARCHIVE = f"{HERE}/../../tests/tools-py/debarchive.py"
DRAY = os.environ["DRAY"]
WORK = os.environ["BENCH_WORK"]
RUNS = int(os.environ["BENCH_RUNS"])
PACKAGES = int(os.environ["BENCH_PACKAGES"])
STANZAS = 63440  # as main of Debian 12 has for amd64; so many bytes each, too
RELATIONS = 6
WANTED = "wanted"  # and what it needs


def key():
    """A throwaway key, as a keyring, and the folder of the gpg that has its secret half."""
    home, keyring = f"{WORK}/gnupg", f"{WORK}/archive.gpg"
    if not os.path.exists(keyring):
        os.makedirs(home, mode=0o700, exist_ok=True)
        gpg = ["gpg", "--homedir", home, "--batch", "--quiet"]
        subprocess.run([*gpg, "--passphrase", "", "--quick-generate-key", "bench <bench@example.invalid>", "rsa2048",
                        "sign", "never"], check=True, stderr=subprocess.DEVNULL)
        with open(keyring, "wb") as out:
            subprocess.run([*gpg, "--export"], check=True, stdout=out)
    return home, keyring


def sign(folder):
    release = f"{folder}/Release"
    gpg = ["gpg", "--homedir", key()[0], "--batch", "--quiet", "--yes"]
    for option, name in (("--clearsign", "InRelease"), ("--detach-sign", "Release.gpg")):
        subprocess.run([*gpg, option, "--armor", "--output", f"{folder}/{name}", release], check=True,
                       stderr=subprocess.DEVNULL)


def name_of(n):
    """As unlike each other as names are: what a program finds them by was made for such."""
    return "lib" * (n % 3 == 0) + hashlib.sha256(b"name %d" % n).hexdigest()[:6 + n % 11] + f"-{n:x}"


def bystander(n):
    """A stanza of the length that a release's have; there is no package behind it."""
    name = name_of(n)
    needs = ", ".join(f"{name_of((n * 7 + k * 131) % STANZAS)} (>= 1.0)" for k in range(RELATIONS) if n % 9)
    return (
        f"Package: {name}\nVersion: 1.{n}-1+deb12u1\nInstalled-Size: {n}\nMaintainer: Nobody "
        f"<nobody@example.invalid>\nArchitecture: amd64\n" + (f"Depends: {needs}\n" if needs else "") +
        f"Description: one of many packages, number {n}\nHomepage: http://127.0.0.1/{name}/index.html\n"
        f"Description-md5: {hashlib.sha256(b'%d' % n).hexdigest()[:32]}\nTag: implemented-in::c, role::program, "
        f"scope::utility, use::checking, works-with::file\nSection: utils\nPriority: optional\n"
        f"Filename: pool/main/p/{name}/{name}_1.{n}-1+deb12u1_amd64.deb\nSize: {n + 1000}\n"
        f"SHA256: {hashlib.sha256(b'deb %d' % n).hexdigest()}\n")


def archive(count):
    """The index of a whole release. count small packages of it are there, and one that needs them all."""
    root = f"{WORK}/archive-{count}"
    if not os.path.exists(f"{root}/dists/stable/InRelease"):
        names = [f"wanted-{n:05}" for n in range(count)]
        stanzas = [f"Package: {name}\nVersion: 1.{n}-1\n" for n, name in enumerate(names)]
        stanzas.append(f"Package: {WANTED}\nVersion: 1\nDepends: {', '.join(names)}\n")
        others = f"{WORK}/others"
        with open(others, "w", encoding="ascii") as out:
            out.write("\n".join(bystander(n) for n in range(STANZAS - count - 1)))
        subprocess.run([sys.executable, ARCHIVE, root, "stable", "--fresh", "--packings", ".xz,.gz", "--also", others],
                       check=True, text=True, input="\n".join(stanzas))
        os.remove(others)
        sign(f"{root}/dists/stable")
    return root


def new_dray(bench, url):
    low = f"{WORK}/low"
    bench.discard(low)
    subprocess.run([DRAY, "init", low], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(f"{low}/dray.toml", "w", encoding="utf-8") as out:
        out.write(f'[[source]]\nname = "debian"\nkind = "deb"\nupstream = "{url}/"\nsuites = ["stable"]\n'
                  f'architectures = ["amd64"]\nkeyring = "{key()[1]}"\npackages = ["{WANTED}"]\n')
    return [DRAY, "-q", "-C", low, "sync"]


def new_aptly(bench, url):
    folder = bench.fresh(f"{WORK}/aptly")
    with open(f"{folder}/aptly.conf", "w", encoding="ascii") as out:
        json.dump({"rootDir": folder, "downloadConcurrency": 16, "architectures": ["amd64"]}, out)
    aptly = ["aptly", f"-config={folder}/aptly.conf"]
    subprocess.run([*aptly, "mirror", "create", f"-keyring={key()[1]}", f"-filter={WANTED}", "-filter-with-deps", "bench",
                    url, "stable", "main"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return [*aptly, "mirror", "update", f"-keyring={key()[1]}", "bench"]


def new_debmirror(bench, url):
    folder = f"{WORK}/debmirror"
    bench.discard(folder)
    return ["debmirror", folder, "--method=http", f"--host={url.split('//')[1]}", "--root=/", "--dist=stable",
            "--section=main", "--arch=amd64", "--nosource", f"--keyring={key()[1]}", "--diff=none", "--rsync-extra=none",
            "--exclude=^pool/", f"--include=^pool/main/w/{WANTED}"]


# Each as dray does what it does: aptly's update fills a pool, and its tree is another command's; debmirror's is the tree.
PEERS = (("aptly", new_aptly, ["--no-publish"]), ("debmirror", new_debmirror, []))


def part(bench):
    report, root = bench.report, archive(PACKAGES)
    with upstream.Nginx(f"{WORK}/nginx", root) as server:
        for name, make, extra in PEERS:
            if not shutil.which(name):
                continue
            like = f"dray sync {' '.join(extra)}".rstrip()
            report.title(f"{name}: {PACKAGES} packages of the {STANZAS} of a release; {like}; peer: {name}")
            cold, quiet = {"dray": [], name: []}, {"dray": [], name: []}
            for _ in range(RUNS):
                for who, command in (("dray", new_dray(bench, server.url) + extra), (name, make(bench, server.url))):
                    cold[who].append(run(command, WORK))
                    quiet[who].append(run(command, WORK))
            report.versus("cold", cold["dray"], cold[name], aim=1)
            report.versus("nothing new upstream", quiet["dray"], quiet[name], aim=20)
        plan = new_dray(bench, server.url)
        plan[-1] = "plan"
        (outcomes,) = rounds(RUNS, lambda: run(plan, WORK))
        size = os.path.getsize(f"{root}/dists/stable/main/binary-amd64/Packages.xz")
        report.title(f"a release: {STANZAS} stanzas")
        report.figure("read, solved and listed: processor time", f"{median(outcomes, 'cpu'):.2f} s", "",
                      f"{median(outcomes, 'peak') / 1e6:.0f} MB of memory at most; the index is {size / 1e6:.1f} MB packed")
