"""Merges the data of a person from another installation with the data of this one.

For every movie, the latest statement is kept: a rating, its removal, a mark, or its removal. The changes of both
installations tell when something was removed. Merging the same data again changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from storage.records import Popularity
from storage.sql.transfer.rows import Row, StoredPerson

Aspect = tuple[str, int | None]
"""The subject of a statement: ("rating", movie id), (kind of a mark, movie id) or ("lasting", None)."""

Outcome = Literal["new", "changed", "same"]

_TABLES = {"rating": "ratings", "lasting": "wishes"}
"""Kind of an aspect -> its table. The other kinds are those of marks."""

_TIMES = {"ratings": "rated_at", "marks": "marked_at", "wishes": "said_at"}

_UNANSWERED: tuple[Row, ...] = (
    {"gender": None},
    {"age": None},
    {"occupation": None},
    {"popularity": Popularity.BALANCED.value},
    {"consent": False},
    {"notify": False},
    {"country": None, "services": None, "only_services": False},
)
"""Fields of a profile with the values that they have until they are answered. Those in one group go together."""


@dataclass(slots=True)
class Merge:
    """The writes that merge the data of a person.

    Attributes:
        person_id: Telegram user id.
        outcome: whether the person is new here, or what is stored about them changes.
        profile: fields of the person to change.
        put: name of a table -> rows to write.
        removed: rows to delete, by name of the table.
        undone: changes that were undone elsewhere.
    """

    person_id: int
    outcome: Outcome = "same"
    profile: Row = field(default_factory=dict)
    put: dict[str, list[Row]] = field(default_factory=dict)
    removed: dict[str, list[Row]] = field(default_factory=dict)
    undone: list[Row] = field(default_factory=list)


def add(there: StoredPerson) -> Merge:
    """Return what is to be written about a person who is new here, besides their profile."""
    return Merge(there.person_id, "new", put={name: rows for name, rows in there.rows.items() if rows})


def merge(here: StoredPerson, there: StoredPerson, finished_step: str) -> Merge:
    """Return what is to be written so that a person who is here gets what they said elsewhere.

    Args:
        here: what is stored about the person.
        there: what another installation has stored.
        finished_step: the step of people who have finished the onboarding.
    """
    known = {change["number"]: change for change in here.rows["changes"]}
    put: dict[str, list[Row]] = {name: [] for name in there.rows}
    removed: dict[str, list[Row]] = {"ratings": [], "marks": [], "wishes": []}
    put["changes"] = [change for change in there.rows["changes"] if change["number"] not in known]
    undone = [
        {"number": change["number"], "undone_at": change["undone_at"]}
        for change in there.rows["changes"]
        if _is_undone_there(change, known.get(change["number"]))
    ]
    stated_here, stated_there = _statements(here), _statements(there)
    times_here = _times(stated_here, _changed_here(here.rows["changes"]))
    times_there = _times(stated_there, _changed_there(there.rows["changes"], known, times_here))
    taken: dict[Aspect, Row | None] = {
        aspect: stated_there.get(aspect)
        for aspect, said_at in times_there.items()
        if stated_here.get(aspect) != stated_there.get(aspect)
        and (aspect not in times_here or said_at > times_here[aspect])
    }
    for aspect, row in (taken | _unseen_after(stated_here, taken)).items():
        if row is not None:
            put[_table(aspect)].append(row)
        elif aspect in stated_here:
            removed[_table(aspect)].append(stated_here[aspect])
    put["cards"] = _newer(here.rows["cards"], there.rows["cards"], "message_id", "shown_at")
    # A draft that is not here was dropped, or is too old.
    imported = [row for row in there.rows["imports"] if row["imported_at"] is not None]
    put["imports"] = _newer(here.rows["imports"], imported, "number", "imported_at")
    profile = _changed_profile(here.profile, there.profile, finished_step)
    return Merge(
        here.person_id,
        "changed" if any((profile, undone, *put.values(), *removed.values())) else "same",
        profile,
        {name: rows for name, rows in put.items() if rows},
        {name: rows for name, rows in removed.items() if rows},
        undone,
    )


def _changed_profile(here: Row, there: Row, finished_step: str) -> Row:
    """Return the fields of a profile that change.

    Answers have no time, so those that were given here stay. Only in the middle of the onboarding, a field that has no
    answer yet is taken from elsewhere, where the person has finished it.
    """
    changed: Row = {}
    if here["step"] != finished_step and there["step"] == finished_step:
        changed["step"] = finished_step
        for group in _UNANSWERED:
            if all(here[name] == value for name, value in group.items()):
                changed |= {name: there[name] for name in group if there[name] != here[name]}
    if there["created_at"] < here["created_at"]:
        changed["created_at"] = there["created_at"]
    return changed


def _statements(person: StoredPerson) -> dict[Aspect, Row]:
    """Return what holds by what it is about. A wish that ends by itself is not merged."""
    stated: dict[Aspect, Row] = {("rating", rating["movie_id"]): rating for rating in person.rows["ratings"]}
    stated.update({(mark["kind"], mark["movie_id"]): mark for mark in person.rows["marks"]})
    stated.update({(wish["kind"], None): wish for wish in person.rows["wishes"] if wish["kind"] == "lasting"})
    return stated


def _times(stated: Mapping[Aspect, Row], changed: Iterable[tuple[Aspect, datetime]]) -> dict[Aspect, datetime]:
    """Return the time of the latest statement about each aspect, current or changed since."""
    times = {aspect: row[_TIMES[_table(aspect)]] for aspect, row in stated.items()}
    for aspect, at in changed:
        times[aspect] = max(at, times.get(aspect, at))
    return times


def _changed_here(changes: Iterable[Row]) -> Iterator[tuple[Aspect, datetime]]:
    """Yield what the person changed here, or took back, and when.

    The entries of an imported history have times of their own. When they were imported says nothing.
    """
    for change in changes:
        for aspect in _aspects(change):
            if change["part_of"] is None:
                yield aspect, change["changed_at"]
            if change["undone_at"] is not None:
                yield aspect, change["undone_at"]


def _changed_there(
    changes: Iterable[Row], known: Mapping[int, Row], times_here: Mapping[Aspect, datetime]
) -> Iterator[tuple[Aspect, datetime]]:
    """Yield what the person changed elsewhere, and when.

    An undo there takes back only what its change has done. So it counts if nothing was said here since that change.
    """
    for change in changes:
        for aspect in _aspects(change):
            if change["undone_at"] is None:
                if change["part_of"] is None:
                    yield aspect, change["changed_at"]
            elif _is_undone_there(change, known.get(change["number"])):
                said_here = times_here.get(aspect)
                if said_here is None or said_here <= change["changed_at"]:
                    yield aspect, change["undone_at"]


def _is_undone_there(there: Row, here: Row | None) -> bool:
    """Return whether a change is known here, and was undone only elsewhere.

    The undo of an imported history is not repeated here, because entries of it may have been answered here.
    """
    return (
        here is not None
        and here["undone_at"] is None
        and there["undone_at"] is not None
        and there["part_of"] is None
        and there["kind"] != "import"
        and all(here[name] == there[name] for name in ("kind", "movie_id", "changed_at"))
    )


def _unseen_after(stated_here: Mapping[Aspect, Row], taken: Mapping[Aspect, Row | None]) -> dict[Aspect, Row | None]:
    """Return the marks "unseen" that do not hold, because a movie that is rated does not count as unseen any more."""
    ended: dict[Aspect, Row | None] = {}
    for aspect in {("unseen", movie_id) for kind, movie_id in taken if kind in ("rating", "unseen")}:
        is_rated = ("rating", aspect[1])
        rating = taken[is_rated] if is_rated in taken else stated_here.get(is_rated)
        mark = taken[aspect] if aspect in taken else stated_here.get(aspect)
        if rating is not None and mark is not None and mark["marked_at"] <= rating["rated_at"]:
            ended[aspect] = None
    return ended


def _aspects(change: Row) -> Iterator[Aspect]:
    match change["kind"]:
        case "rating":
            yield "rating", change["movie_id"]
            if change["after_stars"] is not None:
                # A movie that is rated does not count as unseen any more.
                yield "unseen", change["movie_id"]
        case "mark":
            yield change["mark"], change["movie_id"]
        case "preferences":
            yield "lasting", None


def _table(aspect: Aspect) -> str:
    return _TABLES.get(aspect[0], "marks")


def _newer(here: Iterable[Row], there: Iterable[Row], key: str, time: str) -> list[Row]:
    """Return the rows that are missing here, or have a later time there. A row without a time is the earliest."""
    times: dict[Any, datetime | None] = {row[key]: row[time] for row in here}

    def is_newer(row: Row) -> bool:
        if row[key] not in times:
            return True
        before = times[row[key]]
        return row[time] is not None and (before is None or row[time] > before)

    return [row for row in there if is_newer(row)]
