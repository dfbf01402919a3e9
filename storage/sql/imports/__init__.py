"""Files that people import from other services: drafts, and what becomes of them.

- `store`: the drafts. `applying`: from a draft to ratings and marks. `undoing`: back again.
- `chunks`: conditions on many ids.
"""

from storage.sql.imports.store import Imports

__all__ = ["Imports"]
