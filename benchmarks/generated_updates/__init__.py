"""Random updates of Telegram: valid, half valid and broken ones, the same for the same seed.

- `values`: the cast of people and movies, texts, ids, and values that no field can hold.
- `messages`, `buttons`: messages of every kind, and the data of taps.
- `updates`: updates of every kind; `generate` makes one of them.
- `damage`: changes anywhere in a valid update.
- `bot`: a running bot, and what is watched of it.
- `feeding`: has a bot handle generated updates, by polling and by webhook, and judges the outcome.
"""
