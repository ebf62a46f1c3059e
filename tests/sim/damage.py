"""What befalls the bytes of a file on its way."""
from carried import File

KINDS = ("truncated", "flipped", "flipped head", "flipped pack", "flipped pack", "spliced", "longer", "zeroed", "empty")


def flip(data, at, bit):
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1:]


def damage(file, others, rng):
    """The file as it arrives; it may be `others`' bytes from some place on."""
    data, bundle = file.data, file.bundle
    head = file.start
    kind = rng.choice(KINDS)
    if kind == "truncated":
        data = data[:rng.randrange(len(data))]
    elif kind.startswith("flipped"):
        first, end = {"flipped head": (0, head), "flipped pack": (head, len(data))}.get(kind, (0, len(data)))
        at = rng.randrange(first, end)
        data = flip(data, at, rng.randrange(8))
        kind += f" at {at}"
    elif kind == "spliced":
        other = rng.choice(others)
        at = rng.choice((head, 512 * rng.randrange(1, len(data) // 512)))
        data = data[:at] + other.data[min(at, other.head_size):]
        kind += f" at {at} with {other}"
        if data == other.data:
            return File(other)
    elif kind == "longer":
        data += bytes(rng.choice((1, 512, 10240)))
    elif kind == "zeroed":
        at = 512 * rng.randrange(len(data) // 512)
        data = data[:at] + bytes(512) + data[at + 512:]
        kind += f" at {at}"
    else:
        data = b""
    if data == file.data:
        return file
    return File(bundle, file.place, data, kind)
