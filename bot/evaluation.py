"""`reelmate evaluate`: Reelmate's towers next to other models on the newcomer protocol."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

from bot.inputs import BadInput
from bot.render import ShowProgress
from recsys import features, towers
from recsys.data import Dataset
from recsys.training import batches, fit, objectives
from recsys.training.evaluate import ModelFactory, Report
from recsys.training.evaluate import evaluate as compare
from recsys.training.fit import TowersScorer, TrainingOptions
from recsys.training.peers import peers_table
from recsys.training.protocol import Scorer, Split

OURS = "Reelmate"
TUTORIAL = "two towers, 5 cos on stars"


def evaluate(dataset: Dataset, seeds: int, options: TrainingOptions, cache: Path, progress: ShowProgress) -> Report:
    """Fit and measure every model on so many splits; finished ones are kept in the cache and not repeated.

    Args:
        dataset: what is split.
        seeds: number of splits.
        options: of Reelmate's training; the seed is that of the split.
        cache: file of finished runs.
        progress: called with each step's name.

    Raises:
        BadInput: the data set is too small.
    """
    ours = {OURS: options, TUTORIAL: replace(options, objective="rating")}
    running = ""

    def show(done: int, total: int, step: str) -> None:
        nonlocal running
        if running:
            progress(running, 1.0)
        if done < total:
            running = step
            progress(running, 0.0)

    try:
        return compare(
            dataset,
            seeds=range(seeds),
            models={OURS: _factory(ours[OURS]), **peers_table(), TUTORIAL: _factory(ours[TUTORIAL])},
            ours=OURS,
            cache=cache,
            fingerprints={name: _fingerprint(its) for name, its in ours.items()},
            progress=show,
        )
    except ValueError as error:
        if running:
            raise
        raise BadInput(str(error)) from None


def _factory(options: TrainingOptions) -> ModelFactory:
    def make(dataset: Dataset, split: Split, seed: int) -> Scorer:
        return TowersScorer(fit.fit(dataset, split, replace(options, seed=seed)))

    return make


def _fingerprint(options: TrainingOptions) -> str:
    """Changes with the options and with the code that makes the towers, so that no stale figure is shown."""
    digest = hashlib.sha256(json.dumps(asdict(options)).encode())
    for module in (features, towers, batches, fit, objectives):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()
