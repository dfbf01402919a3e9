"""The command `reelmate import-history`."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.exit_status import one_line_errors
from bot.cli.options import JsonOption
from bot.reporting import print_result
from bot.runtime import serve_with_one_thread

if TYPE_CHECKING:
    from bot.settings import Settings
    from recsys.services.histories.importing import Preview

EXAMPLE = "reelmate import-history letterboxd.zip --person 123456789 --preview"


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export of another service, as ZIP, CSV or JSON.")],
    person: Annotated[int, typer.Option("--person", min=1, metavar="ID", help="The Telegram user id of the person.")],
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help="Whose films, if the file names several profiles.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Say what the file holds, and import nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Import a person's ratings, what they have seen and their watchlist from another service.

    A person who never wrote to the bot is created, and is greeted when they do. In the bot, /undo takes it back.
    """
    with one_line_errors():
        serve_with_one_thread()
        from bot.settings import load_settings

        print_result(asyncio.run(import_history(load_settings(), file, person, profile, preview=preview)), as_json)


async def import_history(
    settings: "Settings", file: Path, person_id: int, profile: str | None, *, preview: bool
) -> dict[str, Any]:
    """Import a file, or only read it, and return what it holds and what was changed, ready for JSON.

    Raises:
        BadInput: the file cannot be read as a history, or it is uncertain which of its profiles is meant.
        StorageError: a service is missing.
    """
    from bot.app import open_services
    from bot.errors import BadInput
    from handlers.steps import Step
    from recsys.histories.problems import Problem
    from recsys.services.histories.importing import Profiles

    try:
        content = await asyncio.to_thread(file.read_bytes)
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from None
    async with open_services(settings) as services:
        if not preview:
            await services.conversation.get_or_create_person(person_id, Step.WELCOME)
        read = await services.histories.read(person_id, content, file.name, keep=not preview)
        if isinstance(read, Problem):
            raise BadInput(f"{file}: {read.value}: expected a CSV, JSON or ZIP file with films, within the limits")
        previews = read.previews if isinstance(read, Profiles) else (read,)
        place = _place(previews, profile)
        if place is None:
            if read.number is not None:
                await services.histories.drop(person_id, read.number)
            raise BadInput(_profile_needed(file, previews))
        chosen = previews[place]
        found: dict[str, Any] = {
            "source": chosen.source.value,
            "rows": chosen.rows,
            "known": chosen.known,
            "left_out": chosen.left_out,
            "not_found": len(chosen.not_found),
        }
        number = read.number
        result = None if number is None else await services.histories.accept(person_id, number, profile=place)
    changed = {} if result is None else {"imported": asdict(result)}
    return {"file": found, **changed, "titles_not_found": list(chosen.not_found)}


def _place(previews: Sequence["Preview"], profile: str | None) -> int | None:
    """Return the place of a profile. None if the file has no such profile, or if none of several was named."""
    if profile is None:
        return 0 if len(previews) == 1 else None
    return next((place for place, preview in enumerate(previews) if preview.profile == profile), None)


def _profile_needed(file: Path, previews: Sequence["Preview"]) -> str:
    if len(previews) == 1 and not previews[0].profile:
        return f"{file}: this file names no profiles: leave out --profile"
    profiles = ", ".join(f"{preview.profile!r} ({preview.known} films known here)" for preview in previews)
    return f"{file}: say with --profile NAME whose films to import: {profiles}"
