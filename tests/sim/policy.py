"""What an isolated side lets in of what is authentic, and who must have looked at it."""
REVIEWER, APPROVER = 4001, 4002


class Policy:
    def __init__(self, deny=None, review=False):
        self.deny, self.review = deny or {}, review  # {source: [package]}

    def denies(self, record):
        return record["package"] in self.deny.get(record["source"], ())

    def lets_in(self, manifest, reviews, person):
        """(status, words) of the refusal, or None. person: who approves it, None: nobody does."""
        if not self.review and person is None:
            return None
        others = reviews.get(manifest, set()) - {person if person is not None else 0}
        if not others:
            return 6, ["policy: "]
        return (6, ["to take it in, say why"]) if person is None else None

    def text(self):
        lines = ["[policy]", "review = true"] if self.review else []
        for source, names in self.deny.items():
            lines += ["[[policy.source]]", f'name = "{source}"', "deny = [" + ", ".join(f'"{n}"' for n in names) + "]"]
        return "\n".join(lines) + "\n"

    def __str__(self):
        return f"without {self.deny}{', reviewed' if self.review else ''}" if self.deny or self.review else "open"
