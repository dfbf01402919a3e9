"""The database: connections, transactions, upserts.

- `addresses`: what a DATABASE_URL may say.
- `sqlite_threads`: SQLite in threads.
"""

from storage.sql.database.addresses import ALIASES, SCHEMES
from storage.sql.database.database import Database

__all__ = ["ALIASES", "SCHEMES", "Database"]
