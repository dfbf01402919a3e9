"""Updates from Telegram: parsed, ordered for each person, handled once.

- `polling`, `webhook`: the two ways in which updates come.
- `parsing`: whose update it is, and of which kind.
- `schema`: the fields that the bot reads, with their types.
- `ordering`: one person's updates in sequence, different people's concurrently.
- `flood`: the cap on the pending updates of one person; beyond it they are dropped.
- `claims`: which process handles an update, and when another process may take it over.
- `intake`: has each update handled once, and says whether Telegram must deliver it again.
"""
