"""Build hook: compiles the translation catalogues, because gettext reads only compiled ones.

Hatchling runs it when it builds a wheel and when it installs the project in editable mode.
"""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LOCALES = Path("handlers", "locales")


def compile_catalogues(locales: Path) -> list[Path]:
    """Compile every `<language>/LC_MESSAGES/*.po` below a folder to a `.mo` file next to it.

    Args:
        locales: the folder with one folder per language.

    Returns:
        The compiled files.

    Raises:
        ValueError: a catalogue cannot be parsed.
    """
    compiled = []
    for source in sorted(locales.glob("*/LC_MESSAGES/*.po")):
        try:
            with source.open("rb") as file:
                catalogue = read_po(file, abort_invalid=True)
        except PoFileError as error:
            raise ValueError(f"{source} cannot be parsed: {error}") from error
        target = source.with_suffix(".mo")
        with target.open("wb") as file:
            write_mo(file, catalogue)
        compiled.append(target)
    return compiled


class CatalogueBuildHook(BuildHookInterface[Any]):
    """Compiles the catalogues before the wheel is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the interface's arguments
        """Compile the catalogues of this source tree."""
        compile_catalogues(Path(self.root) / LOCALES)
