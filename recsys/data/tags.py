"""Tags that people gave to movies: one spelling each, counted by people, without notes to oneself."""

import re
import unicodedata
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.data.cells import check_flat
from recsys.data.columns import MAX_ID, POSITIVE_INTEGER, Column, integers, read_table
from recsys.data.rows import BadRows, Progress, TextFormat
from storage.records import Tag

MAX_TAGS = 30
"""The catalogue keeps this many tags of a movie, those that most people used."""
MIN_USES = 2
"""A tag that was used fewer times in the whole data set is somebody's own, or a slip of the pen."""
MAX_LETTERS, MAX_WORDS = 40, 5
"""A longer tag is a sentence."""

_AROUND = " \t\"'`.,;:!*#-_<>/\\|~"
_NOTE = re.compile(
    r"https?:|www\.|\bnetflix\b|\b(?:dvd|vhs|blu-?ray|bluray|laserdisc|betamax|divx|bd-r|dvd-r|clv|cav)s?\b|\bqueued?\b"
    r"|\b(?:wish|watch) ?list\b|\bto[- ](?:see|watch|rent|buy)\b|\b(?:un)?(?:seen|watched)\b|\bre-?watch\b"
    r"|\bown(?:ed)?\b|\bmy (?:movies|collection|list|favou?rites)\b|\blibrary\b|\btop ?\d+\b"
    r"|\bless than \d+|\bratings?\b|\bstars?$|\b\d+ ?/ ?\d+\b|\bcan't remember\b|\bnot available\b|\bdon't\b"
)
"""Notes about owning, lending, having watched and having rated a movie. They say nothing about the movie."""


def clean_tag(text: str) -> str | None:
    """Return a tag in lower case without marks around it, or None if it does not describe a movie."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(_AROUND)
    if not 1 < len(plain) <= MAX_LETTERS or plain.count(" ") >= MAX_WORDS:
        return None
    if not any(letter.isalpha() for letter in plain) or _NOTE.search(plain):
        return None
    return plain


class _TagCodes:
    """Assigns each cleaned tag a code, 0, 1, 2 and so on, and -1 to a tag that is left out.

    Attributes:
        names: the tag of each code.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self._codes: dict[str, int] = {}

    def parse(self, cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Parse n cells into (n,) int32 codes. No cell is invalid."""
        check_flat(cells.type)
        encoded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
        # The last entry, at index -1, is the code of an empty cell.
        code_of_index = np.array([*(self._code(str(text)) for text in encoded.dictionary.to_pylist()), -1], np.int32)
        codes = code_of_index[pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)]
        return codes, np.zeros(len(codes), bool)

    def _code(self, text: str) -> int:
        tag = clean_tag(text)
        if tag is None:
            return -1
        if tag not in self._codes:
            self._codes[tag] = len(self.names)
            self.names.append(tag)
        return self._codes[tag]


def read_tags(
    path: Path, text_format: TextFormat, names: tuple[str, str, str], bad_rows: BadRows, progress: Progress
) -> dict[int, tuple[Tag, ...]]:
    """Return the tags of each movie by its id, the most frequent first; an empty file has none.

    Args:
        path: the file.
        text_format: its format.
        names: its columns with the person, the movie and the tag.
        bad_rows: receives an error for every invalid row.
        progress: called with "tags" and the share that is read.

    Raises:
        DataError: the file cannot be read, or a row is invalid and `bad_rows` does not skip.
    """
    tag_codes = _TagCodes()
    user, movie, tag = names
    columns = [
        Column(user, POSITIVE_INTEGER, integers(1, MAX_ID)),
        Column(movie, POSITIVE_INTEGER, integers(1, MAX_ID)),
        Column(tag, "text", tag_codes.parse),
    ]
    table = read_table(path, columns, text_format, bad_rows, partial(progress, "tags"), may_be_empty=True)
    return _counted(table.values[user], table.values[movie], table.values[tag], tag_codes.names)


def _counted(
    users: NDArray[np.int64], movies: NDArray[np.int64], codes: NDArray[np.int32], names: Sequence[str]
) -> dict[int, tuple[Tag, ...]]:
    """Count how many people gave each tag to each movie.

    Args:
        users: (n,) the person of each use of a tag.
        movies: (n,) its movie.
        codes: (n,) position of its tag in `names`, -1 for a tag that is left out.
        names: the tags.
    """
    is_tag = codes >= 0
    # Each person counts once for each movie and tag.
    order = np.lexsort((users[is_tag], codes[is_tag], movies[is_tag]))
    users, movies, codes = users[is_tag][order], movies[is_tag][order], codes[is_tag][order]
    is_new_pair = np.append(True, (np.diff(movies) != 0) | (np.diff(codes) != 0))[: len(users)]
    is_new_use = is_new_pair | np.append(True, np.diff(users) != 0)[: len(users)]
    uses = np.bincount(codes[is_new_use], minlength=len(names))
    pairs = np.flatnonzero(is_new_pair)
    counts = np.add.reduceat(is_new_use, pairs) if len(pairs) else np.zeros(0, int)
    tags: dict[int, list[Tag]] = {}
    for movie_id, code, count in zip(movies[pairs].tolist(), codes[pairs].tolist(), counts.tolist(), strict=True):
        if uses[code] >= MIN_USES:
            tags.setdefault(movie_id, []).append(Tag(names[code], count))
    return {
        movie_id: tuple(sorted(found, key=lambda tag: (-tag.people, tag.name))[:MAX_TAGS])
        for movie_id, found in tags.items()
    }
