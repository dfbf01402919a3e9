"""From the bytes of a file to its rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from recsys.histories import generic, imdb, letterboxd, movielens, netflix, reelmate, tmdb, trakt
from recsys.histories.archive import is_zip, unpack
from recsys.histories.problems import Problem, UnreadableHistory
from recsys.histories.rows import History, Part, Row, Source, one_per_film
from recsys.histories.scales import guessed_scale
from recsys.histories.tables import MAX_ROWS, Table, decoded, read_table

MAX_BYTES = 20 << 20
"""The maximum size of a file. It is also what a bot can download from Telegram."""

_COMMON_HIGHEST = 10.0
"""The highest rating of the scale for an archive with files of several scales."""

MAX_PROFILES = 20
"""A file with the films of more profiles is refused. A person could not choose among them."""

_READERS: tuple[tuple[Callable[[Mapping[str, int]], bool], Callable[[Table], Part | list[Part]]], ...] = tuple(
    (source.is_header, source.read) for source in (letterboxd, imdb, movielens, tmdb, netflix, reelmate, generic)
)
"""The readers of tables, in the order in which they are asked. The last one knows the fewest columns."""


def read_histories(content: bytes, name: str = "") -> list[History]:
    """Read a file, whichever source it comes from.

    Args:
        content: of the file.
        name: of the file. It is needed for the files of Letterboxd and Trakt whose content is alike.

    Returns:
        One history per profile that the file names, in the order of their first rows; else the only one.

    Raises:
        UnreadableHistory: the file is none of those that are known.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableHistory(Problem.TOO_LARGE)
    if not content:
        raise UnreadableHistory(Problem.EMPTY)
    parts = [_on_its_scale(part) for part in (_of_archive(content) if is_zip(content) else _of_file(content, name))]
    if sum(len(part.rows) + part.left_out for part in parts) > MAX_ROWS:
        raise UnreadableHistory(Problem.TOO_MANY_ROWS)
    if not any(part.rows or part.left_out for part in parts):
        raise UnreadableHistory(Problem.NO_ROWS)
    profiles = _profiles(parts)
    if len(profiles) > MAX_PROFILES:
        raise UnreadableHistory(Problem.SEVERAL_PEOPLE)
    return [_joined(profile, of_profile) for profile, of_profile in profiles.items()]


def _profiles(parts: Sequence[Part]) -> dict[str, list[Part]]:
    """Return the parts of each profile. Parts of no profile belong to the only one, if there is only one."""
    names = dict.fromkeys(part.profile for part in parts if part.profile)
    if len(names) <= 1:
        return {next(iter(names), ""): list(parts)}
    of_names: dict[str, list[Part]] = {name: [] for name in names}
    for part in parts:
        if part.profile or part.rows or part.left_out:
            of_names.setdefault(part.profile, []).append(part)
    return of_names


def _joined(profile: str, parts: Sequence[Part]) -> History:
    """Return what all parts of a profile say."""
    rows, scale = _on_one_scale(parts)
    source = parts[0].source if len({part.source for part in parts}) == 1 else Source.OTHER
    return History(source, one_per_film(rows), sum(part.left_out for part in parts), scale, profile)


def _on_its_scale(part: Part) -> Part:
    """Return a part without ratings that its scale does not have. Such a row says only that the film was seen."""
    if part.scale is None:
        return part
    lowest, highest = part.scale
    rows = [
        row if row.rating is None or lowest <= row.rating <= highest else replace(row, kind="seen", rating=None)
        for row in part.rows
    ]
    return replace(part, rows=tuple(rows))


def _on_one_scale(parts: Sequence[Part]) -> tuple[list[Row], tuple[float, float] | None]:
    """Return the rows of all parts and the scale of their ratings, which is 10 if the parts have different scales."""
    rated = [part for part in parts if any(row.rating is not None for row in part.rows)]
    scales = {part.scale for part in rated} or {parts[0].scale}
    if len(scales) == 1:
        return [row for part in parts for row in part.rows], scales.pop()
    rows: list[Row] = []
    lowest_of_parts = []
    for part in parts:
        ratings = [row.rating for row in part.rows if row.rating is not None]
        if not ratings:
            rows += part.rows
            continue
        lowest, highest = part.scale or guessed_scale(ratings)
        factor = _COMMON_HIGHEST / highest
        lowest_of_parts.append(lowest * factor)
        rows += [row if row.rating is None else replace(row, rating=row.rating * factor) for row in part.rows]
    return rows, (min(lowest_of_parts), _COMMON_HIGHEST)


def _of_archive(content: bytes) -> list[Part]:
    parts: list[Part] = []
    problems: list[Problem] = []
    for path, file in sorted(unpack(content, _is_needed), key=_importance):
        try:
            parts += _of_file(file, path)
        except UnreadableHistory as error:
            problems.append(error.problem)
    if parts:
        # Beside the files of a service that is known, tables with a title or a name are about something else.
        return [part for part in parts if part.source is not Source.OTHER] or parts
    problem = next((problem for problem in problems if problem is not Problem.UNKNOWN_LAYOUT), Problem.UNKNOWN_LAYOUT)
    raise UnreadableHistory(problem)


def _of_file(content: bytes, name: str) -> list[Part]:
    text = decoded(content)
    if text.lstrip()[:1] in ("[", "{"):
        part = trakt.read(text, name)
        if part is None:
            raise UnreadableHistory(Problem.UNKNOWN_LAYOUT)
        return [part]
    source, table = read_table(text, name, [is_header for is_header, _ in _READERS])
    read = _READERS[source][1](table)
    return [read] if isinstance(read, Part) else read


def _is_needed(path: str) -> bool:
    is_table = path.casefold().endswith((".csv", ".tsv", ".txt"))
    if is_table:
        return not letterboxd.is_private(path)
    return path.casefold().endswith(".json") and not trakt.is_private(path)


def _importance(file: tuple[str, bytes]) -> tuple[bool, str]:
    """Return a key that sorts the diary before the other files: of two ratings of a day, the last one counts."""
    path = file[0].casefold()
    return "diary" not in path, path
