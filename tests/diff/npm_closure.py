#!/usr/bin/env python3
"""What dray selects against what npm locks, on generated registries: ranges that disagree, circles,
peers, optional dependencies of other platforms, aliases, pre-releases, deprecated versions, tags.

NPM_SEED picks other registries, NPM_ROUNDS says how many (default 12).
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tests", "tools-py"))
import npm_lock  # noqa: E402

DRAY = os.environ.get("DRAY") or os.path.join(ROOT, "dray")
SEED = int(os.environ.get("NPM_SEED", "7"))
ROUNDS = int(os.environ.get("NPM_ROUNDS", "12"))
PLATFORM = "linux-x64-glibc"
VERSIONS = ["1.0.0", "1.1.0", "1.2.0", "2.0.0", "2.1.0", "3.0.0-beta.1", "3.0.0"]


def spec(r, target):
    version = r.choice(target)
    return r.choice([f"^{version}", f"^{version}", f"~{version}", version, f">={version}", "*", "latest",
                     f"<={version}", f"^{version} || ^1.0.0", f"{version.split('.')[0]}.x"])


def registry(r, peers):
    """{name: {version: manifest}}; what a version needs exists, mostly in a version that will do."""
    names = [f"p{i}" if i % 4 else f"@s/p{i}" for i in range(r.choice([8, 14, 22]))]
    known = {n: sorted(r.sample(VERSIONS, r.randrange(1, 6))) for n in names}
    packages = {}
    for at, name in enumerate(names):
        packages[name] = {}
        for version in known[name]:
            manifest = {}
            others = [n for n in names if n != name]
            for _ in range(r.choice([0, 1, 1, 2, 3])):
                other = r.choice(others[:at] or others) if r.random() < 0.7 else r.choice(others)
                kind = "dependencies"
                if r.random() < peers:
                    kind = "peerDependencies"
                elif r.random() < 0.1:
                    kind = "optionalDependencies"
                wanted = spec(r, known[other])
                key = other
                if kind == "dependencies" and r.random() < 0.05:
                    key, wanted = f"alias-{other.strip('@').replace('/', '-')}", f"npm:{other}@{wanted}"
                manifest.setdefault(kind, {})[key] = wanted
                if kind == "peerDependencies" and r.random() < 0.3:
                    manifest.setdefault("peerDependenciesMeta", {})[key] = {"optional": True}
            if r.random() < 0.02:
                manifest["os"] = r.choice([["darwin"], ["linux"], ["!win32"]])
            if r.random() < 0.1:
                manifest["deprecated"] = "do not use"
            if r.random() < 0.1:
                manifest["engines"] = {"node": r.choice([">=12", ">=99"])}
            packages[name][version] = manifest
    for name in names:  # platform packages, as native ones are made
        if r.random() < 0.15:
            version = known[name][-1]
            for system in ("linux", "darwin"):
                packages[f"{name}-{system}"] = {version: {"os": [system], "cpu": ["x64"]}}
                packages[name][version].setdefault("optionalDependencies", {})[f"{name}-{system}"] = version
    return packages


def run(command, **kwargs):
    return subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)


def by_npm(folder, project, url, node):
    os.makedirs(folder)
    with open(f"{folder}/package.json", "w", encoding="utf-8") as out:
        json.dump({"name": "project", "version": "1.0.0", "dependencies": project}, out)
    done = run(["npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund", "--force=false",
                f"--registry={url}", f"--cache={folder}/../cache", "--fetch-retries=0", "--os=linux", "--cpu=x64",
                "--libc=glibc"], cwd=folder, env={**os.environ, "HOME": folder})
    if done.returncode:
        return "refused: " + " ".join(done.stderr.split())[:300]
    with open(f"{folder}/package-lock.json", encoding="utf-8") as lock:
        found = npm_lock.installed(json.load(lock)["packages"], PLATFORM)
    return "refused: not for this platform" if found is None else found


def by_dray(folder, project, url, node):
    run([DRAY, "init", folder])
    wanted = [f"{name}@{wanted}" for name, wanted in project.items()]
    with open(f"{folder}/dray.toml", "w", encoding="utf-8") as out:
        out.write(f'[[source]]\nname = "npm"\nkind = "npm"\nupstream = "{url}"\npackages = {json.dumps(wanted)}\n'
                  f'[[source.target]]\nplatform = "linux-x64"\nnode = "{node}"\n')
    done = run([DRAY, "-C", folder, "plan", "--all", "--json", "-q", "--tries", "1"])
    try:
        plan = json.loads(done.stdout)
    except ValueError:
        return "broken: " + done.stderr
    if done.returncode:
        return "refused: " + "; ".join(f"{m['item']}: {m['why']}" for m in plan["missing"])[:300]
    return {f"{f['package']}@{f['version']}" for f in plan["files"]}


def one_round(number, folder, node):
    r = random.Random(f"{SEED} {number}")
    packages = registry(r, r.choice([0, 0, 0.15, 0.35]))
    os.makedirs(f"{folder}/packages")
    with open(f"{folder}/packages/manifests.json", "w", encoding="utf-8") as out:
        json.dump(packages, out)
    with subprocess.Popen([sys.executable, f"{ROOT}/tests/servers/npm_registry.py", "--port-file", f"{folder}/port",
                           f"{folder}/packages"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            server.stdout.readline()
            with open(f"{folder}/port", encoding="utf-8") as port:
                url = f"http://127.0.0.1:{port.read().strip()}/"
            names = r.sample([n for n in packages if not n.endswith(("-linux", "-darwin"))], r.choice([1, 2, 4]))
            project = {n: spec(r, sorted(packages[n])) for n in names}
            return (project, by_npm(f"{folder}/npm", project, url, node), by_dray(f"{folder}/dray", project, url, node))
        finally:
            server.terminate()


def main():
    if not shutil.which("npm"):
        print("1..0 # SKIP npm is not installed")
        return
    if int(run(["npm", "--version"]).stdout.split(".")[0]) < 10:
        print("1..0 # SKIP this npm has no --os, --cpu and --libc")
        return
    node = run(["node", "--version"]).stdout.strip().lstrip("v")
    print(f"# seed {SEED}, node {node}\n1..{ROUNDS}")
    failed = False
    for number in range(1, ROUNDS + 1):
        with tempfile.TemporaryDirectory(prefix="dray-npm.") as folder:
            project, theirs, ours = one_round(number, folder, node)
        refused = [isinstance(x, str) for x in (theirs, ours)]
        same = all(refused) and not str(ours).startswith("broken") if any(refused) else ours == theirs
        failed = failed or not same
        what = "refused by both" if all(refused) else f"{len(theirs)} packages"
        print(f"{'ok' if same else 'not ok'} {number} - {json.dumps(project)}: {what}")
        if any(refused):
            print(f"# npm: {theirs}\n# dray: {ours}")
        elif not same:
            print(f"# only npm: {sorted(theirs - ours)}\n# only dray: {sorted(ours - theirs)}")
    sys.exit(failed)


main()
