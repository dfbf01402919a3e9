"""The use cases of a history: read a file and say what it holds, import it or drop it, and write one."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from recsys.histories.problems import Problem
from recsys.histories.rows import History, Row, Source
from recsys.histories.scales import to_halves, to_stars
from recsys.profile import DISLIKE, LIKE
from recsys.services.histories.exporting import letterboxd_table
from recsys.services.histories.matching import HistoryMatcher
from recsys.services.histories.process import HistoryReader
from recsys.services.state import ServingState
from storage.imports import ImportDraft, ImportEntry, ImportResult
from storage.sql import Imports, Marks, Ratings

_STRENGTH = {"rated": 0, "seen": 1, "later": 2}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file holds, before anything is changed.

    Attributes:
        number: of the draft, by which it can be imported; None if no draft was stored.
        source: where the file comes from.
        rows: the number of rows; a film that is named by several of them counts once.
        rated: the number of known movies with a rating.
        seen: the number of known movies that were seen and not rated.
        later: the number of known movies of the watchlist.
        left_out: the number of rows about series, episodes and games.
        not_found: the titles that the catalogue does not have, in the order of the file.
        profile: the name of the profile whose films these are; empty if the file does not say.
    """

    number: int | None
    source: Source
    rows: int
    rated: int
    seen: int
    later: int
    left_out: int
    not_found: tuple[str, ...]
    profile: str = ""

    @property
    def known(self) -> int:
        """The number of rows whose movies are in the catalogue."""
        return self.rows - self.left_out - len(self.not_found)


@dataclass(frozen=True, slots=True)
class Profiles:
    """The previews of a file with several profiles. The person says which of them is theirs.

    Attributes:
        number: of the draft, by which one of the profiles can be imported; None if no draft was stored.
        source: where the file comes from.
        previews: one per profile, by the places that `Histories.accept` expects.
    """

    number: int | None
    source: Source
    previews: tuple[Preview, ...]


class Histories:
    """The use cases of importing a history from another service, and of exporting one for it."""

    def __init__(
        self,
        imports: Imports,
        ratings: Ratings,
        marks: Marks,
        state: Callable[[], ServingState],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Connect the use cases with their storage.

        Args:
            imports: the files that were read.
            ratings: of people.
            marks: of people.
            state: returns the catalogue.
            now: returns the time, timezone-aware.
        """
        self._imports, self._ratings, self._marks, self._state, self._now = imports, ratings, marks, state, now
        self._reader = HistoryReader()

    async def read(
        self, person_id: int, content: bytes, name: str = "", update_id: int | None = None, *, keep: bool = True
    ) -> Preview | Profiles | Problem:
        """Read a file and store what it says as a draft. Nothing else is changed.

        Args:
            person_id: who sends the file.
            content: of the file.
            name: of the file.
            update_id: the update with the file.
            keep: whether a draft is stored, if the catalogue has any of the films.

        Returns:
            What the file holds, or what each of its profiles holds, or why it cannot be read.

        Raises:
            NotFound: the person does not exist.
        """
        histories = await self._reader.read(content, name)
        if isinstance(histories, Problem):
            return histories
        matched = await asyncio.to_thread(_match_each, histories, self._state())
        entries = [entry for of_profile, _ in matched for entry in of_profile]
        source = histories[0].source if len({history.source for history in histories}) == 1 else Source.OTHER
        number = None
        if entries and keep:
            draft = ImportDraft(source, sum(map(_row_count, histories)), tuple(entries))
            number = await self._imports.add(person_id, draft, self._now(), update_id)
        previews = [_preview(number, history, *found) for history, found in zip(histories, matched, strict=True)]
        return previews[0] if len(previews) == 1 else Profiles(number, source, tuple(previews))

    async def accept(
        self, person_id: int, number: int, update_id: int | None = None, profile: int = 0
    ) -> ImportResult | None:
        """Import a draft as one change that can be undone; None if it was imported or dropped. Safe to repeat.

        Args:
            person_id: whose draft it is.
            number: of the draft.
            update_id: the update that asks for the import.
            profile: the place of the person's profile in `Profiles.previews`. No other profile is imported.
        """
        return await self._imports.apply(person_id, number, self._now(), update_id, profile)

    async def drop(self, person_id: int, number: int) -> bool:
        """Drop a draft; False if it was imported or dropped. Safe to repeat."""
        return await self._imports.drop(person_id, number)

    async def for_letterboxd(self, person_id: int) -> bytes:
        """Return the movies that a person has rated or seen, as the table that Letterboxd imports."""
        ratings, marks = await asyncio.gather(self._ratings.of(person_id), self._marks.of(person_id))
        return letterboxd_table(ratings, marks["seen"], self._state())


def _row_count(history: History) -> int:
    return len(history.rows) + history.left_out


def _preview(number: int | None, history: History, entries: list[ImportEntry], not_found: list[str]) -> Preview:
    kinds = [entry.kind for entry in entries]
    counts = (kinds.count("rated"), kinds.count("seen"), kinds.count("later"))
    rows = _row_count(history)
    return Preview(number, history.source, rows, *counts, history.left_out, tuple(not_found), history.profile)


def _match_each(histories: Sequence[History], state: ServingState) -> list[tuple[list[ImportEntry], list[str]]]:
    """Return what `_match` returns for each profile. The entries have the place of their profile."""
    matched = []
    for place, history in enumerate(histories):
        entries, not_found = _match(history, state)
        matched.append(([replace(entry, profile=place) for entry in entries], not_found))
    return matched


def _match(history: History, state: ServingState) -> tuple[list[ImportEntry], list[str]]:
    """Return one entry per movie of the catalogue, and the labels of the rows without a movie."""
    matcher = HistoryMatcher(state.movies, state.titles, state.listed)
    entries: dict[int, ImportEntry] = {}
    not_found: list[str] = []
    for row, stars in zip(history.rows, _stars(history), strict=True):
        movie = matcher.find(row)
        if movie is None:
            not_found.append(row.label)
            continue
        entry = ImportEntry(movie.movie_id, row.kind, stars, _time(row.at))
        before = entries.get(movie.movie_id)
        if before is None or _replaces(entry, before):
            entries[movie.movie_id] = entry
    return list(entries.values()), not_found


def _replaces(entry: ImportEntry, before: ImportEntry) -> bool:
    """Return whether an entry counts instead of an earlier one of the same movie, which another title names."""
    if entry.kind != "rated" or before.kind != "rated":
        return _STRENGTH[entry.kind] < _STRENGTH[before.kind]
    # Of two ratings, the later one counts, else that of the later row.
    return before.at is None or (entry.at is not None and entry.at >= before.at)


def _stars(history: History) -> Sequence[float | None]:
    """Return the stars of each row; None for a row without a rating."""
    ratings = [row.rating for row in history.rows if row.rating is not None]
    scaled = iter(to_halves(ratings) if history.source is Source.REELMATE else to_stars(ratings, history.scale))
    return [next(scaled) if row.rating is not None else _thumb(row) for row in history.rows]


def _thumb(row: Row) -> float | None:
    return None if row.thumb is None else LIKE if row.thumb else DISLIKE


def _time(at: str | None) -> datetime | None:
    return None if at is None else datetime.fromisoformat(at).replace(tzinfo=UTC)
