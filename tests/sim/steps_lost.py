"""Steps of files that are lost or damaged in the store: found, taken away, and brought back."""
import json
import os

from carried import Delivery, File
from damage import flip
from policy import Policy
from steps_across import CALM, ask
from steps_volumes import cut_of
from violation import require


def spoil(side, sha, rng):
    """How."""
    path = side.view.blob(sha)
    kind = rng.choice(("removed", "flipped", "cut short"))
    if kind == "removed":
        os.remove(path)
        return kind
    with open(path, "rb") as content:
        data = content.read()
    os.chmod(path, 0o644)
    with open(path, "r+b") as content:  # in place, so that the site's file is damaged with it
        if kind == "flipped":
            content.write(flip(data, rng.randrange(len(data)), rng.randrange(8)))
        else:
            content.truncate(rng.randrange(len(data)))
    return kind


def found_out(side):
    """fsck says so, and takes away what is left of it."""
    side.expect(side.run("fsck", "-q"), 3, "damaged or missing")
    side.expect(side.run("fsck", "-q", "--repair"), 3, "damaged or missing")


def lose(world, rng):
    """On an isolated side. The bundle that brought it, imported again, or a full one, brings it back."""
    side = rng.choice(world.sides)
    side.decide()
    brought, offered = {}, set()
    for bundle in side.ledger.bundles():
        if not side.ledger.authentic(File(bundle)):
            brought.update({sha: [*brought.get(sha, []), bundle] for sha in bundle.blobs})
    for stream in side.streams:
        offered |= {sha.split()[0] for sha in world.low.files_in(world.low.chains[stream]).values()}
    shas = sorted({json.loads(line)["sha256"] for line in side.ledger.all_records()} & (offered | set(brought)))
    if not shas:
        return "nothing that could come back"
    sha = rng.choice(shas)
    brought = brought.get(sha, [])
    kind = spoil(side, sha, rng)
    found_out(side)
    side.ledger.lost = {sha}
    if brought and (sha not in offered or rng.random() < 0.8):
        bundle = rng.choice(brought)
        places = cut_of(bundle, rng)
        delivery = Delivery([File(bundle, place) for place in rng.sample(places, len(places))])
        if kind == "removed" and rng.random() < 0.5:  # over days; the site is whole as yet
            for file in delivery.files[:-1]:
                side.receive(Delivery([file]), CALM)
            delivery = Delivery(delivery.files[-1:])
        side.receive(delivery, CALM)
        how = str(bundle)
    else:
        side.govern(Policy(review=side.policy.review))
        source = next(r["source"] for r in map(json.loads, sorted(side.ledger.all_records())) if r["sha256"] == sha)
        stream = next(s for s in side.streams if source in world.low.chains[s].sources)
        how = ask(world, side, stream, ["--full"])
        if side.ledger.lost:  # it was begun before, and is of what was synced then
            how = ask(world, side, stream, ["--full"])
    require(not side.ledger.lost, f"{side.name}: {sha} did not come back by {how}")
    side.check()
    side.fsck()
    world.count("lost:", kind)
    return f"{side.name}: {kind}, back by {how}"


def lose_synced(world, rng):
    """On the connected side. The next sync fetches it again, as long as it can be had."""
    low = world.low
    offered = {(source, file): release.sha256 for source, projects in low.sources.items()
               for file, release in world.index_of(source).closure(projects)[0].items() if not release.broken}
    here = sorted(key for key, sha in low.synced.items() if offered.get(key) == sha)
    if not here:
        return "nothing that could be had again"
    key = rng.choice(here)
    kind = spoil(low, low.synced[key], rng)
    found_out(low)
    low.sync(CALM)
    require(low.view.holds(low.synced[key]), f"low: {key} did not come back")
    low.fsck()
    world.count("lost:", f"{kind}, fetched again")
    return f"{key}: {kind}"
