"""Steps of bundles in volumes, and through pipes: lost, repeated, reordered, swapped and damaged ones, over days."""
import os
import shutil
import tempfile

from carried import Delivery, File
from cut import Parts
from damage import damage
from steps_across import pick, take_in
from violation import require


def cut_of(bundle, rng):
    """Its volumes as they were made, or cut otherwise by whoever carries it."""
    packs = len(bundle.parts.packs)
    if rng.random() < 0.4 or packs < 2:
        return bundle.places
    more = rng.sample(range(1, packs), rng.randint(1, min(4, packs - 1)))
    return bundle.parts.cut([0, *sorted(more)])


def on_the_way(world, rng, bundle, places, share):
    """Some of these volumes, perhaps twice, in any order, perhaps damaged."""
    chosen = [place for place in places if rng.random() < 0.75]
    chosen += [place for place in places if rng.random() < 0.2]
    chosen = chosen or [rng.choice(places)]
    rng.shuffle(chosen)
    files = [File(bundle, place) for place in chosen]
    return [damage(file, world.courier, rng) if rng.random() < share else file for file in files]


def welcome(world, rng, side):
    """One that the side would take, mostly of several volumes."""
    fits = [bundle for bundle in world.courier[-40:] if side.judge(Delivery.of(bundle)).accepted]
    several = [bundle for bundle in fits if len(bundle.parts.packs) > 2]
    if not fits or rng.random() < 0.2:
        return pick(world, rng, side)
    return rng.choice(several or fits)


def carry_volumes(world, rng):
    """What is on the stick: volumes of one bundle or of two, of one cut or of two, of copies of which none is whole."""
    side = rng.choice(world.sides)
    bundles = [bundle for bundle in (welcome(world, rng, side), pick(world, rng, side)) if bundle] if world.courier else []
    if not bundles:
        return "nothing to carry"
    files = []
    for bundle in bundles[:rng.choice((1, 1, 1, 2))]:
        for _ in range(rng.choice((1, 1, 2))):
            files += on_the_way(world, rng, bundle, cut_of(bundle, rng), 0.3)
    if len(files) == 1:
        way = rng.choice(("files", "folder", "pipe"))
    else:
        way = rng.choice(("files", "folder"))
    return take_in(world, rng, side, Delivery(files, way))


def complete(world, rng):
    """What is awaited comes: a volume that is lacking, or another copy of it all, perhaps damaged elsewhere."""
    waiting = [(side, manifest) for side in world.sides for manifest in sorted(side.ledger.spools)]
    if not waiting:
        return "nothing waits"
    side, manifest = rng.choice(waiting)
    spool = side.ledger.spools[manifest]
    bundle = spool.bundle
    places = cut_of(bundle, rng)
    lacking = [place for place in places if spool.lacks(place.first, place.end)] or places
    if rng.random() < 0.4:
        lacking = [rng.choice(lacking)]
    files = [File(bundle, place) for place in lacking]
    files = [damage(file, world.courier, rng) if rng.random() < 0.25 else file for file in files]
    return take_in(world, rng, side, Delivery(files, "pipe" if len(files) == 1 and rng.random() < 0.4 else "files"))


def diode(world, rng):
    """`dray bundle -o -` into `dray import -`, in one pass; what comes out of the pipe may be cut short."""
    stream = rng.choice(sorted(world.low.chains))
    made = world.low.bundle(stream, world.calls.draw(rng, "bundle", 0.2), allow_missing=True, output="-")
    side = rng.choice([side for side in world.sides if stream in side.streams])
    if not made:
        return f"{stream}: nothing came out"
    file = File(made)
    if rng.random() < 0.2:
        file = File(made, file.place, file.data[:rng.randrange(len(file.data))], "cut short")
    return take_in(world, rng, side, Delivery([file], "pipe"))


def forget(world, rng):
    side = rng.choice(world.sides)
    waited = len(side.ledger.spools)
    side.forget()
    return f"{side.name}: {waited}"


def verify_volumes(world, rng):
    if not world.courier:
        return "nothing to verify"
    side = rng.choice(world.sides)
    bundle = rng.choice(world.courier[-20:])
    delivery = Delivery(on_the_way(world, rng, bundle, cut_of(bundle, rng), 0.1), rng.choice(("files", "folder")))
    return f"{side.name}: {delivery}: {side.verify(delivery).status}"


# ---- dray split and dray join ----

class Recut:
    """What can be used of the files: of one that is damaged, what stands before the first tar header that is not good."""

    def __init__(self, files):
        self.files = files
        self.parts = files[0].bundle.parts
        self.bad = 0        # files of which something cannot be used
        self.places = {}    # {pack: whether each copy of it is whole}
        self.end = None     # of the packs, as a last volume says
        for file in files:
            self.bad += not (file.readable and self.look(file))

    def look(self, file):
        at = file.start
        if file.place.volume == file.place.volumes:
            self.end = max(file.place.end, self.end or 0)
        for n in range(file.place.first, file.place.end):
            if n >= len(self.parts.packs):
                return False
            wanted, size = self.parts.regions[n], len(self.parts.packs[n])
            found = file.data[at:at + len(wanted)]
            if found[:512] != wanted[:512] or found[512 + size:] != wanted[512 + size:]:
                return False
            self.places.setdefault(n, []).append(found == wanted)
            at += len(wanted)
        return file.data[at:] == bytes(1024)

    def status(self):
        if not any(file.readable for file in self.files) or (self.bad and len(self.files) == 1):
            return 3
        if self.end is None or sorted(self.places) != list(range(max([self.end, *(n + 1 for n in self.places)]))):
            return 5
        return 0 if all(any(whole) for whole in self.places.values()) else 3


def recut(world, rng):
    """Whoever carries a bundle joins its volumes, or cuts them otherwise: it is the same bundle, to the byte."""
    if not world.courier:
        return "nothing to cut"
    bundle = rng.choice(world.courier[-20:])
    files = on_the_way(world, rng, bundle, cut_of(bundle, rng), 0.15)
    if rng.random() < 0.6:
        files += on_the_way(world, rng, bundle, cut_of(bundle, rng), 0.15)
    if any(file.bundle is not bundle for file in files):
        return "of two bundles"
    side, wanted = world.low, Recut(files)
    folder = tempfile.mkdtemp(dir=world.folder)
    paths = world.sides[0].put(Delivery(files))
    size = rng.choice((None, None, 200000, 10 ** 9))
    argv = ["split", "--size", str(size), "-o", folder] if size else ["join", "-o", rng.choice((folder, "-"))]
    outcome = world.program.run(argv[0], *paths, *argv[1:])
    side.expect(outcome, wanted.status(), lines=True)
    if wanted.status() == 0:
        files = [outcome.output] if "-" in argv else side.read(outcome.stdout.splitlines(), size)
        parts, places = Parts.read(files)
        require(parts.whole() == bundle.data and (size or len(places) == 1), f"{bundle}: is another one when cut anew")
    require(wanted.status() == 0 or not os.listdir(folder), f"{bundle}: something is left of what was not cut", outcome)
    shutil.rmtree(folder)
    world.count(f"{argv[0]}:", str(wanted.status()))
    return f"{argv[0]} {' + '.join(map(str, files))}" if wanted.status() else f"{argv[0]} {bundle}"
