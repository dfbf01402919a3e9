"""Updates from Telegram: parsed, ordered for each person, handled once.

- `polling`, `webhook`: the two ways in which updates come.
- `parsing`: whose update it is, and of which kind.
- `ordering`: one person's updates in sequence; those of a person who floods the bot are dropped.
- `intake`: has each update handled once, and says whether Telegram must deliver it again.
"""
