"""The lines of a file of people: a header, a line for each person, and an end.

Each line is a JSON object. Columns that are NULL and lists that are empty are left out. Times are ISO 8601, UTC.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import to_json

from handlers.steps import QUESTIONS, Step
from recsys.histories.reading import MAX_PROFILES
from recsys.histories.rows import Source
from recsys.text.wishes import Wish
from storage.changes import ChangeKind
from storage.imports import ImportKind
from storage.records import Gender, MarkKind, Popularity, RatingSource, WishKind
from storage.sql import StoredPerson

FORMAT = "reelmate people"
VERSION = 1

_CLOCKS_DIFFER = timedelta(days=1)
"""A time may be this much later than the clock of this machine."""

_POSITION = re.compile(r" at line 1 column (\d+)$")

_WISH = TypeAdapter(Wish)
_WISH_FIELDS = frozenset(field.name for field in fields(Wish))


class BadLine(Exception):
    """A line cannot be read. The message names the field and what was expected, but no value of a person."""


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("expected a time since the year 1") from None


def _past(at: datetime) -> datetime:
    if at > datetime.now(UTC) + _CLOCKS_DIFFER:
        raise ValueError("expected a time that is not in the future")
    return _utc(at)


def _question(name: str) -> str:
    if name not in QUESTIONS:
        raise ValueError(f"expected one of {', '.join(QUESTIONS)}")
    return name


def _time_text(text: str) -> str:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("expected a time with a time zone")
    _utc(at)
    return text


def _conditions(wish: dict[str, Any]) -> dict[str, Any]:
    """Check that the conditions of a wish have the types that wishes have. Other conditions are only JSON."""
    try:
        json.dumps(wish, allow_nan=False)
        _WISH.validate_json(to_json({name: value for name, value in wish.items() if name in _WISH_FIELDS}), strict=True)
    except ValueError:
        raise ValueError("expected the conditions of a wish") from None
    return wish


_PersonId = Annotated[int, Field(ge=1, lt=2**63)]
_Id = Annotated[int, Field(ge=-(2**63), lt=2**63)]
_MovieId = Annotated[int, Field(strict=False)]
"""The name of a value in JSON, which is always a text."""

_Question = Annotated[str, AfterValidator(_question)]
_Stars = Annotated[float, Field(ge=1, le=5)]
_Time = Annotated[AwareDatetime, AfterValidator(_past)]
_TimeText = Annotated[str, AfterValidator(_time_text)]
_Conditions = Annotated[dict[str, Any], AfterValidator(_conditions)]


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", use_enum_values=True)


class Header(_Line):
    """The first line.

    Attributes:
        version: of the format.
        bot_id: Telegram user id of the bot that wrote to the people; None if it is not known.
        movies: id -> title and year of the best known movies, by which another data set is noticed.
    """

    model_config = ConfigDict(extra="ignore")

    format: Literal["reelmate people"]
    version: int
    bot_id: int | None
    movies: dict[_MovieId, str]


class End(_Line):
    """The last line: the number of people in the file. Without it, the file was cut off."""

    people: int


class Profile(_Line):
    """A row of the table `people`."""

    step: Step
    gender: Gender | None = None
    age: Annotated[int, Field(ge=1, le=120)] | None = None
    occupation: Annotated[int, Field(ge=0, le=20)] | None = None
    consent: bool
    notify: bool
    blocked: bool
    created_at: _Time
    popularity: Popularity
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    services: list[str] | None = None
    only_services: bool
    open_question: _Question | None = None


class RatingLine(_Line):
    """A row of the table `ratings`."""

    movie_id: _Id
    stars: _Stars
    source: RatingSource
    rated_at: _Time


class ChangeLine(_Line):
    """A row of the table `changes`."""

    number: _Id
    kind: ChangeKind
    movie_id: _Id | None = None
    message_id: _Id | None = None
    before_stars: _Stars | None = None
    before_source: RatingSource | None = None
    before_rated_at: _Time | None = None
    after_stars: _Stars | None = None
    source: RatingSource | None = None
    unseen_at: _Time | None = None
    mark: MarkKind | None = None
    before_marked_at: _Time | None = None
    before_wish: _Conditions | None = None
    before_said_at: _Time | None = None
    changed_at: _Time
    undone_at: _Time | None = None
    part_of: _Id | None = None

    @model_validator(mode="after")
    def _can_be_undone(self) -> Self:
        before = (self.before_stars, self.before_source, self.before_rated_at)
        if any(value is None for value in before) and any(value is not None for value in before):
            raise ValueError("expected before_stars, before_source and before_rated_at together")
        if (self.before_wish is None) != (self.before_said_at is None):
            raise ValueError("expected before_wish and before_said_at together")
        if self.movie_id is None and self.kind not in ("preferences", "import"):
            raise ValueError("expected a movie_id")
        if self.mark is None and self.kind == "mark":
            raise ValueError("expected a mark")
        return self


class MarkLine(_Line):
    """A row of the table `marks`."""

    kind: MarkKind
    movie_id: _Id
    marked_at: _Time


class CardLine(_Line):
    """A row of the table `cards`."""

    message_id: _Id
    movie_id: _Id
    previous_movie_id: _Id | None = None
    shown_at: _Time


class WishLine(_Line):
    """A row of the table `wishes`."""

    kind: WishKind
    wish: _Conditions
    said_at: _Time


class EntryLine(_Line):
    """An entry of a history that was read and not imported yet."""

    movie_id: _Id
    kind: ImportKind
    stars: _Stars | None
    at: _TimeText | None
    profile: Annotated[int, Field(ge=0, lt=MAX_PROFILES)] = 0

    @model_validator(mode="after")
    def _has_stars(self) -> Self:
        if (self.stars is None) == (self.kind == "rated"):
            raise ValueError("expected stars if the movie is rated, and only then")
        return self


class ImportLine(_Line):
    """A row of the table `imports`."""

    number: _Id
    source: Source
    row_count: Annotated[int, Field(ge=0, lt=2**31)]
    entries: list[EntryLine]
    created_at: _Time
    imported_at: _Time | None = None


class PersonLine(_Line):
    """The line of a person: the rows about them, by table."""

    person_id: _PersonId
    profile: Profile
    ratings: list[RatingLine] = []
    changes: list[ChangeLine] = []
    marks: list[MarkLine] = []
    cards: list[CardLine] = []
    wishes: list[WishLine] = []
    imports: list[ImportLine] = []

    @model_validator(mode="after")
    def _has_each_row_once(self) -> Self:
        keys: dict[str, list[Any]] = {
            "ratings": [rating.movie_id for rating in self.ratings],
            "changes": [change.number for change in self.changes],
            "marks": [(mark.kind, mark.movie_id) for mark in self.marks],
            "cards": [card.message_id for card in self.cards],
            "wishes": [wish.kind for wish in self.wishes],
            "imports": [draft.number for draft in self.imports],
        }
        for name, of_table in keys.items():
            if len(set(of_table)) < len(of_table):
                raise ValueError(f"{name}: expected each only once")
        return self


_AnyLine = TypeVar("_AnyLine", bound=_Line)


def header_line(bot_id: int | None, movies: dict[int, str]) -> bytes:
    """Return the first line of a file."""
    return _written({"format": FORMAT, "version": VERSION, "bot_id": bot_id, "movies": movies})


def person_line(person: StoredPerson) -> bytes:
    """Return the line of a person."""
    rows = {name: list(map(_present, of_table)) for name, of_table in person.rows.items() if of_table}
    return _written({"person_id": person.person_id, "profile": _present(person.profile), **rows})


def end_line(people: int) -> bytes:
    """Return the last line of a file."""
    return _written({"people": people})


def read_header(line: bytes) -> Header:
    """Return the header of a file.

    Raises:
        BadLine: the file is no file of people, or of another version of the format.
    """
    header = _read(Header, line)
    if header.version != VERSION:
        raise BadLine(f"version: this version of Reelmate reads version {VERSION} of the format")
    return header


def read_end(line: bytes) -> End | None:
    """Return the last line of a file; None if the line is that of a person."""
    return _read(End, line) if line.startswith(b'{"people":') else None


def read_person(line: bytes) -> StoredPerson:
    """Return the person of a line.

    Raises:
        BadLine: the line is not what `person_line` writes.
    """
    person = _read(PersonLine, line)
    rows: dict[str, Iterable[_Line]] = {
        "ratings": person.ratings,
        "changes": person.changes,
        "marks": person.marks,
        "cards": person.cards,
        "wishes": person.wishes,
        "imports": person.imports,
    }
    stored = StoredPerson(person.person_id, vars(person.profile))
    stored.rows.update({name: list(map(vars, of_table)) for name, of_table in rows.items()})
    for draft in stored.rows["imports"]:
        draft["entries"] = list(map(vars, draft["entries"]))
    return stored


def without_messages(person: StoredPerson) -> StoredPerson:
    """Return a person without what refers to messages of a bot, because another bot has other messages."""
    rows = person.rows | {
        "changes": [change | {"message_id": None} for change in person.rows["changes"]],
        "cards": [],
        "imports": [draft for draft in person.rows["imports"] if draft["imported_at"] is not None],
    }
    return StoredPerson(person.person_id, person.profile | {"open_question": None}, rows)


def _present(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _written(values: dict[str, Any]) -> bytes:
    return to_json(values) + b"\n"


def _read(kind: type[_AnyLine], line: bytes) -> _AnyLine:
    try:
        return kind.model_validate_json(line.rstrip(b"\n"))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        problem = _POSITION.sub(r" at column \1", first["msg"])
        raise BadLine(f"{place}: {problem}" if place else problem) from None
