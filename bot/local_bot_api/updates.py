"""Updates that wait for the bot: what it asked for, in order, until it has them."""

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot.local_bot_api.errors import ApiError, conflict
from bot.local_bot_api.signals import Signal

UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that come only when they are asked for by name."""

_FIRST_UPDATE_ID = 100_000_001


@dataclass(frozen=True, eq=False, slots=True)
class Pending:
    """One delivery that the bot has not confirmed.

    Attributes:
        once: handed out by getUpdates one time, whatever offset the bot names: how a test repeats or reorders updates.
    """

    update: dict[str, Any]
    once: bool = False

    @property
    def person_id(self) -> int:
        """Whose update it is: a person's updates stay in order."""
        return person_of(self.update)


def person_of(update: dict[str, Any]) -> int:
    """The id of the person an update comes from."""
    (content,) = (value for name, value in update.items() if name != "update_id")
    return int((content.get("from") or content["user"])["id"])


class UpdateQueue:
    """The queue of one bot.

    Attributes:
        history: every update that was ever made, or the newest that are kept; oldest first.
        allowed: the kinds the bot asked for; None is Telegram's default.
        signal: rings at every change.
    """

    def __init__(self, first_id: int = 1, keep: int | None = None) -> None:
        """Begin empty.

        Args:
            first_id: 1, or more, so that the ids of an earlier queue do not come again.
            keep: how many updates `history` holds at most.
        """
        self.history: deque[dict[str, Any]] = deque(maxlen=keep)
        self.allowed: list[str] | None = None
        self.signal = Signal()
        self._ids = itertools.count(_FIRST_UPDATE_ID - 1 + first_id)
        self._pending: list[Pending] = []
        self._held: list[dict[str, Any]] | None = None
        self._polls = 0
        self._refusal: ApiError | None = None
        self._closed = False

    @property
    def pending_count(self) -> int:
        """How many deliveries wait."""
        return len(self._pending)

    def ask_for(self, kinds: Sequence[str] | None) -> None:
        """Remember which kinds of updates the bot wants; None keeps what it said before."""
        if kinds is not None:
            self.allowed = list(kinds) or None

    def add(self, kind: str, content: dict[str, Any]) -> None:
        """Something happened; nothing is kept of a kind that the bot did not ask for."""
        wanted = kind not in UNASKED if self.allowed is None else kind in self.allowed
        if not wanted:
            return
        update = {"update_id": next(self._ids), kind: content}
        self.history.append(update)
        if self._held is not None:
            self._held.append(update)
        else:
            self._pending.append(Pending(update))
            self.signal.ring()

    def repeat(self, update_id: int) -> None:
        """Deliver an old update once more.

        Raises:
            LookupError: there never was one with this id.
        """
        for update in self.history:
            if update["update_id"] == update_id:
                self._pending.append(Pending(update, once=True))
                self.signal.ring()
                return
        raise LookupError(f"there was no update {update_id}")

    @contextmanager
    def holding(self) -> Iterator[list[dict[str, Any]]]:
        """Hold back new updates; what the list holds at the end is delivered, in the order of the list."""
        held: list[dict[str, Any]] = []
        self._held = held
        try:
            yield held
        finally:
            self._held = None
            self._pending.extend(Pending(update, once=True) for update in held)
            self.signal.ring()

    def drop(self) -> None:
        """Forget all that waits."""
        self._pending.clear()
        self.signal.ring()

    # By webhook.

    def people(self) -> set[int]:
        """Who has updates waiting."""
        return {pending.person_id for pending in self._pending}

    def first_of(self, person_id: int) -> Pending | None:
        """A person's next delivery."""
        return next((pending for pending in self._pending if pending.person_id == person_id), None)

    def done(self, delivered: Pending) -> None:
        """A delivery was answered well."""
        if delivered in self._pending:
            self._pending.remove(delivered)
            self.signal.ring()

    # By getUpdates.

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[dict[str, Any]]:
        """Confirm everything below `offset`, and give what waits; nothing waiting, wait for it.

        Args:
            offset: 0 confirms nothing; below 0, all but the last that many are forgotten.

        Raises:
            ApiError: another poll, or a webhook, took over while this one waited.
        """
        self.end_polls(
            conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
        )
        mine = self._polls
        self._confirm(offset)

        def look() -> list[dict[str, Any]] | None:
            if mine != self._polls and self._refusal is not None:
                raise self._refusal
            return self._hand_out(limit) if self._pending or self._closed else None

        try:
            return await self.signal.wait_for(look, timeout_s)
        except TimeoutError:
            return []

    def end_polls(self, refusal: ApiError) -> None:
        """Answer the poll that waits, if one does, with this error."""
        self._polls += 1
        self._refusal = refusal
        self.signal.ring()

    def close(self) -> None:
        """Answer polls at once, so that the server can stop."""
        self._closed = True
        self.signal.ring()

    def reopen(self) -> None:
        """Let polls wait again."""
        self._closed = False

    def _confirm(self, offset: int) -> None:
        before = len(self._pending)
        if offset < 0:
            del self._pending[:offset]
        else:
            self._pending = [one for one in self._pending if one.once or one.update["update_id"] >= offset]
        if len(self._pending) != before:
            self.signal.ring()

    def _hand_out(self, limit: int) -> list[dict[str, Any]]:
        handed = self._pending[:limit]
        self._pending = [one for one in handed if not one.once] + self._pending[limit:]
        return [one.update for one in handed]
