"""What a list of ten is like beside how many hits it has: how much of the catalogue, how various, how popular."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.fitted_towers import TowersFactory
from recsys.evaluation.newcomers import ModelFactory, Progress, newcomers_to_test
from recsys.evaluation.served_lists import answered_ids, open_recommender
from recsys.models.towers import Towers
from recsys.protocol.metrics import TOP_K, ndcg_at_10
from recsys.protocol.newcomers import ANSWER_COUNTS, Newcomer, Scorer, profiles_after, split_people
from storage.records import Movie

OURS = "Reelmate"
STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Values of the product's DIVERSITY that are compared."""

Lists = Sequence[Sequence[int] | NDArray[np.int64]]
"""For each person up to 10 positions of movies, best first."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the lists of all newcomers are like.

    Attributes:
        ndcg: NDCG@10 on the hidden likes, 0..1.
        coverage: share of all movies that stand in anybody's list, 0..1 (Ge et al., RecSys 2010).
        variety: 1 - the mean Jaccard likeness of two titles of one list by genres and decade, 0..1: the intra-list
            measure of Ziegler et al. (WWW 2005) on what no model has made.
        popularity: the mean share of train people who rated a listed title, 0..1: the average recommendation
            popularity of Yin et al. (VLDB 2012).
        gini: how unevenly the places are shared out among all movies, 0 evenly, 1 all to one (Adomavicius and Kwon,
            TKDE 2012).
    """

    ndcg: float
    coverage: float
    variety: float
    popularity: float
    gini: float


@dataclass(frozen=True, slots=True)
class Row:
    """One way to make lists.

    Attributes:
        name: of the model.
        diversity: the product's setting; None for a model that has none.
        figures: number of answers -> mean over the splits.
    """

    name: str
    diversity: float | None
    figures: Mapping[int, Figures]

    @property
    def mean(self) -> Figures:
        """Mean over the numbers of answers."""
        return _mean(list(self.figures.values()))


@dataclass(frozen=True, slots=True)
class ListsReport:
    """What came out.

    Attributes:
        dataset: its name.
        seeds: of the splits.
        newcomers: over all splits.
        diversity: the product's setting as it stands.
        rows: ours by ascending diversity, then the others.
    """

    dataset: str
    seeds: tuple[int, ...]
    newcomers: int
    diversity: float
    rows: tuple[Row, ...]

    def cost(self, row: Row) -> float:
        """The share of NDCG@10 that a row loses against ours without diversity; below 0 it wins some."""
        plain = next(one for one in self.rows if one.diversity == 0)
        return 1 - row.mean.ndcg / plain.mean.ndcg if plain.mean.ndcg else 0.0

    def to_dict(self) -> dict[str, object]:
        """Plain lists and numbers for JSON."""
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
                    "by_answers": {str(answers): asdict(its) for answers, its in row.figures.items()},
                }
                for row in self.rows
            ],
        }


class ListJudge:
    """Knows what lists are judged by: what the movies are, and how many people rated them."""

    def __init__(self, dataset: Dataset, train: NDArray[np.int64]) -> None:
        """Look at the movies, and at the ratings of the train people, (n,) positions."""
        counted = np.isin(dataset.rating_people, train)
        counts = np.bincount(dataset.rating_movies[counted], minlength=len(dataset.movies))
        self._known = counts / max(1, len(train))
        self._facets = _facets(dataset.movies)

    def figures(self, people: Sequence[Newcomer], lists: Lists) -> Figures:
        """Judge one list for each person."""
        listed = np.concatenate([np.asarray(one, np.int64) for one in lists])
        places = np.bincount(listed, minlength=len(self._known))
        likeness = [self._likeness(np.asarray(one, np.int64)) for one in lists if len(one) > 1]
        return Figures(
            ndcg=float(
                np.mean(
                    [
                        ndcg_at_10(np.isin(one, person.likes), len(person.likes))
                        for person, one in zip(people, lists, strict=True)
                    ]
                )
            ),
            coverage=float(np.mean(places > 0)),
            variety=1 - float(np.mean(likeness)),
            popularity=float(self._known[listed].mean()),
            gini=_gini(places),
        )

    def _likeness(self, listed: NDArray[np.int64]) -> float:
        """The mean Jaccard likeness of all pairs; titles of which nothing is known are like no other."""
        facets = self._facets[listed]
        common = facets @ facets.T
        sizes = facets.sum(axis=1)
        either = np.maximum(1, sizes[:, None] + sizes - common)
        pairs = np.triu_indices(len(listed), 1)
        return float((common / either)[pairs].mean())


async def evaluate_lists(
    dataset: Dataset,
    seeds: Sequence[int],
    towers: TowersFactory,
    others: Mapping[str, ModelFactory],
    diversity: float,
    progress: Progress,
) -> ListsReport:
    """Make every test newcomer's list of ten after 0 to 20 answers, as it is served, and judge the lists.

    Args:
        dataset: what to split.
        seeds: one split each.
        towers: of the product.
        others: name -> model that ranks without any diversity.
        diversity: the product's setting, measured among `STRENGTHS`.
        progress: told of every step.

    Raises:
        TooSmall: too few ratings for any newcomer.
    """
    strengths = sorted({*STRENGTHS, diversity})
    tests = {seed: newcomers_to_test(dataset, split_people(dataset, seed), seed) for seed in seeds}
    ways: list[tuple[str, float | None]] = [
        *((OURS, strength) for strength in strengths),
        *((one, None) for one in others),
    ]
    found: dict[tuple[str, float | None], dict[int, list[Figures]]] = {
        way: {answers: [] for answers in ANSWER_COUNTS} for way in ways
    }
    names = [OURS, *others]
    for number, seed in enumerate(seeds):
        split, people = split_people(dataset, seed), tests[seed]
        judge = ListJudge(dataset, split.train)

        progress(number * len(names), len(seeds) * len(names), f"{OURS}, seed {seed}")
        fitted = towers(dataset, split, seed)
        for strength in strengths:
            for answers in ANSWER_COUNTS:
                lists = await _served(dataset, people, fitted, strength, answers)
                found[OURS, strength][answers].append(judge.figures(people, lists))
        for place, (name, factory) in enumerate(others.items(), start=1):
            progress(number * len(names) + place, len(seeds) * len(names), f"{name}, seed {seed}")
            scorer = factory(dataset, split, seed)
            for answers in ANSWER_COUNTS:
                lists = _ranked(dataset, people, scorer, answers)
                found[name, None][answers].append(judge.figures(people, lists))
    progress(len(seeds) * len(names), len(seeds) * len(names), "done")
    rows = (
        Row(name, strength, {answers: _mean(its) for answers, its in by_answers.items()})
        for (name, strength), by_answers in found.items()
    )
    return ListsReport(dataset.name, tuple(seeds), sum(map(len, tests.values())), diversity, tuple(rows))


async def _served(
    dataset: Dataset, people: list[Newcomer], towers: Towers, strength: float, answers: int
) -> list[NDArray[np.int64]]:
    recommender = await open_recommender(dataset, towers, strength)
    profiles = profiles_after(dataset, people, answers)
    found = await recommender.picks(profiles, TOP_K, answered_ids(dataset, people))
    return [np.searchsorted(dataset.movie_ids, [movie_id for movie_id, _ in row]) for row in found]


def _ranked(dataset: Dataset, people: list[Newcomer], scorer: Scorer, answers: int) -> list[NDArray[np.int64]]:
    scores = np.array(scorer.scores(profiles_after(dataset, people, answers)), np.float32)
    for row, one in zip(scores, people, strict=True):
        row[[movie for movie, _ in one.answers]] = -np.inf
    return [np.argsort(-row, kind="stable")[: min(TOP_K, int(np.isfinite(row).sum()))] for row in scores]


def _facets(movies: Sequence[Movie]) -> NDArray[np.float32]:
    """(m, f) float32, 1 where a movie has a genre or is of a decade."""
    said = [{*movie.genres, *([] if movie.year is None else [f"decade {movie.year // 10}"])} for movie in movies]
    names = {name: column for column, name in enumerate(sorted(set().union(*said)))}
    facets = np.zeros((len(movies), len(names)), np.float32)
    for row, its in zip(facets, said, strict=True):
        row[[names[name] for name in its]] = 1
    return facets


def _gini(places: NDArray[np.int64]) -> float:
    ordered = np.sort(places)
    ranks = np.arange(1, len(ordered) + 1)
    return float(2 * (ranks * ordered).sum() / (len(ordered) * ordered.sum()) - (len(ordered) + 1) / len(ordered))


def _mean(figures: Sequence[Figures]) -> Figures:
    return Figures(*np.mean([astuple(one) for one in figures], axis=0).tolist())
