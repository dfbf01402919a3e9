"""Comparison of models on the newcomer protocol, with the same splits, newcomers and answers for all models."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from recsys.data.dataset import Dataset
from recsys.evaluation.summaries import mean_ratio_to_best
from recsys.protocol import metrics as protocol_metrics
from recsys.protocol import newcomers as protocol
from recsys.protocol.newcomers import ANSWER_COUNTS, Metrics, Newcomer, Scorer, Split, measure, newcomers, split_people
from recsys.training import multinomial
from storage.private_files import make_private_folder

FitProgress = Callable[[float], None]
"""Called during a fit with the share of it that is done, 0..1."""


def ignore_progress(_: float) -> None:
    """Show nothing."""


class ModelFactory(Protocol):
    """Fits a model to the train people of a split; the seed is for the model's random draws."""

    def __call__(self, dataset: Dataset, split: Split, seed: int, progress: FitProgress = ..., /) -> Scorer:
        """Return the fitted model."""
        ...


StepProgress = Callable[[int, int, str], None]
"""Called with (steps done, steps in total, name of the next step) before each step, and once at the end."""

OURS = "Reelmate"
"""The name of our model in every report."""

DISLIKED_REFERENCE = "RecVAE"
"""The baseline that disliked@10 is compared with."""


class TooSmall(ValueError):
    """The data set has nobody to measure on; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Run:
    """One model on one split.

    Attributes:
        model: name of the model.
        seed: seed of the split, the answers and the model.
        metrics: number of answers -> means over the test newcomers.
        fit_s: seconds for fitting the model or loading a fitted one.
    """

    model: str
    seed: int
    metrics: Mapping[int, Metrics]
    fit_s: float


@dataclass(frozen=True, slots=True)
class NewcomersReport:
    """Metrics of every model on every split.

    Attributes:
        dataset: name of the data set.
        seeds: seeds of the splits.
        answer_counts: the numbers of answers, ascending.
        models: names in table order.
        ours: name of our model; None if only baselines were measured.
        runs: every model on every seed.
        ablations: names of our model's ablations, which are no baselines.
    """

    dataset: str
    seeds: tuple[int, ...]
    answer_counts: tuple[int, ...]
    models: tuple[str, ...]
    ours: str | None
    runs: tuple[Run, ...]
    ablations: tuple[str, ...] = ()

    @property
    def baselines(self) -> tuple[str, ...]:
        """Names of all models except ours and its ablations."""
        return tuple(model for model in self.models if model != self.ours and model not in self.ablations)

    def metrics(self, model: str, seed: int, answers: int) -> Metrics:
        """Return the metrics of one model on one split after this number of answers.

        Raises:
            KeyError: the report has no such run.
        """
        for run in self.runs:
            if (run.model, run.seed) == (model, seed):
                return run.metrics[answers]
        raise KeyError(f"no run of {model} with seed {seed}")

    def mean(self, model: str, answers: int) -> Metrics:
        """Return the mean over the seeds; `newcomers` is the sum."""
        splits = [self.metrics(model, seed, answers) for seed in self.seeds]
        ndcg, recall, disliked = (
            float(np.mean([getattr(metrics, name) for metrics in splits])) for name in ("ndcg", "recall", "disliked")
        )
        return Metrics(ndcg, recall, disliked, sum(metrics.newcomers for metrics in splits))

    def ratio(self, answers: int) -> float | None:
        """Return our NDCG@10 over that of each split's best baseline, as a mean over the splits.

        Returns:
            1 if ours is as good as the best baseline; None without ours or without a baseline above 0.
        """
        if self.ours is None:
            return None
        return mean_ratio_to_best(
            [self.metrics(self.ours, seed, answers).ndcg for seed in self.seeds],
            [[self.metrics(model, seed, answers).ndcg for model in self.baselines] for seed in self.seeds],
        )

    def ratio_of_means(self, answers: int) -> float | None:
        """Return our mean NDCG@10 over that of the baseline with the best mean; None as for `ratio`."""
        best = max((self.mean(model, answers).ndcg for model in self.baselines), default=0.0)
        return None if self.ours is None or best == 0 else self.mean(self.ours, answers).ndcg / best

    def mean_ratio(self) -> float | None:
        """Return the mean of `ratio` over all numbers of answers."""
        return _mean_or_none(self.ratio(answers) for answers in self.answer_counts)

    def disliked_ratio(self) -> float | None:
        """Return our mean disliked@10 over RecVAE's, as a mean over all numbers of answers but 0.

        Returns:
            Less than 1 if ours recommends fewer disliked titles; None without ours or RecVAE, or if RecVAE recommends
            no disliked titles.
        """
        if self.ours is None or DISLIKED_REFERENCE not in self.baselines:
            return None
        pairs = [
            (self.mean(self.ours, answers).disliked, self.mean(DISLIKED_REFERENCE, answers).disliked)
            for answers in self.answer_counts
            if answers > 0
        ]
        return _mean_or_none(disliked / reference if reference else None for disliked, reference in pairs)

    def to_dict(self) -> dict[str, object]:
        """Return plain lists and numbers for JSON; every list of metrics is in the order of `answer_counts`."""
        return {
            "dataset": self.dataset,
            "seeds": list(self.seeds),
            "answer_counts": list(self.answer_counts),
            "ours": self.ours,
            "ablations": list(self.ablations),
            "models": [self._model_to_dict(model) for model in self.models],
            "ratio_to_best_baseline": [self.ratio(answers) for answers in self.answer_counts],
            "ratio_of_means": [self.ratio_of_means(answers) for answers in self.answer_counts],
            "mean_ratio": self.mean_ratio(),
            "disliked_ratio_to_recvae": self.disliked_ratio(),
        }

    def _model_to_dict(self, model: str) -> dict[str, object]:
        return {
            "name": model,
            **_columns([self.mean(model, answers) for answers in self.answer_counts]),
            "runs": [
                {
                    "seed": run.seed,
                    "fit_s": run.fit_s,
                    **_columns([run.metrics[answers] for answers in self.answer_counts]),
                }
                for run in self.runs
                if run.model == model
            ],
        }


def evaluate_newcomers(
    dataset: Dataset,
    *,
    seeds: Sequence[int],
    models: Mapping[str, ModelFactory],
    ours: str | None = None,
    ablations: Sequence[str] = (),
    answer_counts: Sequence[int] = ANSWER_COUNTS,
    cache: Path | None = None,
    fingerprints: Mapping[str, str] | None = None,
    progress: StepProgress | None = None,
    fit_progress: FitProgress = ignore_progress,
) -> NewcomersReport:
    """Fit every model on every split, and measure it on the split's test newcomers.

    Args:
        dataset: the data set to split.
        seeds: one seed per split.
        models: name -> factory, in table order.
        ours: the name among `models` of the model to compare with the baselines.
        ablations: the names among `models` of our model's ablations, which are no baselines.
        answer_counts: the numbers of answers to measure after, each 0..20.
        cache: a JSON lines file of finished runs; these are not fitted again, and new runs are appended at once.
        fingerprints: name -> digest of everything that a model depends on besides the data, the protocol and the
            baselines' code, such as its options.
        progress: called before every step.
        fit_progress: called during a fit.

    Raises:
        ValueError: there is no seed or no model, or `ours` is none of the models.
        TooSmall: a split has no newcomers; raised before any fitting.
    """
    if not seeds or not models:
        raise ValueError("an evaluation needs at least one seed and one model")
    if ours is not None and ours not in models:
        raise ValueError(f"{ours!r} is none of the models: {', '.join(models)}")
    splits = {seed: split_people(dataset, seed) for seed in seeds}
    tests = newcomers_by_seed(dataset, seeds)
    store = _RunStore(cache, _common_fingerprint(dataset, answer_counts))
    runs: list[Run] = []
    for seed in seeds:
        for model, factory in models.items():
            if progress is not None:
                progress(len(runs), len(seeds) * len(models), f"{model}, seed {seed}")
            fingerprint = (fingerprints or {}).get(model, "")
            run = store.find(model, seed, fingerprint)
            if run is None:
                started = time.perf_counter()
                scorer = factory(dataset, splits[seed], seed, fit_progress)
                fit_s = time.perf_counter() - started
                metrics = {answers: measure(dataset, tests[seed], scorer, answers) for answers in answer_counts}
                run = Run(model, seed, metrics, fit_s)
                store.add(run, fingerprint)
            runs.append(run)
    if progress is not None:
        progress(len(runs), len(runs), "done")
    return NewcomersReport(
        dataset.name, tuple(seeds), tuple(answer_counts), tuple(models), ours, tuple(runs), tuple(ablations)
    )


class _RunStore:
    """Finished runs in a JSON lines file; without a path, nothing is stored."""

    def __init__(self, path: Path | None, common_fingerprint: str) -> None:
        self._path = path
        self._common_fingerprint = common_fingerprint
        self._runs: dict[str, Run] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    entry = json.loads(line)
                except json.JSONDecodeError:
                    continue  # An interruption cut this line off.
                metrics = {int(answers): Metrics(**values) for answers, values in entry["metrics"].items()}
                self._runs[entry["key"]] = Run(entry["model"], entry["seed"], metrics, entry["fit_s"])

    def find(self, model: str, seed: int, fingerprint: str) -> Run | None:
        return self._runs.get(self._key(model, seed, fingerprint))

    def add(self, run: Run, fingerprint: str) -> None:
        if self._path is None:
            return
        make_private_folder(self._path.parent)
        line = json.dumps({"key": self._key(run.model, run.seed, fingerprint), **asdict(run)})
        with self._path.open("a", encoding="utf-8") as file:
            # The line break comes first, so that an earlier line without its end cannot spoil this line.
            file.write(f"\n{line}\n")
            file.flush()
            os.fsync(file.fileno())

    def _key(self, model: str, seed: int, fingerprint: str) -> str:
        return hashlib.sha256(json.dumps([self._common_fingerprint, model, seed, fingerprint]).encode()).hexdigest()


def newcomers_to_test(dataset: Dataset, split: Split, seed: int) -> list[Newcomer]:
    """Return the split's test newcomers.

    Raises:
        TooSmall: the split has no test newcomers or no validation newcomers.
    """
    tests = newcomers(dataset, split.test, seed)
    if not tests or not newcomers(dataset, split.validation, seed):
        raise TooSmall(
            f"{dataset.name} is too small to evaluate on: with seed {seed} no test or no validation person has"
            f" {protocol.MAX_ANSWERS} ratings and {protocol.MIN_HIDDEN_LIKES} likes beyond them"
        )
    return tests


def newcomers_by_seed(dataset: Dataset, seeds: Sequence[int]) -> dict[int, list[Newcomer]]:
    """Return seed -> test newcomers of its split.

    Raises:
        TooSmall: a split has no test newcomers or no validation newcomers.
    """
    return {seed: newcomers_to_test(dataset, split_people(dataset, seed), seed) for seed in seeds}


def _common_fingerprint(dataset: Dataset, answer_counts: Sequence[int]) -> str:
    """Return a digest of everything that every run depends on: the data, the protocol and the baselines' code."""
    digest = hashlib.sha256(json.dumps([dataset.name, list(answer_counts)]).encode())
    for column in dataset.columns():
        digest.update(np.ascontiguousarray(column).data)
    shared = Path(protocol.__file__), Path(protocol_metrics.__file__), Path(multinomial.__file__)
    for source in (*shared, *sorted((Path(__file__).parent / "baselines").glob("*.py"))):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _columns(metrics: Sequence[Metrics]) -> dict[str, list[float] | list[int]]:
    return {
        "ndcg_at_10": [row.ndcg for row in metrics],
        "recall_at_20": [row.recall for row in metrics],
        "disliked_at_10": [row.disliked for row in metrics],
        "newcomers": [row.newcomers for row in metrics],
    }


def _mean_or_none(values: Iterable[float | None]) -> float | None:
    """Return the mean; None without values or if any value is None."""
    every = list(values)
    present = [value for value in every if value is not None]
    return float(np.mean(present)) if every and len(present) == len(every) else None
