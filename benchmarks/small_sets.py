"""How newcomers are served where little is known: Reelmate and its peers on small parts of a data set.

    python benchmarks/small_sets.py path/to/ml-1m

The parts are as large as MovieLens latest-small, of whose people nothing is known, and as MovieLens 100K. Reelmate
trains as it always does. Finished runs are kept in REELMATE_HOME, as those of `reelmate evaluate` are.
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

PARTS = ((610, False), (943, True))
"""How many people, and whether anything is known of them."""


def part(dataset: Dataset, people: int, with_demographics: bool) -> Dataset:
    """So many people of a data set, drawn at random, and the movies that any of them rated."""
    kept = np.zeros(len(dataset.user_ids), bool)
    kept[np.random.default_rng(people).permutation(len(kept))[:people]] = True
    rows = kept[dataset.rating_people]
    rated = np.isin(np.arange(len(dataset.movies)), dataset.rating_movies[rows])
    columns = {name: getattr(dataset, name)[kept] for name in ("user_ids", "genders", "ages", "occupations")}
    if not with_demographics:
        columns |= {name: np.full_like(columns[name], -1) for name in ("genders", "ages", "occupations")}
    movies = recount_movies(dataset, np.flatnonzero(kept))
    return replace(
        dataset,
        name=f"{people} people of {dataset.name}, {'with' if with_demographics else 'without'} demographics",
        movies=tuple(movies[at] for at in np.flatnonzero(rated)),
        rating_people=(np.cumsum(kept) - 1)[dataset.rating_people[rows]].astype(np.int32),
        rating_movies=(np.cumsum(rated) - 1)[dataset.rating_movies[rows]].astype(np.int32),
        rating_stars=dataset.rating_stars[rows],
        rating_times=None,
        **columns,
    )


def main() -> None:
    """Measure each part and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="folder of a data set with more people than the parts have")
    parser.add_argument("--seeds", type=int, default=1, help="splits of each part (default 1)")
    arguments = parser.parse_args()
    whole = read_dataset(arguments.data)
    for people, with_demographics in PARTS:
        small = part(whole, people, with_demographics)
        with stage_progress() as progress:
            report = newcomers(make_study(small, arguments.seeds, TrainingOptions(), load_settings(), progress))
        print_newcomers(report)


if __name__ == "__main__":
    main()
