"""The figures by kind: how many texts are understood, and how many ratings would be wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from recsys.evaluation.understanding.comparison import is_right, wrong_ratings
from recsys.evaluation.understanding.corpus import PARTS, CorpusText, Described, Part, read_corpus
from recsys.evaluation.understanding.described import describe
from recsys.text.meaning.values import Meaning, Situation, Wished
from recsys.text.wishes import Wish
from storage.records import Movie

Read = Callable[[str, Situation], Meaning]
"""Reads a text in its situation, with the catalogue that is measured."""

LABELS_SHOWN = 5
"""An error names at most this many labels."""


class UnknownLabels(ValueError):
    """The corpus names movies that the catalogue does not have."""


@dataclass(frozen=True, slots=True)
class Misread:
    """A text that was not understood.

    Attributes:
        text: the text with its situation and its right meanings.
        read: the meaning that was read, in the format of the corpus.
        wrong_ratings: labels of the movies that would be stored wrongly.
    """

    text: CorpusText
    read: Described
    wrong_ratings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartReport:
    """The texts of one part of the corpus.

    Attributes:
        part: the part.
        texts: kind -> number of texts.
        misread: the texts that were not understood, in the order of the part.
    """

    part: Part
    texts: Mapping[str, int]
    misread: tuple[Misread, ...]

    @property
    def total(self) -> int:
        """Number of texts of all kinds."""
        return sum(self.texts.values())

    @property
    def right(self) -> Mapping[str, int]:
        """Kind -> number of texts that were understood."""
        return {kind: texts - self._misread_of(kind) for kind, texts in self.texts.items()}

    @property
    def share(self) -> float:
        """Share of the texts that were understood, 0..1."""
        return 1 - len(self.misread) / self.total

    @property
    def wrong_ratings(self) -> int:
        """Number of movies that would be stored as rated, seen or unseen without being so."""
        return sum(len(misread.wrong_ratings) for misread in self.misread)

    def _misread_of(self, kind: str) -> int:
        return sum(misread.text.kind == kind for misread in self.misread)


@dataclass(frozen=True, slots=True)
class UnderstandingReport:
    """How well the texts of the corpus are understood.

    Attributes:
        dataset: name of the data set whose titles the texts name.
        parts: one report per part of the corpus, the one held out first.
    """

    dataset: str
    parts: tuple[PartReport, ...]

    def of(self, part: Part) -> PartReport:
        """Return the report of a part."""
        return next(report for report in self.parts if report.part == part)

    def to_dict(self) -> dict[str, object]:
        """Return plain lists and numbers for JSON. Texts that were held out are not named."""
        return {
            "dataset": self.dataset,
            **{
                report.part: {
                    "texts": report.total,
                    "share": report.share,
                    "wrong_ratings": report.wrong_ratings,
                    "kinds": {kind: [right, report.texts[kind]] for kind, right in report.right.items()},
                }
                for report in self.parts
            },
            "misread": [
                {
                    "text": misread.text.text,
                    "kind": misread.text.kind,
                    "means": list(misread.text.means),
                    "read": misread.read,
                    "wrong_ratings": list(misread.wrong_ratings),
                }
                for misread in self.of("seen").misread
            ],
        }


def evaluate_understanding(
    dataset: str,
    movies: Sequence[Movie],
    read: Read,
    corpus: Mapping[Part, Sequence[CorpusText]] | None = None,
) -> UnderstandingReport:
    """Read every text of the corpus and compare what was read with its meaning.

    Args:
        dataset: name of the data set.
        movies: its movies.
        read: the reader, with the catalogue of these movies.
        corpus: part -> its texts; None for the corpus beside this module.

    Raises:
        UnknownLabels: the corpus names movies that are not among these.
    """
    texts = corpus or {part: read_corpus(part) for part in PARTS}
    ids = {movie.label: movie.movie_id for movie in movies}
    unknown = sorted({label for part in texts.values() for text in part for label in text.labels} - ids.keys())
    if unknown:
        more = f" and {len(unknown) - LABELS_SHOWN} more" if len(unknown) > LABELS_SHOWN else ""
        named = ", ".join(unknown[:LABELS_SHOWN])
        raise UnknownLabels(
            f"the texts name movies of MovieLens 1M that {dataset} does not have: {named}{more}; give MovieLens 1M"
        )
    labels = {movie.movie_id: movie.label for movie in movies}
    reports = (_read_part(part, texts[part], ids, labels, read) for part in PARTS if part in texts)
    return UnderstandingReport(dataset, tuple(reports))


def _read_part(
    part: Part, texts: Sequence[CorpusText], ids: Mapping[str, int], labels: Mapping[int, str], read: Read
) -> PartReport:
    counts: dict[str, int] = {}
    misread = []
    for text in texts:
        counts[text.kind] = counts.get(text.kind, 0) + 1
        described = describe(read(text.text, _situation(text, ids, read)), labels)
        if not is_right(text, described):
            misread.append(Misread(text, described, wrong_ratings(text, described)))
    return PartReport(part, counts, tuple(misread))


def _situation(text: CorpusText, ids: Mapping[str, int], read: Read) -> Situation:
    return Situation(
        text.question,
        None if text.card is None else ids[text.card],
        None if text.wish is None else _active_wish(text.wish, read),
    )


def _active_wish(text: str, read: Read) -> Wish:
    """Return the wish that a text says; a wish that is not understood is active nevertheless."""
    meaning = read(text, Situation())
    return meaning.wish if isinstance(meaning, Wished) else Wish(leftover=(text,))
