"""The command `reelmate prepare`."""

from bot.cli.exit_status import one_line_errors
from bot.cli.options import (
    DataOption,
    DetailsOption,
    DownloadOption,
    EpochsOption,
    ForceOption,
    JsonOption,
    ScaleOption,
    SeedOption,
    SkipOption,
    StarterOption,
    TrainOnDetailsOption,
)
from bot.reporting import print_note, print_result, stage_progress

EXAMPLE = "reelmate prepare --data ml-1m --details movies_extrainfos.dat"


def command(
    data: DataOption = None,
    download: DownloadOption = None,
    starter: StarterOption = False,
    details: DetailsOption = None,
    train_on_details: TrainOnDetailsOption = False,
    skip_bad_rows: SkipOption = False,
    scale: ScaleOption = None,
    seed: SeedOption = 0,
    epochs: EpochsOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Import a data set, train a model and make it active, in one go.

    Without --data, --download or --starter, MovieLens 1M is downloaded. If the download fails, the starter set is used.
    """
    with one_line_errors():
        from bot.releases import pipeline
        from bot.releases.source import Source
        from bot.settings import load_settings

        source = Source.of(data, download, starter, details, skip_bad_rows, scale, train_on_details)
        settings = load_settings()
        with stage_progress() as progress:
            options = pipeline.training_options(seed, epochs)
            document = pipeline.prepare(source, settings, options, progress, print_note, force=force)
        print_result(document, as_json)
