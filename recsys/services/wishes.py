"""The memory of what people say: the wish that is active, what they never want to see, and the list that they mean."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from recsys.text.wishes import Wish
from storage.records import StoredWish
from storage.sql import Wishes

WISH_ENDS_AFTER = timedelta(days=1)
"""A wish that was said longer ago is not active any more."""

_NOT_STORED = frozenset(("leftover", "unknown_titles", "services"))
"""Words of a text that were not understood, and the services, which are a setting of the person."""

_FIELDS = frozenset(field.name for field in fields(Wish)) - _NOT_STORED


class WishMemory:
    """Stores and returns wishes."""

    def __init__(self, wishes: Wishes, now: Callable[[], datetime]) -> None:
        self._wishes, self._now = wishes, now

    async def active(self, person_id: int) -> Wish | None:
        """Return the wish that is active; None if none was said within WISH_ENDS_AFTER."""
        return active_wish(await self._wishes.get(person_id, "active"), self._now())

    async def set_active(self, person_id: int, wish: Wish | None, update_id: int | None) -> None:
        """Replace the active wish, or end it with None."""
        stored = None if wish is None else stored_wish(wish)
        await self._wishes.put(person_id, "active", stored, self._now(), update_id)

    async def preferences(self, person_id: int) -> Wish:
        """Return what a person never wants to see."""
        stored = await self._wishes.get(person_id, "lasting")
        return Wish() if stored is None else wish_of(stored.wish)

    async def set_preferences(self, person_id: int, wish: Wish, update_id: int | None) -> None:
        """Replace what a person never wants to see."""
        await self._wishes.put(person_id, "lasting", stored_wish(wish) or None, self._now(), update_id)

    async def listed(self, person_id: int) -> tuple[int, ...]:
        """Return the ids of the movies of the last list, in its order; none if it was shown WISH_ENDS_AFTER ago."""
        stored = await self._wishes.get(person_id, "listed")
        if stored is None or self._now() - stored.said_at >= WISH_ENDS_AFTER:
            return ()
        return wish_of(stored.wish).like

    async def set_listed(self, person_id: int, movie_ids: Collection[int], update_id: int | None) -> None:
        """Store the movies of a list that was shown, so that a text can mean one of them by its place."""
        await self._wishes.put(person_id, "listed", stored_wish(Wish(like=tuple(movie_ids))), self._now(), update_id)


def active_wish(stored: StoredWish | None, now: datetime) -> Wish | None:
    """Return the wish of the kind "active"; None if there is none, or if it was said WISH_ENDS_AFTER ago."""
    return None if stored is None or now - stored.said_at >= WISH_ENDS_AFTER else wish_of(stored.wish)


def stored_wish(wish: Wish) -> dict[str, Any]:
    """Return the conditions of a wish by name, ready for JSON; those that are not set are left out."""
    return {name: value for name, value in asdict(wish).items() if name in _FIELDS and value not in ((), None)}


def wish_of(stored: Mapping[str, Any]) -> Wish:
    """Return the wish that `stored_wish` returned. Conditions of another version of the bot are left out."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
    }
    return Wish(**{name: value for name, value in values.items() if name in _FIELDS})
