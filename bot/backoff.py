"""Pauses between retries, growing exponentially."""

import stamina
import stamina.instrumentation

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0

# Callers log their retries. Stamina's hooks would log the text of errors, which may hold a URL with a secret.
stamina.instrumentation.set_on_retry_hooks([])


def retry_forever(first_s: float = FIRST_PAUSE_S, longest_s: float = LONGEST_PAUSE_S) -> stamina.AsyncRetryingCaller:
    """Return a caller that retries one call without a limit. Its pauses double, as those of `Backoff`.

    Args:
        first_s: the first pause in seconds.
        longest_s: the longest pause in seconds.
    """
    return stamina.AsyncRetryingCaller(
        attempts=None, timeout=None, wait_initial=first_s, wait_max=longest_s, wait_jitter=0.0
    )


def retry_for(timeout_s: float, first_s: float = FIRST_PAUSE_S, longest_s: float = 5.0) -> stamina.AsyncRetryingCaller:
    """Return a caller that retries one call until the time is over, and then raises its last error.

    Args:
        timeout_s: the time for all attempts, in seconds.
        first_s: the first pause in seconds.
        longest_s: the longest pause in seconds.
    """
    return stamina.AsyncRetryingCaller(
        attempts=None, timeout=timeout_s, wait_initial=first_s, wait_max=longest_s, wait_jitter=0.0
    )


class Backoff:
    """Pauses that double, for loops that are more than one call; see `retry_forever` for a single call.

    Args:
        first_s: the first pause in seconds.
        longest_s: the longest pause in seconds.
    """

    def __init__(self, first_s: float = FIRST_PAUSE_S, longest_s: float = LONGEST_PAUSE_S) -> None:
        self._first_s = self._pause_s = first_s
        self._longest_s = longest_s

    def next(self) -> float:
        """Return the pause before the next attempt in seconds, and double it."""
        pause_s = self._pause_s
        self._pause_s = min(2 * pause_s, self._longest_s)
        return pause_s

    def reset(self) -> None:
        """Start over with the first pause, after a success."""
        self._pause_s = self._first_s
