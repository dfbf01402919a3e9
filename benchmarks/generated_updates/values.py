"""Random values of updates: ids, texts, language codes, and whatever a field cannot hold."""

import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from handlers.routes import ADMIN_COMMANDS, COMMANDS

MAX_TEXT = 4096
"""The maximum length of a message."""

THUMBS = ("\N{THUMBS UP SIGN}", "\N{THUMBS DOWN SIGN}")
SKIN_TONES = ("", "\N{EMOJI MODIFIER FITZPATRICK TYPE-1-2}", "\N{EMOJI MODIFIER FITZPATRICK TYPE-6}\ufe0f", "\ufe0e")

ODD_NUMBERS = (0, -1, 1, 7, 2**31, -(2**31), 2**52, 2**52 + 1, 2**53, -(2**53), 2**63, 10**30, 10**400, 1.5, 1e308)
ODD_VALUES = (
    *(None, True, False, "", "7", "\ud800", "\x00", [], {}, [[]], [None], {"": None}, {"id": {}}, [{}] * 3),
    *("x" * 10_000, [0] * 1_000, {"a": {"b": {"c": {"d": [[[[[{}]]]]]}}}}, float("inf"), float("nan")),
)
LANGUAGE_CODES = (
    *(
        "en",
        "de",
        "pt-br",
        "zh-hans",
        "fa",
        "EN",
        "en_US.UTF-8",
        "i-klingon",
        "x",
        "",
        " ",
        "e" * 1_000,
        "de\n",
        "\x00",
    ),
    *(
        "../../../etc/passwd",
        "\ud800",
        "\N{CYRILLIC SMALL LETTER A}\N{CYRILLIC SMALL LETTER A}",
        "en-" * 40,
        "C",
        "de.po",
    ),
)

_ALPHABETS = (
    "abc XYZ 0123456789",
    " \t\n\r\v\f\x00\x07\x1b\x7f\x85\xa0",
    "\u05d0\u05d1\u05d2 \u0627\u0644\u0641\u064a\u0644\u0645 \u200f\u202e\u2066\u2069\u061c",
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\u3164\u2800",
    "e\u0301\u0323\u0335\u0489\u20dd\u0e33\u0ba8\u0bbf",
    "\U0001f44d\U0001f3fb\U0001f3ff\U0001f468\u200d\U0001f469\u200d\U0001f467\U0001f1e9\U0001f1ea\u2764\ufe0f\U0001f3ac",
    "\ud800\udbff\udc00\udfff\ud83d",
    "\ufffe\uffff\U0010ffff\ue000\U000f0000\ufdd0\ufffd\u2028\u2029",
    "\u96fb\u5f71\uac00\ud55c\u3042\u30ab\uff21\uff19\u0663\u00bd\u2167\u216b\u00df\u0130\u0131\ufb01",
    "<>&\"'`*_~[](){}|\\/#%$@!?+=;:,.^-",
)
_WISH_WORDS = (
    *("90s", "before 1960", "after 2010", "between 1980 and 1990", "from 1999", "1994", "no", "not", "without", "and"),
    *("like", "similar to", "something", "comedy", "horror", "drama", "Odd", "Even", "short", "old", "new", "or", ","),
    *("movies", "for kids", "please", "with a happy end", "but", "in the", "19th century", "2000s", "99999", "-5"),
)
_NUMBERS = (
    "5",
    "4.5",
    "0",
    "6",
    "-3",
    "+2",
    "3,5",
    "1e999",
    "9" * 400,
    "\u0663",
    "\uff15",
    "\u00bd",
    "0x10",
    "4 stars",
)
_SNIPPETS = (
    *("<b>", "</b>", "&amp;", "&#0;", "{title}", "%s %d %n", "';DROP TABLE people;--", "*x*", "[a](tg://user?id=1)"),
    *("https://example.org/?q=1", "../../etc/passwd", "${jndi:ldap://x}", "NULL", "NaN", "\\ud800", "\\N{BOMB}", "#a"),
)


@dataclass(frozen=True)
class Cast:
    """The people and movies that occur in updates, and what the people see.

    Attributes:
        people: the ids of the people; the bot can write to all of them.
        admins: the ids of admins.
        titles: the titles of the catalogue.
        movie_ids: the movies of the catalogue.
        screen: returns the messages that a person sees, as Bot API objects.
        query_id: registers a callback query of a person that can be answered, and returns its id.
    """

    people: Sequence[int]
    admins: Sequence[int]
    titles: Sequence[str]
    movie_ids: Sequence[int]
    screen: Callable[[int], Sequence[dict[str, Any]]] = lambda _: ()
    query_id: Callable[[int], str] = str


def number(rng: random.Random) -> Any:
    """Return a number, often an unusual one."""
    return rng.choice(ODD_NUMBERS) if rng.random() < 0.5 else rng.randrange(-10, 10_000)


def odd_value(rng: random.Random) -> Any:
    """Return a value of any type, most often one that a field cannot hold."""
    # A copy, because damage may change it.
    return rng.choice(ODD_NUMBERS) if rng.random() < 0.4 else deepcopy(rng.choice(ODD_VALUES))


def soup(rng: random.Random, length: int) -> str:
    """Return a text of random characters of one to three alphabets, or of all of Unicode."""
    if rng.random() < 0.2:
        return "".join(chr(rng.randrange(0x110000)) for _ in range(length))
    letters = "".join(rng.sample(_ALPHABETS, rng.randint(1, 3)))
    return "".join(rng.choices(letters, k=length))


def text(rng: random.Random, cast: Cast) -> str:
    """Return what a person may type, from a plain title to 4,096 characters without a meaning."""
    kind = rng.choices(
        (_title, _rating, _titles, _wish, _command, _thumb, _snippets, _soup, _long), (8, 6, 4, 10, 20, 4, 3, 8, 4)
    )[0]
    typed = kind(rng, cast)
    if rng.random() < 0.05:
        typed = soup(rng, rng.randint(1, 5)) + typed + soup(rng, rng.randint(1, 5))
    return typed[:MAX_TEXT]


def name(rng: random.Random) -> str:
    """Return a first name."""
    return rng.choice(("Ann", "Bob", "")) if rng.random() < 0.7 else soup(rng, rng.randint(1, 64))


def _title(rng: random.Random, cast: Cast) -> str:
    title = rng.choice(cast.titles)
    change = rng.randrange(6)
    if change == 0:
        return title.lower()
    if change == 1:
        return title.swapcase()
    if change == 2 and len(title) > 3:
        position = rng.randrange(len(title))
        return title[:position] + title[position + 1 :]
    if change == 3:
        return title[: rng.randint(1, len(title))]
    return title


def _rating(rng: random.Random, cast: Cast) -> str:
    return _title(rng, cast) + rng.choice((" ", "  ", ": ", "=", "\n", ", ")) + rng.choice(_NUMBERS)


def _titles(rng: random.Random, cast: Cast) -> str:
    parts = [rng.choice((_title, _rating))(rng, cast) for _ in range(rng.randint(2, 30))]
    return rng.choice((", ", "\n", "; ", " and ", ",")).join(parts)


def _wish(rng: random.Random, cast: Cast) -> str:
    words = rng.choices(_WISH_WORDS, k=rng.randint(1, 12))
    if rng.random() < 0.4:
        words.insert(rng.randint(0, len(words)), _title(rng, cast))
    return " ".join(words)


def _command(rng: random.Random, cast: Cast) -> str:
    command = rng.choice(
        (*COMMANDS, *ADMIN_COMMANDS, "unknown", "", "start@reelmate_bot", "help@other_bot", "/", "x" * 40)
    )
    if rng.random() < 0.1:
        command = command.upper()
    if rng.random() < 0.4:
        return f"/{command}"
    refreshes = ("metadata", "details", "vectors", "model", "model notify", "rollback", "everything")
    arguments = (_title, _rating, _titles, _wish, _snippets, _soup, _long)
    argument = rng.choice(refreshes) if rng.random() < 0.15 else rng.choice(arguments)(rng, cast)
    return f"/{command}{rng.choice((' ', '  ', chr(10), '_', chr(0xA0)))}{argument}"


def _thumb(rng: random.Random, _: Cast) -> str:
    return rng.choice(THUMBS) + rng.choice(SKIN_TONES) + rng.choice(("", "", "", " ", "!", "\n"))


def _snippets(rng: random.Random, cast: Cast) -> str:
    return " ".join(rng.choices((*_SNIPPETS, *_NUMBERS, _title(rng, cast)), k=rng.randint(1, 8)))


def _soup(rng: random.Random, _: Cast) -> str:
    return soup(rng, rng.randint(0, 60))


def _long(rng: random.Random, cast: Cast) -> str:
    length = rng.choice((599, 600, 601, 4000, MAX_TEXT))
    unit = rng.choice((_title(rng, cast), rng.choice(_WISH_WORDS) + " ", rng.choice(_SNIPPETS), soup(rng, 3), " ", "1"))
    return (unit * length)[:length]
