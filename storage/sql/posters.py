"""Posters that Telegram has loaded. Every replica then sends such a poster by its file_id, without another upload."""

import hashlib
from typing import Any, cast

from sqlalchemy import Table, bindparam, select

from storage.poster_files import PosterFile
from storage.sql.database import Database
from storage.sql.models import PosterRow

_POSTERS = cast(Table, PosterRow.__table__)
_FILE = select(_POSTERS.c.file_id, _POSTERS.c.failed_at).where(
    _POSTERS.c.bot_id == bindparam("bot_id"), _POSTERS.c.url_hash == bindparam("url_hash")
)


class PosterFiles:
    """Results of sending posters, per bot and URL.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, bot_id: int, url: str) -> PosterFile | None:
        """Return the stored result of sending a poster by its URL; None if the bot never sent it."""
        key = _key(bot_id, url)
        row = await self._database.read(lambda connection: connection.execute(_FILE, key).first())
        return None if row is None else PosterFile(row.file_id, row.failed_at)

    async def put(self, bot_id: int, url: str, file: PosterFile) -> None:
        """Store or overwrite the result of sending a poster by its URL. Safe to repeat."""
        poster = _key(bot_id, url) | {"file_id": file.file_id, "failed_at": file.failed_at}
        await self._database.write(lambda connection: connection.execute(self._database.upsert(_POSTERS), poster))


def _key(bot_id: int, url: str) -> dict[str, Any]:
    return {"bot_id": bot_id, "url_hash": hashlib.sha256(url.encode()).hexdigest()}
