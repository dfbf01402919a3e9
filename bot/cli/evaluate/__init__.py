"""The command `reelmate evaluate`.

- `topics`: what each option measures, and the models of the table without an option.
- `tables`, `interview_table`, `long_table`, `similar_table`, `understanding_table`: the printed tables. `layout`: what
  they share.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.exit_status import one_line_errors
from bot.cli.options import (
    DataOption,
    DetailsOption,
    DownloadOption,
    EpochsOption,
    JsonOption,
    PlotOption,
    ScaleOption,
    StarterOption,
    TrainOnDetailsOption,
)
from bot.errors import BadInput
from bot.reporting import print_note, print_result, stage_progress

EXAMPLE = "reelmate evaluate --data ml-1m --seeds 3 --plot newcomers.png"


def command(
    data: DataOption = None,
    download: DownloadOption = None,
    starter: StarterOption = False,
    details: DetailsOption = None,
    train_on_details: TrainOnDetailsOption = False,
    scale: ScaleOption = None,
    lists: Annotated[bool, typer.Option("--lists", help="Measure variety, coverage and popularity of lists.")] = False,
    wishes: Annotated[bool, typer.Option("--wishes", help="Measure whether results satisfy wishes in words.")] = False,
    explanations: Annotated[
        bool,
        typer.Option(
            "--explanations", help="Measure faithfulness of explanations, thumbs down and the learning curve."
        ),
    ] = False,
    new_titles: Annotated[
        bool, typer.Option("--new-titles", help="Measure the ranking of titles held out of the training.")
    ] = False,
    similar: Annotated[
        bool, typer.Option("--similar", help="Measure whether people who like a movie like those called similar.")
    ] = False,
    interview: Annotated[
        bool, typer.Option("--interview", help="Measure how much pages of titles reveal about newcomers.")
    ] = False,
    long: Annotated[
        bool, typer.Option("--long", help="Measure the lists of people with 20 to 200 ratings next to those of EASE.")
    ] = False,
    understanding: Annotated[
        bool, typer.Option("--understanding", help="Measure how well texts of a chat are understood, on MovieLens 1M.")
    ] = False,
    list_misread: Annotated[
        bool, typer.Option("--list-misread", help="With --understanding, list the misread texts that are not held out.")
    ] = False,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Number of splits, each with its own model.")] = 1,
    epochs: EpochsOption = None,
    plot: PlotOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the model with baselines on held-out newcomers.

    The table has NDCG@10 after 0 to 20 answers. Each option measures another aspect instead. Without --data,
    --download or --starter, evaluate on the data set that was imported last.
    """
    with one_line_errors():
        _check_requirements(plot)
        name = _topic_name(
            {
                "lists": lists,
                "wishes": wishes,
                "explanations": explanations,
                "new-titles": new_titles,
                "similar": similar,
                "interview": interview,
                "long": long,
                "understanding": understanding,
            }
        )
        if list_misread and name != "understanding":
            raise BadInput("evaluate: --list-misread goes with --understanding")
        from bot.cli.evaluate.topics import TOPICS, make_study
        from bot.cli.evaluate.understanding_table import print_misread
        from bot.releases.pipeline import training_options
        from bot.releases.source import Source, read_or_load
        from bot.settings import load_settings

        source = Source.of(data, download, starter, details, scale=scale, train_on_details=train_on_details)
        settings = load_settings()
        topic = TOPICS[name]
        if plot is not None and topic.draw is None:
            raise BadInput(f"--plot: --{name} has no plot")
        with stage_progress() as progress:
            dataset = read_or_load(source, settings, progress, print_note)
            report = topic.report(make_study(dataset, seeds, training_options(0, epochs), settings, progress))
        if plot is not None and topic.draw is not None:
            topic.draw(report, plot)
        if as_json:
            print_result(report.to_dict(), as_json)
        else:
            topic.show(report)
        if list_misread and not as_json:
            print_misread(report)


def _topic_name(flags: Mapping[str, bool]) -> str:
    """Return the topic whose option was given, or "newcomers" without an option."""
    given = [name for name, is_given in flags.items() if is_given]
    if len(given) > 1:
        raise BadInput(f"evaluate: --{' and --'.join(given)} are separate reports: give one of them")
    return given[0] if given else "newcomers"


def _check_requirements(plot: Path | None) -> None:
    """Raise BadInput before hours of work if a library or the folder of the plot is missing."""
    missing = [name for name in ("implicit", "threadpoolctl") if find_spec(name) is None]
    if missing:
        raise BadInput(f"evaluate needs {', '.join(missing)}: pip install 'reelmate[evaluate]'")
    if plot is not None and not plot.absolute().parent.is_dir():
        raise BadInput(f"--plot {plot}: its folder does not exist")
