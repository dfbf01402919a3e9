"""`reelmate evaluate`: what is measured, each topic with its report, its table and its picture."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from bot.cli.evaluate import tables
from bot.cli.evaluate.interview_table import print_interview
from bot.errors import BadInput
from bot.reporting import ShowProgress
from recsys.data import Dataset
from recsys.evaluation.baselines import EASE, Popularity, baselines_table
from recsys.evaluation.explanations.report import ExplanationsReport, evaluate_explanations
from recsys.evaluation.fitted_towers import FittedTowers, TowersFactory
from recsys.evaluation.interviews.report import InterviewReport, evaluate_interviews
from recsys.evaluation.lists import OURS, ListsReport, evaluate_lists
from recsys.evaluation.new_titles import NewTitlesReport, evaluate_new_titles
from recsys.evaluation.newcomers import ModelFactory, Report, TooSmall, evaluate
from recsys.evaluation.newcomers import Progress as Steps
from recsys.evaluation.plot import plot, plot_interviews
from recsys.evaluation.wishes import WishesReport, evaluate_wishes
from recsys.models.towers import Towers
from recsys.protocol.newcomers import Scorer, Split
from recsys.protocol.scorers import StagesScorer, TowersScorer, WithoutDemographics
from recsys.training.fingerprint import code_fingerprint
from recsys.training.fit import Progress
from recsys.training.options import TrainingOptions

if TYPE_CHECKING:
    from bot.settings import Settings

TUTORIAL = "two towers, 5 cos on stars"
VECTORS_ALONE = "Reelmate, vectors alone"
ANONYMOUS = "Reelmate, questions skipped"


class AnyReport(Protocol):
    """What every topic comes to."""

    def to_dict(self) -> dict[str, object]:
        """Plain lists and numbers for JSON."""
        ...


R = TypeVar("R", bound=AnyReport)


@dataclass(frozen=True, slots=True)
class Study:
    """What every topic is measured with.

    Attributes:
        dataset: what is split.
        seeds: of the splits.
        options: of Reelmate's training; the seed is that of the split.
        diversity: how much likeness within a list costs, as in the settings.
        runs: file of finished runs.
        fitted: finished towers.
        progress: called with each step's name, when it begins and when it ends.
    """

    dataset: Dataset
    seeds: range
    options: TrainingOptions
    diversity: float
    runs: Path
    fitted: FittedTowers
    progress: ShowProgress

    def towers(self, options: TrainingOptions | None = None, name: str = OURS) -> TowersFactory:
        """Towers trained with these options, by default the study's; they are fitted once and kept."""
        chosen = options or self.options

        def get(dataset: Dataset, split: Split, seed: int) -> Towers:
            stage = f"training {name}, seed {seed}"

            is_trained = False

            def show_epoch(state: Progress) -> None:
                nonlocal is_trained
                is_trained = True
                self.progress(stage, state.done / state.total)

            fitted = self.fitted.get(dataset, split, replace(chosen, seed=seed), show_epoch)
            if is_trained:
                self.progress(stage, 1.0)  # It may have stopped early.
            return fitted

        return get

    def steps(self) -> Steps:
        """Takes (steps done, steps in all, what comes next) and shows each step as a stage."""
        running = ""

        def show_step(done: int, total: int, step: str) -> None:
            nonlocal running
            if running:
                self.progress(running, 1.0)
            running = step if done < total else ""
            if running:
                self.progress(running, 0.0)

        return show_step


def study(
    dataset: Dataset, seeds: int, options: TrainingOptions, settings: "Settings", progress: ShowProgress
) -> Study:
    """What a person asks for, over so many splits."""
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
class Topic(Generic[R]):
    """One thing that can be measured.

    Attributes:
        measure: makes the report; raises TooSmall where the data set is too small.
        show: prints it.
        draw: writes a picture of it to a file; None where there is nothing to draw.
    """

    measure: Callable[[Study], R]
    show: Callable[[R], None]
    draw: Callable[[R, Path], None] | None = None

    def report(self, study: Study) -> R:
        """Measure.

        Raises:
            BadInput: the data set is too small for it.
        """
        try:
            return self.measure(study)
        except TooSmall as error:
            raise BadInput(str(error)) from None


def newcomers(study: Study) -> Report:
    """Every model on every split by the newcomer protocol; finished runs are not repeated."""
    tutorial = replace(study.options, objective="rating")
    ours, baseline = study.towers(), study.towers(tutorial, TUTORIAL)
    ours_key = code_fingerprint(study.dataset, study.options)
    return evaluate(
        study.dataset,
        seeds=study.seeds,
        models={
            OURS: _scorer(ours, StagesScorer),
            VECTORS_ALONE: _scorer(ours, TowersScorer),
            ANONYMOUS: _scorer(ours, lambda towers: WithoutDemographics(StagesScorer(towers))),
            **baselines_table(),
            TUTORIAL: _scorer(baseline, TowersScorer),
        },
        ours=OURS,
        parts=[VECTORS_ALONE, ANONYMOUS],
        cache=study.runs,
        fingerprints={
            **dict.fromkeys((OURS, VECTORS_ALONE, ANONYMOUS), ours_key),
            TUTORIAL: code_fingerprint(study.dataset, tutorial),
        },
        progress=study.steps(),
    )


def _scorer(towers: TowersFactory, stages: Callable[[Towers], Scorer]) -> ModelFactory:
    return lambda dataset, split, seed: stages(towers(dataset, split, seed))


def lists(study: Study) -> ListsReport:
    """What lists of ten are like beside their hits, as they are served and as others rank."""
    others = {peer.name: peer.fit for peer in (Popularity, EASE)}
    return asyncio.run(
        evaluate_lists(study.dataset, study.seeds, study.towers(), others, study.diversity, study.steps())
    )


def wishes(study: Study) -> WishesReport:
    """Whether wishes in words are obeyed, and what filtering inside the search is worth."""
    return asyncio.run(evaluate_wishes(study.dataset, study.seeds, study.towers(), study.diversity, study.steps()))


def explanations(study: Study) -> ExplanationsReport:
    """Whether reasons are true, what thumbs down do, and the learning curve answer by answer."""
    return asyncio.run(
        evaluate_explanations(study.dataset, study.seeds, study.towers(), study.diversity, study.steps())
    )


def new_titles(study: Study) -> NewTitlesReport:
    """How titles are ranked that the model was not trained on."""
    return evaluate_new_titles(study.dataset, study.seeds, study.towers(), study.steps())


def interview(study: Study) -> InterviewReport:
    """What pages of titles tell about newcomers, next to other ways to choose the titles."""
    plain = study.towers(replace(study.options, interviews=0.0), "towers without interviews")
    return evaluate_interviews(study.dataset, study.seeds, study.towers(), plain, study.steps())


TOPICS: Mapping[str, Topic[Any]] = {
    "newcomers": Topic(newcomers, tables.print_newcomers, plot),
    "lists": Topic(lists, tables.print_lists),
    "wishes": Topic(wishes, tables.print_wishes),
    "explanations": Topic(explanations, tables.print_explanations),
    "new-titles": Topic(new_titles, tables.print_new_titles),
    "interview": Topic(interview, print_interview, plot_interviews),
}
"""By the name of its option; "newcomers" needs none."""
