"""Reports on newcomers: hand-computed ratios, and resuming after an interruption."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.newcomers import FitProgress, NewcomersReport, Run, evaluate_newcomers, ignore_progress
from recsys.evaluation.plot import plot
from recsys.profile import Profile
from recsys.protocol.newcomers import Metrics, Scorer, Split
from tests.builders import checkerboard

BOARD = checkerboard(people=100, movies=60, rated=60)


@dataclass
class GenderScorer:
    """A perfect scorer for the checkerboard: women love odd movies (even positions), men even movies."""

    movies: int

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return 1 for the movies that the person loves and 0 for the others."""
        odd = np.arange(self.movies) % 2 == 0
        return np.stack([odd if profile.gender == "F" else ~odd for profile in profiles]).astype(np.float32)


@dataclass
class CountingModel:
    """A factory that records the seeds it was called with."""

    seeds: list[int] = field(default_factory=list)

    def __call__(
        self,
        dataset: Dataset,
        split: Split,  # noqa: ARG002  (a ModelFactory)
        seed: int,
        progress: FitProgress = ignore_progress,
    ) -> Scorer:
        """Return a perfect scorer."""
        self.seeds.append(seed)
        progress(0.5)
        return GenderScorer(len(dataset.movies))


def interrupted(*_: object, **__: object) -> Scorer:
    """Interrupt the training."""
    raise KeyboardInterrupt


def run(model: str, seed: int, ndcg: tuple[float, float], disliked: tuple[float, float] = (0.0, 0.0)) -> Run:
    """Return a run with these metrics after 0 and 5 answers."""
    return Run(model, seed, {k: Metrics(n, 0.5, d, 100) for k, n, d in zip((0, 5), ndcg, disliked, strict=True)}, 2.0)


def report(*runs: Run, ours: str | None = "Towers") -> NewcomersReport:
    """Return a report of these runs over 0 and 5 answers."""
    seeds, models = dict.fromkeys(run.seed for run in runs), dict.fromkeys(run.model for run in runs)
    return NewcomersReport("built", tuple(seeds), (0, 5), tuple(models), ours, runs)


TWO_SPLITS = report(
    run("EASE", 0, (0.4, 0.5)),
    run("RecVAE", 0, (0.2, 0.4), disliked=(0.1, 0.02)),
    run("Towers", 0, (0.4, 0.6), disliked=(0.1, 0.01)),
    run("EASE", 1, (0.2, 0.3)),
    run("RecVAE", 1, (0.25, 0.6), disliked=(0.1, 0.06)),
    run("Towers", 1, (0.5, 0.6), disliked=(0.1, 0.05)),
)


def test_a_perfect_model_scores_one_and_recommends_nothing_disliked() -> None:
    """Without the answers, every loved movie that remains is a hidden like, and all of them rank first."""
    result = evaluate_newcomers(BOARD, seeds=[0, 1], models={"right": CountingModel()}, answer_counts=(0, 20))
    for answers in (0, 20):
        assert result.mean("right", answers) == Metrics(pytest.approx(1), pytest.approx(1), 0, newcomers=20)


def test_every_model_sees_the_same_split_of_a_seed() -> None:
    """Factories get equal train people for equal seeds, and the seed itself."""
    seen: list[tuple[int, list[int]]] = []

    def factory(dataset: Dataset, split: Split, seed: int, _: FitProgress = ignore_progress) -> Scorer:
        seen.append((seed, split.train.tolist()))
        return GenderScorer(len(dataset.movies))

    evaluate_newcomers(BOARD, seeds=[4, 5], models={"one": factory, "two": factory}, answer_counts=(0,))
    assert [seed for seed, _ in seen] == [4, 4, 5, 5]
    assert seen[0] == seen[1] != seen[2] == seen[3]


def test_the_ratio_is_to_the_best_baseline_of_each_split() -> None:
    """After 0 answers, .4 / .4 and .5 / .25 average 1.5; after 5 answers, .6 / .5 and .6 / .6 average 1.1."""
    assert TWO_SPLITS.ratio(0) == pytest.approx((1 + 2) / 2)
    assert TWO_SPLITS.ratio(5) == pytest.approx((1.2 + 1) / 2)
    assert TWO_SPLITS.mean_ratio() == pytest.approx((1.5 + 1.1) / 2)


def test_the_ratio_of_means_is_to_the_baseline_with_the_best_mean() -> None:
    """After 5 answers RecVAE's mean of .5 beats EASE's .4, and ours is .6."""
    assert TWO_SPLITS.ratio_of_means(5) == pytest.approx(0.6 / 0.5)


def test_disliked_titles_are_compared_with_recvae_from_one_answer_on() -> None:
    """After 5 answers .03 against .04; the figures without answers do not count."""
    assert TWO_SPLITS.disliked_ratio() == pytest.approx(0.03 / 0.04)


def test_an_ablation_is_no_baseline() -> None:
    """The ratio is to EASE, .6 / .5, although the ablation is better than EASE."""
    runs = (run("EASE", 0, (0.4, 0.5)), run("half", 0, (0.5, 0.7)), run("Towers", 0, (0.4, 0.6)))
    with_ablation = replace(report(*runs), ablations=("half",))
    assert with_ablation.baselines == ("EASE",)
    assert with_ablation.ratio(5) == with_ablation.ratio_of_means(5) == pytest.approx(0.6 / 0.5)
    assert with_ablation.to_dict()["ablations"] == ["half"]
    result = evaluate_newcomers(
        BOARD, seeds=[0], models={"all": CountingModel(), "half": CountingModel()}, ablations=["half"]
    )
    assert (result.models, result.baselines) == (("all", "half"), ("all",))


def test_ratios_are_none_without_anything_to_compare() -> None:
    """There is no ratio without ours, without baselines or with baselines of NDCG 0, and no division by zero."""
    alone = report(run("Towers", 0, (0.4, 0.5)))
    hopeless = report(run("RecVAE", 0, (0.0, 0.1)), run("Towers", 0, (0.4, 0.5)))
    unowned = report(run("RecVAE", 0, (0.4, 0.5)), ours=None)
    for incomparable in (alone, hopeless, unowned):
        assert incomparable.ratio(0) is None
        assert incomparable.ratio_of_means(0) is None
        assert incomparable.mean_ratio() is None
        assert incomparable.disliked_ratio() is None
    assert hopeless.ratio(5) == pytest.approx(5)


def test_the_json_document_has_every_metric_in_order() -> None:
    """Lists follow `answer_counts`, each model has its mean and its runs, and JSON accepts all of it."""
    document = json.loads(json.dumps(TWO_SPLITS.to_dict(), allow_nan=False))
    assert document["answer_counts"] == [0, 5]
    assert [model["name"] for model in document["models"]] == ["EASE", "RecVAE", "Towers"]
    towers = document["models"][2]
    assert towers["ndcg_at_10"] == pytest.approx([0.45, 0.6])
    assert [run["ndcg_at_10"] for run in towers["runs"]] == [[0.4, 0.6], [0.5, 0.6]]
    assert document["ratio_to_best_baseline"] == pytest.approx([1.5, 1.1])
    assert document["disliked_ratio_to_recvae"] == pytest.approx(0.75)


def test_an_interrupted_evaluation_resumes_without_fitting_again(tmp_path: Path) -> None:
    """Runs that finished before the interruption are read from the cache, with equal metrics."""
    cache, first = tmp_path / "new" / "runs.jsonl", CountingModel()
    with pytest.raises(KeyboardInterrupt):
        evaluate_newcomers(BOARD, seeds=[0, 1], models={"first": first, "second": interrupted}, cache=cache)
    again, second = CountingModel(), CountingModel()
    result = evaluate_newcomers(BOARD, seeds=[0, 1], models={"first": again, "second": second}, cache=cache)
    assert (first.seeds, again.seeds, second.seeds) == ([0], [1], [0, 1])
    assert result == evaluate_newcomers(
        BOARD, seeds=[0, 1], models={"first": interrupted, "second": interrupted}, cache=cache
    )


def test_a_truncated_line_of_the_cache_is_fitted_again(tmp_path: Path) -> None:
    """A truncated line at the end of the cache is ignored, and lines appended after it are valid."""
    cache = tmp_path / "runs.jsonl"
    evaluate_newcomers(BOARD, seeds=[0, 1], models={"right": CountingModel()}, cache=cache)
    cache.write_text(cache.read_text(encoding="utf-8").rstrip()[:-20], encoding="utf-8")
    for expected in ([1], []):
        model = CountingModel()
        evaluate_newcomers(BOARD, seeds=[0, 1], models={"right": model}, cache=cache)
        assert model.seeds == expected


@pytest.mark.parametrize(
    "change",
    [
        lambda: {"dataset": checkerboard(people=101, movies=60, rated=60)},
        lambda: {"answer_counts": (0, 5)},
        lambda: {"fingerprints": {"right": "epochs=2"}},
    ],
    ids=["data", "protocol", "options"],
)
def test_runs_are_not_reused_if_their_inputs_differ(tmp_path: Path, change: Callable[[], dict[str, object]]) -> None:
    """With other data, other numbers of answers or other options of the model, the model is fitted again."""
    cache, model = tmp_path / "runs.jsonl", CountingModel()
    inputs: dict[str, object] = {"dataset": BOARD, "seeds": [0], "models": {"right": model}, "cache": cache}
    for arguments in (inputs, inputs | change()):
        data = arguments.pop("dataset")
        evaluate_newcomers(data, **arguments)
    assert model.seeds == [0, 0]


def test_progress_counts_every_model_of_every_split() -> None:
    """Progress is reported before each step, during each fit, and once at the end."""
    steps: list[object] = []
    evaluate_newcomers(
        BOARD,
        seeds=[0],
        models={"one": CountingModel(), "two": CountingModel()},
        answer_counts=(0,),
        progress=lambda *step: steps.append(step),
        fit_progress=steps.append,
    )
    assert steps == [(0, 2, "one, seed 0"), 0.5, (1, 2, "two, seed 0"), 0.5, (2, 2, "done")]


def test_invalid_input_is_refused_before_any_fitting() -> None:
    """No seed, an unknown name of our model, and a data set without newcomers each raise a clear error."""
    small = checkerboard(people=100, rated=10)
    for dataset, seeds, ours, message in (
        (BOARD, [], None, "at least one seed"),
        (BOARD, [0], "Towers", "none of the models: right"),
        (small, [0], None, "too small to evaluate on"),
    ):
        model = CountingModel()
        with pytest.raises(ValueError, match=message):
            evaluate_newcomers(dataset, seeds=seeds, models={"right": model}, ours=ours)
        assert model.seeds == []


def test_the_plot_is_a_complete_png_and_replaces_an_older_file(tmp_path: Path) -> None:
    """Plotting over an existing file leaves one complete PNG and no partial file."""
    path = tmp_path / "quality.png"
    path.write_bytes(b"old")
    plot(TWO_SPLITS, path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.read_bytes().rstrip().endswith(b"IEND\xaeB`\x82")
    assert list(tmp_path.iterdir()) == [path]
