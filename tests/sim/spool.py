"""Of a bundle whose volumes have not all come: what is good of them, and what has to be brought yet."""


class Spool:
    def __init__(self, bundle):
        self.bundle = bundle
        self.held = set()  # of packs
        self.seen = set()  # Places, as the files said; None after a strike, which may have hit before that was noted

    def copy(self):
        twin = Spool(self.bundle)
        twin.held, twin.seen = set(self.held), self.seen and set(self.seen)
        return twin

    def settle(self, names):
        """What lies in it after a strike."""
        self.held = {n for n, name in enumerate(self.bundle.parts.names) if name in names}
        self.seen = None

    def names(self):
        return {self.bundle.parts.names[n] for n in self.held}

    def is_complete(self):
        return len(self.held) == len(self.bundle.parts.packs)

    def stored(self):
        return sum(len(self.bundle.parts.packs[n]) for n in self.held)

    def lacks(self, first, end):
        return any(n not in self.held for n in range(first, end))

    def missing(self):
        """As people are told; None where it is not known, or volumes of several cuts have come."""
        if not self.seen:
            return None
        cuts = {place.volumes for place in self.seen}
        seen = {place.volume: place for place in self.seen}
        if len(cuts) != 1 or len(seen) != len(self.seen):
            return None
        volumes, = cuts
        if self.is_complete():
            return ""
        if volumes < 2:
            return "another copy of it"
        return text_of([n for n in range(1, volumes + 1) if self.needs(n, seen)], volumes, self.bundle.stem)

    def needs(self, n, seen):
        """Of volumes that were not seen no more is known than what lies between those that were."""
        if n in seen:
            return self.lacks(seen[n].first, seen[n].end)
        before = [place.end for volume, place in seen.items() if volume < n]
        behind = [place.first for volume, place in seen.items() if volume > n]
        return self.lacks(max(before, default=0), min(behind, default=len(self.bundle.parts.packs)))


def text_of(numbers, volumes, stem):
    """volumes 1, 4 to 7 and 9 of 12 (plant-000003.01of12.dray, ...): three files are named."""
    if not numbers:
        return "another copy of it"
    parts, rest = [], list(numbers)
    while rest:
        run = 1
        while run < len(rest) and rest[run] == rest[0] + run:
            run += 1
        parts += [f"{rest[0]} to {rest[run - 1]}"] if run > 2 else map(str, rest[:run])
        rest = rest[run:]
    text = ", ".join(parts[:-1]) + (" and " if parts[1:] else "") + parts[-1]
    files = [f"{stem}.{n:0{len(str(volumes))}}of{volumes}.dray" for n in numbers[:3]] + ["..."] * (len(numbers) > 3)
    return f"volume{'s' if len(numbers) > 1 else ''} {text} of {volumes} ({', '.join(files)})"
