"""Wishes in words: whether every result obeys them, and what filtering inside the search is worth."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.fitted_towers import TowersFactory
from recsys.evaluation.newcomers import Progress, newcomers_to_test
from recsys.evaluation.served_lists import answered_ids, open_recommender
from recsys.models.towers import Towers
from recsys.protocol.metrics import TOP_K, ndcg_at_10
from recsys.protocol.newcomers import Newcomer, profiles_after, split_people
from recsys.serving.diversify import diversify
from recsys.serving.recommender import CANDIDATES_PER_PICK
from recsys.text.titles import TitleIndex
from recsys.text.wishes import Wish, parse_wish
from storage.records import Movie

ANSWERS = 5
MIN_LIKES = 3
"""Who has fewer hidden likes inside a wish is not asked it."""

PLAIN_LIST = 200
"""So many titles of the plain list are filtered afterwards, to compare with."""


@dataclass(frozen=True, slots=True)
class WishCase:
    """A wish, and who obeys it, written down without any code that serves.

    Attributes:
        text: as a person writes it.
        obeyed_by: whether a movie is what the text asks for.
    """

    text: str
    obeyed_by: Callable[[Movie], bool]


def _within(movie: Movie, first: int, last: int) -> bool:
    return movie.year is not None and first <= movie.year <= last


WISHES = (
    WishCase("90s comedy", lambda movie: "Comedy" in movie.genres and _within(movie, 1990, 1999)),
    WishCase("no horror", lambda movie: "Horror" not in movie.genres),
    WishCase("before 1980", lambda movie: _within(movie, 1, 1979)),
    WishCase("sci-fi", lambda movie: "Sci-Fi" in movie.genres),
    WishCase("animation", lambda movie: "Animation" in movie.genres),
    WishCase("drama, not comedy", lambda movie: "Drama" in movie.genres and "Comedy" not in movie.genres),
    WishCase("romantic comedy", lambda movie: {"Romance", "Comedy"} <= set(movie.genres)),
    WishCase("a thriller or something with crime", lambda movie: bool({"Thriller", "Crime"} & set(movie.genres))),
    WishCase("action since 1990", lambda movie: "Action" in movie.genres and _within(movie, 1990, 9999)),
    WishCase(
        "war movies from the 60s to the 80s without romance",
        lambda movie: "War" in movie.genres and "Romance" not in movie.genres and _within(movie, 1960, 1989),
    ),
)
"""Genres are written as MovieLens has them."""


@dataclass(frozen=True, slots=True)
class WishFigures:
    """One wish over the newcomers of all splits.

    Attributes:
        text: the wish.
        newcomers: who were asked it.
        results: titles in their lists.
        violations: titles among them that do not obey the wish.
        ndcg: mean NDCG@10 on the likes inside the wish, by the filter inside the search.
        ndcg_after: the same by the plain list of 200, filtered afterwards.
    """

    text: str
    newcomers: int
    results: int
    violations: int
    ndcg: float
    ndcg_after: float


@dataclass(frozen=True, slots=True)
class WishesReport:
    """What came out.

    Attributes:
        dataset: its name.
        seeds: of the splits.
        answers: that the newcomers had given.
        wishes: one row for each wish that somebody was asked.
        left_out: wishes that this catalogue has no words for, or nobody enough likes.
    """

    dataset: str
    seeds: tuple[int, ...]
    answers: int
    wishes: tuple[WishFigures, ...]
    left_out: tuple[str, ...]

    @property
    def violations(self) -> int:
        """Of all wishes together."""
        return sum(one.violations for one in self.wishes)

    @property
    def ratio(self) -> float | None:
        """Mean NDCG@10 by the filter inside the search over that by filtering afterwards; None where neither hits."""
        after = sum(one.ndcg_after for one in self.wishes)
        return sum(one.ndcg for one in self.wishes) / after if after else None

    def to_dict(self) -> dict[str, object]:
        """Plain lists and numbers for JSON."""
        return asdict(self) | {"violations": self.violations, "ratio": self.ratio}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one person got for one wish."""

    results: int
    violations: int
    ndcg: float
    ndcg_after: float


async def evaluate_wishes(
    dataset: Dataset,
    seeds: Sequence[int],
    towers: TowersFactory,
    diversity: float,
    progress: Progress,
    wishes: Sequence[WishCase] = WISHES,
) -> WishesReport:
    """Ask every wish for the test newcomers who have at least 3 hidden likes inside it, after 5 answers.

    Both ways end in the same list of ten with the same diversity: they differ in where the filter stands alone.

    Args:
        dataset: what to split.
        seeds: one split each.
        towers: of the product.
        diversity: the product's setting.
        progress: told of every step.
        wishes: which; each is read by the product's own reader.

    Raises:
        TooSmall: too few ratings for any newcomer.
    """
    movies = {movie.movie_id: movie for movie in dataset.movies}
    titles, genres = TitleIndex(dataset.movies), {genre for movie in dataset.movies for genre in movie.genres}
    read = {case: parse_wish(case.text, titles, genres) for case in wishes}
    tests = {seed: newcomers_to_test(dataset, split_people(dataset, seed), seed) for seed in seeds}
    asked: dict[WishCase, list[_Asked]] = {case: [] for case in wishes}
    for number, seed in enumerate(seeds):
        progress(number, len(seeds), f"wishes, seed {seed}")
        fitted = towers(dataset, split_people(dataset, seed), seed)
        recommender = await open_recommender(dataset, fitted, diversity)
        plain = await _plain_lists(dataset, tests[seed], fitted)
        for case, wish in read.items():
            if isinstance(wish, Wish) and not wish.is_empty:
                obeying = np.array([case.obeyed_by(movie) for movie in dataset.movies])
                able = [one for one in tests[seed] if obeying[one.likes].sum() >= MIN_LIKES]
                found = await recommender.picks(
                    profiles_after(dataset, able, ANSWERS), TOP_K, answered_ids(dataset, able), wish.filter
                )
                for one, row in zip(able, found, strict=True):
                    listed = [movie_id for movie_id, _ in row]
                    likes = dataset.movie_ids[one.likes[obeying[one.likes]]]
                    after = plain[one.person].filtered(dataset.movie_ids[obeying], diversity)
                    asked[case].append(
                        _Asked(
                            results=len(listed),
                            violations=sum(not case.obeyed_by(movies[movie_id]) for movie_id in listed),
                            ndcg=float(ndcg_at_10(np.isin(listed, likes), len(likes))),
                            ndcg_after=float(ndcg_at_10(np.isin(after, likes), len(likes))),
                        )
                    )
    progress(len(seeds), len(seeds), "done")
    return WishesReport(
        dataset.name,
        tuple(seeds),
        ANSWERS,
        tuple(_figures(case, its) for case, its in asked.items() if its),
        tuple(case.text for case, its in asked.items() if not its),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Plain:
    """The best titles of one person, whatever they wish.

    Attributes:
        movie_ids: (p,) int64, best first.
        scores: (p,) float32.
        vectors: (p, 256) float32, of the movies.
    """

    movie_ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    vectors: NDArray[np.float32]

    def filtered(self, obeying: NDArray[np.int64], diversity: float) -> NDArray[np.int64]:
        """Up to 10 ids of movies that obey, as varied as a list that is served."""
        kept = np.flatnonzero(np.isin(self.movie_ids, obeying))[: TOP_K * CANDIDATES_PER_PICK]
        if len(kept) == 0:
            return kept
        return self.movie_ids[kept[diversify(self.scores[kept], self.vectors[kept], TOP_K, diversity)]]


async def _plain_lists(dataset: Dataset, people: list[Newcomer], towers: Towers) -> dict[int, _Plain]:
    """The 200 best of each person, by their position in the data set."""
    recommender = await open_recommender(dataset, towers, diversity=0.0)
    profiles, answered = profiles_after(dataset, people, ANSWERS), answered_ids(dataset, people)
    ids, vectors = towers.movie_vectors()
    plain = {}
    for one, row in zip(people, await recommender.picks(profiles, PLAIN_LIST, answered), strict=True):
        listed = np.array([movie_id for movie_id, _ in row], np.int64)
        scores = np.array([score for _, score in row], np.float32)
        plain[one.person] = _Plain(listed, scores, vectors[np.searchsorted(ids, listed)])
    return plain


def _figures(case: WishCase, asked: Sequence[_Asked]) -> WishFigures:
    return WishFigures(
        case.text,
        newcomers=len(asked),
        results=sum(one.results for one in asked),
        violations=sum(one.violations for one in asked),
        ndcg=float(np.mean([one.ndcg for one in asked])),
        ndcg_after=float(np.mean([one.ndcg_after for one in asked])),
    )
