"""Reports: figures, ratios worked out by hand, and going on after an interruption."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.newcomers import NewcomersReport, Run, evaluate_newcomers
from recsys.evaluation.plot import plot
from recsys.profile import Profile
from recsys.protocol.newcomers import Metrics, Scorer, Split
from tests.builders import checkerboard

BOARD = checkerboard(people=100, movies=60, rated=60)


@dataclass
class GenderScorer:
    """Knows the checkerboard: women love odd movies (even positions), men even ones."""

    movies: int

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """1 for the movies of the person's kind, 0 for the others."""
        odd = np.arange(self.movies) % 2 == 0
        return np.stack([odd if profile.gender == "F" else ~odd for profile in profiles]).astype(np.float32)


@dataclass
class CountingModel:
    """A factory that remembers for which seeds it was asked to fit."""

    seeds: list[int] = field(default_factory=list)

    def __call__(self, dataset: Dataset, split: Split, seed: int) -> Scorer:  # noqa: ARG002  (a ModelFactory)
        """A scorer that is always right."""
        self.seeds.append(seed)
        return GenderScorer(len(dataset.movies))


def interrupted(dataset: Dataset, split: Split, seed: int) -> Scorer:  # noqa: ARG001  (a ModelFactory)
    """A model whose training is broken off."""
    raise KeyboardInterrupt


def run(model: str, seed: int, ndcg: tuple[float, float], disliked: tuple[float, float] = (0.0, 0.0)) -> Run:
    """A run with these figures after 0 and 5 answers."""
    return Run(model, seed, {k: Metrics(n, 0.5, d, 100) for k, n, d in zip((0, 5), ndcg, disliked, strict=True)}, 2.0)


def report(*runs: Run, ours: str | None = "Towers") -> NewcomersReport:
    """A report of these runs over 0 and 5 answers."""
    seeds, models = dict.fromkeys(one.seed for one in runs), dict.fromkeys(one.model for one in runs)
    return NewcomersReport("built", tuple(seeds), (0, 5), tuple(models), ours, runs)


TWO_SPLITS = report(
    run("EASE", 0, (0.4, 0.5)),
    run("RecVAE", 0, (0.2, 0.4), disliked=(0.1, 0.02)),
    run("Towers", 0, (0.4, 0.6), disliked=(0.1, 0.01)),
    run("EASE", 1, (0.2, 0.3)),
    run("RecVAE", 1, (0.25, 0.6), disliked=(0.1, 0.06)),
    run("Towers", 1, (0.5, 0.6), disliked=(0.1, 0.05)),
)


def test_a_model_that_is_always_right_scores_one_and_recommends_nothing_disliked() -> None:
    """With the answers out of the way, every loved movie that is left is a hidden like, and all stand in front."""
    result = evaluate_newcomers(BOARD, seeds=[0, 1], models={"right": CountingModel()}, answer_counts=(0, 20))
    for answers in (0, 20):
        assert result.mean("right", answers) == Metrics(pytest.approx(1), pytest.approx(1), 0, newcomers=20)


def test_every_model_sees_the_same_split_of_a_seed() -> None:
    """Factories get equal train people for equal seeds, and the seed itself."""
    seen: list[tuple[int, list[int]]] = []

    def factory(dataset: Dataset, split: Split, seed: int) -> Scorer:
        seen.append((seed, split.train.tolist()))
        return GenderScorer(len(dataset.movies))

    evaluate_newcomers(BOARD, seeds=[4, 5], models={"one": factory, "two": factory}, answer_counts=(0,))
    assert [seed for seed, _ in seen] == [4, 4, 5, 5]
    assert seen[0] == seen[1] != seen[2] == seen[3]


def test_the_ratio_is_to_the_best_peer_of_each_split() -> None:
    """After 0 answers .4 / .4 and .5 / .25 make 1.5; after 5, .6 / .5 and .6 / .6 make 1.1."""
    assert TWO_SPLITS.ratio(0) == pytest.approx((1 + 2) / 2)
    assert TWO_SPLITS.ratio(5) == pytest.approx((1.2 + 1) / 2)
    assert TWO_SPLITS.mean_ratio() == pytest.approx((1.5 + 1.1) / 2)


def test_the_ratio_of_means_has_one_best_peer() -> None:
    """After 5 answers RecVAE's mean of .5 beats EASE's .4, and ours is .6."""
    assert TWO_SPLITS.ratio_of_means(5) == pytest.approx(0.6 / 0.5)


def test_disliked_titles_are_compared_with_recvae_from_one_answer_on() -> None:
    """After 5 answers .03 against .04; the figures without answers do not count."""
    assert TWO_SPLITS.disliked_ratio() == pytest.approx(0.03 / 0.04)


def test_a_part_of_ours_is_no_peer() -> None:
    """However good our first stage alone is, the ratio stays that to EASE: .6 / .5."""
    runs = (run("EASE", 0, (0.4, 0.5)), run("half", 0, (0.5, 0.7)), run("Towers", 0, (0.4, 0.6)))
    whole = replace(report(*runs), ablations=("half",))
    assert whole.baselines == ("EASE",)
    assert whole.ratio(5) == whole.ratio_of_means(5) == pytest.approx(0.6 / 0.5)
    assert whole.to_dict()["ablations"] == ["half"]
    found = evaluate_newcomers(
        BOARD, seeds=[0], models={"all": CountingModel(), "half": CountingModel()}, ablations=["half"]
    )
    assert (found.models, found.baselines) == (("all", "half"), ("all",))


def test_ratios_are_unknown_where_there_is_nothing_to_compare() -> None:
    """Without ours, without peers or with peers that never hit, there is no ratio, and no division by zero."""
    alone = report(run("Towers", 0, (0.4, 0.5)))
    hopeless = report(run("RecVAE", 0, (0.0, 0.1)), run("Towers", 0, (0.4, 0.5)))
    unowned = report(run("RecVAE", 0, (0.4, 0.5)), ours=None)
    for one in (alone, hopeless, unowned):
        assert one.ratio(0) is None
        assert one.ratio_of_means(0) is None
        assert one.mean_ratio() is None
        assert one.disliked_ratio() is None
    assert hopeless.ratio(5) == pytest.approx(5)


def test_the_json_document_holds_every_figure_in_order() -> None:
    """Lists follow `answer_counts`, each model has its mean and its runs, and JSON accepts all of it."""
    document = json.loads(json.dumps(TWO_SPLITS.to_dict(), allow_nan=False))
    assert document["answer_counts"] == [0, 5]
    assert [model["name"] for model in document["models"]] == ["EASE", "RecVAE", "Towers"]
    towers = document["models"][2]
    assert towers["ndcg_at_10"] == pytest.approx([0.45, 0.6])
    assert [one["ndcg_at_10"] for one in towers["runs"]] == [[0.4, 0.6], [0.5, 0.6]]
    assert document["ratio_to_best_baseline"] == pytest.approx([1.5, 1.1])
    assert document["disliked_ratio_to_recvae"] == pytest.approx(0.75)


def test_an_interrupted_evaluation_goes_on_without_fitting_again(tmp_path: Path) -> None:
    """What was finished before the interruption is read from the cache, with equal figures."""
    cache, first = tmp_path / "new" / "runs.jsonl", CountingModel()
    with pytest.raises(KeyboardInterrupt):
        evaluate_newcomers(BOARD, seeds=[0, 1], models={"first": first, "second": interrupted}, cache=cache)
    again, second = CountingModel(), CountingModel()
    result = evaluate_newcomers(BOARD, seeds=[0, 1], models={"first": again, "second": second}, cache=cache)
    assert (first.seeds, again.seeds, second.seeds) == ([0], [1], [0, 1])
    assert result == evaluate_newcomers(
        BOARD, seeds=[0, 1], models={"first": interrupted, "second": interrupted}, cache=cache
    )


def test_a_line_that_was_cut_off_is_fitted_again_and_spoils_nothing(tmp_path: Path) -> None:
    """Half a line at the end of the cache is as if it were not there, also for the lines that follow it."""
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
def test_figures_of_another_question_are_not_reused(tmp_path: Path, change: Callable[[], dict[str, object]]) -> None:
    """Other data, other numbers of answers or other options of the model are fitted anew."""
    cache, model = tmp_path / "runs.jsonl", CountingModel()
    question: dict[str, object] = {"dataset": BOARD, "seeds": [0], "models": {"right": model}, "cache": cache}
    for arguments in (question, question | change()):
        data = arguments.pop("dataset")
        evaluate_newcomers(data, **arguments)
    assert model.seeds == [0, 0]


def test_progress_counts_every_model_of_every_split() -> None:
    """The steps are announced before they begin, and the last word is that all are done."""
    told: list[tuple[int, int, str]] = []
    models = {"one": CountingModel(), "two": CountingModel()}
    evaluate_newcomers(BOARD, seeds=[0], models=models, answer_counts=(0,), progress=lambda *step: told.append(step))
    assert told == [(0, 2, "one, seed 0"), (1, 2, "two, seed 0"), (2, 2, "done")]


def test_what_cannot_be_evaluated_is_said_before_anything_is_fitted() -> None:
    """No seed, an unknown name for ours, and a data set without newcomers are each one clear error."""
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


def test_the_picture_is_a_whole_png_and_replaces_an_older_one(tmp_path: Path) -> None:
    """Plotting twice leaves one picture with a line and a label for each model, and no half-written file."""
    path = tmp_path / "quality.png"
    path.write_bytes(b"old")
    plot(TWO_SPLITS, path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.read_bytes().rstrip().endswith(b"IEND\xaeB`\x82")
    assert list(tmp_path.iterdir()) == [path]
