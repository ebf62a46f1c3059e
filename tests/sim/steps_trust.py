"""Steps of the people who sign: other keys, other thresholds, new epochs, a second signature on a finished bundle."""
from carried import Bundle, Delivery, File
from damage import damage
from violation import require


# Each says what the next list is: (keys, how many must sign, epoch, the words that ask for it).

def as_it_is(sender, stream, _):
    """The first list: what the far sides were told by hand."""
    chain = sender.chains[stream]
    words = [word for key in chain.keys for word in ("--add", sender.public(key))]
    return chain.keys, chain.threshold, 1, [*words, "--threshold", str(chain.threshold)]


def replaced(sender, stream, number):
    chain = sender.chains[stream]
    new = sender.new_key(stream, number)
    return ([*chain.keys[1:], new], chain.threshold, chain.epoch,
            ["--add", sender.public(new), "--remove", sender.public(chain.keys[0])])


def one_more(sender, stream, number):
    chain = sender.chains[stream]
    new = sender.new_key(stream, number)
    return [*chain.keys, new], chain.threshold, chain.epoch, ["--add", sender.public(new)]


def one_less(sender, stream, _):
    chain = sender.chains[stream]
    return chain.keys[1:], chain.threshold, chain.epoch, ["--remove", sender.public(chain.keys[0])]


def stricter(sender, stream, _):
    chain = sender.chains[stream]
    return chain.keys, chain.threshold + 1, chain.epoch, ["--threshold", str(chain.threshold + 1)]


def laxer(sender, stream, _):
    chain = sender.chains[stream]
    return chain.keys, chain.threshold - 1, chain.epoch, ["--threshold", str(chain.threshold - 1)]


def new_epoch(sender, stream, _):
    chain = sender.chains[stream]
    return chain.keys, chain.threshold, chain.epoch + 1, ["--new-epoch"]


def changes(chain):
    if not chain.lists:
        return [as_it_is]
    possible = [replaced, replaced, new_epoch]
    possible += [one_more] if len(chain.keys) < 3 else []
    possible += [one_less, stricter] if len(chain.keys) > chain.threshold else []
    return possible + ([laxer] if chain.threshold > 1 else [])


def rotate(world, rng):
    """Other people sign from now on; every side that a bundle reaches follows, however late."""
    stream = rng.choice(sorted(world.low.chains))
    chain = world.low.chains[stream]
    if len(chain.lists) >= 50:
        return "enough lists"
    change = rng.choice(changes(chain))
    world.count("list:", change.__name__)
    trouble = world.calls.draw(rng, "trust", 0.5)
    return f"{stream}: {world.low.rotate(stream, change, rng.random() < 0.3, trouble)}"


def countersign(world, rng):
    """A second person signs a finished bundle, all its volumes, on a machine that holds nothing else."""
    lacking = [bundle for bundle in world.courier[-30:] if bundle.sender == "low"]
    if not lacking:
        return "nothing to sign"
    wanting = [bundle for bundle in lacking if len(bundle.keys) < world.low.chains[bundle.stream].threshold]
    bundle = rng.choice(wanting or lacking)
    key = rng.choice(world.low.chains[bundle.stream].keys)
    files = [File(bundle, place) for place in bundle.places]
    if rng.random() < 0.2:
        at = rng.randrange(len(files))
        files[at] = damage(files[at], world.courier, rng)
    if any(file.bundle is not bundle for file in files):
        return "of two bundles"
    paths = world.sides[0].put(Delivery(files))
    outcome = world.program.run("sign", *paths, "--key", world.low.secret(key))
    signed = world.low.read(paths, None)
    sound = all(file.readable and file.is_possible() and
                file.read(False, set()) == (set(range(file.place.first, file.place.end)), True) for file in files)
    if not sound or key in bundle.keys:
        world.low.expect(outcome, 2 if sound else (2, 3) if key in bundle.keys else 3, lines=True)
        require(signed == [file.data for file in files], f"{bundle}: changed by a signature that was refused", outcome)
        return f"{bundle}: refused to {key}"
    world.low.expect(outcome, 0)
    made = Bundle(signed, "low", {*bundle.keys, key})
    require((made.manifest, made.parts.packs) == (bundle.manifest, bundle.parts.packs),
            f"{bundle}: another one when signed")
    made.lists, made.records, made.generation = bundle.lists, bundle.records, bundle.generation
    world.courier.append(made)
    world.count("signed:", f"{len(made.keys)} of {world.low.chains[bundle.stream].threshold}")
    return f"{bundle}: by {key}"
