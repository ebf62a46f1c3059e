#!/usr/bin/env python3
"""Compares what dray selects with what npm would install, name by name.

    scripts/agree-npm.py [--dray ./dray] [--jobs 2] [--platform linux-x64-glibc]... [NAME...]

For each NAME (a spec such as "react@^18", or several joined by "+": one project
that needs them all; without any, a list of popular packages of varied kinds)
it runs `dray plan` for the platforms and the running Node, and
`npm install --package-lock-only` against the registry that this machine's npm
uses, and compares the packages that each platform installs. Exit status 1 if
anything differs.
"""

import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tests", "tools-py"))
import npm_lock  # noqa: E402

POPULAR = """
express react react-dom vue @angular/core @angular/cli next nuxt vite webpack webpack-cli rollup esbuild
typescript eslint prettier jest vitest mocha @babel/core @babel/preset-env sharp sqlite3 bcrypt
axios lodash socket.io mongoose sequelize @nestjs/core @nestjs/cli tailwindcss postcss sass
electron puppeteer playwright storybook gatsby-cli create-react-app react-scripts
@aws-sdk/client-s3 firebase graphql @apollo/server prisma typeorm
vite+react+react-dom+@vitejs/plugin-react+typescript+eslint+typescript-eslint
@typescript-eslint/parser+@typescript-eslint/eslint-plugin+eslint@^8
left-pad request bower grunt gulp npm pnpm yarn
""".split()
PLATFORMS = ["linux-x64-glibc", "linux-arm64-musl", "darwin-arm64", "win32-x64"]


def run(command, **kwargs):
    return subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)


def split_spec(spec):
    at = spec.find("@", 1)
    return (spec[:at], spec[at + 1:]) if at > 0 else (spec, "")


def by_dray(dray, specs, platforms, node):
    """(platform: set of name@version), or a message."""
    found = {}
    for platform in platforms:
        with tempfile.TemporaryDirectory() as folder:
            run([dray, "init", folder])
            with open(os.path.join(folder, "dray.toml"), "w", encoding="utf-8") as out:
                out.write(f'[[source]]\nname = "npm"\nkind = "npm"\npackages = {json.dumps(specs)}\n'
                          f'[[source.target]]\nplatform = "{platform}"\nnode = "{node}"\n')
            result = run([dray, "-C", folder, "plan", "--all", "--json", "-q"])
            if result.returncode != 0:
                try:
                    why = "; ".join(f"{m['item']}: {m['why']}" for m in json.loads(result.stdout)["missing"])
                except (ValueError, KeyError):
                    why = result.stderr.strip()
                return why or f"exit status {result.returncode}"
            found[platform] = {f"{f['package']}@{f['version']}" for f in json.loads(result.stdout)["files"]}
    return found


def by_npm(specs, platforms):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "package.json"), "w", encoding="utf-8") as out:
            json.dump({"name": "agree", "version": "1.0.0", "dependencies": dict(split_spec(s) for s in specs)}, out)
        result = run(["npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"],
                     cwd=folder)
        if result.returncode != 0:
            lines = [line for line in result.stderr.splitlines() if line.startswith("npm error")]
            return " ".join(line.replace("npm error", "").strip() for line in lines)[:300]
        with open(os.path.join(folder, "package-lock.json"), encoding="utf-8") as lock:
            packages = json.load(lock)["packages"]
    return {platform: npm_lock.installed(packages, platform) or set() for platform in platforms}


def compare(name, options):
    specs = name.split("+")
    theirs = by_npm(specs, options.platform)
    ours = by_dray(options.dray, specs, options.platform, options.node)
    if isinstance(theirs, str) and isinstance(ours, str):
        return name, [], f"both refuse: {theirs[:100]} | {ours[:100]}"
    if isinstance(theirs, str) or isinstance(ours, str):
        return name, [f"npm: {theirs if isinstance(theirs, str) else 'ok'} | "
                      f"dray: {ours if isinstance(ours, str) else 'ok'}"], ""
    lines = []
    for platform in options.platform:
        for item in sorted(theirs[platform] ^ ours[platform]):
            lines.append(f"{platform}: only {'npm' if item in theirs[platform] else 'dray'}: {item}")
    return name, lines, ", ".join(f"{len(theirs[p])}" for p in options.platform)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--dray", default="./dray")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--platform", action="append")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    options.platform = options.platform or PLATFORMS
    options.dray = os.path.abspath(options.dray)
    options.node = run(["node", "--version"]).stdout.strip().lstrip("v")
    names = options.names or POPULAR
    same = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name, lines, note in pool.map(lambda n: compare(n, options), names):
            same += not lines
            print(f"{'differs' if lines else 'same   '} {name} ({note})", flush=True)
            for line in lines:
                print(f"        {line}", flush=True)
    print(f"{same} of {len(names)} agree with npm {run(['npm', '--version']).stdout.strip()}, node {options.node}")
    sys.exit(same != len(names))


main()
