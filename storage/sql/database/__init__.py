"""The database: connections, transactions, upserts.

- `database`: the class `Database`.
- `addresses`: what a DATABASE_URL may say.
- `installation`: the name of the installation.
- `rows`: all rows, for a backup.
- `sqlite_threads`: SQLite in threads.
"""

from storage.sql.database.addresses import ALIASES, SCHEMES
from storage.sql.database.database import Database
from storage.sql.database.installation import installation_name
from storage.sql.database.rows import backed_up_tables, dump_rows, load_rows

__all__ = ["ALIASES", "SCHEMES", "Database", "backed_up_tables", "dump_rows", "installation_name", "load_rows"]
