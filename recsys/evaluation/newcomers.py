"""Models compared on the newcomer protocol: same splits, same newcomers, same answers for all of them."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from recsys.data.dataset import Dataset
from recsys.protocol import newcomers as protocol
from recsys.protocol.newcomers import ANSWER_COUNTS, Metrics, Newcomer, Scorer, Split, measure, newcomers, split_people
from recsys.training import multinomial

ModelFactory = Callable[[Dataset, Split, int], Scorer]
"""Fits a model to the train people of a split, with a seed for whatever it draws."""

Progress = Callable[[int, int, str], None]
"""Told (steps done, steps in all, what comes next) before each step and once at the end."""

DISLIKED_REFERENCE = "RecVAE"


class TooSmall(ValueError):
    """The data set has nobody to measure on; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Run:
    """One model on one split.

    Attributes:
        model: its name.
        seed: of the split, the answers and the model.
        metrics: number of answers -> means over the test newcomers.
        fit_s: seconds that fitting took, or reading what was fitted before.
    """

    model: str
    seed: int
    metrics: Mapping[int, Metrics]
    fit_s: float


@dataclass(frozen=True, slots=True)
class Report:
    """What came out, for any renderer.

    Attributes:
        dataset: its name.
        seeds: of the splits.
        answer_counts: the numbers of answers, ascending.
        models: names in table order.
        ours: the model that the others are peers of; None where there is none.
        parts: models that are ours less something, to show what that is worth; they are no peers.
        runs: every model on every seed.
    """

    dataset: str
    seeds: tuple[int, ...]
    answer_counts: tuple[int, ...]
    models: tuple[str, ...]
    ours: str | None
    runs: tuple[Run, ...]
    parts: tuple[str, ...] = ()

    @property
    def peers(self) -> tuple[str, ...]:
        """Every model but ours and its parts."""
        return tuple(model for model in self.models if model != self.ours and model not in self.parts)

    def metrics(self, model: str, seed: int, answers: int) -> Metrics:
        """One model on one split after so many answers.

        Raises:
            KeyError: the report has no such run.
        """
        for run in self.runs:
            if (run.model, run.seed) == (model, seed):
                return run.metrics[answers]
        raise KeyError(f"no run of {model} with seed {seed}")

    def mean(self, model: str, answers: int) -> Metrics:
        """Mean over the seeds; `newcomers` is their sum."""
        each = [self.metrics(model, seed, answers) for seed in self.seeds]
        ndcg, recall, disliked = (
            float(np.mean([getattr(one, part) for one in each])) for part in ("ndcg", "recall", "disliked")
        )
        return Metrics(ndcg, recall, disliked, sum(one.newcomers for one in each))

    def ratio(self, answers: int) -> float | None:
        """Our NDCG@10 over the best peer's, found and divided on each split by itself and then averaged.

        Returns:
            1 is as good as the best peer; None without ours, without peers or where every peer has 0.
        """
        ratios = []
        for seed in self.seeds:
            best = max((self.metrics(peer, seed, answers).ndcg for peer in self.peers), default=0.0)
            if self.ours is None or best == 0:
                return None
            ratios.append(self.metrics(self.ours, seed, answers).ndcg / best)
        return float(np.mean(ratios))

    def ratio_of_means(self, answers: int) -> float | None:
        """Our mean NDCG@10 over that of the peer with the best mean; None as for `ratio`."""
        best = max((self.mean(peer, answers).ndcg for peer in self.peers), default=0.0)
        return None if self.ours is None or best == 0 else self.mean(self.ours, answers).ndcg / best

    def mean_ratio(self) -> float | None:
        """Mean of `ratio` over all numbers of answers."""
        return _mean_or_none(self.ratio(answers) for answers in self.answer_counts)

    def disliked_ratio(self) -> float | None:
        """Our mean disliked@10 over RecVAE's, averaged over one answer and more.

        Returns:
            Under 1 is fewer disliked titles; None without ours or RecVAE, or where RecVAE recommends none.
        """
        if self.ours is None or DISLIKED_REFERENCE not in self.peers:
            return None
        pairs = [
            (self.mean(self.ours, answers).disliked, self.mean(DISLIKED_REFERENCE, answers).disliked)
            for answers in self.answer_counts
            if answers > 0
        ]
        return _mean_or_none(own / reference if reference else None for own, reference in pairs)

    def to_dict(self) -> dict[str, object]:
        """Plain lists and numbers for JSON; every list of figures is in the order of `answer_counts`."""
        return {
            "dataset": self.dataset,
            "seeds": list(self.seeds),
            "answer_counts": list(self.answer_counts),
            "ours": self.ours,
            "parts": list(self.parts),
            "models": [
                {
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
                for model in self.models
            ],
            "ratio_to_best_peer": [self.ratio(answers) for answers in self.answer_counts],
            "ratio_of_means": [self.ratio_of_means(answers) for answers in self.answer_counts],
            "mean_ratio": self.mean_ratio(),
            "disliked_ratio_to_recvae": self.disliked_ratio(),
        }


def evaluate(
    dataset: Dataset,
    *,
    seeds: Sequence[int],
    models: Mapping[str, ModelFactory],
    ours: str | None = None,
    parts: Sequence[str] = (),
    answer_counts: Sequence[int] = ANSWER_COUNTS,
    cache: Path | None = None,
    fingerprints: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Fit every model on every split and measure it on the split's test newcomers.

    Args:
        dataset: what to split.
        seeds: one split each.
        models: name -> factory, in table order.
        ours: the name among `models` that the others are peers of.
        parts: those among `models` that are ours less something, and no peers.
        answer_counts: after how many answers to measure, each 0..20.
        cache: a JSON lines file of finished runs; runs found there are not fitted again, new ones are added at once.
        fingerprints: name -> what a model depends on besides the data, the protocol and the peers' code (its options).
        progress: told of every step.

    Raises:
        ValueError: no seed or model, or `ours` is none of them.
        TooSmall: too few ratings for any newcomer; before any fitting.
    """
    if not seeds or not models:
        raise ValueError("an evaluation needs at least one seed and one model")
    if ours is not None and ours not in models:
        raise ValueError(f"{ours!r} is none of the models: {', '.join(models)}")
    splits = {seed: split_people(dataset, seed) for seed in seeds}
    tests = {seed: newcomers_to_test(dataset, splits[seed], seed) for seed in seeds}
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
                scorer = factory(dataset, splits[seed], seed)
                fit_s = time.perf_counter() - started
                metrics = {answers: measure(dataset, tests[seed], scorer, answers) for answers in answer_counts}
                run = Run(model, seed, metrics, fit_s)
                store.add(run, fingerprint)
            runs.append(run)
    if progress is not None:
        progress(len(runs), len(runs), "done")
    return Report(dataset.name, tuple(seeds), tuple(answer_counts), tuple(models), ours, tuple(runs), tuple(parts))


class _RunStore:
    """Finished runs in a JSON lines file; without a path, nothing is kept."""

    def __init__(self, path: Path | None, common: str) -> None:
        self._path = path
        self._common = common
        self._found: dict[str, Run] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    entry = json.loads(line)
                except json.JSONDecodeError:
                    continue  # the line that an interruption cut off
                metrics = {int(answers): Metrics(**values) for answers, values in entry["metrics"].items()}
                self._found[entry["key"]] = Run(entry["model"], entry["seed"], metrics, entry["fit_s"])

    def find(self, model: str, seed: int, fingerprint: str) -> Run | None:
        return self._found.get(self._key(model, seed, fingerprint))

    def add(self, run: Run, fingerprint: str) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"key": self._key(run.model, run.seed, fingerprint), **asdict(run)})
        with self._path.open("a", encoding="utf-8") as file:
            # The line break comes first, so that a line that was cut off before cannot spoil this one.
            file.write(f"\n{line}\n")
            file.flush()
            os.fsync(file.fileno())

    def _key(self, model: str, seed: int, fingerprint: str) -> str:
        return hashlib.sha256(json.dumps([self._common, model, seed, fingerprint]).encode()).hexdigest()


def newcomers_to_test(dataset: Dataset, split: Split, seed: int) -> list[Newcomer]:
    """The split's test newcomers.

    Raises:
        TooSmall: there are none to test on, or none to choose on.
    """
    tests = newcomers(dataset, split.test, seed)
    if not tests or not newcomers(dataset, split.validation, seed):
        raise TooSmall(
            f"{dataset.name} is too small to evaluate on: with seed {seed} no test or no validation person has"
            f" {protocol.MAX_ANSWERS} ratings and {protocol.MIN_HIDDEN_LIKES} likes beyond them"
        )
    return tests


def _common_fingerprint(dataset: Dataset, answer_counts: Sequence[int]) -> str:
    """Digest of all that every run depends on: data, protocol and the peers' code."""
    digest = hashlib.sha256(json.dumps([dataset.name, list(answer_counts)]).encode())
    for column in dataset.columns():
        digest.update(np.ascontiguousarray(column).data)
    folder = Path(protocol.__file__).parent
    shared = Path(protocol.__file__), Path(multinomial.__file__)
    for source in (*shared, *sorted((folder / "peers").glob("*.py"))):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _columns(metrics: Sequence[Metrics]) -> dict[str, list[float] | list[int]]:
    return {
        "ndcg_at_10": [one.ndcg for one in metrics],
        "recall_at_20": [one.recall for one in metrics],
        "disliked_at_10": [one.disliked for one in metrics],
        "newcomers": [one.newcomers for one in metrics],
    }


def _mean_or_none(values: Iterable[float | None]) -> float | None:
    known = list(values)
    present = [value for value in known if value is not None]
    return float(np.mean(present)) if known and len(present) == len(known) else None
