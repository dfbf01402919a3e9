"""Release folders in object storage, through fsspec, with a cache on this machine.

A release is a prefix `<version>/` with one object for each file, whose name begins with the hash of its content, and
the object `manifest.json`, which is written last and lists the others. A release without a manifest does not exist. An
object is never overwritten by another content, so two machines may store the same version at the same time.
"""

import hashlib
import secrets
from collections.abc import Callable, Collection
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Annotated, Any, TypeVar

import fsspec
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, ValidationError

from storage.errors import Misconfigured, NotFound, StorageError, Unavailable
from storage.model_store.files import (
    ShowShare,
    delete_folders,
    files_of,
    has_release,
    is_version,
    local_versions,
    make_newest,
    no_share,
    written_as_a_whole,
)
from storage.private_files import create_private_file
from storage.urls import one_line, redact

MANIFEST_FILE = "manifest.json"

CACHED_RELEASES = 5
"""The number of releases that are kept on this machine, those that were used last."""

TIMEOUT_S = 10.0
"""Deadline of a call, in seconds. The transfer of a file may take longer, see SLOWEST_BYTES_PER_S."""

SLOWEST_BYTES_PER_S = 250_000
"""The deadline of a transfer allows for this rate."""

_T = TypeVar("_T")


class StoredFile(BaseModel):
    """A file of a release.

    Attributes:
        sha256: hash of its content, 64 hexadecimal digits.
        size: its length in bytes.
    """

    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]

    def object_name(self, name: str) -> str:
        """Return the name of the object that holds the file `name`."""
        return f"{self.sha256[:16]}-{name}"


class Manifest(BaseModel):
    """The list of the files of a release, in its `manifest.json`.

    Attributes:
        stored_at: the time of the last `put`; the newest release is the one that was stored last.
        files: the files by name. A name is no path.
    """

    stored_at: AwareDatetime
    files: dict[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][\w.-]*$")], StoredFile]


class ObjectStore:
    """Release folders in object storage. See `ModelStore`.

    A file that was read is compared with its hash, and so is a copy in the cache each time that it is used.
    """

    def __init__(self, url: str, cache: Path, *, timeout_s: float = TIMEOUT_S) -> None:
        """Create a store that has not been called.

        Args:
            url: for example "s3://bucket/models".
            cache: the folder on this machine for copies of releases. Trainings write there too.
            timeout_s: deadline of a call, in seconds.
        """
        self.problem = ""
        self._url = url.rstrip("/")
        self._shown = redact(self._url)
        self._cache = cache
        self._timeout_s = timeout_s
        self._opened: tuple[Any, str] | None = None

    def put(self, version: str, folder: Path, progress: ShowShare = no_share) -> Path:
        """See `ModelStore.put`."""
        cached = self._copied_to_cache(version, folder)
        files = [file for file in files_of(cached) if file.name != MANIFEST_FILE]
        stored = self._stored_sizes(version)
        all_bytes = sum(file.stat().st_size for file in files)
        described: dict[str, StoredFile] = {}
        done_bytes = 0
        for file in files:
            described[file.name] = description = _describe(file)
            name = description.object_name(file.name)
            if stored.get(name) != description.size:
                self._upload(file, f"{version}/{name}", description.size)
            done_bytes += description.size
            progress(done_bytes / max(all_bytes, 1))
        text = Manifest(stored_at=datetime.now(UTC), files=described).model_dump_json()
        self._call(lambda files, root: files.pipe_file(f"{root}/{version}/{MANIFEST_FILE}", text.encode()), writes=True)
        create_private_file(cached / MANIFEST_FILE)
        (cached / MANIFEST_FILE).write_text(text, encoding="utf-8")
        make_newest(cached)
        return cached

    def fetch(self, version: str) -> Path:
        """See `ModelStore.fetch`. A copy in the cache is returned without a call."""
        folder = self._cache / version
        if not self._is_cached(version):
            manifest = self._manifest(version)
            if manifest is None:
                raise NotFound(f"MODELS_URL: there is no release {version} in {self._shown}")
            try:
                with written_as_a_whole(folder) as fresh:
                    for name, description in manifest.files.items():
                        self._download(version, name, description, fresh / name)
                    (fresh / MANIFEST_FILE).write_text(manifest.model_dump_json(), encoding="utf-8")
            except OSError as error:
                raise Unavailable(f"{folder} cannot be written: {one_line(error)}") from error
        make_newest(folder)
        self._evict({version})
        return folder

    def versions(self) -> list[str]:
        """See `ModelStore.versions`. While the storage does not answer, these are the versions in the cache."""
        try:
            return self._stored_versions()
        except StorageError:
            return local_versions(self._cache)

    def delete_old(self, kept: int, needed: Collection[str]) -> list[str]:
        """See `ModelStore.delete_old`. Copies in the cache are deleted too."""
        unneeded = [version for version in self._stored_versions() if version not in needed][kept:]
        for version in unneeded:
            self._call(partial(_remove_release, version), writes=True)
        delete_folders(self._cache, unneeded)
        self._evict(needed)
        return unneeded

    def ping(self) -> None:
        """See `ModelStore.ping`."""
        self._names()

    def verify(self) -> None:
        """See `ModelStore.verify`."""
        self._names()
        name, content = f"check-{secrets.token_hex(8)}", secrets.token_bytes(16)
        self._call(lambda files, root: files.pipe_file(f"{root}/{name}", content), writes=True)
        returned = self._call(lambda files, root: files.cat_file(f"{root}/{name}"))
        self._call(lambda files, root: files.rm_file(f"{root}/{name}"), writes=True)
        if returned != content:
            raise Unavailable(f"MODELS_URL: {self._shown} returned another content than was stored")

    def _copied_to_cache(self, version: str, folder: Path) -> Path:
        """Return the folder of a release in the cache, after copying it there if it is elsewhere."""
        cached = self._cache / version
        if folder.resolve() != cached.resolve() and not self._is_cached(version):
            try:
                with written_as_a_whole(cached) as fresh:
                    for file in files_of(folder):
                        (fresh / file.name).write_bytes(file.read_bytes())
            except OSError as error:
                raise Unavailable(f"{cached} cannot be written: {one_line(error)}") from error
        return cached

    def _is_cached(self, version: str) -> bool:
        """Return whether the cache has a release whose files are those of its manifest.

        A release that was trained here has no manifest until it is stored.
        """
        folder = self._cache / version
        if not has_release(folder):
            return False
        try:
            manifest = Manifest.model_validate_json((folder / MANIFEST_FILE).read_bytes())
            return all(_describe(folder / name) == description for name, description in manifest.files.items())
        except FileNotFoundError:
            return not (folder / MANIFEST_FILE).exists()
        except (OSError, ValidationError):
            return False

    def _evict(self, needed: Collection[str]) -> None:
        """Delete the releases in the cache that were used longest ago, if object storage has them."""
        stored = [
            version for version in local_versions(self._cache) if (self._cache / version / MANIFEST_FILE).exists()
        ]
        delete_folders(self._cache, [version for version in stored[CACHED_RELEASES:] if version not in needed])

    def _names(self) -> list[str]:
        """Return the names below the URL; none if nothing is stored there."""

        def names(files: Any, root: str) -> list[str]:
            with suppress(FileNotFoundError):
                return [path.rstrip("/").rpartition("/")[2] for path in files.ls(root, detail=False)]
            return []

        return self._call(names)

    def _stored_sizes(self, version: str) -> dict[str, int]:
        """Return the sizes of the objects of a release in bytes, by name."""

        def sizes(files: Any, root: str) -> dict[str, int]:
            with suppress(FileNotFoundError):
                entries = files.ls(f"{root}/{version}", detail=True)
                return {entry["name"].rpartition("/")[2]: entry["size"] for entry in entries}
            return {}

        return self._call(sizes)

    def _stored_versions(self) -> list[str]:
        """Return the complete releases of the storage, newest first."""
        stored_at: dict[str, datetime] = {}
        for version in filter(is_version, self._names()):
            with suppress(NotFound):  # A damaged manifest is no release.
                manifest = self._manifest(version)
                if manifest is not None:
                    stored_at[version] = manifest.stored_at
        return sorted(stored_at, key=stored_at.__getitem__, reverse=True)

    def _manifest(self, version: str) -> Manifest | None:
        """Read the manifest of a release; None if it has none.

        Raises:
            NotFound: the manifest is damaged.
        """

        def read(files: Any, root: str) -> bytes | None:
            with suppress(FileNotFoundError):
                content: bytes = files.cat_file(f"{root}/{version}/{MANIFEST_FILE}")
                return content
            return None

        content = self._call(read)
        try:
            return None if content is None else Manifest.model_validate_json(content)
        except ValidationError:
            raise self._damaged(version, MANIFEST_FILE) from None

    def _upload(self, file: Path, path: str, size: int) -> None:
        self._call(lambda files, root: files.put_file(str(file), f"{root}/{path}"), size, writes=True)

    def _download(self, version: str, name: str, description: StoredFile, file: Path) -> None:
        """Read an object into a file and compare it with its hash.

        Raises:
            NotFound: the object is missing, or has another content.
        """
        path = f"{version}/{description.object_name(name)}"
        try:
            self._call(lambda files, root: files.get_file(f"{root}/{path}", str(file)), description.size)
        except FileNotFoundError:
            raise self._damaged(version, name) from None
        if _describe(file) != description:
            raise self._damaged(version, name)

    def _damaged(self, version: str, name: str) -> NotFound:
        return NotFound(
            f"MODELS_URL: the release {version} in {self._shown} is damaged, {name} is not what was stored: delete it"
            " there, and run `reelmate index` on a machine that has it, or train again"
        )

    def _call(self, call: Callable[[Any, str], _T], size: int = 0, *, writes: bool = False) -> _T:
        """Call the storage in a thread of its own, which is left behind if it does not end in time.

        Args:
            call: takes the file system and the path of the URL in it.
            size: the number of bytes that are transferred.
            writes: whether the call stores something, so that a missing path means a missing bucket.

        Raises:
            FileNotFoundError: there is no such object.
            Misconfigured: the storage refuses the call.
            Unavailable: the storage cannot be reached, or did not answer in time.
        """
        outcome: Future[_T] = Future()

        def run() -> None:
            try:
                outcome.set_result(call(*self._open()))
            except BaseException as error:  # noqa: BLE001 - the caller raises it
                outcome.set_exception(error)

        Thread(target=run, name="model store", daemon=True).start()
        timeout_s = self._timeout_s + size / SLOWEST_BYTES_PER_S
        try:
            result = outcome.result(timeout_s)
        except FileNotFoundError as error:
            self.problem = ""
            if writes:
                raise Misconfigured(f"MODELS_URL: {self._shown} does not exist: {one_line(error)}") from None
            raise
        except PermissionError as error:
            raise self._failed(Misconfigured, f"access is denied: {one_line(error)}") from None
        except TimeoutError:
            raise self._failed(Unavailable, f"no answer within {timeout_s:g} s") from None
        except Exception as error:  # noqa: BLE001 - each driver has errors of its own
            raise self._failed(Unavailable, one_line(error)) from None
        self.problem = ""
        return result

    def _failed(self, kind: type[StorageError], reason: str) -> StorageError:
        self.problem = f"MODELS_URL: {self._shown} cannot be used: {reason}"
        return kind(self.problem)

    def _open(self) -> tuple[Any, str]:
        """Return the file system of the URL, without cached listings, and the path of the URL in it."""
        if self._opened is None:
            # Credentials may have changed since an earlier instance of the same URL was created.
            options: dict[str, Any] = {"skip_instance_cache": True}
            if self._url.startswith(("s3://", "s3a://")):
                options["config_kwargs"] = {"connect_timeout": self._timeout_s, "read_timeout": self._timeout_s}
            files, root = fsspec.url_to_fs(self._url, **options)
            self._opened = files, root.rstrip("/")
        self._opened[0].invalidate_cache()
        return self._opened


def _describe(file: Path) -> StoredFile:
    with file.open("rb") as content:
        return StoredFile(sha256=hashlib.file_digest(content, "sha256").hexdigest(), size=file.stat().st_size)


def _remove_release(version: str, files: Any, root: str) -> None:
    """Delete a release, its manifest first, so that nobody finds half of it."""
    path = f"{root}/{version}"
    with suppress(FileNotFoundError):
        files.rm_file(f"{path}/{MANIFEST_FILE}")
    files.invalidate_cache()
    with suppress(FileNotFoundError):
        files.rm(path, recursive=True)
