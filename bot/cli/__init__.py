"""The command line. Each command has a file of its own: it parses options, makes one call and prints the result.

Heavy libraries are imported inside the commands. So `reelmate --help` answers at once, and a command can set the
environment of the numerical libraries, which read it only once, before they are imported.
"""

import logging
from importlib.metadata import version
from inspect import cleandoc
from types import ModuleType
from typing import Annotated

import typer

from bot.cli import (
    announce,
    check,
    demo,
    evaluate,
    import_,
    index,
    migrate,
    prepare,
    recommend,
    refresh,
    run,
    train,
    worker,
)
from bot.runtime import use_avx2_on_amd

COMMANDS: dict[str, ModuleType] = {
    "demo": demo,
    "prepare": prepare,
    "import": import_,
    "train": train,
    "index": index,
    "recommend": recommend,
    "evaluate": evaluate,
    "run": run,
    "worker": worker,
    "refresh": refresh,
    "announce": announce,
    "check": check,
    "migrate": migrate,
}
"""By name, in the order of the help: modules with a function `command` and an EXAMPLE of its use."""

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
    use_avx2_on_amd()
    # Paddle turns every library's log records on. What a person should know, the commands print themselves.
    logging.disable(logging.INFO)
    app()


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
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
    """The first paragraph of a command's docstring; unlike a help text, a short help is never cut off."""
    return cleandoc(module.command.__doc__ or "").partition("\n\n")[0].replace("\n", " ")


for _name, _module in COMMANDS.items():
    app.command(_name, short_help=_summary(_module), epilog=f"Example: {_module.EXAMPLE}")(_module.command)
