"""A clock for whoever counts seconds of waiting, such as a breaker."""


class Now:
    """A clock that is set by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now
