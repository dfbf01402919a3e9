"""The source of truth: SQLite, MySQL or PostgreSQL through async SQLAlchemy.

- `database`: connections, transactions, upserts. `models`: the tables.
- `people`: profile, settings, export and deletion. `history`: the input of recommendations.
- `ratings`, `marks`, `cards`: what they say of movies.
- `wishes`: what they want to see. `changes`: what can be undone. `imports`: files from other services.
- `catalogue`: the movies. `movies`: their details from TMDB, and the merging of duplicates.
- `posters`: posters that Telegram has.
- `transfer`: people who move between installations.
- `contributors`: people whose ratings train models. `releases`: the models, and which one is active.
- `revisions`: what replicas must load again. `updates`: updates that were received. `effects`: what they changed.
- `jobs`, `announcements`, `audit`, `usage`: for admins. `housekeeping`: deletion of what is no longer needed.
"""

from storage.sql.announcements import Announcements, Batch
from storage.sql.audit import Audit
from storage.sql.cards import CardAnswer, Cards
from storage.sql.catalogue import Catalogue
from storage.sql.changes import Changes
from storage.sql.contributors import Contributors
from storage.sql.database import Database, backed_up_tables, dump_rows, installation_name, load_rows
from storage.sql.housekeeping import Housekeeping
from storage.sql.imports import Imports
from storage.sql.jobs import Jobs, LeaseState
from storage.sql.marks import Marks
from storage.sql.movies.details import Details
from storage.sql.people import People
from storage.sql.posters import PosterFiles
from storage.sql.ratings import Ratings
from storage.sql.releases import Releases
from storage.sql.revisions import Revisions
from storage.sql.transfer import Merged, PeopleTransfer, StoredPerson
from storage.sql.updates import ClaimResult, Updates
from storage.sql.usage import Usage
from storage.sql.wishes import Wishes

__all__ = [
    "Announcements",
    "Audit",
    "Batch",
    "CardAnswer",
    "Cards",
    "Catalogue",
    "Changes",
    "ClaimResult",
    "Contributors",
    "Database",
    "Details",
    "Housekeeping",
    "Imports",
    "Jobs",
    "LeaseState",
    "Marks",
    "Merged",
    "People",
    "PeopleTransfer",
    "PosterFiles",
    "Ratings",
    "Releases",
    "Revisions",
    "StoredPerson",
    "Updates",
    "Usage",
    "Wishes",
    "backed_up_tables",
    "dump_rows",
    "installation_name",
    "load_rows",
]
