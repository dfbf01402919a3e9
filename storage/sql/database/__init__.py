"""The database: connections, transactions, upserts. `sqlite_threads`: SQLite in threads."""

from storage.sql.database.database import Database

__all__ = ["Database"]
