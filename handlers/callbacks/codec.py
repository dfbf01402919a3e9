"""The registry of button classes, and the conversion between their values and callback data."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, Union, dataclass_transform, get_args, get_origin

from handlers.callbacks.fields import UpTo, Within

VERSION = 1
"""The version of this format. Data of any other version unpacks to `Stale`."""

MAX_BYTES = 64
"""The maximum length of callback data in the Bot API."""

_CODE = re.compile(r"[a-z]{2}")
_HEAD = re.compile(r"([1-9][0-9]{0,3})([a-z]{2})")


@dataclass_transform(frozen_default=True)
class CallbackData:
    """Base class of the button classes.

    A subclass becomes a frozen dataclass and is registered under its code:

        class RatingsPage(CallbackData, code="rp"):
            page: Page

    A field is a bool, an enum, a Literal or one of `handlers.callbacks.fields`, or one of these or None.
    """

    def __init_subclass__(cls, *, code: str) -> None:
        """Register the class.

        Args:
            code: two lower-case letters that no other class has. Under one VERSION, a code that was ever sent to a
                chat must not be given to another class.

        Raises:
            ValueError: the code is malformed, or another class has it.
        """
        if not _CODE.fullmatch(code) or code in _classes:
            raise ValueError(f"{cls.__name__} needs a code of two letters that is not taken, not {code!r}")
        dataclass(frozen=True)(cls)
        _classes[code] = cls
        _codes[cls] = code
        _fields[cls] = {field.name: _codec(field.type) for field in fields(cls)}  # type: ignore[arg-type]  # it is one now


_classes: dict[str, type[CallbackData]] = {}
_codes: dict[type[CallbackData], str] = {}
_fields: dict[type[CallbackData], dict[str, "_Number | _OneOf | _Text"]] = {}

CODES: Mapping[str, type[CallbackData]] = MappingProxyType(_classes)
"""Every button class by its code."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Callback data of another version of the bot.

    Attributes:
        version: the version of its format.
    """

    version: int


@dataclass(frozen=True, slots=True)
class Malformed:
    """Callback data that no version of the bot has sent."""


def pack(value: CallbackData) -> str:
    """Return the callback data of a button.

    Raises:
        ValueError: a field is out of its range, or the data is longer than 64 bytes.
    """
    kind = type(value)
    words = [codec.write(getattr(value, name)) for name, codec in _fields[kind].items()]
    data = ":".join([f"{VERSION}{_codes[kind]}", *words])
    if len(data.encode()) > MAX_BYTES:
        raise ValueError(f"callback data is at most {MAX_BYTES} bytes, not {len(data.encode())}: {data}")
    return data


def unpack(data: str) -> CallbackData | Stale | Malformed:
    """Return the button that callback data encodes. No input raises; data that `pack` did not write is `Malformed`."""
    head, *words = data.split(":")
    version_and_code = _HEAD.fullmatch(head)
    if version_and_code is None or len(data) > MAX_BYTES:
        return Malformed()
    version, code = int(version_and_code[1]), version_and_code[2]
    if version != VERSION:
        return Stale(version)
    kind = CODES.get(code)
    if kind is None or len(words) != len(_fields[kind]):
        return Malformed()
    try:
        value = kind(*[codec.read(word) for codec, word in zip(_fields[kind].values(), words, strict=True)])
        # Each value has exactly one spelling, so "007" and the digits of other scripts are refused.
        return value if pack(value) == data else Malformed()
    except ValueError:
        return Malformed()


@dataclass(frozen=True, slots=True)
class _Number:
    """Codec of an integer within a range. If `optional`, the empty word means None."""

    lowest: int
    highest: int
    optional: bool

    def write(self, value: object) -> str:
        if value is None and self.optional:
            return ""
        if type(value) is not int or not self.lowest <= value <= self.highest:
            raise ValueError(f"{value!r} is not an integer from {self.lowest} to {self.highest}")
        return str(value)

    def read(self, word: str) -> Any:
        return None if self.optional and not word else int(word)


class _OneOf:
    """Codec of a value from a fixed set. If `optional`, the empty word means None."""

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
            raise ValueError(f"{word!r} is none of {', '.join(self._values)}")
        return self._values[word]


@dataclass(frozen=True, slots=True)
class _Text:
    """Codec of words. They are on one line, because `str.split` and `join` give a text one spelling."""

    longest: int

    def write(self, value: object) -> str:
        is_text = isinstance(value, str) and value != "" and ":" not in value and value == " ".join(value.split())
        if not is_text or len(str(value).encode()) > self.longest:
            raise ValueError(f"{value!r} are no words of at most {self.longest} bytes without a colon")
        return str(value)

    def read(self, word: str) -> Any:
        return word


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _codec(annotation: Any) -> _Number | _OneOf | _Text:
    """Return the codec of a field with this annotation."""
    optional = get_origin(annotation) in (Union, UnionType)
    if optional:
        [annotation] = [member for member in get_args(annotation) if member is not NoneType]
    if annotation is bool:
        return _OneOf((False, True), optional)
    if get_origin(annotation) is Annotated:
        _, allowed = get_args(annotation)
        if isinstance(allowed, Within):
            return _Number(allowed.lowest, allowed.highest, optional)
        if isinstance(allowed, UpTo):
            return _Text(allowed.longest)
        return _OneOf(allowed, optional)
    return _OneOf(get_args(annotation) if get_origin(annotation) is Literal else annotation, optional)
