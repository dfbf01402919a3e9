"""The use cases, and the only part of recsys that reads and writes what is stored about people.

- `conversation`: everything a person can do with the bot.
- `administration`: everything an admin can do.
- `cards`: what the use cases about cards return.
- `choosing`: which movies the next cards show. `conditions`: from a wish to a filter.
- `answering`: answers to cards. `wishes`: the active wish and lasting preferences.
- `state`: the catalogue and the model that requests are served from.
- `probes`: whether the parts of the bot work.
"""
