"""Compares what a correct bot has stored and shown with what this one has."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from benchmarks.reliability.model import Change, State, replay
from benchmarks.reliability.record import Action, Finding, longest_wait

MAX_WAIT_S = 10.0
"""Nobody waits longer than this for an answer while the bot is running."""

_COPIES = {"sent": (1,), "uncertain": (0, 1), "blocked": (0,), "failed": (0,), "declined": (0,)}
"""How many copies of an announcement a person may have, by the status of the delivery at the end."""

PROFILE = ("age", "gender", "occupation", "notify")


class StoredPeople:
    """The database of the bot, read while the bot is running."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(query, values).fetchall()

    def states(self) -> dict[int, State]:
        """Return what is stored of each person."""
        states: dict[int, State] = defaultdict(State)
        for person_id, *profile in self.rows(f"SELECT person_id, {', '.join(PROFILE)} FROM people"):  # noqa: S608 - constants
            states[_int(person_id)].profile = dict(zip(PROFILE, profile, strict=True))  # type: ignore[arg-type]  # SQLite rows are untyped
        for person_id, movie_id, stars in self.rows("SELECT person_id, movie_id, stars FROM ratings"):
            states[_int(person_id)].ratings[_int(movie_id)] = _stars(stars) or 0.0
        changes = (
            "SELECT person_id, movie_id, before_stars, after_stars, coalesce(mark, kind), undone_at FROM changes"
            " ORDER BY number"
        )
        for person_id, movie_id, before, after, kind, undone_at in self.rows(changes):
            change = Change(_int(movie_id), _stars(before), _stars(after), str(kind), undone_at is not None)
            states[_int(person_id)].changes.append(change)
        marks = "SELECT person_id, kind, movie_id FROM marks WHERE kind IN ('seen', 'later')"
        for person_id, kind, movie_id in self.rows(marks):
            states[_int(person_id)].marks.add((str(kind), _int(movie_id)))
        return states

    def job_status(self, job_id: int) -> str:
        """Return the status of a job."""
        [(status,)] = self.rows("SELECT status FROM jobs WHERE job_id = ?", job_id)
        return str(status)

    def deliveries(self) -> dict[tuple[int, int], str]:
        """Return (job id, person id) -> status of every delivery of an announcement."""
        rows = self.rows("SELECT job_id, person_id, status FROM deliveries")
        return {(_int(job_id), _int(person_id)): str(status) for job_id, person_id, status in rows}

    def cards(self) -> dict[int, dict[int, int]]:
        """Return person id -> message id -> movie id of every card."""
        cards: dict[int, dict[int, int]] = defaultdict(dict)
        for person_id, message_id, movie_id in self.rows("SELECT person_id, message_id, movie_id FROM cards"):
            cards[_int(person_id)][_int(message_id)] = _int(movie_id)
        return cards


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """What the bot has stored of one person, read while the bot is running."""

    people: StoredPeople
    person_id: int

    def is_card(self, message_id: int) -> bool:
        """Return whether a message is stored as a card of the person."""
        card = "SELECT 1 FROM cards WHERE person_id = ? AND message_id = ?"
        return bool(self.people.rows(card, self.person_id, message_id))

    def movie_of_change(self, number: int) -> int | None:
        """Return the movie of a change, by the number on its undo button; None if there is no such change."""
        change = "SELECT movie_id FROM changes WHERE person_id = ? AND number = ?"
        rows = self.people.rows(change, self.person_id, number)
        return _int(rows[0][0]) if rows else None


def check_answers(actions: Sequence[Action], stored: State) -> list[Finding]:
    """Return a finding for each answer of a person that is not stored exactly once.

    Args:
        actions: everything that the person did, in the order of the updates.
        stored: what is stored of the person.
    """
    kinds = {action.update_id: action.kind.value for action in actions}
    return compare(replay(actions), stored, kinds)


def compare(expected: State, actual: State, kinds: Mapping[int, str]) -> list[Finding]:
    """Return a finding for each difference between two states of a person.

    Args:
        expected: the state by the model, with the updates of its changes.
        actual: the state in the database.
        kinds: update id -> kind of the action.
    """
    findings = list(_compare_changes(expected.changes, actual.changes, kinds))
    if not findings and expected.ratings != actual.ratings:
        findings.append(Finding("rating", None, f"{len(expected.ratings)} expected, {len(actual.ratings)} stored"))
    for kind, _ in expected.marks - actual.marks:
        findings.append(Finding("lost", None, f"a mark {kind!r}"))
    for kind, _ in actual.marks - expected.marks:
        findings.append(Finding("not asked for", None, f"a mark {kind!r}"))
    for column, value in expected.profile.items():
        if actual.profile.get(column) != value:
            findings.append(Finding("lost", None, f"the answer to the question about {column}"))
    return findings


def _compare_changes(
    expected: Sequence[Change], actual: Sequence[Change], kinds: Mapping[int, str]
) -> Iterable[Finding]:
    expected_keys = [(change.kind, change.movie_id, change.after) for change in expected]
    actual_keys = [(change.kind, change.movie_id, change.after) for change in actual]
    counts = Counter(expected_keys)
    for tag, start, end, actual_start, actual_end in SequenceMatcher(
        None, expected_keys, actual_keys, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            pairs = zip(expected[start:end], actual[actual_start:actual_end], strict=True)
            yield from (_undone(change, kinds) for change, stored in pairs if change.is_undone != stored.is_undone)
            continue
        for change in expected[start:end]:
            yield Finding("lost", change.update_id, f"an answer of kind {kinds.get(change.update_id, 'unknown')!r}")
        for key in actual_keys[actual_start:actual_end]:
            promise = "stored twice" if counts[key] else "not asked for"
            yield Finding(promise, None, f"a change of kind {key[0]!r}")


def _undone(change: Change, kinds: Mapping[int, str]) -> Finding:
    if change.is_undone:
        return Finding("lost", change.undone_by, f"an undo of kind {kinds.get(change.undone_by, 'unknown')!r}")
    return Finding("undone twice", change.update_id, "an undo also undid the change of this update")


def check_waits(actions: Iterable[Action], up: Sequence[tuple[float, float]]) -> list[Finding]:
    """Return a finding for each action that was not answered, or not within MAX_WAIT_S while the bot was running.

    Args:
        actions: what people did.
        up: the periods in which the bot was running, in seconds of `time.monotonic`.
    """
    findings = []
    for action in actions:
        if not action.is_owed:
            continue
        if action.answered_at is None:
            findings.append(Finding("no answer", action.update_id, f"to an action of kind {action.kind.value!r}"))
        elif (wait_s := longest_wait(action, up)) > MAX_WAIT_S:
            findings.append(Finding("late", action.update_id, f"kind {action.kind.value!r} waited {wait_s:.1f} s"))
    return findings


def check_screen(screen: Mapping[int, int], cards: Mapping[int, int]) -> list[Finding]:
    """Return a finding for each card on a person's screen that shows another movie than the database says.

    Args:
        screen: message id -> movie id on the screen.
        cards: the same in the database. A card without a row is not wrong if a tap on it works.
    """
    return [
        Finding("screen", None, f"message {message_id} shows another movie than the database says")
        for message_id, movie_id in screen.items()
        if cards.get(message_id, movie_id) != movie_id
    ]


def check_announcements(
    received: Mapping[int, Counter[int]], deliveries: Mapping[tuple[int, int], str]
) -> list[Finding]:
    """Return a finding for each announcement that somebody got twice, or did not get although it was sent.

    Args:
        received: announcement -> person id -> number of copies.
        deliveries: (announcement, person id) -> the status in the database.
    """
    findings = []
    for (announcement, person_id), status in deliveries.items():
        copies = received[announcement][person_id] if announcement in received else 0
        allowed = _COPIES.get(status, ())
        if copies > 1:
            findings.append(Finding("announced twice", None, f"{copies} copies of announcement {announcement}"))
        elif copies not in allowed:
            findings.append(Finding("announcement", None, f"{copies} copies of {announcement}, stored as {status!r}"))
    return findings


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"expected an integer of the database, got {type(value).__name__}")
    return value


def _stars(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
