"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Objective(StrEnum):
    """Training objectives of the towers."""

    SOFTMAX = "softmax"
    RATING = "rating"


class LogLevel(StrEnum):
    """Log levels of the bot's own records. Other libraries always log at WARNING and above."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


DataOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Folder with MovieLens (any size) or your own tables (CSV or Parquet); several are joined.",
    ),
]
DownloadOption = Annotated[
    list[str] | None,
    typer.Option(
        "--download",
        metavar="NAME",
        help="Download a MovieLens release by name, such as ml-32m; joined with --data.",
    ),
]
StarterOption = Annotated[
    bool, typer.Option("--starter", help="Use the starter set: real titles, simulated people; needs no network.")
]
DetailsOption = Annotated[
    Path | None,
    typer.Option("--details", metavar="FILE", help="File with plots, people, posters and more for --data."),
]
TrainOnDetailsOption = Annotated[
    bool,
    typer.Option(
        "--train-on-details",
        help="Train on the plots and people of --details too, if their source allows it.",
    ),
]
SkipOption = Annotated[
    bool, typer.Option("--skip-bad-rows", help="Skip and count bad rows instead of stopping at the first.")
]
ScaleOption = Annotated[
    int | None,
    typer.Option("--scale", metavar="N", help="The rating that means five stars in your own tables: 5 or 10."),
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Seed of every random choice.")]
EpochsOption = Annotated[
    int | None,
    typer.Option("--epochs", min=1, metavar="N", help="Maximum number of epochs.", show_default="chosen for you"),
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Train even if nothing has changed since a release was trained.")
]
ObjectiveOption = Annotated[
    Objective, typer.Option("--objective", help="softmax ranks liked movies; rating regresses stars (a baseline).")
]
PlotOption = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE", help="Write a plot of NDCG@10 by the number of answers or titles."),
]
PeopleOption = Annotated[
    list[int] | None,
    typer.Option(
        "--person",
        min=1,
        metavar="ID",
        help="The Telegram user id of a person; several times for several people.",
        show_default="everybody",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")
]
LogLevelOption = Annotated[LogLevel, typer.Option("--log-level", case_sensitive=False, help="Minimum level to log.")]
