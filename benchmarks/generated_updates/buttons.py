"""Random callback data: of every button class, with values at the ends of their ranges, and data that no button has."""

import random
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from benchmarks.generated_updates.values import Cast, soup
from handlers.callbacks import CODES, VERSION, pack
from handlers.callbacks.fields import UpTo, Within

_BROKEN = (
    *(
        "",
        ":",
        "1",
        "1ca",
        "1ca:",
        "1ca:0:like",
        "1ca:-1:like",
        "1ca:007:like",
        "1zz:1",
        "9ca:1:like",
        "0fy",
        "1fy:",
        "1fy:7",
    ),
    *(
        "1CA:1:like",
        "1ca:1:like:",
        "1ca:1:like\n",
        "1ca:\u0661:like",
        "1ca:1e3:like",
        "x" * 64,
        "x" * 5_000,
        "\ud800",
        "\x00",
    ),
)


def data(rng: random.Random, cast: Cast) -> str:
    """Return callback data as a modified app may send it."""
    kind = rng.random()
    if kind < 0.1:
        return rng.choice(_BROKEN)
    if kind < 0.13:
        return soup(rng, rng.randint(0, 64))
    chosen = rng.choice(list(CODES.values()))
    hints = get_type_hints(chosen, include_extras=True)
    packed = pack(chosen(**{field: _value(rng, cast, field, hints[field]) for field in chosen.__dataclass_fields__}))
    if kind < 0.2:
        return rng.choice(
            (packed.replace(str(VERSION), str(VERSION + 1), 1), packed + ":", packed[:-1], packed.upper())
        )
    return packed


def _value(rng: random.Random, cast: Cast, field: str, annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        annotation = rng.choice(get_args(annotation))
    if annotation is type(None):
        return None
    if annotation is bool:
        return rng.random() < 0.5
    if get_origin(annotation) is Literal:
        return rng.choice(get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return rng.choice(list(annotation))
    if get_origin(annotation) is not Annotated:
        raise ValueError(f"no values for {annotation}")
    allowed = get_args(annotation)[1]
    if isinstance(allowed, UpTo):
        words = rng.choice((rng.choice(cast.titles), soup(rng, allowed.longest), "a"))
        return _one_line(words, allowed.longest) or "a"
    if not isinstance(allowed, Within):
        return rng.choice(allowed)
    if field == "movie_id" and rng.random() < 0.7:
        return rng.choice(cast.movie_ids)
    if rng.random() < 0.6:
        return rng.randint(allowed.lowest, min(allowed.highest, allowed.lowest + 20))
    return rng.choice((allowed.lowest, allowed.highest, rng.randint(allowed.lowest, allowed.highest)))


def _one_line(words: str, longest: int) -> str:
    """Return words without colons and line breaks, cut to so many bytes."""
    printable = "".join(letter for letter in words if letter.isprintable() and letter != ":")
    return " ".join(printable.encode()[:longest].decode(errors="ignore").split())
