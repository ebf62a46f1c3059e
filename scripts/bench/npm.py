"""npm: reading a packument of the size that popular packages have."""
import json
import os
import random
import subprocess

WORK = os.environ["BENCH_WORK"]
TOOL = os.environ.get("BENCH_PACKUMENT") or os.path.join(
    os.path.dirname(os.environ["DRAY"]), "..", "tools", "packument")
VERSIONS = 3500
BYTES = 10_000_000
AIM_MS, AIM_KIB = 60, 40 * 1024


def packument(path):
    """A full document: manifests of 20 dependencies, with what registries add to them."""
    r = random.Random(10)
    versions, time = {}, {}
    for n in range(VERSIONS):
        version = f"{n // 500}.{n // 10 % 50}.{n % 10}"
        time[version] = f"20{10 + n // 250:02}-01-01T00:00:00.000Z"
        versions[version] = {
            "name": "large", "version": version, "description": "x" * 900, "engines": {"node": ">=14.17"},
            "dependencies": {f"dependency-{k}": f"^{r.randrange(9)}.{r.randrange(9)}.0" for k in range(20)},
            "scripts": {f"script-{k}": f"run \"{k}\" && true" for k in range(10)},
            "dist": {"integrity": "sha512-" + "A" * 86 + "==", "shasum": "0" * 40,
                     "tarball": f"http://registry.invalid/large/-/large-{version}.tgz"},
            "maintainers": [{"name": f"person-{k}", "email": f"{k}@example.invalid"} for k in range(6)]}
    text = json.dumps({"name": "large", "dist-tags": {"latest": "6.49.9"}, "versions": versions, "time": time})
    text = text[:-1] + ', "readme": "' + "y" * max(0, BYTES - len(text) - 14) + '"}'
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return len(text)


def part(report):
    path = f"{WORK}/packument.json"
    size = packument(path)
    done = subprocess.run([TOOL, "large", path, "9"], check=True, capture_output=True, text=True)
    milliseconds, kib = (float(done.stdout.split("\n")[1].split()[i]) for i in (0, 2))
    os.remove(path)
    report.title(f"npm: a packument of {size / 1e6:.1f} MB, {VERSIONS} versions, read once (best of 9)")
    report.figure("time", f"{milliseconds:.0f} ms", note=report.judge("time", milliseconds <= AIM_MS, f"{AIM_MS} ms"))
    report.figure("memory over the document's own", f"{kib / 1024:.1f} MiB",
                  note=report.judge("memory", kib <= AIM_KIB, f"{AIM_KIB // 1024} MiB"))
