"""The command `reelmate import`."""

import asyncio

from bot.cli.exit_status import one_line_errors
from bot.cli.options import (
    DataOption,
    DetailsOption,
    DownloadOption,
    JsonOption,
    ScaleOption,
    SkipOption,
    StarterOption,
    TrainOnDetailsOption,
)
from bot.reporting import print_note, print_result, stage_progress

EXAMPLE = "reelmate import --data ml-1m --details movies_extrainfos.dat"


def command(
    data: DataOption = None,
    download: DownloadOption = None,
    starter: StarterOption = False,
    details: DetailsOption = None,
    train_on_details: TrainOnDetailsOption = False,
    skip_bad_rows: SkipOption = False,
    scale: ScaleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a data set, keep a copy for training, and fill the catalogue.

    Without --data, --download or --starter, MovieLens 1M is downloaded. If the download fails, the starter set is used.
    """
    with one_line_errors():
        from bot.releases import pipeline
        from bot.releases.source import Source, read_source
        from bot.settings import load_settings

        source = Source.of(data, download, starter, details, skip_bad_rows, scale, train_on_details)
        settings = load_settings()
        with stage_progress() as progress:
            dataset = read_source(source, settings, progress, print_note)
            asyncio.run(pipeline.import_dataset(dataset, settings, progress))
        print_result({"dataset": pipeline.dataset_summary(dataset)}, as_json)
