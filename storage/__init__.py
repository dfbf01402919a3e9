"""Persistent state. Imports no other package.

- `sql`: the source of truth. `migrations`: its schema.
- `vectors`: search over movie vectors.
- `metadata`: what cards show of a movie. `model_store`: release folders, on disk or in object storage.
- `notifier`: notifies all replicas of changes. `deduplication`: which replica is the first to do something.
- `records`, `changes`, `imports`, `net_details`, `poster_files`, `statistics`: the values that storage takes and
  returns.
- `errors`: the errors that it raises.
- `breaker`: stops asking a service that is down. `redis_client`: a client for Redis.
- `private_files`, `urls`, `batching`: helpers of the above.
"""
