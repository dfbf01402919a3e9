"""Callback data: the typed values behind inline buttons, as strings of at most 64 bytes.

    buttons.AgeChosen(Step.AGE, group=2)  <->  "1ag:age:2"

The string holds the version of the format, the two-letter code of the button class, and the fields. It never holds a
user id: Telegram reports who tapped, so crafted data cannot reach another person's ratings. A toggle carries the state
that it sets, not the instruction to switch. Repeated taps and taps handled by two replicas end in the same state.

- `buttons`, `watching`: the button classes. Each class registers itself with its code.
- `codec`: the registry of classes, `pack` and `unpack`.
- `fields`: the ranges of the fields.

To add a button: write its class in `buttons`, place it on a keyboard in `handlers.keyboards`, and name its handler in
`handlers.routes`.
"""

from handlers.callbacks import buttons, watching
from handlers.callbacks.codec import CODES, MAX_BYTES, VERSION, CallbackData, Malformed, Stale, pack, unpack
from handlers.callbacks.fields import MAX_PAGE, STARS

__all__ = [
    "CODES",
    "MAX_BYTES",
    "MAX_PAGE",
    "STARS",
    "VERSION",
    "CallbackData",
    "Malformed",
    "Stale",
    "buttons",
    "pack",
    "unpack",
    "watching",
]
