"""The database: connections, transactions, upserts. `sqlite_threads`: SQLite in threads."""

from storage.sql.database.database import SCHEMES, Database

__all__ = ["SCHEMES", "Database"]
