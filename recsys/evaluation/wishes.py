"""Evaluation of wishes in words: whether every result satisfies the wish, and pre-filtering against post-filtering.

The product filters inside the search (pre-filtering). It is compared with a search without a filter whose results are
filtered afterwards (post-filtering).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.fitted_towers import TowersFactory
from recsys.evaluation.newcomers import StepProgress, newcomers_by_seed
from recsys.evaluation.served_lists import answered_ids, list_ndcg, open_recommender
from recsys.evaluation.summaries import ratio_of_sums
from recsys.models.towers import Towers
from recsys.protocol.metrics import TOP_K
from recsys.protocol.newcomers import Newcomer, profiles_after, split_people
from recsys.serving.diversify import diversify
from recsys.serving.recommender import Recommender
from recsys.serving.style import CANDIDATES_PER_RESULT, UNCALIBRATED
from recsys.text.titles import TitleIndex
from recsys.text.wishes import Wish, parse_wish
from storage.records import Movie

ANSWERS = 5
"""Number of answers that every newcomer has given before the wish."""

MIN_LIKES = 3
"""A wish is measured for people with at least this many hidden likes that satisfy it."""

UNFILTERED_LENGTH = 200
"""Length of the list without a filter that is filtered afterwards."""


@dataclass(frozen=True, slots=True)
class WishCase:
    """A wish and its meaning, written down independently of the code that serves.

    Attributes:
        text: the wish as a person writes it.
        is_satisfied_by: returns whether a movie is what the text asks for.
    """

    text: str
    is_satisfied_by: Callable[[Movie], bool]


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
"""The wishes that are measured. Genres are spelled as in MovieLens."""


@dataclass(frozen=True, slots=True)
class WishMetrics:
    """One wish over the newcomers of all splits.

    Attributes:
        text: the wish.
        newcomers: number of people whom the wish was measured for.
        results: number of titles in their lists.
        violations: number of these titles that do not satisfy the wish.
        ndcg: mean NDCG@10 on the likes that satisfy the wish, with the filter inside the search.
        ndcg_post_filtered: the same with the list of 200 that is filtered afterwards.
    """

    text: str
    newcomers: int
    results: int
    violations: int
    ndcg: float
    ndcg_post_filtered: float


@dataclass(frozen=True, slots=True)
class WishesReport:
    """Metrics of every wish.

    Attributes:
        dataset: name of the data set.
        seeds: seeds of the splits.
        answers: number of answers that the newcomers had given.
        wishes: one row for each wish that was measured.
        left_out: wishes that the parser cannot read with this catalogue, or for which nobody has enough likes.
    """

    dataset: str
    seeds: tuple[int, ...]
    answers: int
    wishes: tuple[WishMetrics, ...]
    left_out: tuple[str, ...]

    @property
    def violations(self) -> int:
        """Violations of all wishes in total."""
        return sum(wish.violations for wish in self.wishes)

    @property
    def ratio(self) -> float | None:
        """Mean NDCG@10 with the filter inside the search over that of post-filtering; None if the latter is 0."""
        return ratio_of_sums(
            (wish.ndcg for wish in self.wishes), reference=(wish.ndcg_post_filtered for wish in self.wishes)
        )

    def to_dict(self) -> dict[str, object]:
        """Return plain lists and numbers for JSON."""
        return asdict(self) | {"violations": self.violations, "ratio": self.ratio}


@dataclass(frozen=True, slots=True)
class _WishResult:
    """One person's list for one wish."""

    results: int
    violations: int
    ndcg: float
    ndcg_post_filtered: float


async def evaluate_wishes(
    dataset: Dataset,
    seeds: Sequence[int],
    towers: TowersFactory,
    diversity: float,
    progress: StepProgress,
    wishes: Sequence[WishCase] = WISHES,
) -> WishesReport:
    """Serve every wish to the test newcomers with at least 3 hidden likes that satisfy it, after 5 answers.

    Pre-filtering and post-filtering end in a list of ten with the same diversity; only the place of the filter differs.

    Args:
        dataset: the data set to split.
        seeds: one seed per split.
        towers: the product's model.
        diversity: the product's DIVERSITY setting.
        progress: called before every step.
        wishes: the wishes to measure; the product's own parser reads their texts.

    Raises:
        TooSmall: a split has no newcomers.
    """
    titles, genres = TitleIndex(dataset.movies), {genre for movie in dataset.movies for genre in movie.genres}
    parsed = {case: parse_wish(case.text, titles, genres) for case in wishes}
    tests = newcomers_by_seed(dataset, seeds)
    results: dict[WishCase, list[_WishResult]] = {case: [] for case in wishes}
    for number, seed in enumerate(seeds):
        progress(number, len(seeds), f"wishes, seed {seed}")
        fitted = towers(dataset, split_people(dataset, seed), seed)
        split = await _WishSplit.serve(dataset, tests[seed], fitted, diversity)
        for case, wish in parsed.items():
            if isinstance(wish, Wish) and not wish.is_empty:
                results[case] += await split.results(case, wish)
    progress(len(seeds), len(seeds), "done")
    return WishesReport(
        dataset.name,
        tuple(seeds),
        ANSWERS,
        tuple(_wish_metrics(case, rows) for case, rows in results.items() if rows),
        tuple(case.text for case, rows in results.items() if not rows),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _UnfilteredList:
    """One person's best titles without a filter.

    Attributes:
        movie_ids: (p,) int64, best first.
        scores: (p,) float32.
        vectors: (p, 256) float32 movie vectors.
    """

    movie_ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    vectors: NDArray[np.float32]

    def filtered(self, satisfying_ids: NDArray[np.int64], diversity: float) -> NDArray[np.int64]:
        """Return up to 10 of these movie ids, with the diversity of a served list."""
        candidates = np.flatnonzero(np.isin(self.movie_ids, satisfying_ids))[: TOP_K * CANDIDATES_PER_RESULT]
        if len(candidates) == 0:
            return candidates
        picks = diversify(self.scores[candidates], self.vectors[candidates], TOP_K, diversity)
        return self.movie_ids[candidates[picks]]


@dataclass(frozen=True, slots=True, eq=False)
class _WishSplit:
    """The recommender and the test newcomers of one split.

    Attributes:
        dataset: the data set of the split.
        people: the test newcomers.
        recommender: serves the product's lists.
        diversity: the product's DIVERSITY setting.
        unfiltered: position of a person in the data set -> their list without a filter.
    """

    dataset: Dataset
    people: Sequence[Newcomer]
    recommender: Recommender
    diversity: float
    unfiltered: Mapping[int, _UnfilteredList]

    @classmethod
    async def serve(cls, dataset: Dataset, people: list[Newcomer], towers: Towers, diversity: float) -> "_WishSplit":
        """Serve every person's list without a filter."""
        return cls(
            dataset,
            people,
            await open_recommender(dataset, towers, diversity),
            diversity,
            await _unfiltered_lists(dataset, people, towers),
        )

    async def results(self, case: WishCase, wish: Wish) -> list[_WishResult]:
        """Serve a wish to everybody with enough likes that satisfy it."""
        satisfies = np.array([case.is_satisfied_by(movie) for movie in self.dataset.movies])
        satisfying_ids = self.dataset.movie_ids[satisfies]
        people = [person for person in self.people if satisfies[person.likes].sum() >= MIN_LIKES]
        lists = await self.recommender.rank(
            profiles_after(self.dataset, people, ANSWERS),
            TOP_K,
            answered_ids(self.dataset, people),
            wish.filter,
            UNCALIBRATED,
        )
        results = []
        for person, picks in zip(people, lists, strict=True):
            listed = np.array([movie_id for movie_id, _ in picks], np.int64)
            likes = self.dataset.movie_ids[person.likes[satisfies[person.likes]]]
            post_filtered = self.unfiltered[person.person].filtered(satisfying_ids, self.diversity)
            results.append(
                _WishResult(
                    results=len(listed),
                    violations=int((~np.isin(listed, satisfying_ids)).sum()),
                    ndcg=list_ndcg(listed, likes),
                    ndcg_post_filtered=list_ndcg(post_filtered, likes),
                )
            )
        return results


async def _unfiltered_lists(dataset: Dataset, people: list[Newcomer], towers: Towers) -> dict[int, _UnfilteredList]:
    """Return position of a person in the data set -> their 200 best titles."""
    recommender = await open_recommender(dataset, towers, diversity=0.0)
    profiles, answered = profiles_after(dataset, people, ANSWERS), answered_ids(dataset, people)
    ids, vectors = towers.movie_vectors()
    unfiltered = {}
    lists = await recommender.rank(profiles, UNFILTERED_LENGTH, answered, style=UNCALIBRATED)
    for person, picks in zip(people, lists, strict=True):
        listed = np.array([movie_id for movie_id, _ in picks], np.int64)
        scores = np.array([score for _, score in picks], np.float32)
        unfiltered[person.person] = _UnfilteredList(listed, scores, vectors[np.searchsorted(ids, listed)])
    return unfiltered


def _wish_metrics(case: WishCase, results: Sequence[_WishResult]) -> WishMetrics:
    return WishMetrics(
        case.text,
        newcomers=len(results),
        results=sum(result.results for result in results),
        violations=sum(result.violations for result in results),
        ndcg=float(np.mean([result.ndcg for result in results])),
        ndcg_post_filtered=float(np.mean([result.ndcg_post_filtered for result in results])),
    )
