"""Calls to services of others: the Bot API, and what may be asked besides.

- `transport`: the HTTP client of the Bot API. `results`: checks of what its calls return.
- `rate_limiter`: waits and retries, after a 429 ("flood control exceeded") and after network errors.
- `retries`: which calls may be retried, and after which pauses.
- `throttle`: a rate limit that spaces calls out.
- `tmdb`: details of movies from TMDB. `language_model`: what a text means, from a language model.

People who send too many updates are the concern of `bot.updates.flood`.
"""
