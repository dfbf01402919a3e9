"""Typed values <-> callback data: the table of codes, `pack` and `unpack`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from handlers.callbacks.buttons import (
    AgeChosen,
    AnnounceAudience,
    AnnounceSend,
    CancelJob,
    CardAction,
    ForgetCancel,
    ForgetConfirm,
    GenderChosen,
    MoreTitles,
    OccupationChosen,
    OccupationPage,
    OnboardingNav,
    PickTitle,
    ProfileEdit,
    RatingEdit,
    RatingsPage,
    RemoveRating,
    SetStars,
    SettingToggle,
    TitlesDone,
    ToggleTitle,
    Undo,
    WatchlistPage,
    WatchlistRemove,
)
from handlers.callbacks.fields import Within

VERSION = 1
"""Of this format; data of another one is Stale."""

MAX_BYTES = 64
"""What Telegram takes."""

Callback = (
    OnboardingNav
    | AgeChosen
    | GenderChosen
    | OccupationChosen
    | OccupationPage
    | ProfileEdit
    | ToggleTitle
    | MoreTitles
    | TitlesDone
    | CardAction
    | PickTitle
    | RatingsPage
    | RatingEdit
    | SetStars
    | RemoveRating
    | WatchlistPage
    | WatchlistRemove
    | Undo
    | SettingToggle
    | ForgetConfirm
    | ForgetCancel
    | AnnounceAudience
    | AnnounceSend
    | CancelJob
)

CODES: Mapping[str, type[Callback]] = {
    "on": OnboardingNav,
    "ag": AgeChosen,
    "ge": GenderChosen,
    "oc": OccupationChosen,
    "op": OccupationPage,
    "pe": ProfileEdit,
    "tt": ToggleTitle,
    "tm": MoreTitles,
    "td": TitlesDone,
    "ca": CardAction,
    "pt": PickTitle,
    "rp": RatingsPage,
    "re": RatingEdit,
    "rs": SetStars,
    "rr": RemoveRating,
    "wp": WatchlistPage,
    "wr": WatchlistRemove,
    "un": Undo,
    "se": SettingToggle,
    "fy": ForgetConfirm,
    "fn": ForgetCancel,
    "aa": AnnounceAudience,
    "as": AnnounceSend,
    "cj": CancelJob,
}
"""The code of each class; a code that was once sent is never given to another class under the same VERSION."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A button from before an update of the bot.

    Attributes:
        version: of the format that it was made with.
    """

    version: int


@dataclass(frozen=True, slots=True)
class Malformed:
    """No button of ours says this."""


def pack(value: Callback) -> str:
    """The callback data of a button.

    Raises:
        ValueError: a field is out of its range, or the data is longer than 64 bytes.
    """
    fields = _FIELDS[type(value)]
    words = [codec.write(getattr(value, name)) for name, codec in fields.items()]
    data = ":".join([f"{VERSION}{_CODE_OF[type(value)]}", *words])
    if len(data.encode()) > MAX_BYTES:
        raise ValueError(f"callback data is at most {MAX_BYTES} bytes, not {len(data.encode())}: {data}")
    return data


def unpack(data: str) -> Callback | Stale | Malformed:
    """What a button says; data that no `pack` wrote is Malformed, and nothing raises."""
    head, *words = data.split(":")
    found = _HEAD.fullmatch(head)
    if found is None or len(data) > MAX_BYTES:
        return Malformed()
    if int(found[1]) != VERSION:
        return Stale(int(found[1]))
    kind = CODES.get(found[2])
    if kind is None or len(words) != len(_FIELDS[kind]):
        return Malformed()
    try:
        value = kind(*[codec.read(word) for codec, word in zip(_FIELDS[kind].values(), words, strict=True)])
        # A value has one spelling: neither "007" nor the digits of another script.
        return value if pack(value) == data else Malformed()
    except ValueError:
        return Malformed()


@dataclass(frozen=True, slots=True)
class _Number:
    """A whole number of a range; the empty word is None where that is allowed."""

    lowest: int
    highest: int
    optional: bool

    def write(self, value: object) -> str:
        if value is None and self.optional:
            return ""
        if type(value) is not int or not self.lowest <= value <= self.highest:
            raise ValueError(f"{value!r} is not a whole number from {self.lowest} to {self.highest}")
        return str(value)

    def read(self, word: str) -> Any:
        return None if self.optional and not word else int(word)


class _OneOf:
    """One of few values; the empty word is None where that is allowed."""

    def __init__(self, values: Iterable[object], optional: bool) -> None:
        self._words = {value: _word(value) for value in values}
        if optional:
            self._words[None] = ""
        self._values = {word: value for value, word in self._words.items()}

    def write(self, value: object) -> str:
        if value not in self._words:
            raise ValueError(f"{value!r} is none of {', '.join(map(str, self._words))}")
        return self._words[value]

    def read(self, word: str) -> Any:
        if word not in self._values:
            raise ValueError(f"{word!r} is no choice")
        return self._values[word]


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _codec(annotation: Any) -> _Number | _OneOf:
    """How a field with this annotation is written."""
    optional = get_origin(annotation) in (Union, UnionType)
    if optional:
        [annotation] = [one for one in get_args(annotation) if one is not NoneType]
    if annotation is bool:
        return _OneOf((False, True), optional)
    if get_origin(annotation) is Annotated:
        _, limits = get_args(annotation)
        return (
            _Number(limits.lowest, limits.highest, optional) if isinstance(limits, Within) else _OneOf(limits, optional)
        )
    return _OneOf(get_args(annotation) if get_origin(annotation) is Literal else annotation, optional)


_HEAD = re.compile(r"([1-9][0-9]{0,3})([a-z]{2})")
_CODE_OF = {kind: code for code, kind in CODES.items()}
_FIELDS: Mapping[type, dict[str, _Number | _OneOf]] = {
    kind: {name: _codec(annotation) for name, annotation in get_type_hints(kind, include_extras=True).items()}
    for kind in CODES.values()
}
