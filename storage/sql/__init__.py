"""The truth: SQLite, MySQL or PostgreSQL through async SQLAlchemy."""

from storage.sql.catalogue import Catalogue
from storage.sql.database import Database
from storage.sql.releases import Releases

__all__ = ["Catalogue", "Database", "Releases"]
