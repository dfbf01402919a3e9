"""The lines of a file of people: each value arrives, and what does not fit is refused by its line and name."""

import copy
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.people import lines
from bot.people.importing import import_people
from bot.people.lines import PersonLine, Profile, end_line, header_line, person_line, read_person
from bot.reporting import no_progress
from bot.settings import Settings
from recsys.histories.reading import MAX_PROFILES
from recsys.histories.rows import Source
from storage.changes import ChangeKind
from storage.records import MARK_KINDS, Popularity, RatingSource
from storage.sql import StoredPerson
from storage.sql.models import Base
from storage.sql.transfer.rows import MOVING_TABLES, OWNED_COLUMNS, STAYING_TABLES

Row = dict[str, Any]

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
PERSON: Row = {
    "person_id": 7,
    "profile": {
        "step": "ready",
        "consent": False,
        "notify": True,
        "blocked": False,
        "created_at": "2026-03-04T05:06:07.890123Z",
        "popularity": "balanced",
        "only_services": False,
    },
    "ratings": [{"movie_id": 1, "stars": 4.5, "source": "button", "rated_at": "2026-03-04T05:06:07Z"}],
    "changes": [
        {
            "number": 1,
            "kind": "preferences",
            "before_wish": {"year_from": 1990, "genres_none": ["Horror"]},
            "before_said_at": "2026-03-04T05:06:07Z",
            "changed_at": "2026-03-04T05:06:07Z",
        }
    ],
    "marks": [{"kind": "seen", "movie_id": 1, "marked_at": "2026-03-04T05:06:07Z"}],
    "wishes": [{"kind": "lasting", "wish": {"genres_none": ["War"]}, "said_at": "2026-03-04T05:06:07Z"}],
    "imports": [
        {
            "number": 1,
            "source": "imdb",
            "row_count": 1,
            "entries": [{"movie_id": 1, "kind": "seen", "stars": None, "at": None}],
            "created_at": "2026-03-04T05:06:07Z",
        }
    ],
}

IDS = st.integers(-(2**63), 2**63 - 1)
TIMES = st.datetimes(datetime(1, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
STARS = st.floats(1, 5)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
TEXT_LISTS = st.lists(TEXTS, max_size=3)
FLAGS = st.booleans()
SOURCES = st.sampled_from(get_args(RatingSource))
CONDITIONS = st.fixed_dictionaries(
    {}, optional={"themes": TEXT_LISTS, "like": st.lists(IDS, max_size=3), "year_to": IDS}
)


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return a strategy of these values and None."""
    return st.none() | values


def rows(key: Callable[[Row], Any], **columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    """Return a strategy of rows with different keys."""
    return st.lists(st.fixed_dictionaries(columns), max_size=4, unique_by=key)


@st.composite
def changes(draw: st.DrawFn) -> list[Row]:
    """Draw changes whose values go together."""
    drawn = []
    for number in draw(st.lists(IDS, unique=True, max_size=4)):
        kind = draw(st.sampled_from(get_args(ChangeKind)))
        row: Row = dict.fromkeys(column.name for column in OWNED_COLUMNS["changes"])
        row |= {"number": number, "kind": kind, "changed_at": draw(TIMES)}
        row |= {"movie_id": draw(IDS)} if kind not in ("preferences", "import") else {}
        row |= {"mark": draw(st.sampled_from(MARK_KINDS))} if kind == "mark" else {}
        if draw(FLAGS):
            row |= {"before_stars": draw(STARS), "before_source": draw(SOURCES), "before_rated_at": draw(TIMES)}
        if draw(FLAGS):
            row |= {"before_wish": draw(CONDITIONS), "before_said_at": draw(TIMES)}
        for name, values in (("message_id", IDS), ("after_stars", STARS), ("source", SOURCES), ("part_of", IDS)):
            row[name] = draw(optional(values))
        for name in ("unseen_at", "before_marked_at", "undone_at"):
            row[name] = draw(optional(TIMES))
        drawn.append(row)
    return drawn


PLACES = st.integers(0, MAX_PROFILES - 1)
ENTRY = st.fixed_dictionaries(
    {
        "movie_id": IDS,
        "kind": st.just("rated"),
        "stars": STARS,
        "at": optional(TIMES.map(datetime.isoformat)),
        "profile": PLACES,
    }
) | st.fixed_dictionaries(
    {
        "movie_id": IDS,
        "kind": st.sampled_from(["seen", "later"]),
        "stars": st.none(),
        "at": st.none(),
        "profile": PLACES,
    }
)
PROFILES = st.fixed_dictionaries(
    {
        "step": st.sampled_from(["welcome", "titles", "ready"]),
        "gender": optional(st.sampled_from(["F", "M"])),
        "age": optional(st.integers(1, 120)),
        "occupation": optional(st.integers(0, 20)),
        "consent": FLAGS,
        "notify": FLAGS,
        "blocked": FLAGS,
        "created_at": TIMES,
        "popularity": st.sampled_from([kind.value for kind in Popularity]),
        "country": optional(st.sampled_from(["DE", "US"])),
        "services": optional(TEXT_LISTS),
        "only_services": FLAGS,
        "open_question": optional(st.sampled_from(["age", "occupation"])),
    }
)
PEOPLE = st.builds(
    StoredPerson,
    st.integers(1, 2**63 - 1),
    PROFILES,
    st.fixed_dictionaries(
        {
            "ratings": rows(lambda row: row["movie_id"], movie_id=IDS, stars=STARS, source=SOURCES, rated_at=TIMES),
            "changes": changes(),
            "marks": rows(
                lambda row: (row["kind"], row["movie_id"]),
                kind=st.sampled_from(MARK_KINDS),
                movie_id=IDS,
                marked_at=TIMES,
            ),
            "cards": rows(
                lambda row: row["message_id"],
                message_id=IDS,
                movie_id=IDS,
                previous_movie_id=optional(IDS),
                shown_at=TIMES,
            ),
            "wishes": rows(
                lambda row: row["kind"],
                kind=st.sampled_from(["active", "lasting", "listed"]),
                wish=CONDITIONS,
                said_at=TIMES,
            ),
            "imports": rows(
                lambda row: row["number"],
                number=IDS,
                source=st.sampled_from([source.value for source in Source]),
                row_count=st.integers(0, 2**31 - 1),
                entries=st.lists(ENTRY, max_size=2),
                created_at=TIMES,
                imported_at=optional(TIMES),
            ),
        }
    ),
)


@settings(deadline=None)
@given(PEOPLE)
def test_a_person_is_read_as_written(person: StoredPerson) -> None:
    """Every value of every column is the same, to the last digit."""
    line = person_line(person)
    assert line.count(b"\n") == 1
    assert read_person(line) == person


def test_every_column_about_people_is_in_the_lines() -> None:
    """A new table, or a new column, needs a place in the file, or a reason not to move."""
    about_people = {table.name for table in Base.metadata.sorted_tables if "person_id" in table.columns}
    assert {table.name for table in MOVING_TABLES} | STAYING_TABLES | {"people"} == about_people
    models = {"people": Profile}
    for table in MOVING_TABLES:
        models[table.name] = get_args(PersonLine.model_fields[table.name].annotation)[0]
    for name, model in models.items():
        assert list(model.model_fields) == [column.name for column in OWNED_COLUMNS[name]]


def changed(*path: str | int, **values: Any) -> bytes:
    """Return the line of PERSON with other values in the object at a path."""
    person = copy.deepcopy(PERSON)
    inner: Any = person
    for step in path:
        inner = inner[step]
    inner.update(values)
    return json.dumps(person).encode()


BAD_LINES = [
    (b"Ann likes war", "Invalid JSON"),
    (b"[]", "Input should be an object"),
    (b"\xff", "Invalid JSON"),
    (changed(person_id=0), "person_id: Input should be greater than or equal to 1"),
    (changed(person_id="7"), "person_id: Input should be a valid integer"),
    (changed(name="Ann"), "name: Extra inputs are not permitted"),
    (changed("profile", step="dance"), "profile.step: Input should be 'welcome', 'age'"),
    (changed("profile", age=121), "profile.age: Input should be less than or equal to 120"),
    (changed("profile", gender="X"), "profile.gender: Input should be 'F' or 'M'"),
    (changed("profile", consent=1), "profile.consent: Input should be a valid boolean"),
    (changed("profile", country="Germany"), "profile.country: String should match pattern"),
    (
        changed("profile", open_question="welcome"),
        "profile.open_question: Value error, expected one of age",
    ),
    (changed("ratings", 0, stars=5.5), "ratings.0.stars: Input should be less than or equal to 5"),
    (changed("ratings", 0, stars=float("nan")), "ratings.0.stars: Input should be"),
    (changed("ratings", 0, source="guess"), "ratings.0.source: Input should be 'button'"),
    (changed("ratings", 0, rated_at="2026-03-04T05:06:07"), "ratings.0.rated_at: Input should have timezone info"),
    (
        changed("ratings", 0, rated_at="0001-01-01T00:00:00+05:00"),
        "ratings.0.rated_at: Value error, expected a time since",
    ),
    (changed("ratings", 0, rated_at="2999-12-31T00:00:00Z"), "ratings.0.rated_at: Value error, expected a time that"),
    (changed("ratings", 0, movie_id=2**63), "ratings.0.movie_id: Input should be less than"),
    (changed(ratings=PERSON["ratings"] * 2), "Value error, ratings: expected each only once"),
    (changed("changes", 0, kind="mark", movie_id=1), "changes.0: Value error, expected a mark"),
    (changed("changes", 0, kind="rating"), "changes.0: Value error, expected a movie_id"),
    (changed("changes", 0, before_stars=1.0), "changes.0: Value error, expected before_stars, before_source and"),
    (changed("changes", 0, before_said_at=None), "changes.0: Value error, expected before_wish and before_said_at"),
    (changed("marks", 0, kind="liked"), "marks.0.kind: Input should be 'unseen'"),
    (changed("wishes", 0, wish={"year_from": "1990"}), "wishes.0.wish: Value error, expected the conditions of a wish"),
    (
        changed("wishes", 0, wish={"genres_none": "War"}),
        "wishes.0.wish: Value error, expected the conditions of a wish",
    ),
    (changed("wishes", 0, wish={"later": float("inf")}), "wishes.0.wish: Value error, expected the conditions"),
    (changed("imports", 0, "entries", 0, stars=5.0), "imports.0.entries.0: Value error, expected stars if the movie"),
    (changed("imports", 0, "entries", 0, at="today"), "imports.0.entries.0.at: Value error"),
    (json.dumps(PERSON)[:-20].encode(), "Invalid JSON: EOF while parsing"),
    (b"", "Invalid JSON: EOF while parsing"),
]
GOOD_LINE = changed(person_id=6)


@pytest.fixture
def installation(tmp_path: Path) -> Settings:
    """The settings of an installation with an empty home."""
    return Settings(_env_file=None, reelmate_home=tmp_path / "home", vectors_url="memory://")


def test_the_good_line_is_good() -> None:
    """The bad lines differ from a line that can be read."""
    assert read_person(GOOD_LINE).rows["ratings"][0]["stars"] == 4.5


@pytest.mark.parametrize(("line", "problem"), BAD_LINES)
async def test_a_bad_line_is_named(installation: Settings, tmp_path: Path, line: bytes, problem: str) -> None:
    """One sentence has the file, the line and the field. Nothing is written, not even the people before."""
    file = tmp_path / "people.jsonl"
    file.write_bytes(b"".join([header_line(None, {}), GOOD_LINE, b"\n", line, b"\n", end_line(2)]))
    with pytest.raises(BadInput) as raised:
        await import_people(installation, file, (), no_progress)
    assert str(raised.value).startswith(f"{file}, line 3: {problem}")
    assert "\n" not in str(raised.value)
    assert not installation.reelmate_home.exists()


HEADER, END = header_line(None, {}), end_line(1)
ONE = GOOD_LINE + b"\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", " was cut off after line 0"),
        (b"hello\n", ", line 1: Invalid JSON"),
        (HEADER.replace(b'"version":1', b'"version":2,"more":[]'), ", line 1: version: this version of Reelmate reads"),
        (HEADER.replace(b"people", b"movies"), ", line 1: format: Input should be 'reelmate people'"),
        (HEADER + ONE, " was cut off after line 2"),
        (HEADER + ONE + ONE + END, ", line 3: person_id: expected a higher id than in the line before"),
        (HEADER + ONE + end_line(2), ", line 3: people: expected 1, the number of people in the file"),
        (HEADER + ONE + END + ONE, ", line 4: expected nothing behind the line with the number of people"),
        (gzip.compress(HEADER + ONE + END)[:-9], " is damaged or was cut off"),
        (gzip.compress(HEADER + ONE + END)[:-8] + bytes(8), " is damaged or was cut off"),
        (b"\x1f\x8b" + HEADER, " is damaged or was cut off"),
    ],
)
async def test_a_bad_file_is_named(installation: Settings, tmp_path: Path, content: bytes, problem: str) -> None:
    """A file that lacks a part, or is another one, is refused."""
    file = tmp_path / "people.jsonl"
    file.write_bytes(content)
    with pytest.raises(BadInput) as raised:
        await import_people(installation, file, (), no_progress)
    assert str(raised.value).startswith(f"{file}{problem}")
    assert not installation.reelmate_home.exists()


async def test_a_line_without_an_end_is_refused(
    installation: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file without line ends does not fill the memory."""
    monkeypatch.setattr("bot.people.files._MAX_LINE", 100)
    file = tmp_path / "people.jsonl"
    file.write_bytes(HEADER + b"[" * 200)
    with pytest.raises(BadInput, match=r"line 2: the line is too long$"):
        await import_people(installation, file, (), no_progress)


def test_times_that_are_a_little_ahead_are_good() -> None:
    """The clocks of two machines differ."""
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    assert read_person(changed("ratings", 0, rated_at=soon)).rows["ratings"][0]["rated_at"] > datetime.now(UTC)
    assert lines.VERSION == 1
