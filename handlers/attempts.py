"""One attempt to handle an update: how it failed, and what is stored once the update is handled.

An update is handed to the application together with an `UpdateAttempt`. The attempt travels in a context variable,
because python-telegram-bot passes nothing from the caller of `Application.process_update` to its handlers.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from storage.changes import ShownCard


async def _is_alone() -> bool:
    return True


@dataclass(slots=True)
class UpdateAttempt:
    """One attempt to handle an update.

    Attributes:
        was_refused: whether an earlier attempt was refused; the person has had an apology then.
        may_apologise: returns whether no other replica has apologised after an attempt of its own.
        must_be_redelivered: whether a service was out of reach, so that Telegram must deliver the update again.
        failed: whether a handler raised an error. A person who blocked the bot is not a failure.
        shown: the card that a message certainly shows now, if the update has changed it.
    """

    was_refused: bool = False
    may_apologise: Callable[[], Awaitable[bool]] = _is_alone
    must_be_redelivered: bool = False
    failed: bool = False
    shown: ShownCard | None = None


_current_attempt: ContextVar[UpdateAttempt | None] = ContextVar("current_attempt", default=None)


@contextmanager
def recording(attempt: UpdateAttempt) -> Iterator[None]:
    """Let handlers record in an attempt until the block ends, including those of tasks started in the block."""
    token = _current_attempt.set(attempt)
    try:
        yield
    finally:
        _current_attempt.reset(token)


def current_attempt() -> UpdateAttempt:
    """Return the attempt in which a handler runs."""
    return _current_attempt.get() or UpdateAttempt()
