#!/usr/bin/env python3
"""Compares what dray selects with what apt-get would install, name by name.

    scripts/agree-apt.py [--dray ./dray] [--no-recommends] [--jobs 2] [NAME...]

For each NAME (without any, a list of packages from small to huge) it runs `dray plan` and, in an empty root of
its own, `apt-get -s install`, both on the suites that this machine's apt has, fetched once, and compares names and
versions. Needs apt, and its sources signed by what it trusts by default; leaves the machine's own apt alone. Exit status 1 if anything differs.
"""

import argparse
import concurrent.futures
import functools
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

NAMES = """
bash coreutils dpkg apt nano vim tmux zsh htop rsync curl wget perl python3 gcc git nginx redis haproxy
build-essential clang cmake golang rustc nodejs npm php ruby openjdk-17-jdk default-jdk maven tomcat10 emacs
python3-numpy python3-django r-base octave postgresql mariadb-server apache2 bind9 squid postfix exim4
dovecot-imapd samba isc-dhcp-server nfs-kernel-server openssh-server systemd linux-image-amd64 cups mutt nmap
wireshark docker.io podman qemu-system-x86 libvirt-daemon-system ansible prometheus steam-devices texlive
texlive-full gimp inkscape vlc firefox-esr thunderbird chromium libreoffice xfce4 lxde gnome kde-plasma-desktop
""".split()


def run(command, **kwargs):
    return subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)


class Apt:
    """apt in an empty root, with the machine's sources."""

    def __init__(self, root, recommends):
        self.root = root
        for folder in ("state/lists/partial", "cache/archives/partial", "etc"):
            os.makedirs(os.path.join(root, folder))
        open(os.path.join(root, "status"), "w", encoding="ascii").close()
        config = {"Dir::State": f"{root}/state", "Dir::State::status": f"{root}/status", "Dir::Cache": f"{root}/cache",
                  "Dir::Etc::preferences": "/dev/null", "Dir::Etc::preferencesparts": "/dev/null",
                  "APT::Install-Recommends": "true" if recommends else "false", "APT::Install-Suggests": "false",
                  "APT::Sandbox::User": "root", "Debug::NoLocking": "true", "Acquire::Languages": "none"}
        self.config = os.path.join(root, "apt.conf")
        with open(self.config, "w", encoding="ascii") as out:
            out.writelines(f'{key} "{value}";\n' for key, value in config.items())
        self.environment = dict(os.environ, APT_CONFIG=self.config, LC_ALL="C")

    def get(self, *arguments):
        return run(["apt-get", *arguments], env=self.environment)

    def update(self):
        self.get("update")

    def indexes(self):
        """(address, suite, component, path of the index below the suite, its file, that of the release)."""
        form = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(METAKEY)|$(FILENAME)"
        listed = self.get("indextargets", "--format", form, "Created-By: Packages").stdout
        for line in listed.splitlines():
            address, suite, component, key, path = line.split("|")
            plain = path
            for end in (".lz4", ".xz", ".gz", ".zst", ".bz2"):
                plain = plain.removesuffix(end)
            release = plain[: -len(key)] + "InRelease"
            if os.path.exists(path) and os.path.exists(release):
                yield address, suite, component, key, path, release

    def installed(self, name):
        result = self.get("-s", "install", name)
        if result.returncode != 0:
            return None, result.stdout.strip()
        lines = [line.split() for line in result.stdout.splitlines() if line.startswith("Inst ")]
        return {f"{line[1].split(':')[0]}={line[2].lstrip('(')}" for line in lines}, None


def copy_archives(apt, folder):
    """Lays the indexes that apt fetched and verified out as archives; returns their [[source.archive]] lines."""
    archives = {}
    for address, suite, component, key, path, release in apt.indexes():
        archive = archives.setdefault(address, {"number": len(archives), "suites": [], "components": []})
        for what, value in (("suites", suite), ("components", component)):
            if value not in archive[what]:
                archive[what].append(value)
        target = os.path.join(folder, str(archive["number"]), "dists", suite)
        os.makedirs(os.path.dirname(os.path.join(target, key)), exist_ok=True)
        with open(os.path.join(target, key), "wb") as out:
            subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", path], stdout=out, check=True)
        with open(release, "rb") as source, open(os.path.join(target, "InRelease"), "wb") as out:
            out.write(source.read())
    return archives


def serve(folder):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/"


def source_lines(archives, address, architecture, recommends):
    lines = ["[[source]]", 'name = "debian"', 'kind = "deb"', f"architectures = [{json.dumps(architecture)}]",
             f"recommends = {json.dumps(recommends)}", "check_valid_until = false"]
    for archive in archives.values():
        if archive["number"]:
            lines.append("[[source.archive]]")
        lines += [f'upstream = "{address}{archive["number"]}/"', f"suites = {json.dumps(archive['suites'])}",
                  f"components = {json.dumps(archive['components'])}"]
    return lines


def by_dray(dray, lines, name):
    with tempfile.TemporaryDirectory() as folder:
        run([dray, "init", folder])
        with open(os.path.join(folder, "dray.toml"), "w", encoding="ascii") as out:
            out.write("\n".join(lines[:3] + [f"packages = [{json.dumps(name)}]"] + lines[3:]) + "\n")
        result = run([dray, "-C", folder, "plan", "--all", "--json", "-q"])
    if result.returncode != 0:
        return None, result.stderr.strip()
    return {"{package}={version}".format(**f) for f in json.loads(result.stdout)["files"]}, None


def compare(apt, dray, lines, name):
    started = time.monotonic()
    wanted, problem = apt.installed(name)
    between = time.monotonic()
    found, why = by_dray(dray, lines, name)
    times = f"apt {between - started:.1f} s, dray {time.monotonic() - between:.1f} s"
    if wanted is None or found is None:
        same = wanted is None and found is None
        return same, f"{'same' if same else 'DIFFERS'}  {name}: {problem or 'apt takes it'}; {why or 'dray takes it'}"
    if wanted == found:
        return True, f"same     {name}: {len(wanted)} packages ({times})"
    return False, (f"DIFFERS  {name}: only apt: {' '.join(sorted(wanted - found)) or '-'}; "
                   f"only dray: {' '.join(sorted(found - wanted)) or '-'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dray", default="./dray")
    parser.add_argument("--no-recommends", dest="recommends", action="store_false")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as root:
        apt = Apt(os.path.join(root, "apt"), options.recommends)
        apt.update()
        archives = copy_archives(apt, os.path.join(root, "archive"))
        if not archives:
            sys.exit("apt on this machine has no archive that can be reached")
        architecture = run(["dpkg", "--print-architecture"]).stdout.strip()
        lines = source_lines(archives, serve(os.path.join(root, "archive")), architecture, options.recommends)
        same = 0
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for ok, text in pool.map(lambda name: compare(apt, os.path.abspath(options.dray), lines, name),
                                     options.names):
                same += ok
                print(text, flush=True)
    print(f"{same} of {len(options.names)} the same")
    return 0 if same == len(options.names) else 1


if __name__ == "__main__":
    sys.exit(main())
