"""People who move between installations: what is stored about them, and how it is merged with what is here.

- `rows`: everything that is stored about people, and what of it moves.
- `merging`: what the data of a person from elsewhere changes here, without a database.
- `store`: reads people page by page, and merges people in transactions.
"""

from storage.sql.transfer.rows import StoredPerson
from storage.sql.transfer.store import Merged, PeopleTransfer

__all__ = ["Merged", "PeopleTransfer", "StoredPerson"]
