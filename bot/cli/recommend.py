"""The command `reelmate recommend`."""

import asyncio
from typing import Annotated

import typer

from bot.cli.exit_status import one_line_errors
from bot.cli.options import JsonOption
from bot.reporting import print_result
from bot.runtime import serve_with_one_thread

EXAMPLE = (
    "reelmate recommend --gender F --age 28 --occupation programmer "
    "--rate 'Toy Story (1995)=5' --rate 'Alien=2' --rate 2858=4 --wish '90s comedy, no horror'"
)


def command(
    gender: Annotated[str | None, typer.Option("--gender", metavar="F|M", help="Gender.")] = None,
    age: Annotated[str | None, typer.Option("--age", metavar="YEARS", help="Age in years, 13 to 120.")] = None,
    occupation: Annotated[
        str | None,
        typer.Option("--occupation", metavar="CODE|WORD", help='A code 0 to 20, or a word such as "engineer".'),
    ] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option("--rate", metavar="TITLE=STARS", help="A title or movie id and 1 to 5 stars; repeatable."),
    ] = None,
    wish: Annotated[
        str | None,
        typer.Option("--wish", metavar="TEXT", help='A wish as in the chat, such as "90s comedy, no horror".'),
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=100, metavar="N", help="Number of movies.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Recommend movies to a person.

    All options about the person are optional. Without any of them, the list is for an unknown person. Nothing is
    stored, and the folder REELMATE_HOME may be read-only.
    """
    with one_line_errors():
        serve_with_one_thread()
        from bot.cli.movie_lists.inputs import person
        from bot.cli.movie_lists.recommended import print_recommended, recommend
        from bot.settings import load_settings

        described = person(gender, age, occupation)
        recommended = asyncio.run(recommend(load_settings(), described, rate or [], count, wish))
        if as_json:
            print_result(recommended.to_dict(), as_json)
        else:
            print_recommended(recommended)
