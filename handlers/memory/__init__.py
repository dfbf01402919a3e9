"""The history of a person, undo, and lasting preferences.

- `undo`: /undo and the button that takes back one change. `history`: the last cards.
- `preferences`: the menus of lasting preferences.
"""
