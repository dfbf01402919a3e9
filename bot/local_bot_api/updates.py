"""The queue of updates for the bot."""

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot.local_bot_api.errors import ApiError, conflict
from bot.local_bot_api.signals import Signal

OPT_IN_KINDS = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Update kinds that Telegram sends only if the bot lists them in `allowed_updates`."""

_FIRST_UPDATE_ID = 100_000_001
_MAX_OFFSET_AHEAD = 10


@dataclass(frozen=True, eq=False, slots=True)
class Pending:
    """An update that the bot has not confirmed.

    Attributes:
        update_id: the id by which the bot confirms the update; without a meaning if `once`.
        update: the Bot API Update object; anything else in a test of malformed updates.
        once: whether getUpdates returns it only once, whatever offset the bot sends. Tests use it to repeat and to
            reorder updates.
    """

    update_id: int
    update: Any
    once: bool = False

    @property
    def person_id(self) -> int:
        """The id of the person that the update comes from; the updates of one person stay in order."""
        return person_of(self.update)


def person_of(update: dict[str, Any]) -> int:
    """Return the id of the person that an update comes from."""
    (content,) = (value for name, value in update.items() if name != "update_id")
    return int((content.get("from") or content["user"])["id"])


class UpdateQueue:
    """The updates of one bot, in order.

    Attributes:
        history: all updates, or the newest `max_history`; oldest first.
        allowed: the update kinds that the bot receives; None is Telegram's default.
        signal: is notified of every change.
    """

    def __init__(self, first_id: int = 1, max_history: int | None = None) -> None:
        """Create an empty queue.

        Args:
            first_id: 1, or more to avoid the ids of an earlier queue.
            max_history: the largest number of updates in `history`; None is unlimited.
        """
        self.history: deque[dict[str, Any]] = deque(maxlen=max_history)
        self.allowed: list[str] | None = None
        self.signal = Signal()
        self._ids = itertools.count(_FIRST_UPDATE_ID - 1 + first_id)
        self._pending: list[Pending] = []
        self._held: list[dict[str, Any]] | None = None
        self._polls = 0
        self._refusal: ApiError | None = None
        self._closed = False
        self._ids_were_drawn = False

    @property
    def pending_count(self) -> int:
        """The number of updates that the bot has not confirmed."""
        return len(self._pending)

    def set_allowed(self, kinds: Sequence[str] | None) -> None:
        """Set the kinds of updates that the bot receives; an empty list is the default, None changes nothing."""
        if kinds is not None:
            self.allowed = list(kinds) or None

    def add(self, kind: str, content: dict[str, Any]) -> None:
        """Add an update, unless the bot does not receive its kind."""
        allowed = kind not in OPT_IN_KINDS if self.allowed is None else kind in self.allowed
        if not allowed:
            return
        update: dict[str, Any] = {"update_id": next(self._ids), kind: content}
        self.history.append(update)
        if self._held is not None:
            self._held.append(update)
        else:
            self._append(update["update_id"], update)

    def add_malformed(self, content: Any) -> None:
        """Add something that need not be an update. Like an update, it has an id by which the bot confirms it."""
        self._append(next(self._ids), content)

    def draw_ids(self, first_id: int) -> None:
        """Let the next update have this id, as Telegram draws a new id after a week without updates.

        Telegram keeps no update for a week, so none stays pending. From now on an offset far beyond the last update is
        ignored, as by Telegram: it is from before.
        """
        self._ids = itertools.count(first_id)
        self._ids_were_drawn = True
        self.clear()

    def redeliver(self, update_id: int) -> None:
        """Deliver an earlier update again.

        Raises:
            LookupError: there is no update with this id.
        """
        for update in self.history:
            if update["update_id"] == update_id:
                self._append(update_id, update, once=True)
                return
        raise LookupError(f"there was no update {update_id}")

    @contextmanager
    def holding(self) -> Iterator[list[dict[str, Any]]]:
        """Hold back new updates until the block ends.

        Yields:
            The list of held updates. At the end of the block its contents are delivered, in the order of the list.
        """
        held: list[dict[str, Any]] = []
        self._held = held
        try:
            yield held
        finally:
            self._held = None
            self._pending.extend(Pending(0, update, once=True) for update in held)
            self.signal.notify()

    def clear(self) -> None:
        """Discard all pending updates."""
        self._pending.clear()
        self.signal.notify()

    # Delivery by webhook.

    def person_ids(self) -> set[int]:
        """Return the ids of the people with pending updates."""
        return {pending.person_id for pending in self._pending}

    def next_for(self, person_id: int) -> Pending | None:
        """Return the next pending update of a person."""
        return next((pending for pending in self._pending if pending.person_id == person_id), None)

    def mark_delivered(self, delivered: Pending) -> None:
        """Remove an update that the webhook has accepted."""
        if delivered in self._pending:
            self._pending.remove(delivered)
            self.signal.notify()

    # Delivery by getUpdates.

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[dict[str, Any]]:
        """Confirm all updates below `offset`, and return pending updates; wait for an update if there is none.

        Args:
            offset: 0 confirms nothing; -n discards all updates but the last n.
            limit: the largest number of updates to return.
            timeout_s: seconds to wait for an update.

        Raises:
            ApiError: another poll or a webhook took over during the wait.
        """
        self.end_polls(
            conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
        )
        poll_number = self._polls
        self._confirm(offset)

        def next_updates() -> list[dict[str, Any]] | None:
            if poll_number != self._polls and self._refusal is not None:
                raise self._refusal
            return self._hand_out(limit) if self._pending or self._closed else None

        try:
            return await self.signal.wait_for(next_updates, timeout_s)
        except TimeoutError:
            return []

    def end_polls(self, refusal: ApiError) -> None:
        """Answer the waiting poll, if there is one, with this error."""
        self._polls += 1
        self._refusal = refusal
        self.signal.notify()

    def close(self) -> None:
        """Answer polls without waiting, so that the server can stop."""
        self._closed = True
        self.signal.notify()

    def reopen(self) -> None:
        """Let polls wait for updates again."""
        self._closed = False

    def _append(self, update_id: int, update: Any, *, once: bool = False) -> None:
        self._pending.append(Pending(update_id, update, once))
        self.signal.notify()

    def _confirm(self, offset: int) -> None:
        last_id = max((item.update_id for item in self._pending), default=0)
        if self._ids_were_drawn and offset > last_id + _MAX_OFFSET_AHEAD:
            return
        before = len(self._pending)
        if offset < 0:
            del self._pending[:offset]
        else:
            self._pending = [item for item in self._pending if item.once or item.update_id >= offset]
        if len(self._pending) != before:
            self.signal.notify()

    def _hand_out(self, limit: int) -> list[dict[str, Any]]:
        batch = self._pending[:limit]
        self._pending = [item for item in batch if not item.once] + self._pending[limit:]
        return [item.update for item in batch]
