"""Files that were sent, and the Web they may be fetched from."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from bot.local_bot_api.errors import ApiError, bad_request
from bot.local_bot_api.images import image_size
from bot.local_bot_api.parameters import Parameters, Upload

MAX_DOWNLOAD = 20 * 1024 * 1024
"""Bytes that getFile hands out at most."""
MAX_PHOTO_BY_URL = 5 * 1024 * 1024
MAX_DOCUMENT_BY_URL = 20 * 1024 * 1024

_PHOTO_EDGES = (("s", 90), ("m", 320), ("x", 800), ("y", 1280))
_FETCH_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One thing that has a file_id.

    Attributes:
        kind: "photo", "document", "sticker" or "voice".
        content: the bytes, as they came: the smaller sizes of a photo are not scaled.
        path: what getFile answers as `file_path`.
        shape: what a message shows of it; of a photo, all its sizes.
    """

    kind: str
    content: bytes
    path: str
    shape: Any


class FileStore:
    """All files of one server, in memory."""

    def __init__(self, web: httpx.AsyncBaseTransport | None, max_bytes: int | None = None) -> None:
        """Start empty.

        Args:
            web: where addresses lead; None is the real network.
            max_bytes: above this, the oldest files are forgotten; None is without end.
        """
        self._web = web
        self._max_bytes = max_bytes
        self._bytes = 0
        self._numbers = itertools.count(1)
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add_photo(self, content: bytes) -> list[dict[str, Any]]:
        """Keep a photo and give it its PhotoSizes, smallest first.

        Raises:
            ApiError: it is no picture, or of a shape that Telegram does not take.
        """
        size = image_size(content)
        if size is None:
            raise bad_request("IMAGE_PROCESS_FAILED")
        width, height = size
        if min(size) < 1 or width + height > 10_000 or max(size) > 20 * min(size):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        number = next(self._numbers)
        edges = [edge for edge in _PHOTO_EDGES if edge[1] < max(size)]
        edges.append(_PHOTO_EDGES[min(len(edges), len(_PHOTO_EDGES) - 1)])
        sizes = []
        for letter, edge in dict(edges).items():
            scale = min(1.0, edge / max(size))
            sizes.append(
                {
                    "file_id": f"photo-{number}-{letter}",
                    "file_unique_id": f"u{number}{letter}",
                    "width": max(1, round(width * scale)),
                    "height": max(1, round(height * scale)),
                    "file_size": len(content),
                }
            )
        stored = StoredFile("photo", content, f"photos/file_{number}.jpg", sizes)
        self._keep(stored, [f"photo-{number}-{letter}" for letter in dict(edges)])
        return sizes

    def add_document(self, upload: Upload) -> dict[str, Any]:
        """Keep a document: what a message shows of it.

        Raises:
            ApiError: it is empty.
        """
        mime_type = upload.content_type or "application/octet-stream"
        return self.add("document", upload.content, upload.filename, file_name=upload.filename, mime_type=mime_type)

    def add(self, kind: str, content: bytes, name: str, **details: Any) -> dict[str, Any]:
        """Keep a file of any kind: what a message shows of it.

        Args:
            name: its file name, of which the path keeps the ending.

        Raises:
            ApiError: it is empty.
        """
        if not content:
            raise bad_request("file must be non-empty")
        number = next(self._numbers)
        identity = {"file_id": f"{kind}-{number}", "file_unique_id": f"u{number}", "file_size": len(content)}
        shape = {**details, **identity}
        ending = name.rpartition(".")[2] if "." in name else "bin"
        self._keep(StoredFile(kind, content, f"{kind}s/file_{number}.{ending}", shape), [shape["file_id"]])
        return shape

    def get(self, file_id: str) -> StoredFile:
        """The file of a file_id.

        Raises:
            ApiError: there is none.
        """
        stored = self._by_id.get(file_id)
        if stored is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return stored

    def at(self, path: str) -> bytes | None:
        """The content under a `file_path`; None where there is none."""
        stored = self._by_path.get(path)
        return None if stored is None else stored.content

    def content(self, file_id: str) -> bytes:
        """The content of a file_id.

        Raises:
            LookupError: there is none, or it was forgotten.
        """
        return self._by_id[file_id].content

    async def photo(self, parameters: Parameters, name: str, value: str) -> list[dict[str, Any]]:
        """The PhotoSizes of what a call names: an upload, an address or a file_id.

        Args:
            name: the part under which the file may have been uploaded.
            value: "attach://part", an address, a file_id, or empty.

        Raises:
            ApiError: it names nothing, or no photo.
        """
        given = await self._given(parameters, name, value, "photo", MAX_PHOTO_BY_URL)
        if isinstance(given, StoredFile):
            return list(given.shape)
        return self.add_photo(given.content)

    async def document(self, parameters: Parameters, name: str, value: str) -> dict[str, Any]:
        """The Document of what a call names, as `photo` does.

        Raises:
            ApiError: it names nothing, or no document.
        """
        given = await self._given(parameters, name, value, "document", MAX_DOCUMENT_BY_URL)
        return dict(given.shape) if isinstance(given, StoredFile) else self.add_document(given)

    async def _given(
        self, parameters: Parameters, name: str, value: str, kind: str, max_bytes: int
    ) -> StoredFile | Upload:
        upload = parameters.uploads.get(value.removeprefix("attach://") if value else name)
        if upload is not None:
            return upload
        if not value or value.startswith("attach://"):
            raise bad_request(f"there is no {kind} in the request")
        if value.startswith(("http://", "https://")):
            return await self._fetch(value, kind, max_bytes)
        stored = self.get(value)
        if stored.kind != kind:
            raise bad_request(f"can't use file of type {stored.kind.title()} as {kind.title()}")
        return stored

    async def _fetch(self, url: str, kind: str, max_bytes: int) -> Upload:
        failed = bad_request("failed to get HTTP URL content")
        content = b""
        try:
            async with (
                httpx.AsyncClient(transport=self._web, timeout=_FETCH_TIMEOUT_S, follow_redirects=True) as client,
                client.stream("GET", url) as response,
            ):
                content_type = response.headers.get("content-type", "").partition(";")[0]
                if not response.is_success:
                    raise failed
                if kind == "photo" and not content_type.startswith("image/"):
                    raise bad_request("wrong type of the web page content")
                async for piece in response.aiter_bytes():
                    content += piece
                    if len(content) > max_bytes:
                        raise failed
        except (httpx.HTTPError, httpx.InvalidURL):
            raise failed from None
        return Upload(httpx.URL(url).path.rpartition("/")[2] or "file", content_type, content)

    def _keep(self, stored: StoredFile, file_ids: Iterable[str]) -> None:
        self._by_path[stored.path] = stored
        for file_id in file_ids:
            self._by_id[file_id] = stored
        self._bytes += len(stored.content)
        while self._max_bytes is not None and self._bytes > self._max_bytes and len(self._by_path) > 1:
            self._forget(next(iter(self._by_path.values())))

    def _forget(self, stored: StoredFile) -> None:
        del self._by_path[stored.path]
        self._by_id = {file_id: one for file_id, one in self._by_id.items() if one is not stored}
        self._bytes -= len(stored.content)


def file_of(files: FileStore, file_id: str) -> dict[str, Any]:
    """What getFile answers.

    Raises:
        ApiError: there is no such file, or it is larger than bots may download.
    """
    try:
        stored = files.get(file_id)
    except ApiError:
        raise bad_request("invalid file_id") from None
    if len(stored.content) > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    shapes = stored.shape if isinstance(stored.shape, list) else [stored.shape]
    shape = next(shape for shape in shapes if shape["file_id"] == file_id)
    return {
        "file_id": file_id,
        "file_unique_id": shape["file_unique_id"],
        "file_size": len(stored.content),
        "file_path": stored.path,
    }
