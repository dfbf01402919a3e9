"""Persistent state. Imports no other package.

- `sql`: the source of truth. `migrations`: its schema.
- `vectors`: search over movie vectors.
- `metadata`: what cards show of a movie.
- `notifier`: notifies all replicas of changes.
- `records`: the values that storage takes and returns. `errors`: the errors that it raises.
- `urls`, `batching`: helpers of the above.
"""
