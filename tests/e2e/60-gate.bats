#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a shell of its own; expect sets stdout and stderr
# Goal: whoever decides what comes in sees what a bundle would change, and nothing comes in that is not
# what it is called, not allowed here, or not approved.
load helper
load mirror

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

setup() {
        work_begin
        index_wheel top 1.0
        index_wheel leaf 1.2
}

# ---- identity ----

@test "a package that is another one inside is refused by name, and nothing comes in" {
        need minisign
        low_new
        high_new
        forge 'b.add[0].update(file="flask-3.0-py3-none-any.whl", package="flask", version="3.0")'
        expect 3 high import forged.dray
        one_error "pypi/flask-3.0-py3-none-any.whl" "its metadata is of leaf, its file name of flask"
        forge 'b.add[0].update(file="leaf-1.3-py3-none-any.whl", version="1.3")'
        expect 3 high import forged.dray
        one_error "its metadata is of version 1.2, its file name of 1.3"
        sound high
        expect 0 high status
        has_not "$stdout" "leaf"
        forge ''
        expect 0 high import forged.dray
}

@test "sync does not take a wheel whose .metadata speaks for another one: a hole says so" {
        mkdir -p web/simple/leaf
        cp index/leaf-1.2-py3-none-any.whl web/
        printf 'Metadata-Version: 2.1\nName: leaf\nVersion: 1.2\nRequires-Dist: evil\n' >web/leaf-1.2-py3-none-any.whl.metadata
        printf 'Metadata-Version: 2.1\nName: leaf\nVersion: 1.2\n' >web/right
        page() {
                echo "<html><head><title>Links for leaf</title></head><body><a href=\"../../leaf-1.2-py3-none-any.whl#sha256=$(
                        file_sha leaf-1.2-py3-none-any.whl)\" data-core-metadata=\"sha256=$(
                        sha256sum <web/leaf-1.2-py3-none-any.whl.metadata | cut -d ' ' -f 1)\">leaf-1.2-py3-none-any.whl</a></body></html>" >web/simple/leaf/index.html
        }
        page
        server_start web "$PYTHON" "$ROOT/tests/servers/static_files.py" web
        INDEX_URL=$(server_url web)/simple/
        low_new leaf
        SOURCE='exclude = ["evil"]' low_toml leaf
        expect 5 low sync
        has "$stderr" "missing: pypi: leaf-1.2-py3-none-any.whl" "wrong software" "the .metadata is not that of its wheel"
        sound low
        "$PYTHON" -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("leaf-1.2.dist-info/METADATA"))' \
                index/leaf-1.2-py3-none-any.whl >web/leaf-1.2-py3-none-any.whl.metadata
        page
        expect 0 low sync
}
