"""The command `reelmate refresh`."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from bot.cli.exit_status import FAILED, one_line_errors
from bot.cli.options import (
    DataOption,
    DetailsOption,
    DownloadOption,
    EpochsOption,
    JsonOption,
    ScaleOption,
    SeedOption,
    SkipOption,
    StarterOption,
    TrainOnDetailsOption,
)
from bot.errors import BadInput
from bot.reporting import ShowProgress, print_note, print_result, stage_progress
from bot.runtime import serve_with_one_thread

if TYPE_CHECKING:
    from bot.releases.activation import Live, Refused
    from bot.releases.source import Source
    from bot.settings import Settings
    from recsys.data import Dataset
    from recsys.training.options import TrainingOptions

EXAMPLE = "reelmate refresh model"

Target = Literal["metadata", "vectors", "model", "rollback"]

_PUBLISHED_SOON = "; the bot that holds the index publishes it within seconds"


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a refresh.

    Attributes:
        ok: whether the refresh succeeded.
        line: the outcome in one line, for people.
        details: further values, for JSON.
    """

    ok: bool
    line: str
    details: dict[str, Any]


def command(
    what: Annotated[
        Literal["metadata", "vectors", "model"] | None,
        typer.Argument(help="What to refresh."),
    ] = None,
    rollback: Annotated[bool, typer.Option("--rollback", help="Go back to the previous model.")] = False,
    data: DataOption = None,
    download: DownloadOption = None,
    starter: StarterOption = False,
    details: DetailsOption = None,
    train_on_details: TrainOnDetailsOption = False,
    skip_bad_rows: SkipOption = False,
    scale: ScaleOption = None,
    allow_worse: Annotated[
        bool, typer.Option("--allow-worse", help="Activate the model even if it is worse than the active one.")
    ] = False,
    seed: SeedOption = 0,
    epochs: EpochsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give running bots new metadata, vectors or a new model, without a restart.

    Bots notice within seconds. A model is trained on the data set that was imported last, or on --data, --download or
    --starter, and on the ratings of people who agreed to it. `reelmate refresh --rollback` goes back to the last
    earlier model that learned from nobody who has withdrawn their consent or deleted their data.
    """
    with one_line_errors():
        if (what is None) != rollback:
            raise BadInput("refresh: expected one of metadata, vectors and model, or --rollback")
        serve_with_one_thread()
        from bot.releases import pipeline
        from bot.releases.source import Source, read_source
        from bot.settings import load_settings

        source = Source.of(data, download, starter, details, skip_bad_rows, scale, train_on_details)
        settings = load_settings()
        target: Target = what or "rollback"
        check(target, source, allow_worse=allow_worse)
        with stage_progress() as progress:
            options = pipeline.training_options(seed, epochs)
            dataset = None if source.is_default else read_source(source, settings, progress, print_note)
            report = asyncio.run(_refresh(target, dataset, settings, options, progress, allow_worse=allow_worse))
        if as_json:
            print_result({"ok": report.ok, "result": report.line, **report.details}, as_json)
        elif report.ok:
            typer.echo(report.line)
        else:
            print_note(f"reelmate: {report.line}")
    if not report.ok:
        raise typer.Exit(FAILED)


def check(target: Target, source: "Source", *, allow_worse: bool) -> None:
    """Check that the options go with what is to be refreshed.

    Raises:
        BadInput: an option does not go with the target.
    """
    from bot.releases.source import FILE_OPTIONS

    if target not in ("metadata", "model") and not source.is_default:
        raise BadInput(f"--data, --download, --starter and their options do not go with {target}")
    if target != "model" and allow_worse:
        raise BadInput(f"--allow-worse goes with model, not with {target}")
    if not source.has_files and not source.starter and source.reads_files_so:
        raise BadInput(f"{FILE_OPTIONS} say how to read files: they need --data or --download")


async def _refresh(
    target: Target,
    dataset: "Dataset | None",
    settings: "Settings",
    options: "TrainingOptions",
    progress: ShowProgress,
    *,
    allow_worse: bool,
) -> Report:
    from bot.releases import activation, refresh
    from bot.stores import open_stores

    async with open_stores(settings) as stores:
        if target == "metadata":
            movies = None if dataset is None else dataset.movies
            written = await refresh.refresh_metadata(stores, settings, movies, progress)
            return Report(True, f"metadata of {written} movies is up to date", {"movies": written})
        if target == "vectors":
            is_published = await refresh.refresh_vectors(stores, settings, progress)
            line = (
                "the vectors are published"
                if is_published
                else f"publishing of the vectors is requested{_PUBLISHED_SOON}"
            )
            return Report(True, line, {"published": is_published})
        if target == "rollback":
            return _report(await activation.roll_back(stores))
        if dataset is not None:
            from bot.releases.pipeline import import_for_training

            await import_for_training(stores, dataset, settings)
        return _report(await refresh.refresh_model(stores, settings, options, progress, allow_worse=allow_worse))


def _report(outcome: "Live | Refused") -> Report:
    from bot.releases.activation import Refused
    from bot.releases.pipeline import release_summary

    if isinstance(outcome, Refused):
        return Report(False, outcome.reason, {})
    line = f"release {outcome.release.version} is active" + ("" if outcome.published else _PUBLISHED_SOON)
    if not outcome.is_new:
        line = f"nothing was trained: no data has changed since {line.replace(' is active', ', which is active', 1)}"
    if outcome.skipped:
        line += f"; skipped {outcome.skipped} that learned from somebody who has left"
    details = {"published": outcome.published, "skipped": outcome.skipped, "trained": outcome.is_new}
    return Report(True, line, {"release": release_summary(outcome.release), **details})
