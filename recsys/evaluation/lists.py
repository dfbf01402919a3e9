"""Beyond-accuracy metrics of lists of ten: coverage, variety, popularity and Gini index beside NDCG@10.

`recsys.evaluation.list_styles` adds the popularity setting and the calibration of genres.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.fitted_towers import TowersFactory
from recsys.evaluation.list_styles import (
    STYLES,
    WITHOUT,
    SingleGenreRow,
    StyleEvaluator,
    StyleMetrics,
    StyleRow,
    mean_of,
)
from recsys.evaluation.newcomers import OURS, ModelFactory, StepProgress, newcomers_by_seed
from recsys.evaluation.served_lists import answered_ids, best_unanswered, list_ndcg, open_recommender
from recsys.models.towers import Towers
from recsys.protocol.metrics import TOP_K
from recsys.protocol.newcomers import ANSWER_COUNTS, Newcomer, Scorer, profiles_after, score_rows, split_people
from recsys.serving.style import UNCALIBRATED
from storage.records import Movie

STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Values of the product's DIVERSITY setting that are compared."""

Lists = Sequence[Sequence[int] | NDArray[np.int64]]
"""For each person up to 10 positions of movies, best first."""


@dataclass(frozen=True, slots=True)
class ListMetrics:
    """Metrics of the lists of all newcomers.

    Attributes:
        ndcg: NDCG@10 on the hidden likes, 0..1.
        coverage: catalogue coverage, the share of all movies that are in any list, 0..1 (Ge et al., RecSys 2010).
        variety: 1 - the mean Jaccard similarity of two titles of a list by genres and decade, 0..1. It is the
            intra-list diversity of Ziegler et al. (WWW 2005), on features that no model has produced.
        popularity: the mean share of train people who rated a listed title, 0..1. It is the average recommendation
            popularity of Yin et al. (VLDB 2012).
        gini: how unevenly the list places are distributed over all movies. 0 is evenly, 1 is all to one movie
            (Adomavicius and Kwon, TKDE 2012).
    """

    ndcg: float
    coverage: float
    variety: float
    popularity: float
    gini: float


@dataclass(frozen=True, slots=True)
class ListsRow:
    """The metrics of one model; of our model with one diversity setting.

    Attributes:
        name: name of the model.
        diversity: value of the product's DIVERSITY setting; None for a baseline.
        metrics: number of answers -> mean over the splits.
    """

    name: str
    diversity: float | None
    metrics: Mapping[int, ListMetrics]

    @property
    def mean(self) -> ListMetrics:
        """Mean over the numbers of answers."""
        return _mean(list(self.metrics.values()))


@dataclass(frozen=True, slots=True)
class ListsReport:
    """Metrics of the lists, with one row for each model and diversity setting.

    Attributes:
        dataset: name of the data set.
        seeds: seeds of the splits.
        newcomers: number of newcomers in all splits.
        diversity: the product's current DIVERSITY setting.
        rows: ours by ascending diversity, then the baselines.
        styles: lists without calibration, then those of each popularity setting.
        single_genre: one row per genre, mean over the splits.
    """

    dataset: str
    seeds: tuple[int, ...]
    newcomers: int
    diversity: float
    rows: tuple[ListsRow, ...]
    styles: tuple[StyleRow, ...] = ()
    single_genre: tuple[SingleGenreRow, ...] = ()

    def cost(self, row: ListsRow) -> float:
        """Return the share of NDCG@10 that a row loses against ours without diversity; below 0 it gains."""
        without_diversity = next(candidate for candidate in self.rows if candidate.diversity == 0)
        return 1 - row.mean.ndcg / without_diversity.mean.ndcg if without_diversity.mean.ndcg else 0.0

    @property
    def best_ndcg(self) -> dict[int, float]:
        """Number of answers -> the best NDCG@10 of ours, whatever the diversity, without calibration."""
        ours = [row.metrics for row in self.rows if row.diversity is not None]
        return {answers: max(metrics[answers].ndcg for metrics in ours) for answers in ours[0]}

    def to_dict(self) -> dict[str, object]:
        """Return plain lists and numbers for JSON."""
        return {
            "dataset": self.dataset,
            "seeds": list(self.seeds),
            "newcomers": self.newcomers,
            "diversity": self.diversity,
            "rows": [
                {
                    "name": row.name,
                    "diversity": row.diversity,
                    "ndcg_cost": self.cost(row),
                    "mean": asdict(row.mean),
                    "by_answers": {str(answers): asdict(metrics) for answers, metrics in row.metrics.items()},
                }
                for row in self.rows
            ],
            "dial": [
                {
                    "name": row.name,
                    "ndcg_cost": {str(answers): cost for answers, cost in row.costs(self.best_ndcg).items()},
                    "mean": asdict(row.mean),
                    "by_answers": {str(answers): asdict(metrics) for answers, metrics in row.metrics.items()},
                }
                for row in self.styles
            ],
            "fans": [asdict(row) for row in self.single_genre],
        }


class ListEvaluator:
    """Computes list metrics from the movies' genres and years and from the train people's ratings."""

    def __init__(self, dataset: Dataset, train: NDArray[np.int64]) -> None:
        """Prepare the movies' features and popularity.

        Args:
            dataset: the data set of the lists.
            train: (n,) int64 positions of the train people.
        """
        is_train = np.isin(dataset.rating_people, train)
        counts = np.bincount(dataset.rating_movies[is_train], minlength=len(dataset.movies))
        self._popularity = counts / max(1, len(train))
        self._features = _features(dataset.movies)

    def metrics(self, people: Sequence[Newcomer], lists: Lists) -> ListMetrics:
        """Return the metrics of one list for each person."""
        listed = np.concatenate([np.asarray(movies, np.int64) for movies in lists])
        places = np.bincount(listed, minlength=len(self._popularity))
        similarities = [self._mean_similarity(np.asarray(movies, np.int64)) for movies in lists if len(movies) > 1]
        return ListMetrics(
            ndcg=float(
                np.mean([list_ndcg(movies, person.likes) for person, movies in zip(people, lists, strict=True)])
            ),
            coverage=float(np.mean(places > 0)),
            variety=1 - float(np.mean(similarities)),
            popularity=float(self._popularity[listed].mean()),
            gini=_gini(places),
        )

    def _mean_similarity(self, listed: NDArray[np.int64]) -> float:
        """Return the mean Jaccard similarity of all pairs; titles without features are similar to none."""
        features = self._features[listed]
        common = features @ features.T
        sizes = features.sum(axis=1)
        union = np.maximum(1, sizes[:, None] + sizes - common)
        pairs = np.triu_indices(len(listed), 1)
        return float((common / union)[pairs].mean())


async def evaluate_lists(
    dataset: Dataset,
    seeds: Sequence[int],
    towers: TowersFactory,
    baselines: Mapping[str, ModelFactory],
    diversity: float,
    progress: StepProgress,
) -> ListsReport:
    """Make every test newcomer's list of ten after 0 to 20 answers, as it is served, and measure the lists.

    Args:
        dataset: the data set to split.
        seeds: one seed per split.
        towers: the product's model.
        baselines: name -> model; baselines rank without diversification.
        diversity: the product's current DIVERSITY setting, measured besides `STRENGTHS`.
        progress: called before every step.

    Raises:
        TooSmall: a split has no newcomers.
    """
    strengths = sorted({*STRENGTHS, diversity})
    tests = newcomers_by_seed(dataset, seeds)
    splits: dict[tuple[str, float | None], list[dict[int, ListMetrics]]] = {
        **{(OURS, strength): [] for strength in strengths},
        **{(name, None): [] for name in baselines},
    }
    styles: dict[str, list[dict[int, StyleMetrics]]] = {name: [] for name in STYLES}
    single_genre: dict[str, list[SingleGenreRow]] = {}
    models = 1 + len(baselines)
    for number, seed in enumerate(seeds):
        split, people = split_people(dataset, seed), tests[seed]
        evaluator = ListEvaluator(dataset, split.train)
        progress(number * models, len(seeds) * models, f"{OURS}, seed {seed}")
        fitted = towers(dataset, split, seed)
        for strength in strengths:
            splits[OURS, strength].append(await _measure_served(dataset, people, fitted, strength, evaluator))
        style_evaluator = StyleEvaluator(dataset, split.train, people)
        without, balanced = await style_evaluator.recommenders(fitted, diversity)
        for name, style in STYLES.items():
            styles[name].append(await style_evaluator.measure(without if name == WITHOUT else balanced, style))
        for row in await style_evaluator.measure_single_genre(without, balanced, seed):
            single_genre.setdefault(row.genre, []).append(row)
        for place, (name, factory) in enumerate(baselines.items(), start=1):
            progress(number * models + place, len(seeds) * models, f"{name}, seed {seed}")
            splits[name, None].append(_measure_ranked(dataset, people, factory(dataset, split, seed), evaluator))
    progress(len(seeds) * models, len(seeds) * models, "done")
    rows = (
        ListsRow(name, strength, {answers: _mean([row[answers] for row in rows]) for answers in ANSWER_COUNTS})
        for (name, strength), rows in splits.items()
    )
    style_rows = (
        StyleRow(name, {answers: mean_of([row[answers] for row in rows]) for answers in ANSWER_COUNTS})
        for name, rows in styles.items()
    )
    single_genre_rows = (
        SingleGenreRow(genre, float(np.mean([row.before for row in rows])), float(np.mean([row.after for row in rows])))
        for genre, rows in single_genre.items()
    )
    return ListsReport(
        dataset.name,
        tuple(seeds),
        sum(map(len, tests.values())),
        diversity,
        tuple(rows),
        tuple(style_rows),
        tuple(single_genre_rows),
    )


async def _measure_served(
    dataset: Dataset, people: list[Newcomer], towers: Towers, strength: float, evaluator: ListEvaluator
) -> dict[int, ListMetrics]:
    """Return number of answers -> metrics of the lists that the product serves with this diversity, uncalibrated."""
    recommender = await open_recommender(dataset, towers, strength)
    answered = answered_ids(dataset, people)
    metrics = {}
    for answers in ANSWER_COUNTS:
        profiles = profiles_after(dataset, people, answers)
        picks = await recommender.rank(profiles, TOP_K, answered, style=UNCALIBRATED)
        lists = [np.searchsorted(dataset.movie_ids, [movie_id for movie_id, _ in row]) for row in picks]
        metrics[answers] = evaluator.metrics(people, lists)
    return metrics


def _measure_ranked(
    dataset: Dataset, people: list[Newcomer], scorer: Scorer, evaluator: ListEvaluator
) -> dict[int, ListMetrics]:
    """Return number of answers -> metrics of the lists that a scorer ranks best."""
    metrics = {}
    for answers in ANSWER_COUNTS:
        rows = score_rows(scorer, profiles_after(dataset, people, answers), len(dataset.movies))
        lists = [best_unanswered(row, person) for row, person in zip(rows, people, strict=True)]
        metrics[answers] = evaluator.metrics(people, lists)
    return metrics


def _features(movies: Sequence[Movie]) -> NDArray[np.float32]:
    """Return (m, f) float32, 1 if a movie has a genre or is of a decade."""
    labels = [{*movie.genres, *([] if movie.year is None else [f"decade {movie.year // 10}"])} for movie in movies]
    columns = {label: column for column, label in enumerate(sorted(set().union(*labels)))}
    features = np.zeros((len(movies), len(columns)), np.float32)
    for row, movie_labels in zip(features, labels, strict=True):
        row[[columns[label] for label in movie_labels]] = 1
    return features


def _gini(places: NDArray[np.int64]) -> float:
    ordered = np.sort(places)
    ranks = np.arange(1, len(ordered) + 1)
    return float(2 * (ranks * ordered).sum() / (len(ordered) * ordered.sum()) - (len(ordered) + 1) / len(ordered))


def _mean(metrics: Sequence[ListMetrics]) -> ListMetrics:
    return ListMetrics(*np.mean([astuple(row) for row in metrics], axis=0).tolist())
