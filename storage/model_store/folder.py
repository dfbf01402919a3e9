"""Release folders in a folder of this machine, or in one that all machines share."""

import shutil
from collections.abc import Collection
from pathlib import Path

from storage.errors import NotFound, Unavailable
from storage.model_store.files import (
    RELEASE_FILE,
    ShowShare,
    delete_folders,
    files_of,
    has_release,
    local_versions,
    make_newest,
    no_share,
    written_as_a_whole,
)
from storage.urls import one_line


class FolderStore:
    """Release folders in one folder. Releases are read where they are stored. See `ModelStore`.

    A damaged release is found when it is loaded, by the hash of its content.
    """

    def __init__(self, folder: Path) -> None:
        self.problem = ""
        self._folder = folder

    def put(self, version: str, folder: Path, progress: ShowShare = no_share) -> Path:
        """See `ModelStore.put`. The files of a release that is there already stay as they are."""
        stored = self._folder / version
        if has_release(stored):
            make_newest(stored)
            return stored
        try:
            files = files_of(folder)
            with written_as_a_whole(stored) as fresh:
                for number, file in enumerate(files, 1):
                    shutil.copyfile(file, fresh / file.name)
                    progress(number / len(files))
        except OSError as error:
            raise Unavailable(f"MODELS_URL: {stored} cannot be written: {one_line(error)}") from error
        return stored

    def fetch(self, version: str) -> Path:
        """See `ModelStore.fetch`."""
        folder = self._folder / version
        if not has_release(folder):
            raise NotFound(f"{folder}: not a release folder, {RELEASE_FILE} is missing")
        return folder

    def versions(self) -> list[str]:
        """See `ModelStore.versions`."""
        return local_versions(self._folder)

    def delete_old(self, kept: int, needed: Collection[str]) -> list[str]:
        """See `ModelStore.delete_old`."""
        unneeded = [version for version in self.versions() if version not in needed]
        return delete_folders(self._folder, unneeded[kept:])

    def ping(self) -> None:
        """See `ModelStore.ping`."""

    def verify(self) -> None:
        """See `ModelStore.verify`."""
