"""The source of truth: SQLite, MySQL or PostgreSQL through async SQLAlchemy."""

from storage.sql.announcements import Announcements, Batch
from storage.sql.audit import Audit
from storage.sql.cards import CardAnswer, Cards
from storage.sql.catalogue import Catalogue
from storage.sql.contributors import Contributors
from storage.sql.database import Database
from storage.sql.jobs import Jobs, LeaseState
from storage.sql.marks import Marks
from storage.sql.people import People
from storage.sql.posters import PosterFiles
from storage.sql.ratings import Ratings
from storage.sql.releases import Releases
from storage.sql.revisions import Revisions
from storage.sql.updates import ClaimResult, Updates
from storage.sql.usage import Usage

__all__ = [
    "Announcements",
    "Audit",
    "Batch",
    "CardAnswer",
    "Cards",
    "Catalogue",
    "ClaimResult",
    "Contributors",
    "Database",
    "Jobs",
    "LeaseState",
    "Marks",
    "People",
    "PosterFiles",
    "Ratings",
    "Releases",
    "Revisions",
    "Updates",
    "Usage",
]
