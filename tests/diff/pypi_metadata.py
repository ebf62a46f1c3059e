#!/usr/bin/python3
"""Compares dray's reader of core metadata with Python's email parser, which defines the format.

    tests/diff/pypi_metadata.py [--tool build/release/tools/core_metadata] [--count 20000] [--seed 1]

The files: headers in any case and order, folded in all ways, with each kind of line end, lines that
are no header, and bytes changed. Both must find the same fields. Where dray refuses, the reason must
be one that its header names: a field that is missing, is stated twice, or is no text. Prints TAP.
"""
import argparse
import email.parser
import email.policy
import os
import random
import re
import subprocess
import sys

ONCE = ["Metadata-Version", "Name", "Version", "Requires-Python"]
LISTS = ["Requires-Dist", "Provides-Extra", "Dynamic"]
OTHERS = ["Summary", "Author", "Classifier", "Description", "X", "", "License"]
VALUES = ["requests>=2", "foo ; extra == 'x'", ">=3.8", "", " ", "a: b", "é", "x" * 200, "Name: other", "[a,b] (>=1)",
          "a\tb", " padded "]
REFUSALS = ("is missing", "is stated twice", "holds a control character", "is not UTF-8", "Metadata-Version")


def fold(r, value):
    words = value.split(" ")
    return "".join(w if i == 0 else r.choice([" ", " ", "\n ", "\n        ", "\n\t", "\n \n "]) + w
                   for i, w in enumerate(words))


def header(r, name, value):
    name = r.choice([name, name, name.lower(), name.upper()])
    return name + ":" + r.choice([" ", "", "  ", "\t"]) + fold(r, value) + "\n"


def document(r):
    lines = [header(r, "Metadata-Version", r.choice(["2.1", "1.0", "2.4"])), header(r, "Name", "foo"),
             header(r, "Version", "1.0")]
    for _ in range(r.randrange(12)):
        lines.append(header(r, r.choice(LISTS + LISTS + OTHERS), r.choice(VALUES)))
    if r.random() < 0.3:
        lines.append(header(r, "Requires-Python", r.choice(VALUES)))
    r.shuffle(lines)
    if r.random() < 0.2:
        lines.insert(r.randrange(len(lines) + 1), r.choice(["no header\n", "bad name: x\n", ": x\n", " more\n", "é: x\n"]))
    if r.random() < 0.5:
        lines += ["\n", "A description\n", header(r, "Requires-Dist", "not-this")]
    data = "".join(lines).replace("\n", r.choice(["\n", "\n", "\r\n", "\r"])).encode()
    if r.random() < 0.3:
        data = bytearray(data)
        for _ in range(r.randrange(1, 4)):
            at = r.randrange(len(data))
            data[at:at + r.randrange(2)] = r.choice([b"", b"\n", b"\r", b":", b" ", b"\xff", b"\x01", b"A", b"\x7f"])
        data = bytes(data)
    return data


def unfold(value):
    value = re.sub(r"[\r\n][ \t\r\n]*", " ", str(value).strip(" \t\r\n"))
    return value


def expected(data):
    """{field: [values]} by Python; the text survives as surrogates where it is not UTF-8."""
    text = data.decode("utf-8", "surrogateescape")
    message = email.parser.Parser(policy=email.policy.compat32).parsestr(text, headersonly=True)
    found = {}
    for name, value in message._headers:  # as parsed: get_all would hide what is not ASCII
        for field in ONCE + LISTS:
            if name.lower() == field.lower():
                found.setdefault(field, []).append(unfold(value))
    return found


def compare(data, answer):
    want = expected(data)
    if answer.startswith("error: "):
        return "" if any(text in answer for text in REFUSALS) and not is_fine(want) else f"refused: {answer}"
    got = {}
    for line in bytes.fromhex(answer).decode().split("\n"):
        name, _, value = line.partition(": ")
        if name in ONCE + LISTS:
            got.setdefault(name, []).append(value)
    want = {k: v[:1] if k in ONCE else v for k, v in want.items()}
    return "" if got == want else f"expected {want}, found {got}"


def is_fine(want):
    """Whether dray has no reason to refuse."""
    values = [v for vs in want.values() for v in vs]
    return (all(len(set(want.get(f, []))) == 1 and want[f][0] for f in ONCE[:3])
            and len(set(want.get("Requires-Python", []))) < 2
            and re.fullmatch(r"[12]\.[0-9]{1,4}", want["Metadata-Version"][0]) is not None
            and not any(re.search(r"[\x00-\x08\x0b-\x1f\x7f\udc80-\udcff]", v) for v in values))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", default=os.path.join(os.environ.get("BUILD", "build/release"), "tools/core_metadata"))
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    r = random.Random(options.seed)
    documents = [document(r) for _ in range(options.count)]
    answers = subprocess.run([options.tool], input="".join(d.hex() + "\n" for d in documents), capture_output=True,
                             text=True, check=True).stdout.splitlines()
    failures, refused = [], sum(a.startswith("error") for a in answers)
    for data, answer in zip(documents, answers):
        difference = compare(data, answer)
        if difference:
            failures.append(f"{data!r}: {difference}")
    if len(answers) != len(documents):
        failures.append(f"{len(answers)} answers to {len(documents)} files")
    print("1..1")
    for failure in failures[:5]:
        print(f"# {failure}")
    print(f"{'not ' if failures else ''}ok 1 - {len(documents)} metadata files read as Python reads them ({refused} refused)")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
