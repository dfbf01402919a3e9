"""The topics of `reelmate evaluate`, each with its report, its tables and its plot."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from bot.cli.evaluate import tables
from bot.cli.evaluate.interview_table import print_interview
from bot.cli.evaluate.long_table import print_long
from bot.cli.evaluate.similar_table import print_similar
from bot.cli.evaluate.understanding_table import print_understanding
from bot.errors import BadInput
from bot.reporting import ShowProgress
from recsys.data import Dataset
from recsys.evaluation.baselines import EASE, Popularity, baselines_table
from recsys.evaluation.explanations.report import ExplanationsReport, evaluate_explanations
from recsys.evaluation.fitted_towers import FittedTowers, TowersFactory
from recsys.evaluation.interviews.report import InterviewReport, evaluate_interviews
from recsys.evaluation.lists import ListsReport, evaluate_lists
from recsys.evaluation.long_histories import LongHistoriesReport, evaluate_long_histories
from recsys.evaluation.new_titles import NewTitlesReport, evaluate_new_titles
from recsys.evaluation.newcomers import (
    OURS,
    FitProgress,
    ModelFactory,
    NewcomersReport,
    TooSmall,
    evaluate_newcomers,
    ignore_progress,
)
from recsys.evaluation.plot import plot, plot_interviews
from recsys.evaluation.similar import SimilarReport, evaluate_similar
from recsys.evaluation.understanding import UnderstandingReport, UnknownLabels, evaluate_understanding
from recsys.evaluation.wishes import WishesReport, evaluate_wishes
from recsys.models.towers import Towers
from recsys.protocol.newcomers import Scorer, Split
from recsys.protocol.scorers import TowersScorer, TwoStageScorer, WithoutDemographics
from recsys.text.meaning import Meaning, ReaderCatalogue, Situation, read_meaning
from recsys.training.fingerprint import code_fingerprint
from recsys.training.fit import Progress
from recsys.training.options import TrainingOptions

if TYPE_CHECKING:
    from bot.settings import Settings

TUTORIAL = "two towers, 5 cos on stars"
"""A baseline: two towers that predict the stars as 5 times the cosine, as recommender tutorials do."""

VECTORS_ALONE = "Reelmate, vectors alone"
"""An ablation: the ranking of the vector search, without the item re-ranker."""

ANONYMOUS = "Reelmate, questions skipped"
"""An ablation: newcomers who do not give gender, age and occupation."""


class Report(Protocol):
    """The report of any topic."""

    def to_dict(self) -> dict[str, object]:
        """Return plain lists and numbers for JSON."""
        ...


ReportT = TypeVar("ReportT", bound=Report)


@dataclass(frozen=True, slots=True)
class Study:
    """Everything that the measurement of a topic needs.

    Attributes:
        dataset: the data set to split.
        seeds: one seed per split.
        options: training options of our model; the split's seed replaces theirs.
        diversity: the DIVERSITY setting.
        runs: JSON lines file of finished runs.
        fitted: cache of fitted towers.
        progress: called with each step's name when it begins and when it ends.
    """

    dataset: Dataset
    seeds: range
    options: TrainingOptions
    diversity: float
    runs: Path
    fitted: FittedTowers
    progress: ShowProgress

    def towers(
        self, options: TrainingOptions | None = None, name: str = OURS, *, vectors_only: bool = False
    ) -> TowersFactory:
        """Return a factory of towers with these training options, by default the study's; towers are cached."""
        training_options = options or self.options

        def get(dataset: Dataset, split: Split, seed: int) -> Towers:
            stage = f"training {name}, seed {seed}"

            is_trained = False

            def show_epoch(state: Progress) -> None:
                nonlocal is_trained
                is_trained = True
                self.progress(stage, state.share)

            def show_stage(part: str, share: float) -> None:
                self.progress(f"{part} of {name}, seed {seed}", share)

            seeded = replace(training_options, seed=seed)
            towers = self.fitted.get(dataset, split, seeded, show_epoch, show_stage, vectors_only=vectors_only)
            if is_trained:
                self.progress(stage, 1.0)  # Training may have stopped early.
            return towers

        return get

    def steps(self) -> "Steps":
        """Return a callback that shows each step of an evaluation as a stage."""
        return Steps(self.progress)


class Steps:
    """A `StepProgress` that shows each step of an evaluation as a stage."""

    def __init__(self, progress: ShowProgress) -> None:
        self._progress = progress
        self._running = ""

    def __call__(self, done: int, total: int, step: str) -> None:
        """End the stage of the step before, and begin that of this step."""
        self.show_share(1.0)
        self._running = step if done < total else ""
        self.show_share(0.0)

    def show_share(self, share: float) -> None:
        """Show which share of the running step is done, 0..1."""
        if self._running:
            self._progress(self._running, share)


def make_study(
    dataset: Dataset, seeds: int, options: TrainingOptions, settings: "Settings", progress: ShowProgress
) -> Study:
    """Return a study over `seeds` splits with the paths and the diversity of the settings."""
    return Study(
        dataset,
        range(seeds),
        options,
        settings.diversity,
        settings.evaluations_file,
        FittedTowers(settings.fitted_folder),
        progress,
    )


@dataclass(frozen=True, slots=True)
class Topic(Generic[ReportT]):
    """An aspect of the model that can be measured.

    Attributes:
        measure: returns the report; raises TooSmall if the data set is too small.
        show: prints the report.
        draw: writes a plot of the report to a file; None if the topic has no plot.
    """

    measure: Callable[[Study], ReportT]
    show: Callable[[ReportT], None]
    draw: Callable[[ReportT, Path], None] | None = None

    def report(self, study: Study) -> ReportT:
        """Return the report.

        Raises:
            BadInput: the data set is too small for this topic.
        """
        try:
            return self.measure(study)
        except TooSmall as error:
            raise BadInput(str(error)) from None


def newcomers(study: Study) -> NewcomersReport:
    """Measure every model on every split by the newcomer protocol; finished runs are not repeated."""
    tutorial = replace(study.options, objective="rating")
    ours, tutorial_towers = study.towers(), study.towers(tutorial, TUTORIAL)
    ours_fingerprint = code_fingerprint(study.dataset, study.options)
    steps = study.steps()
    return evaluate_newcomers(
        study.dataset,
        seeds=study.seeds,
        models={
            OURS: _scorer(ours, TwoStageScorer),
            VECTORS_ALONE: _scorer(ours, TowersScorer),
            ANONYMOUS: _scorer(ours, lambda towers: WithoutDemographics(TwoStageScorer(towers))),
            **baselines_table(len(study.dataset.movies)),
            TUTORIAL: _scorer(tutorial_towers, TowersScorer),
        },
        ours=OURS,
        ablations=[VECTORS_ALONE, ANONYMOUS],
        cache=study.runs,
        fingerprints={
            **dict.fromkeys((OURS, VECTORS_ALONE, ANONYMOUS), ours_fingerprint),
            TUTORIAL: code_fingerprint(study.dataset, tutorial),
        },
        progress=steps,
        fit_progress=steps.show_share,
    )


def _scorer(towers: TowersFactory, stages: Callable[[Towers], Scorer]) -> ModelFactory:
    def fit(dataset: Dataset, split: Split, seed: int, _: FitProgress = ignore_progress) -> Scorer:
        return stages(towers(dataset, split, seed))  # The towers' training is a stage of its own.

    return fit


def lists(study: Study) -> ListsReport:
    """Measure beyond-accuracy metrics of lists of ten, as the product serves them and as two baselines rank."""
    baselines: dict[str, ModelFactory] = {baseline.name: baseline.fit for baseline in (Popularity, EASE)}
    return asyncio.run(
        evaluate_lists(study.dataset, study.seeds, study.towers(), baselines, study.diversity, study.steps())
    )


def wishes(study: Study) -> WishesReport:
    """Measure whether results satisfy wishes in words, and pre-filtering against post-filtering."""
    return asyncio.run(evaluate_wishes(study.dataset, study.seeds, study.towers(), study.diversity, study.steps()))


def explanations(study: Study) -> ExplanationsReport:
    """Measure the faithfulness of explanations, the effect of thumbs down, and the learning curve."""
    return asyncio.run(
        evaluate_explanations(study.dataset, study.seeds, study.towers(), study.diversity, study.steps())
    )


def new_titles(study: Study) -> NewTitlesReport:
    """Measure the ranking of titles that the model was not trained on."""
    return evaluate_new_titles(study.dataset, study.seeds, study.towers(vectors_only=True), study.steps())


def similar(study: Study) -> SimilarReport:
    """Measure the movies that are recommended as being like another one."""
    return asyncio.run(evaluate_similar(study.dataset, study.seeds, study.towers(), study.steps()))


def interview(study: Study) -> InterviewReport:
    """Measure the product's interview next to baseline policies that choose the titles."""
    plain = study.towers(replace(study.options, interviews=0.0), "towers without interviews")
    return evaluate_interviews(study.dataset, study.seeds, study.towers(), plain, study.steps())


def long_histories(study: Study) -> LongHistoriesReport:
    """Measure the lists of people with many ratings next to those of EASE."""
    return asyncio.run(
        evaluate_long_histories(study.dataset, study.seeds, study.towers(), study.diversity, study.steps())
    )


def understanding(study: Study) -> UnderstandingReport:
    """Measure how well the texts of the corpus are understood, with the titles of the data set.

    Raises:
        BadInput: the data set does not have the movies that the texts name.
    """
    catalogue = ReaderCatalogue(study.dataset.movies)

    def read(text: str, situation: Situation) -> Meaning:
        return read_meaning(text, situation, catalogue)

    try:
        return evaluate_understanding(study.dataset.name, study.dataset.movies, read)
    except UnknownLabels as error:
        raise BadInput(f"--understanding: {error}") from None


TOPICS: Mapping[str, Topic[Any]] = {
    "newcomers": Topic(newcomers, tables.print_newcomers, plot),
    "lists": Topic(lists, tables.print_lists),
    "wishes": Topic(wishes, tables.print_wishes),
    "explanations": Topic(explanations, tables.print_explanations),
    "new-titles": Topic(new_titles, tables.print_new_titles),
    "similar": Topic(similar, print_similar),
    "interview": Topic(interview, print_interview, plot_interviews),
    "long": Topic(long_histories, print_long),
    "understanding": Topic(understanding, print_understanding),
}
"""Topics by the name of their option; "newcomers" is measured without an option."""
