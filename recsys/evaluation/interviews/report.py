"""How much pages of titles tell about a newcomer: the product's interview next to other ways to ask."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.fitted_towers import TowersFactory
from recsys.evaluation.interviews.decision_tree import BootstrappingTree
from recsys.evaluation.interviews.policies import (
    likely_seen,
    most_popular,
    movies_counted_on,
    popularity_and_entropy,
    random_of_popular,
)
from recsys.evaluation.interviews.simulation import (
    HONEST,
    SHOWN_COUNTS,
    Interviewee,
    Interviews,
    Manner,
    Policy,
    WithoutUnseen,
    interviewees,
    known_shares,
    simulate,
)
from recsys.evaluation.newcomers import Progress, TooSmall
from recsys.models.exposure import TITLES_PER_PAGE
from recsys.models.towers import Towers
from recsys.protocol.newcomers import MIN_HIDDEN_LIKES, Scorer, Split, split_people
from recsys.protocol.scorers import StagesScorer
from recsys.serving.interview import Interview

OURS = "Reelmate"
RANDOM, POPULAR, ENTROPY = "random of the top 300", "most popular", "log(popularity)*entropy"
LIKELY, TREE = "most likely seen next", "decision tree"
PEERS = (RANDOM, POPULAR, ENTROPY, LIKELY, TREE)
PARTS = OUR_PAGES, OUR_TOWERS = f"{OURS}'s pages only", f"{OURS}'s towers only"
"""Our pages on plain towers, and the most popular titles on our towers: what each half is worth."""

MANNERS = {
    "1 title named": Manner(named=1),
    "2 titles named": Manner(named=2),
    "3 titles named": Manner(named=3),
    "all known get 👍": Manner(thumbs_up_only=True),
}
"""What other people do in front of our pages."""


@dataclass(frozen=True, slots=True)
class Run:
    """One way of asking on one split; a figure for each of SHOWN_COUNTS, means over people.

    Attributes:
        way: its name.
        seed: of the split and the halves.
        newcomers: how many were asked.
        ndcg: NDCG@10.
        answered: how many of the titles shown were answered.
        known: for each page, the mean share of people who know a title of it.
        least_known: the share of people who know the least known title of anybody's first page.
        first_page: movie ids of the first page that the most people were shown, as it was shown.
    """

    way: str
    seed: int
    newcomers: int
    ndcg: tuple[float, ...]
    answered: tuple[float, ...]
    known: tuple[float, ...]
    least_known: float
    first_page: tuple[int, ...]

    @property
    def mean(self) -> float:
        """NDCG@10, mean over the numbers of titles but 0."""
        return float(np.mean(self.ndcg[1:]))


@dataclass(frozen=True, slots=True)
class InterviewReport:
    """What came out, for any renderer.

    Attributes:
        dataset: its name.
        seeds: of the splits.
        runs: every way of asking on every split.
        first_page: labels of the titles on our first page, on the first split.
    """

    dataset: str
    seeds: tuple[int, ...]
    runs: tuple[Run, ...]
    first_page: tuple[str, ...]

    def of(self, way: str) -> list[Run]:
        """Its runs, in the order of the seeds."""
        return [run for run in self.runs if run.way == way]

    def ndcg(self, way: str) -> list[float]:
        """NDCG@10 for each of SHOWN_COUNTS, mean over the splits."""
        return _mean_columns([run.ndcg for run in self.of(way)])

    def mean(self, way: str) -> float:
        """NDCG@10, mean over the splits and the numbers of titles but 0."""
        return float(np.mean([run.mean for run in self.of(way)]))

    def answered(self, way: str) -> list[float]:
        """Titles answered for each of SHOWN_COUNTS, mean over the splits."""
        return _mean_columns([run.answered for run in self.of(way)])

    def known(self, way: str) -> list[float]:
        """For each page the mean share of people who know a title of it, mean over the splits."""
        return _mean_columns([run.known for run in self.of(way)])

    def least_known(self, way: str) -> float:
        """Share of people who know the least known title that anybody was shown on a first page, on any split."""
        return min(run.least_known for run in self.of(way))

    def ratio(self, way: str) -> float | None:
        """`mean` over that of the best peer, found and divided on each split by itself and then averaged.

        Returns:
            None where every peer has 0.
        """
        ratios = []
        for place, run in enumerate(self.of(way)):
            best = max(self.of(peer)[place].mean for peer in PEERS)
            if best == 0:
                return None
            ratios.append(run.mean / best)
        return float(np.mean(ratios))

    def to_dict(self) -> dict[str, object]:
        """Plain lists and numbers for JSON; lists are in the order of `shown_counts`."""
        return {
            "dataset": self.dataset,
            "seeds": list(self.seeds),
            "shown_counts": list(SHOWN_COUNTS),
            "ours": OURS,
            "peers": list(PEERS),
            "ratio_to_best_peer": self.ratio(OURS),
            "first_page": list(self.first_page),
            "least_known_on_first_page": self.least_known(OURS),
            "ways": [{**self._figures(way), "ratio_to_best_peer": self.ratio(way)} for way in (*PEERS, OURS, *PARTS)],
            "manners": [self._figures(way) for way in MANNERS],
        }

    def _figures(self, way: str) -> dict[str, object]:
        return {
            "name": way,
            "ndcg_at_10": self.ndcg(way),
            "mean_ndcg_at_10": self.mean(way),
            "answered": self.answered(way),
            "known_share_by_page": self.known(way),
            "least_known_on_first_page": self.least_known(way),
            "runs": [asdict(run) for run in self.of(way)],
        }


@dataclass(frozen=True, slots=True)
class _Way:
    """How people are asked: who makes the pages, what ranks for them afterwards, and how they behave."""

    name: str
    policy: Callable[[], Policy]
    scorer: Scorer
    manner: Manner = HONEST
    step: int = TITLES_PER_PAGE


def evaluate_interviews(
    dataset: Dataset, seeds: Sequence[int], interviewed: TowersFactory, plain: TowersFactory, progress: Progress
) -> InterviewReport:
    """Ask the test people of each split in every way.

    Args:
        dataset: what to split.
        seeds: one split each.
        interviewed: the product's towers, trained on simulated interviews too; ours are asked for them.
        plain: towers trained without interviews; they score for the peers, and know nothing of "haven't seen".
        progress: told of every step.

    Raises:
        TooSmall: a split has nobody to ask; before any fitting.
    """
    splits = {seed: split_people(dataset, seed) for seed in seeds}
    asked = {seed: _to_test(dataset, splits[seed], seed) for seed in seeds}
    known = known_shares(dataset)
    runs: list[Run] = []
    total = len(seeds) * (len(PEERS) + len(PARTS) + 1 + len(MANNERS))
    for seed in seeds:
        towers = [factory(dataset, splits[seed], seed) for factory in (interviewed, plain)]
        for way in _ways(dataset, splits[seed].train, seed, *towers):
            progress(len(runs), total, f"{way.name}, seed {seed}")
            found = simulate(dataset, asked[seed], way.policy(), way.scorer, way.manner, way.step)
            runs.append(_run(way.name, seed, found, known))
    progress(len(runs), total, "done")
    labels = {movie.movie_id: movie.label for movie in dataset.movies}
    first = next(run for run in runs if run.way == OURS).first_page
    return InterviewReport(dataset.name, tuple(seeds), tuple(runs), tuple(labels[one] for one in first))


def _to_test(dataset: Dataset, split: Split, seed: int) -> list[Interviewee]:
    people = interviewees(dataset, split.test, seed)
    if not people:
        raise TooSmall(
            f"{dataset.name} is too small for interviews: with seed {seed} no test person has {MIN_HIDDEN_LIKES} likes"
            " in the hidden half of their ratings"
        )
    return people


def _ways(dataset: Dataset, people: NDArray[np.int64], seed: int, interviewed: Towers, plain: Towers) -> list[_Way]:
    """All that learns does so from `people`, the train people, as the towers did."""
    movies = movies_counted_on(dataset, people)
    plain_scorer, scorer = WithoutUnseen(StagesScorer(plain)), StagesScorer(interviewed)
    popular, ours = partial(most_popular, movies), partial(Interview, interviewed, movies)
    return [
        _Way(RANDOM, partial(random_of_popular, movies, seed), plain_scorer),
        _Way(POPULAR, popular, plain_scorer),
        _Way(ENTROPY, partial(popularity_and_entropy, dataset, people), plain_scorer),
        _Way(LIKELY, partial(likely_seen, dataset, people), plain_scorer),
        _Way(TREE, partial(BootstrappingTree, dataset, people, seed), plain_scorer, step=1),
        _Way(OURS, ours, scorer),
        _Way(OUR_PAGES, partial(Interview, plain, movies), plain_scorer),
        _Way(OUR_TOWERS, popular, scorer),
        *(_Way(name, ours, scorer, manner) for name, manner in MANNERS.items()),
    ]


def _run(way: str, seed: int, found: Interviews, known: Mapping[int, float]) -> Run:
    first = {page for page in found.pages[0] if page}
    return Run(
        way=way,
        seed=seed,
        newcomers=found.ndcg.shape[1],
        ndcg=tuple(found.ndcg.mean(axis=1).tolist()),
        answered=tuple(found.answered.mean(axis=1).tolist()),
        known=tuple(_mean_known(pages, known) for pages in found.pages),
        least_known=min((known[movie_id] for page in first for movie_id in page), default=0.0),
        first_page=Counter(found.pages[0]).most_common(1)[0][0],
    )


def _mean_known(pages: Sequence[Sequence[int]], known: Mapping[int, float]) -> float:
    shares = [known[movie_id] for page in pages for movie_id in page]
    return float(np.mean(shares)) if shares else 0.0


def _mean_columns(rows: Sequence[Sequence[float]]) -> list[float]:
    means: list[float] = np.mean(rows, axis=0).tolist()
    return means
