#!/usr/bin/python3
"""Compares dray's TOML reader with Python's tomllib on generated documents.

    tests/diff/toml_tomllib.py [--tool build/release/tools/toml_json]
                               [--count 40000] [--seed 1]

The documents: some of everything that TOML has; the same with a few bytes
changed; few keys and many tables, for the rules on redefinition; and single
values near the grammar of numbers and dates. Both readers must agree on accept or refuse, and on the
whole tree of values. Prints TAP with a summary; exit 1 on any difference.
Skipped where Python has no tomllib (before 3.11).

Known corners, where the two may differ and dray is meant to:
  big integer  tomllib takes integers of any size; TOML asks for 64 bits, and
               for an error beyond that.
  leap second  dray takes second 60 (RFC 3339 5.6), Python's datetime cannot.
  year 0000    the same: RFC 3339 has it, Python's datetime has not.
  nesting      dray has a limit, tomllib has Python's recursion limit.
  byte order   dray passes over one leading U+FEFF, as editors write it;
  mark         tomllib refuses it.
"""
import argparse
import datetime
import json
import math
import os
import random
import re
import subprocess
import sys

try:
    import tomllib
except ImportError:
    print("1..0 # SKIP this Python has no tomllib (3.11 has)")
    sys.exit(0)


# ---- documents ------------------------------------------------------------

class Writer:
    """Writes one random document, keeping the rules of TOML 1.0."""

    KEYS = ["a", "b", "c", "name", "x-y", "1", "_", "key", "a b", "", "é", "a.b", "'", '"', "\u2028", "\t"]

    def __init__(self, rnd):
        self.r = rnd
        self.nl = rnd.choice(["\n", "\n", "\n", "\r\n"])

    def blank(self):
        return self.r.choice(["", "", " ", " ", "\t", "  "])

    def comment(self):
        return self.r.choice(["", "", "", "# c", " # \t é \"'[{", "#"])

    def key(self):
        return self.r.choice(self.KEYS) if self.r.random() < 0.7 else "k%d" % self.r.randrange(40)

    def spell_key(self, key):
        if re.fullmatch(r"[A-Za-z0-9_-]+", key) and self.r.random() < 0.8:
            return key
        if "'" not in key and self.r.random() < 0.4:
            return "'" + key + "'"
        return self.basic(key)

    def basic(self, text, multi=False):
        out = []
        for c in text:
            n = ord(c)
            if c in '"\\':
                out.append("\\" + c)
            elif multi and c == "\n":
                out.append(self.nl)
            elif n < 32 and c != "\t" or n == 127 or self.r.random() < 0.05:
                short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r"}.get(n)
                out.append(short if short and self.r.random() < 0.7 else
                           "\\u%04x" % n if n < 0x10000 and self.r.random() < 0.7 else "\\U%08X" % n)
            else:
                out.append(c)
            if multi and self.r.random() < 0.05:
                out.append("\\" + self.blank() + self.nl + self.r.choice(["", "  ", self.nl + "\t"]))
        return '"' + "".join(out) + '"'

    def text(self):
        alphabet = "abc XYZ019_-.,=#[]{}'\"\\\t\n\u0001\u007f\u0000é€\u2028😀\ud7ff\ue000\U0010ffff"
        return "".join(self.r.choice(alphabet) for _ in range(self.r.choice([0, 1, 3, 8, 30])))

    def string(self):
        text = self.text()
        kind = self.r.randrange(4)
        if kind == 0 and not re.search(r"['\x00-\x08\x0a-\x1f\x7f]", text):
            return "'" + text + "'"
        if kind == 1 and not re.search(r"'''|[\x00-\x08\x0b-\x1f\x7f]", text + "x"):
            tail = self.r.choice(["", "'", "''"]) if not text.endswith("'") else " "
            return "'''" + self.r.choice(["", self.nl]) + text.lstrip("\n").replace("\n", self.nl) + tail + "'''"
        if kind == 2:
            return '"""' + self.nl + self.basic(text, True)[1:-1] + self.r.choice(["", '"', '""']) + '"""'
        return self.basic(text)

    def underscores(self, digits):
        return "".join(d + ("_" if 0 < i < len(digits) - 1 and self.r.random() < 0.1 else "")
                       for i, d in enumerate(digits))

    def integer(self):
        r = self.r
        n = r.choice([0, 1, 7, 42, 2**31, 2**53 + 1, 2**63 - 1, r.randrange(2**63)])
        form = r.randrange(8)
        if form == 0:
            return "0x" + self.underscores(("%x" if r.random() < 0.5 else "%X") % n)
        if form == 1:
            return "0o" + self.underscores("%o" % n)
        if form == 2:
            return "0b" + self.underscores(bin(n)[2:])
        if form == 3 and r.random() < 0.3:
            return "-9223372036854775808"
        return r.choice(["", "", "+", "-"]) + self.underscores(str(n))

    def float(self):
        r = self.r
        if r.random() < 0.1:
            return r.choice(["", "+", "-"]) + r.choice(["inf", "nan"])
        text = r.choice(["", "+", "-"]) + self.underscores(str(r.choice([0, 3, 10, r.randrange(10**9)])))
        frac = r.random() < 0.7
        if frac:
            text += "." + self.underscores(str(r.randrange(10**r.randrange(1, 9))))
        if not frac or r.random() < 0.4:
            text += r.choice("eE") + r.choice(["", "+", "-"]) + r.choice(["0", "1", "05", "22", "300", "400"])
        return text

    def date(self):
        r = self.r
        return "%04d-%02d-%02d" % (r.choice([1, 1900, 1970, 1979, 2000, 2026, 9999]), r.randrange(1, 13), r.randrange(1, 29))

    def time(self):
        r = self.r
        text = "%02d:%02d:%02d" % (r.randrange(24), r.randrange(60), r.randrange(60))
        return text + (r.choice([".0", ".5", ".999999", ".1234567", ".000001"]) if r.random() < 0.3 else "")

    def datetime(self):
        r = self.r
        kind = r.randrange(4)
        if kind == 0:
            return self.date()
        if kind == 1:
            return self.time()
        text = self.date() + r.choice("Tt ") + self.time()
        if kind == 3:
            text += r.choice(["Z", "z", "%s%02d:%02d" % (r.choice("+-"), r.randrange(24), r.randrange(60))])
        return text

    def value(self, depth=0):
        r = self.r
        kind = r.randrange(12)
        if kind < 3:
            return self.string()
        if kind < 5:
            return self.integer()
        if kind == 5:
            return self.float()
        if kind == 6:
            return r.choice(["true", "false"])
        if kind < 9 or depth > 4:
            return self.datetime()
        if kind < 11:
            return self.array(depth)
        return self.inline(depth)

    def array(self, depth):
        def space():
            return self.blank() if self.r.random() < 0.8 else self.blank() + self.comment() + self.nl + self.blank()
        out = "[" + space()
        for i in range(self.r.choice([0, 1, 2, 4])):
            out += ("," + space() if i else "") + self.value(depth + 1) + space()
        if not out.rstrip().endswith("[") and self.r.random() < 0.2 and not re.fullmatch(r"\[\s*(#.*\s*)*", out):
            out += "," + space()
        return out + "]"

    def inline(self, depth):
        tree, parts = {}, []
        for _ in range(self.r.choice([0, 1, 2, 3])):
            path = self.place(tree, self.r.choice([1, 1, 2, 3]))
            if path:
                parts.append(self.path(path) + self.blank() + "=" + self.blank() + self.value(depth + 1) + self.blank())
        return "{" + self.blank() + ("," + self.blank()).join(parts) + "}"

    def path(self, keys):
        return (self.blank() + "." + self.blank()).join(self.spell_key(k) for k in keys)

    def place(self, tree, length):
        """A new dotted path below tree, which maps a key to a dict (open) or None (a value)."""
        path = []
        for i in range(length):
            key = self.key()
            path.append(key)
            if i == length - 1:
                if key in tree:
                    return None
                tree[key] = None
            else:
                tree = tree.setdefault(key, {})
                if tree is None:
                    return None
        return path

    def document(self):
        """Headers are taken at random: some clash, which makes the document invalid. That is fine."""
        r = self.r
        out, tree = [], {}
        for _ in range(r.choice([0, 1, 2, 4, 8, 16])):
            choice = r.random()
            if choice < 0.12:
                out.append(self.blank() + self.comment())
            elif choice < 0.35:
                path = self.path([self.key() for _ in range(r.choice([1, 1, 2, 3]))])
                left, right = r.choice([("[", "]"), ("[", "]"), ("[[", "]]")])
                out.append(self.blank() + left + self.blank() + path + self.blank() + right + self.blank() + self.comment())
                tree = {}
            else:
                path = self.place(tree, r.choice([1, 1, 1, 2, 3]))
                if path:
                    out.append(self.blank() + self.path(path) + self.blank() + "=" + self.blank() + self.value() +
                               self.blank() + self.comment())
        return self.nl.join(out) + r.choice(["", self.nl])


def clash(rnd):
    """Few keys, many ways to define tables: the rules on redefinition."""
    def path():
        return ".".join(rnd.choice("abc") for _ in range(rnd.choice([1, 1, 2, 2, 3])))

    def value(depth=0):
        kind = rnd.randrange(8)
        if kind < 5 or depth > 2:
            return "1"
        if kind == 5:
            return "[" + ", ".join(value(depth + 1) for _ in range(rnd.randrange(3))) + "]"
        return "{" + ", ".join("%s = %s" % (path(), value(depth + 1)) for _ in range(rnd.randrange(4))) + "}"

    out = []
    for _ in range(rnd.randrange(1, 7)):
        kind = rnd.randrange(5)
        out.append("[%s]" % path() if kind < 2 else "[[%s]]" % path() if kind == 2 else "%s = %s" % (path(), value()))
    return "\n".join(out)


def scalar(rnd):
    """One value, right or nearly right."""
    seed = rnd.choice(["0", "17", "-3", "0x1F", "0o17", "0b101", "1_000", "9223372036854775807", "1.5", "1e5", "-1_0.0_1E-07", "inf",
                       "nan", "true", "1979-05-27T07:32:00Z", "2000-02-29 23:59:59.25-08:30", "1900-02-28", "2023-01-31T00:00:00",
                       "23:59:59", "00:00:00.1", "0001-01-01"])
    text = list(seed)
    for _ in range(rnd.choice([0, 1, 1, 2, 3])):
        at = rnd.randrange(len(text) + 1)
        text[at:at + rnd.randrange(2)] = rnd.choice(["", *"0123456789_+-.eExobTtZz: naf"])
    return rnd.choice(["a = %s", "a = [%s]", "a = {b=%s}", "a = %s # c"]) % "".join(text)


BYTES = [b"\n", b"\r", b"\r\n", b"\t", b" ", b"#", b"=", b".", b",", b"[", b"]", b"[[", b"]]", b"{", b"}", b'"', b"'",
         b'"""', b"'''", b"\\", b"_", b"-", b"+", b"0", b"9", b"e", b"x", b"T", b"Z", b":", b"\x00", b"\x7f", b"\x80",
         b"\xc3\xa9", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"true", b"inf", b"a", b"a = 1\n", b"[a]\n"]


def mutate(rnd, data):
    data = bytearray(data)
    for _ in range(rnd.choice([1, 1, 1, 2, 3])):
        at = rnd.randrange(len(data) + 1)
        kind = rnd.randrange(5)
        if kind == 0:
            del data[at:at + rnd.choice([1, 1, 2, 5])]
        elif kind == 1:
            data[at:at] = rnd.choice(BYTES)
        elif kind == 2:
            data[at:at + 1] = rnd.choice(BYTES)
        elif kind == 3 and data:
            start = rnd.randrange(len(data))
            data[at:at] = data[start:start + rnd.randrange(1, 20)]
        elif data:
            data[rnd.randrange(len(data))] = rnd.randrange(256)
    return bytes(data)


# ---- comparing ------------------------------------------------------------

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def six_digits(text):
    """What Python keeps of a fraction of a second."""
    return re.sub(r"\.(\d+)", lambda m: "." + m.group(1)[:6].ljust(6, "0"), text)


def tagged(value):
    """A value of tomllib as toml_json prints it, floats and fractions aside."""
    if isinstance(value, dict):
        return {k: tagged(v) for k, v in value.items()}
    if isinstance(value, list):
        return [tagged(v) for v in value]
    if isinstance(value, bool):
        return ("bool", "true" if value else "false")
    if isinstance(value, int):
        return ("integer", str(value))
    if isinstance(value, float):
        return ("float", "nan" if math.isnan(value) else repr(value))
    if isinstance(value, str):
        return ("string", value)
    if isinstance(value, datetime.datetime):
        if value.tzinfo:
            return ("datetime", str((value - EPOCH) // datetime.timedelta(seconds=1)), value.isoformat())
        return ("datetime-local", value.isoformat())
    if isinstance(value, datetime.date):
        return ("date-local", value.isoformat())
    return ("time-local", value.isoformat())


def untagged(value):
    """The same shape from the tool's JSON."""
    if isinstance(value, list):
        return [untagged(v) for v in value]
    if set(value) >= {"type", "value"} and isinstance(value["type"], str):
        kind, text = value["type"], value["value"]
        if kind == "float":
            number = float(text)
            return ("float", "nan" if math.isnan(number) else repr(number))
        if kind == "datetime":
            moment = datetime.datetime.fromisoformat(six_digits(text.upper()))
            return ("datetime", value["unix"], moment.isoformat())
        if kind == "datetime-local":
            return (kind, datetime.datetime.fromisoformat(six_digits(text.upper())).isoformat())
        if kind == "time-local":
            return (kind, datetime.time.fromisoformat(six_digits(text)).isoformat())
        return (kind, text)
    return {k: untagged(v) for k, v in value.items()}


def same(a, b):
    """Equal, and tables in the same order."""
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def excused(data, ours_error, theirs_error):
    """The name of the known corner that explains why only one of the two accepts, or None."""
    if ours_error and not theirs_error:
        if "does not fit a 64-bit integer" in ours_error:
            return "big integer"
        if "nested deeper" in ours_error:
            return "nesting"
        return None
    if data.startswith(b"\xef\xbb\xbf"):
        return "byte order mark"
    if re.search(rb":60", data) and re.search(r"[Nn]ewline|Unclosed|Invalid|Expected", theirs_error):
        return "leap second"
    if re.search(rb"\b0000-", data) and "Invalid date" in theirs_error:
        return "year 0000"
    return None


def run_tool(tool, documents):
    framed = b"".join(b"%d\n%s" % (len(d), d) for d in documents)
    done = subprocess.run([tool, "--batch"], input=framed, stdout=subprocess.PIPE, check=True)
    # Only LF ends a line here: strings may hold other separators.
    lines = done.stdout.decode("utf-8", "strict").split("\n")[:-1]
    if len(lines) != len(documents):
        sys.exit("%s answered %d of %d documents" % (tool, len(lines), len(documents)))
    return lines


def theirs(data):
    """(tree, None) or (None, error) of tomllib."""
    try:
        return tagged(tomllib.loads(data.decode())), None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as e:
        return None, str(e) or type(e).__name__


def compare(data, line):
    """None if both agree, the name of a corner, or an explanation that starts with '!'."""
    tree, error = theirs(data)
    ours_error = line[7:] if line.startswith("error: ") else None
    if ours_error and error:
        return None
    if ours_error or error:
        return excused(data, ours_error, error) or "!dray: %s\ntomllib: %s" % (ours_error or "accepts", error or "accepts")
    try:
        mine = untagged(json.loads(line))
    except ValueError as e:  # year 0000 passes here, as an error of datetime
        return "!dray's output: %s" % e
    return None if same(mine, tree) else "!dray: %s\ntomllib: %s" % (mine, tree)


def generate(seed, count):
    for i in range(count):
        rnd = random.Random("%d/%d" % (seed, i))
        if i % 4 == 2:
            yield scalar(rnd).encode()
        elif i % 4 == 3:
            yield clash(rnd).encode()
        else:
            data = Writer(rnd).document().encode()
            yield data if i % 4 == 0 else mutate(rnd, data)


def main():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
    build = os.environ.get("BUILD", os.path.join(root, "build/release"))
    p = argparse.ArgumentParser(description="dray's TOML reader against tomllib")
    p.add_argument("--tool", default=os.path.join(build, "tools/toml_json"))
    p.add_argument("--count", type=int, default=40000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--show", type=int, default=5, help="how many differences to print")
    args = p.parse_args()
    documents = list(generate(args.seed, args.count))
    accepted, differences, corners = 0, 0, {}
    for data, line in zip(documents, run_tool(args.tool, documents)):
        accepted += not line.startswith("error: ")
        found = compare(data, line)
        if found and not found.startswith("!"):
            corners[found] = corners.get(found, 0) + 1
        elif found:
            differences += 1
            if differences <= args.show:
                print("# DIFFERENT: %r" % data)
                print("#   " + found[1:].replace("\n", "\n#   "))
    print("1..1")
    print("%sok 1 - dray and tomllib read the same" % ("not " if differences else ""))
    print("# %d documents (seed %d): %d accepted, %d refused by dray; known corners: %s; differences: %d" % (
        len(documents), args.seed, accepted, len(documents) - accepted,
        ", ".join("%s %d" % c for c in sorted(corners.items())) or "none", differences))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
