# Bundles made by hand, and an isolated side with a policy.
# shellcheck shell=bash

# forge PYTHON: a bundle that low/low.key signs, as `b` was changed; out of two wheels, leaf 1.2 and top 1.0
forge() {
        cat >forge.py <<END
import glob, os, sys
sys.path.insert(0, os.environ["ROOT"] + "/tests/tools-py")
import make_bundle
wheels = {os.path.basename(path): open(path, "rb").read() for path in sorted(glob.glob("index/*.whl"))}
b = make_bundle.example(wheels)
b.header["stream"] = "plant"
$1
b.write("forged.dray", "low/low.key")
END
        "$PYTHON" forge.py
}

# behind dray's back, in the isolated side's catalog
sql() { "$PYTHON" -c 'import sqlite3, sys; sqlite3.connect("high/state/catalog.db").executescript(sys.argv[1])' "$1"; }

# policy LINE...: the isolated side's dray.toml
policy() { printf '%s\n' '[policy]' "$@" >high/dray.toml; }

