"""Comparison of Reelmate and its baselines for newcomers on small subsets of a data set.

    python benchmarks/small_sets.py path/to/ml-1m

One subset is as large as MovieLens latest-small, which has no demographics; the other is as large as MovieLens 100K.
Reelmate is trained with its default options. Finished runs are cached in REELMATE_HOME, as by `reelmate evaluate`.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from bot.cli.evaluate.tables import print_newcomers
from bot.cli.evaluate.topics import make_study, newcomers
from bot.reporting import stage_progress
from bot.settings import load_settings
from recsys.data import Dataset, read_dataset
from recsys.evaluation.interviews.policies import recount_movies
from recsys.training.options import TrainingOptions

SUBSETS = ((610, False), (943, True))
"""(number of people, whether they have demographics)"""


def subset(dataset: Dataset, people: int, with_demographics: bool) -> Dataset:
    """Return a random sample of the people of a data set, and the movies that any of them rated."""
    is_sampled = np.zeros(len(dataset.user_ids), bool)
    is_sampled[np.random.default_rng(people).permutation(len(is_sampled))[:people]] = True
    rows = is_sampled[dataset.rating_people]
    is_rated = np.isin(np.arange(len(dataset.movies)), dataset.rating_movies[rows])
    columns = {name: getattr(dataset, name)[is_sampled] for name in ("user_ids", "genders", "ages", "occupations")}
    if not with_demographics:
        columns |= {name: np.full_like(columns[name], -1) for name in ("genders", "ages", "occupations")}
    movies = recount_movies(dataset, np.flatnonzero(is_sampled))
    return replace(
        dataset,
        name=f"{people} people of {dataset.name}, {'with' if with_demographics else 'without'} demographics",
        movies=tuple(movies[position] for position in np.flatnonzero(is_rated)),
        rating_people=(np.cumsum(is_sampled) - 1)[dataset.rating_people[rows]].astype(np.int32),
        rating_movies=(np.cumsum(is_rated) - 1)[dataset.rating_movies[rows]].astype(np.int32),
        rating_stars=dataset.rating_stars[rows],
        rating_times=None,
        **columns,
    )


def main() -> None:
    """Measure each subset and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="folder of a data set with more people than the subsets")
    parser.add_argument("--seeds", type=int, default=1, help="number of splits of each subset (default 1)")
    arguments = parser.parse_args()
    dataset = read_dataset(arguments.data)
    for people, with_demographics in SUBSETS:
        small = subset(dataset, people, with_demographics)
        with stage_progress() as progress:
            report = newcomers(make_study(small, arguments.seeds, TrainingOptions(), load_settings(), progress))
        print_newcomers(report)


if __name__ == "__main__":
    main()
