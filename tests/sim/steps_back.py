"""Steps back, and what the far side tells of itself."""
import os

from receipt import Claim
from steps_any import any_side
from steps_low import sender_of


def rollback(world, rng):
    """The site shows what was there before: the generation before, or a number, or what was there after a bundle."""
    side = any_side(world, rng)
    target, generation = None, -1
    kind = rng.random()
    rows = side.view.status()["bundles"]
    if kind < 0.4:
        generation = rng.randrange(max(side.history) + 2)
        target = str(generation)
    elif kind < 0.7 and any(row["done"] for row in rows):
        row = rng.choice([row for row in rows if row["done"]])
        target, generation = f"{row['stream']}/{row['seq']}", side.made_at(row["stream"], row["seq"])
    result = side.roll_back(world.calls.draw(rng, "rollback", 0.3), target, generation)
    world.count("rollback:", result.split()[-1])
    return f"{side.name}: {result}"


def receipt(world, rng):
    side = rng.choice(world.sides)
    made = side.receipt(rng.choice(side.streams), world.calls.draw(rng, "receipt", 0.2))
    if made:
        world.receipts.append(made)
        world.configure(world.low)
    return f"{side.name}: {made.bundle if made else 'nothing imported'}"


def ask_by_receipt(world, rng):
    """The connected side makes a bundle on what the far side says it holds: by a file or a code, new or old, good or not."""
    if not world.receipts:
        return "no receipts"
    told = rng.choice(world.receipts[-6:])
    sender = sender_of(world, rng)
    world.configure(sender)
    claim = rng.choice((by_file, by_code))(world, rng, told)
    made = sender.bundle(told.bundle.stream, world.calls.draw(rng, "bundle", 0.2), base=claim,
                         allow_missing=rng.random() < 0.8)
    world.count("bundle on a receipt:", "made" if made else "not made")
    return f"{sender.name}: {told.bundle}{', spoiled' if claim.spoiled else ''}: {made}"


def by_file(world, rng, told):
    path = os.path.join(world.folder, "carried.receipt")
    text, spoiled = told.text, None
    if rng.random() < 0.2:
        text = text.replace(f'"seq":{told.bundle.seq}', f'"seq":{told.bundle.seq + 1}')
        spoiled = 3, []
    with open(path, "w", encoding="ascii") as out:
        out.write(text)
    return Claim(path, told.bundle, spoiled)


def by_code(_, rng, told):
    code, spoiled = told.code, None
    if rng.random() < 0.2:
        at = rng.choice([n for n, char in enumerate(code) if char != "-"])
        code = code[:at] + ("Y" if code[at] == "X" else "X") + code[at + 1:]
        spoiled = 2, ["misheard"]
    return Claim(code, told.bundle, spoiled)
