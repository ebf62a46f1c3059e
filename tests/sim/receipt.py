"""What an isolated side says it holds, and what its sender makes of that.

    receipt = Receipt(side, bundle, text, code)
    Claim(receipt.text in a file or receipt.code, bundle)      for `dray bundle --base`
"""


class Receipt:
    def __init__(self, side, bundle, text, code):
        self.side, self.bundle, self.text, self.code = side, bundle, text, code


class Claim:
    """text: the argument, a path or a code; spoiled: (status, words) if it was tampered with or misheard."""

    def __init__(self, text, bundle, spoiled=None):
        self.text, self.bundle, self.spoiled = text, bundle, spoiled

    @property
    def seq(self):
        return self.bundle.seq

    def refusal(self, chain):
        """(status, words), or None if it agrees with what was made for this stream."""
        if self.spoiled:
            return self.spoiled
        made = chain.made.get(self.bundle.number)
        if not made:
            return 4, ["none such was made here"]
        if made.epoch != chain.row_epoch:
            return 4, ["make a --full one"]
        return None if made.manifest == self.bundle.manifest else (4, ["find out who made"])

    def __str__(self):
        return self.text
