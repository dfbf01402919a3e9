"""Calls to the Bot API.

- `transport`: the HTTP client.
- `rate_limiter`: waits and retries, after a 429 ("flood control exceeded") and after network errors.
- `retries`: which calls may be retried, and after which pauses.

People who send too many updates are the concern of `bot.updates.flood`.
"""
