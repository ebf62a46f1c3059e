#!/usr/bin/env python3
"""Compares what dray selects with what pip would install, name by name.

    scripts/agree-pip.py [--dray ./dray] [--jobs 2] [NAME...]

For each NAME (a requirement such as "requests[socks]>=2"; without any, a list
of popular packages of varied kinds) it runs `dray plan` for a target equal to
the running interpreter, and `pip install --dry-run --report` against the same
index, and compares the files. pip is the one of the interpreter that runs this
script. Exit status 1 if anything differs.
"""

import argparse
import concurrent.futures
import json
import os
import platform
import subprocess
import sys
import tempfile

POPULAR = """
requests flask django numpy pandas cryptography fastapi pydantic sqlalchemy boto3
scipy matplotlib scikit-learn pillow lxml pyyaml click rich httpx[http2] aiohttp
uvicorn[standard] celery[redis] black pytest tox poetry-core jupyterlab ipython
protobuf grpcio opentelemetry-sdk google-cloud-storage azure-identity psycopg[binary]
requests[socks] urllib3<2 setuptools wheel pip docopt attrs typing-extensions
twine sphinx mypy ruff polars pyarrow torchmetrics keyring importlib-metadata
opentelemetry-instrumentation-flask django<5 ansible-core
""".split()


def target():
    libc, version = platform.libc_ver()
    if libc != "glibc":
        sys.exit("this comparison knows glibc machines only")
    major, minor = version.split(".")[:2]
    return f"manylinux_{major}_{minor}_{platform.machine()}"


def run(command, **kwargs):
    environment = dict(os.environ)
    environment.pop("PIP_FIND_LINKS", None)
    return subprocess.run(command, capture_output=True, text=True, env=environment, **kwargs)


def by_dray(dray, name):
    with tempfile.TemporaryDirectory() as folder:
        run([dray, "init", folder], check=True)
        with open(os.path.join(folder, "dray.toml"), "w") as out:
            out.write(
                '[[source]]\nname = "pypi"\nkind = "pypi"\n'
                f"packages = [{json.dumps(name)}]\n"
                "[[source.target]]\n"
                f'python = "{platform.python_version()}"\n'
                f'platform = "{target()}"\n'
            )
        result = run([dray, "-C", folder, "plan", "--all", "--json", "-q"])
        if result.returncode != 0:
            return None, result.stderr.strip() or f"exit status {result.returncode}"
        plan = json.loads(result.stdout)
        files = {}
        for item in plan["files"]:
            # what builds an sdist is carried too; pip does not report it
            if item["file"].endswith(".metadata") or item["why"].startswith("you asked for") is False:
                continue
            if item["why"].startswith("building "):
                continue
            files[item["package"]] = item["file"]
        return files, None


def by_pip(name):
    result = run(
        [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet",
         "--no-input", "--report", "-", name]
    )
    if result.returncode != 0:
        lines = [line for line in result.stderr.splitlines() if line.strip()]
        return None, lines[-1] if lines else "pip failed"
    files = {}
    for item in json.loads(result.stdout)["install"]:
        package = item["metadata"]["name"].lower().replace("_", "-").replace(".", "-")
        files[package] = item["download_info"]["url"].rsplit("/", 1)[1]
    return files, None


def compare(dray, name):
    ours, our_error = by_dray(dray, name)
    theirs, their_error = by_pip(name)
    if our_error or their_error:
        if our_error and their_error:
            return name, True, "both refuse"
        return name, False, f"dray: {our_error or 'ok'}\n    pip: {their_error or 'ok'}"
    if ours == theirs:
        return name, True, f"{len(ours)} packages"
    lines = []
    for package in sorted(set(ours) | set(theirs)):
        if ours.get(package) != theirs.get(package):
            lines.append(f"    {package}: dray {ours.get(package)}, pip {theirs.get(package)}")
    return name, False, "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dray", default="./dray")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    names = arguments.names or POPULAR
    dray = os.path.abspath(arguments.dray)
    different = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for name, same, detail in pool.map(lambda n: compare(dray, n), names):
            different += not same
            print(f"{'same' if same else 'DIFFERENT'}  {name}: {detail}", flush=True)
    print(f"{len(names) - different} of {len(names)} the same")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
