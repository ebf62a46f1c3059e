"""Steps of any side."""


def any_side(world, rng):
    return rng.choice(world.senders() + world.sides)


def publish(world, rng):
    side = any_side(world, rng)
    side.publish(world.calls.draw(rng, "publish", 0.4))
    return side.name


def gc(world, rng):
    side = any_side(world, rng)
    side.gc(world.calls.draw(rng, "gc", 0.4), rng.choice((1, 1, 2, 5)))
    return side.name


def locked(world, rng):
    side = any_side(world, rng)
    argv = rng.choice((["gc"], ["publish"], ["sync"] if side in world.senders() else ["import", "no-such-bundle"]))
    side.locked(*argv)
    return f"{side.name}: {argv[0]}"
