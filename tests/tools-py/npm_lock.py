"""What npm puts on the disk of a platform, of what a package-lock.json (version 2 or 3) names."""


def accepts(wanted, value):
    """One of os, cpu and libc: a text or a list, "!" before what is not meant."""
    wanted = [wanted] if isinstance(wanted, str) else wanted or []
    return wanted == ["any"] or (f"!{value}" not in wanted
                                 and (value in wanted or all(w.startswith("!") for w in wanted)))


def fits(entry, platform):
    """platform: "linux-x64-glibc"; the last part only where there are several."""
    system, cpu, libc = (platform.split("-") + [None])[:3]
    return (accepts(entry.get("os"), system) and accepts(entry.get("cpu"), cpu)
            and (accepts(entry.get("libc"), libc) if libc else not entry.get("libc")))


def resolve(packages, start, name):
    """The path that `name` leads to from `start`, or None."""
    while True:
        path = f"{start}/node_modules/{name}" if start else f"node_modules/{name}"
        if path in packages or not start:
            return path if path in packages else None
        start = start.rpartition("node_modules/")[0].rstrip("/")


def edges(entry):
    """(name, may it be missing) of each dependency."""
    hard, optional = entry.get("dependencies", {}), entry.get("optionalDependencies", {})
    peers, meta = entry.get("peerDependencies", {}), entry.get("peerDependenciesMeta", {})
    for name in {**peers, **hard, **optional}:
        yield name, name in optional or (name in peers and name not in hard
                                         and meta.get(name, {}).get("optional", False))


def walk(needs, follow):
    """What is reached from the project itself over the edges that are to be followed."""
    seen, queue = set(), [""]
    while queue:
        path = queue.pop()
        if path not in seen:
            seen.add(path)
            queue += [to for to, soft in needs[path] if to and follow(to, soft)]
    return seen


def installed(packages, platform):
    """{"name@version"}. None: something that must go on the platform does not fit it.

    What does not fit goes with all that needs it."""
    needs = {p: [(resolve(packages, p, name), soft) for name, soft in edges(e)] for p, e in packages.items()}
    bad = {p for p, e in packages.items() if p and not fits(e, platform)}
    if bad & walk(needs, lambda to, soft: not soft):
        return None
    more = bad
    while more:
        more = {p for p in packages if p not in bad and any(to in bad and not soft for to, soft in needs[p])}
        bad = bad | more
    return {f"{packages[p].get('name', p.rpartition('node_modules/')[2])}@{packages[p]['version']}"
            for p in walk(needs, lambda to, soft: to not in bad)
            if p and not packages[p].get("link") and not packages[p].get("inBundle")}
