"""The process that writes the file of a large catalogue; its argument is the path. Settings come from the environment.

Only one process of a machine writes a file. The others wait for it.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from filelock import FileLock

from bot.runtime import end_with_parent
from bot.settings import load_settings
from recsys.serving.catalogue_file import write_catalogue
from storage.errors import StorageError
from storage.private_files import make_private, make_private_folder
from storage.records import Movie
from storage.sql import Catalogue, Database


def main() -> None:
    """Write the file unless another process has written it meanwhile."""
    end_with_parent()
    path = Path(sys.argv[1])
    try:
        make_private_folder(path.parent)
        with FileLock(path.parent / ".lock"):
            if path.is_file():
                return
            movies = asyncio.run(_movies())
            with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder:
                fresh = Path(folder) / path.name
                write_catalogue(movies, fresh)
                make_private(fresh)
                fresh.replace(path)
    except (OSError, StorageError) as error:
        sys.exit(f"the file of the catalogue was not written: {error}")


async def _movies() -> list[Movie]:
    async with Database(load_settings().database_url.get_secret_value()) as database:
        return await Catalogue(database).all()


if __name__ == "__main__":
    main()
