"""The options of the commands that are long, or that several share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Objective(StrEnum):
    """What the towers are trained for."""

    SOFTMAX = "softmax"
    RATING = "rating"


class LogLevel(StrEnum):
    """Levels of the bot's own records; other libraries' begin at WARNING."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Folder with MovieLens (any size) or own tables (CSV or Parquet)."),
]
StarterOption = Annotated[
    bool, typer.Option("--starter", help="Use the starter set: real titles, simulated people; needs no network.")
]
DetailsOption = Annotated[
    Path | None, typer.Option("--details", metavar="FILE", help="File with plots, directors, actors and posters.")
]
SkipOption = Annotated[
    bool, typer.Option("--skip-bad-rows", help="Leave bad rows out and count them, instead of stopping at the first.")
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Fixes every random choice.")]
EpochsOption = Annotated[
    int | None, typer.Option("--epochs", min=1, help="Passes over the people, at most.", show_default="chosen for you")
]
AnewOption = Annotated[
    bool, typer.Option("--anew", help="Train even where nothing has changed since a release was trained.")
]
ObjectiveOption = Annotated[
    Objective, typer.Option("--objective", help="softmax finds liked movies; rating regresses stars, as a baseline.")
]
PlotOption = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Draw NDCG@10 by the number of answers or titles.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else there.")
]
LogLevelOption = Annotated[
    LogLevel, typer.Option("--log-level", case_sensitive=False, help="From which level on is logged.")
]
