"""The truth: SQLite, MySQL or PostgreSQL through async SQLAlchemy."""

from storage.sql.cards import Cards
from storage.sql.catalogue import Catalogue
from storage.sql.database import Database
from storage.sql.marks import Marks
from storage.sql.people import People
from storage.sql.ratings import Ratings
from storage.sql.releases import Releases
from storage.sql.updates import Claim, Updates

__all__ = ["Cards", "Catalogue", "Claim", "Database", "Marks", "People", "Ratings", "Releases", "Updates"]
