"""The command `reelmate similar`."""

import asyncio
from typing import Annotated

import typer

from bot.cli.exit_status import one_line_errors
from bot.cli.options import JsonOption
from bot.reporting import print_result
from bot.runtime import serve_with_one_thread

EXAMPLE = "reelmate similar Alien --rate 'Toy Story (1995)=5' --count 5"


def command(
    title: Annotated[str, typer.Argument(metavar="TITLE", help="A title, with or without its year, or a movie id.")],
    rate: Annotated[
        list[str] | None,
        typer.Option("--rate", metavar="TITLE=STARS", help="A rating of the person who asks; repeatable."),
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=100, metavar="N", help="Number of movies.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """List the movies that are most like another one, and what they have in common.

    With ratings, movies that fit the person's taste move up. Nothing is stored.
    """
    with one_line_errors():
        serve_with_one_thread()
        from bot.cli.movie_lists.similar import print_similar, similar
        from bot.settings import load_settings

        found = asyncio.run(similar(load_settings(), title, rate or [], count))
        if as_json:
            print_result(found.to_dict(), as_json)
        else:
            print_similar(found)
