"""The command `reelmate train`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.exit_status import one_line_errors
from bot.cli.options import (
    DataOption,
    DetailsOption,
    DownloadOption,
    EpochsOption,
    ForceOption,
    JsonOption,
    Objective,
    ObjectiveOption,
    ScaleOption,
    SeedOption,
    SkipOption,
    StarterOption,
    TrainOnDetailsOption,
)
from bot.reporting import print_note, print_result, stage_progress
from bot.runtime import train_beside

EXAMPLE = "reelmate train --data ml-1m --out my-release --seed 1"


def command(
    data: DataOption = None,
    download: DownloadOption = None,
    starter: StarterOption = False,
    details: DetailsOption = None,
    train_on_details: TrainOnDetailsOption = False,
    skip_bad_rows: SkipOption = False,
    scale: ScaleOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="The release folder to write.", show_default="one in MODELS_URL"),
    ] = None,
    seed: SeedOption = 0,
    epochs: EpochsOption = None,
    objective: ObjectiveOption = Objective.SOFTMAX,
    workers: Annotated[
        int, typer.Option("--workers", min=1, metavar="N", help="Number of processes that train together.")
    ] = 1,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train the towers and write one release folder.

    Without --data, --download or --starter, train on the data set that was imported last. An interrupted training
    resumes from its last checkpoint. `python -m paddle.distributed.launch` starts workers on several machines.
    """
    train_beside(workers)
    with one_line_errors():
        from bot.releases import pipeline
        from bot.releases.source import Source, read_or_load
        from bot.releases.workers import assist_first, launched
        from bot.settings import load_settings

        rank, _ = launched()
        if rank > 0:
            assist_first()
            return
        source = Source.of(data, download, starter, details, skip_bad_rows, scale, train_on_details)
        settings = load_settings()
        with stage_progress() as progress:
            dataset = read_or_load(source, settings, progress, print_note)
            options = pipeline.training_options(seed, epochs, objective.value)
            release = pipeline.train(
                dataset, settings, options, out, progress, print_note, force=force, workers=workers
            )
        print_result({"release": pipeline.release_summary(release)}, as_json)
