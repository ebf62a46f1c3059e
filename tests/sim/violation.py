"""What must not be: raised with words for the person who looks into it."""


class Violation(Exception):
    pass


def require(condition, what, *details):
    if not condition:
        raise Violation("\n".join([what, *map(str, details)]))
