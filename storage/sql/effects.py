"""The effects of updates: what an update has changed, so that the same update does not change it again.

Telegram delivers an update again if the bot dies, or is stopped, after the change and before the update is marked as
handled. Each effect is stored in the transaction of the change, with the result that the update is answered with.
Nothing here refers to a person, so nothing here is left of a person who is deleted.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Table, bindparam, insert, select

from storage.sql.database import Database
from storage.sql.models import EffectRow

_EFFECTS = cast(Table, EffectRow.__table__)

# Built once, because they run for every thumb.
_FIND = select(_EFFECTS.c.result).where(
    _EFFECTS.c.update_id == bindparam("of_update"), _EFFECTS.c.effect == bindparam("of_effect")
)
_ADD = insert(_EFFECTS)


class Effect(NamedTuple):
    """An effect that an update has had.

    Attributes:
        result: what the change returned; a value that JSON can express.
    """

    result: Any


def find_effect(connection: Connection, update_id: int | None, effect: str) -> Effect | None:
    """Return an effect that an update has had; None if it has not had it, or if there is no update.

    Args:
        connection: the connection of the transaction that makes the change.
        update_id: Telegram's id of the update; None for a change that no update causes.
        effect: name of the effect. An update can have several effects, each once.
    """
    if update_id is None:
        return None
    row = connection.execute(_FIND, {"of_update": update_id, "of_effect": effect}).first()
    return None if row is None else Effect(row.result)


def add_effect(connection: Connection, update_id: int | None, effect: str, result: Any = None) -> None:
    """Store that an update has had an effect, in the transaction that makes the change. See `find_effect`."""
    if update_id is not None:
        connection.execute(_ADD, {"update_id": update_id, "effect": effect, "result": result})


def once(connection: Connection, update_id: int | None, effect: str, change: Callable[[], Any]) -> Any:
    """Make a change unless the update has made it before, and return its result, now or then. See `find_effect`."""
    earlier = find_effect(connection, update_id, effect)
    if earlier is not None:
        return earlier.result
    result = change()
    add_effect(connection, update_id, effect, result)
    return result


async def read_effect(database: Database, update_id: int | None, effect: str) -> Effect | None:
    """Return the result of `find_effect` outside of a transaction."""
    if update_id is None:
        return None
    return await database.read(lambda connection: find_effect(connection, update_id, effect))
