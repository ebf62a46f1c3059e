"""Whose signatures count for a stream: keys, by name, and how many of them; numbered lists change them."""


class Trust:
    """number 0: keys that were added by hand. signers: who signed the list."""

    def __init__(self, number, keys, threshold, signers=(), epoch=1):
        self.number, self.keys, self.threshold, self.epoch = number, frozenset(keys), threshold, epoch
        self.signers = frozenset(signers)

    def accepts(self, signers):
        return len(self.keys & signers) >= self.threshold


def walk(trust, lists):
    """What is in force after these lists; only one connected side writes lists here, so they never contradict."""
    for following in lists:
        if following.number > trust.number and trust.accepts(following.signers):
            trust = following
    return trust
