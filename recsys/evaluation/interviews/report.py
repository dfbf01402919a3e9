"""The report on interviews: the product's choice of titles next to baseline policies."""

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
    popularity_and_entropy,
    random_of_popular,
    recount_movies,
)
from recsys.evaluation.interviews.simulation import (
    BY_STARS,
    SHOWN_COUNTS,
    AnsweringStyle,
    Interviewee,
    InterviewResults,
    Policy,
    WithoutUnseen,
    interviewees,
    rater_shares,
    simulate,
)
from recsys.evaluation.newcomers import OURS, StepProgress, TooSmall
from recsys.evaluation.summaries import mean_ratio_to_best
from recsys.models.exposure import TITLES_PER_PAGE
from recsys.models.towers import Towers
from recsys.protocol.newcomers import MIN_HIDDEN_LIKES, Scorer, Split, split_people
from recsys.protocol.scorers import TwoStageScorer
from recsys.serving.interview import Interview

RANDOM, POPULAR, ENTROPY = "random of the top 300", "most popular", "log(popularity)*entropy"
LIKELY_SEEN, TREE = "most likely seen next", "decision tree"
BASELINES = (RANDOM, POPULAR, ENTROPY, LIKELY_SEEN, TREE)
ABLATIONS = OUR_PAGES, OUR_TOWERS = f"{OURS}'s pages only", f"{OURS}'s towers only"
"""The product's pages with plain towers, and the most popular titles with the product's towers."""

ANSWERING_STYLES = {
    "1 title named": AnsweringStyle(named_titles=1),
    "2 titles named": AnsweringStyle(named_titles=2),
    "3 titles named": AnsweringStyle(named_titles=3),
    "all known get 👍": AnsweringStyle(only_thumbs_up=True),
}
"""Other answering styles that the product's pages are measured with."""


@dataclass(frozen=True, slots=True)
class InterviewRun:
    """One strategy on one split; means over people.

    Attributes:
        strategy: name of the strategy.
        seed: seed of the split and of the halves.
        newcomers: number of people who were asked.
        ndcg: NDCG@10 for each of SHOWN_COUNTS.
        answered: number of the shown titles that were rated, for each of SHOWN_COUNTS.
        rater_share: for each page, the mean share of people who have rated a title of it.
        min_rater_share: the smallest share of people who have rated a title of anybody's first page.
        first_page: movie ids of the most frequent first page, in display order.
    """

    strategy: str
    seed: int
    newcomers: int
    ndcg: tuple[float, ...]
    answered: tuple[float, ...]
    rater_share: tuple[float, ...]
    min_rater_share: float
    first_page: tuple[int, ...]

    @property
    def mean(self) -> float:
        """NDCG@10, mean over the numbers of titles but 0."""
        return float(np.mean(self.ndcg[1:]))


@dataclass(frozen=True, slots=True)
class InterviewReport:
    """Metrics of every strategy on every split.

    Attributes:
        dataset: name of the data set.
        seeds: seeds of the splits.
        runs: every strategy on every split.
        first_page: labels of the titles on the product's first page, on the first split.
    """

    dataset: str
    seeds: tuple[int, ...]
    runs: tuple[InterviewRun, ...]
    first_page: tuple[str, ...]

    def of(self, strategy: str) -> list[InterviewRun]:
        """Return the runs of a strategy, in the order of the seeds."""
        return [run for run in self.runs if run.strategy == strategy]

    def ndcg(self, strategy: str) -> list[float]:
        """Return NDCG@10 for each of SHOWN_COUNTS, mean over the splits."""
        return _mean_columns([run.ndcg for run in self.of(strategy)])

    def mean(self, strategy: str) -> float:
        """Return NDCG@10, mean over the splits and the numbers of titles but 0."""
        return float(np.mean([run.mean for run in self.of(strategy)]))

    def answered(self, strategy: str) -> list[float]:
        """Return the number of rated titles for each of SHOWN_COUNTS, mean over the splits."""
        return _mean_columns([run.answered for run in self.of(strategy)])

    def rater_share(self, strategy: str) -> list[float]:
        """Return for each page the mean share of people who have rated a title of it, mean over the splits."""
        return _mean_columns([run.rater_share for run in self.of(strategy)])

    def min_rater_share(self, strategy: str) -> float:
        """Return the smallest share of people who have rated a title of a first page, over everybody and all splits."""
        return min(run.min_rater_share for run in self.of(strategy))

    def ratio(self, strategy: str) -> float | None:
        """Return `mean` over that of each split's best baseline, as a mean over the splits.

        Returns:
            None if every baseline has 0 on a split.
        """
        baselines = zip(*([run.mean for run in self.of(baseline)] for baseline in BASELINES), strict=True)
        return mean_ratio_to_best([run.mean for run in self.of(strategy)], list(baselines))

    def to_dict(self) -> dict[str, object]:
        """Return plain lists and numbers for JSON; lists are in the order of `shown_counts`."""
        return {
            "dataset": self.dataset,
            "seeds": list(self.seeds),
            "shown_counts": list(SHOWN_COUNTS),
            "ours": OURS,
            "baselines": list(BASELINES),
            "ratio_to_best_baseline": self.ratio(OURS),
            "first_page": list(self.first_page),
            "min_rater_share_on_first_page": self.min_rater_share(OURS),
            "strategies": [
                {**self._strategy_to_dict(strategy), "ratio_to_best_baseline": self.ratio(strategy)}
                for strategy in (*BASELINES, OURS, *ABLATIONS)
            ],
            "answering_styles": [self._strategy_to_dict(style) for style in ANSWERING_STYLES],
        }

    def _strategy_to_dict(self, strategy: str) -> dict[str, object]:
        return {
            "name": strategy,
            "ndcg_at_10": self.ndcg(strategy),
            "mean_ndcg_at_10": self.mean(strategy),
            "answered": self.answered(strategy),
            "rater_share_by_page": self.rater_share(strategy),
            "min_rater_share_on_first_page": self.min_rater_share(strategy),
            "runs": [asdict(run) for run in self.of(strategy)],
        }


@dataclass(frozen=True, slots=True)
class _Strategy:
    """A combination of a policy, which chooses the titles to ask about, and a scorer, which ranks after the answers.

    Attributes:
        name: the name in the report.
        policy: makes the policy that chooses the titles.
        scorer: ranks the movies after the answers.
        style: how people answer.
        step: number of titles requested from the policy at once.
    """

    name: str
    policy: Callable[[], Policy]
    scorer: Scorer
    style: AnsweringStyle = BY_STARS
    step: int = TITLES_PER_PAGE


def evaluate_interviews(
    dataset: Dataset,
    seeds: Sequence[int],
    interview_towers: TowersFactory,
    plain_towers: TowersFactory,
    progress: StepProgress,
) -> InterviewReport:
    """Interview the test people of each split with every strategy.

    Args:
        dataset: the data set to split.
        seeds: one seed per split.
        interview_towers: the product's model, trained on simulated interviews too.
        plain_towers: trained without interviews, which cannot use "haven't seen"; they score for the baselines.
        progress: called before every step.

    Raises:
        TooSmall: a split has nobody to interview; raised before any fitting.
    """
    splits = {seed: split_people(dataset, seed) for seed in seeds}
    tests = {seed: _test_people(dataset, splits[seed], seed) for seed in seeds}
    shares = rater_shares(dataset)
    runs: list[InterviewRun] = []
    total = len(seeds) * (len(BASELINES) + len(ABLATIONS) + 1 + len(ANSWERING_STYLES))
    for seed in seeds:
        towers = [factory(dataset, splits[seed], seed) for factory in (interview_towers, plain_towers)]
        for strategy in _strategies(dataset, splits[seed].train, seed, *towers):
            progress(len(runs), total, f"{strategy.name}, seed {seed}")
            results = simulate(dataset, tests[seed], strategy.policy(), strategy.scorer, strategy.style, strategy.step)
            runs.append(_run(strategy.name, seed, results, shares))
    progress(len(runs), total, "done")
    labels = {movie.movie_id: movie.label for movie in dataset.movies}
    first_page = next(run for run in runs if run.strategy == OURS).first_page
    return InterviewReport(dataset.name, tuple(seeds), tuple(runs), tuple(labels[movie_id] for movie_id in first_page))


def _test_people(dataset: Dataset, split: Split, seed: int) -> list[Interviewee]:
    people = interviewees(dataset, split.test, seed)
    if not people:
        raise TooSmall(
            f"{dataset.name} is too small for interviews: with seed {seed} no test person has {MIN_HIDDEN_LIKES} likes"
            " in the hidden half of their ratings"
        )
    return people


def _strategies(
    dataset: Dataset, train: NDArray[np.int64], seed: int, interview_towers: Towers, plain_towers: Towers
) -> list[_Strategy]:
    """Return all strategies of one split. The policies are fitted to the train people, as the towers were.

    Args:
        dataset: the data set.
        train: (n,) positions of the train people.
        seed: seed of the split and of the random choices.
        interview_towers: as in `evaluate_interviews`, fitted.
        plain_towers: as in `evaluate_interviews`, fitted.
    """
    movies = recount_movies(dataset, train)
    plain_scorer, our_scorer = WithoutUnseen(TwoStageScorer(plain_towers)), TwoStageScorer(interview_towers)
    popular_pages, our_pages = partial(most_popular, movies), partial(Interview, interview_towers, movies)
    return [
        _Strategy(RANDOM, partial(random_of_popular, movies, seed), plain_scorer),
        _Strategy(POPULAR, popular_pages, plain_scorer),
        _Strategy(ENTROPY, partial(popularity_and_entropy, dataset, train), plain_scorer),
        _Strategy(LIKELY_SEEN, partial(likely_seen, dataset, train), plain_scorer),
        _Strategy(TREE, partial(BootstrappingTree, dataset, train, seed), plain_scorer, step=1),
        _Strategy(OURS, our_pages, our_scorer),
        _Strategy(OUR_PAGES, partial(Interview, plain_towers, movies), plain_scorer),
        _Strategy(OUR_TOWERS, popular_pages, our_scorer),
        *(_Strategy(name, our_pages, our_scorer, style) for name, style in ANSWERING_STYLES.items()),
    ]


def _run(strategy: str, seed: int, results: InterviewResults, shares: Mapping[int, float]) -> InterviewRun:
    first_pages = {page for page in results.pages[0] if page}
    return InterviewRun(
        strategy=strategy,
        seed=seed,
        newcomers=results.ndcg.shape[1],
        ndcg=tuple(results.ndcg.mean(axis=1).tolist()),
        answered=tuple(results.answered.mean(axis=1).tolist()),
        rater_share=tuple(_mean_share(pages, shares) for pages in results.pages),
        min_rater_share=min((shares[movie_id] for page in first_pages for movie_id in page), default=0.0),
        first_page=Counter(results.pages[0]).most_common(1)[0][0],
    )


def _mean_share(pages: Sequence[Sequence[int]], shares: Mapping[int, float]) -> float:
    page_shares = [shares[movie_id] for page in pages for movie_id in page]
    return float(np.mean(page_shares)) if page_shares else 0.0


def _mean_columns(rows: Sequence[Sequence[float]]) -> list[float]:
    means: list[float] = np.mean(rows, axis=0).tolist()
    return means
