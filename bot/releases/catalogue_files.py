"""The files of large catalogues on this machine, which a process of its own writes: it takes minutes and gigabytes."""

import asyncio
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from pathlib import Path

from bot.releases.training_process import child_environment
from bot.settings import Settings
from recsys.serving.catalogue_file import FORMAT, MAX_MOVIES_IN_MEMORY, CatalogueFile
from storage.sql import Catalogue, Database, Revisions, installation_name

_logger = logging.getLogger(__name__)


class CatalogueFiles:
    """Opens the file of a catalogue. Bots on one machine share the file and the memory that it takes."""

    def __init__(self, settings: Settings, database: Database, in_memory: int = MAX_MOVIES_IN_MEMORY) -> None:
        """Take what the files are made of.

        Args:
            settings: names the folder of the files.
            database: of the catalogue.
            in_memory: a catalogue of more movies has a file, and so many of them are in memory besides.
        """
        self._settings, self._database, self._in_memory = settings, database, in_memory

    async def open(self) -> CatalogueFile | None:
        """Open the file of the catalogue, which is written now if it is missing. Older files are deleted.

        Returns:
            The file; None if the catalogue is small, or if the file cannot be written, which is logged.

        Raises:
            StorageError: the database does not answer.
        """
        path = await self.write()
        if path is None:
            return None
        try:
            file = await asyncio.to_thread(CatalogueFile, path, self._in_memory)
        except (OSError, ValueError) as error:
            _logger.error("the whole catalogue is kept in memory", extra={"problem": str(error)})
            with suppress(OSError):
                path.unlink(missing_ok=True)
            return None
        for older in path.parent.glob(f"{path.name.partition('-')[0]}-*"):
            if older != path:
                # A bot that has mapped the file keeps it. Windows does not delete it meanwhile.
                with suppress(OSError):
                    older.unlink()
        return file

    async def write(self) -> Path | None:
        """Write the file of the catalogue, unless it exists, and return its path; None if the catalogue is small.

        Raises:
            StorageError: the database does not answer.
        """
        if await Catalogue(self._database).count() <= self._in_memory:
            return None
        revision = (await Revisions(self._database).all()).get("catalogue", 0)
        name = f"{await installation_name(self._database)}-{revision}-{FORMAT}.safetensors"
        path = self._settings.catalogue_folder / name
        if not path.is_file():
            _logger.info("writing the file of a large catalogue", extra={"path": str(path)})
            await self._write(path)
        return path

    async def _write(self, path: Path) -> None:
        # The child exits when its standard input is closed, however this process ends.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.releases.catalogue_child", str(path)),
            stdin=PIPE,
            stdout=DEVNULL,
            env=child_environment(self._settings),
        )
        try:
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
