"""What the check finds."""


class Failure(Exception):
    """A result is wrong, or the program did not do what it promises."""
