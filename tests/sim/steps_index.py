"""Steps of the indexes that the connected side syncs from."""


def index_of(world, rng):
    return world.indexes[rng.choice(("pypi", "pypi", "pypi", "npm", "deb"))]


def release(world, rng):
    """A new version, of whatever is there or was."""
    up = index_of(world, rng)
    name = rng.choice([*up.asked, *up.dependencies])
    requires = [] if name in up.dependencies else rng.sample(up.dependencies, rng.choice((0, 0, 1, 2)))
    size = rng.choice((0, 0, 3000, 70000, 80000))  # from 64 KiB on a file is a pack of its own
    new = up.release(name, requires, size)
    up.write()
    return new.file


def withdraw(world, rng):
    """A version is removed or yanked; a dependency keeps one that can be had."""
    up = index_of(world, rng)
    name = rng.choice([*up.asked, *up.dependencies])
    releases = up.projects[name]
    good = [r for r in releases if not r.yanked]
    if not good or (name in up.dependencies and len(good) < 2):
        return f"nothing to take from {name}"
    if up.yanks and rng.random() < 0.5:
        good[-1].yanked = True
        up.write()
        return f"{good[-1].file} yanked"
    up.remove(good[-1])
    return f"{good[-1].file} removed"


def replace(world, rng):
    """Other bytes under the same name."""
    up = index_of(world, rng)
    newest = up.newest(rng.choice(up.asked))
    if not newest or not up.replaces:
        return "nothing to replace"
    up.build(newest, 0, f"again, in {world.step}")
    up.write()
    return f"{newest.file} replaced"


def damage(world, rng):
    """A file that nobody has yet cannot be had."""
    up = index_of(world, rng)
    newest = [up.newest(name) for name in [*up.asked, *up.dependencies]]
    fresh = [r for r in newest if r and not any(sender.view.holds(r.sha256) for sender in world.senders())]
    if not fresh:
        return "nothing new to break"
    broken = rng.choice(fresh)
    broken.broken = rng.choice(up.breaks)
    up.write()
    return f"{broken.file}: {broken.broken}"


def heal(world, rng):
    for up in world.indexes.values():
        up.heal(lambda release: rng.random() < 0.8)
    return "healed"


def outage(world, rng):
    up = index_of(world, rng)
    up.down = rng.random() < 0.6
    up.write()
    return "down" if up.down else "up"
