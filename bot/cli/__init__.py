"""The command line. Each command is a module that parses options, makes one call and prints the result.

`options` and `exit_status` are shared by the commands. A new command is a module and a line in COMMANDS.

Commands import heavy libraries inside their functions. So `reelmate --help` is fast, and a command can set environment
variables of the numerical libraries, which read them only once, when they are imported.
"""

import logging
from importlib.metadata import version
from inspect import cleandoc
from types import ModuleType
from typing import Annotated

import typer

from bot.cli import (
    announce,
    backup,
    check,
    demo,
    details,
    evaluate,
    housekeeping,
    import_,
    import_history,
    index,
    migrate,
    prepare,
    recommend,
    refresh,
    run,
    similar,
    train,
    worker,
)
from bot.cli.backup import restore
from bot.cli.people import export
from bot.cli.people import import_ as import_people
from bot.reporting import BriefErrors
from bot.runtime import INTERRUPTED, end_at_once, keep_files_private, stop_at_second_interrupt, use_fast_kernels_on_amd

COMMANDS: dict[str, ModuleType] = {
    "demo": demo,
    "prepare": prepare,
    "import": import_,
    "import-history": import_history,
    "train": train,
    "index": index,
    "details": details,
    "recommend": recommend,
    "similar": similar,
    "evaluate": evaluate,
    "run": run,
    "worker": worker,
    "refresh": refresh,
    "announce": announce,
    "check": check,
    "migrate": migrate,
    "housekeeping": housekeeping,
    "backup": backup,
    "restore": restore,
    "export-people": export,
    "import-people": import_people,
}
"""The commands by name, in the order of the help. Each module has a function `command` and an EXAMPLE of its use."""

app = typer.Typer(
    name="reelmate",
    help="Learn a person's taste from a dozen answers and find their next movie.",
    epilog="First steps: reelmate demo; or reelmate prepare, then reelmate recommend --rate 'Toy Story (1995)=5'.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line: the entry point of `reelmate` and of `python -m bot`."""
    keep_files_private()
    use_fast_kernels_on_amd()
    # Paddle enables the log records of all libraries. The commands print what matters themselves.
    logging.disable(logging.INFO)
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(BriefErrors())
    stop_at_second_interrupt()
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            end_at_once(INTERRUPTED)
        raise


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"reelmate {version('reelmate')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def _summary(module: ModuleType) -> str:
    """Return the first paragraph of a command's docstring.

    Typer would use it anyway, but cut it to the width of the terminal. An explicit short help is never cut.
    """
    return cleandoc(module.command.__doc__ or "").partition("\n\n")[0].replace("\n", " ")


for _name, _module in COMMANDS.items():
    app.command(_name, short_help=_summary(_module), epilog=f"Example: {_module.EXAMPLE}")(_module.command)
