"""The use cases, and the only part of recsys that reads and writes what is stored about people.

- `conversation`: everything a person can do with the bot.
- `administration`: everything an admin can do.
- `cards`: what the use cases about cards return.
- `choosing`: which movies the next cards show. `conditions`: from a wish to a filter.
- `ages`: which movies suit which age. `preferences`: what a person can exclude for ever.
- `precomputing`: the next cards of many people, before they are sent.
- `answering`: answers to the buttons of cards. `wishes`: the active wish and lasting preferences.
- `reading`: what a typed text means. `misunderstandings`: counts of texts that were not understood.
- `browsing`: the search in the catalogue. `exporting`: titles for an export.
- `histories`: files from other services.
- `memory`: undo, and what was shown. `stuck`: what to offer when several cards did not please.
- `state`: the catalogue and the model that requests are served from.
- `probes`: whether the parts of the bot work.
"""
