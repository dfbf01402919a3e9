"""How long to wait before the next attempt."""


class Backoff:
    """Pauses that double from the first to the longest.

    Args:
        first_s: seconds.
        longest_s: seconds.
    """

    def __init__(self, first_s: float = 1.0, longest_s: float = 30.0) -> None:
        self._first_s = self._pause_s = first_s
        self._longest_s = longest_s

    def next(self) -> float:
        """Seconds until the next attempt."""
        pause_s = self._pause_s
        self._pause_s = min(2 * pause_s, self._longest_s)
        return pause_s

    def reset(self) -> None:
        """Begin anew, after a success."""
        self._pause_s = self._first_s
