"""Files that were uploaded or fetched from the Web, in memory."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from bot.local_bot_api.errors import ApiError, bad_request
from bot.local_bot_api.images import image_size
from bot.local_bot_api.parameters import Parameters, Upload
from bot.local_bot_api.public_web import PublicWeb

MAX_DOWNLOAD = 20 * 1024 * 1024
"""Largest file in bytes that bots may download."""
MAX_PHOTO_BY_URL = 5 * 1024 * 1024
"""Largest photo in bytes that Telegram fetches from a URL."""
MAX_DOCUMENT_BY_URL = 20 * 1024 * 1024
"""Largest document in bytes that Telegram fetches from a URL."""

_PHOTO_EDGES = (("s", 90), ("m", 320), ("x", 800), ("y", 1280))
_FETCH_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file with a file_id.

    Attributes:
        kind: "photo", "document", "sticker" or "voice".
        content: the bytes as uploaded; the smaller sizes of a photo are not scaled.
        path: the `file_path` that getFile returns.
        api_object: the Bot API object of the file, such as a Document; for a photo, the list of its PhotoSizes.
    """

    kind: str
    content: bytes
    path: str
    api_object: Any


class FileStore:
    """The files of one server, in memory."""

    def __init__(self, web: httpx.AsyncBaseTransport | None, max_bytes: int | None = None) -> None:
        """Create an empty store.

        Args:
            web: the transport that fetches URLs; None uses the network, public addresses only.
            max_bytes: the total size above which the oldest files are evicted; None is unlimited.
        """
        self._web = web
        self._max_bytes = max_bytes
        self._bytes = 0
        self._numbers = itertools.count(1)
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add_photo(self, content: bytes) -> list[dict[str, Any]]:
        """Store a photo and return its PhotoSizes, smallest first.

        Raises:
            ApiError: the content is not a picture, or Telegram does not accept its dimensions.
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
        self._store(stored, [f"photo-{number}-{letter}" for letter in dict(edges)])
        return sizes

    def add_document(self, upload: Upload) -> dict[str, Any]:
        """Store a document and return its Document object.

        Raises:
            ApiError: the file is empty.
        """
        mime_type = upload.content_type or "application/octet-stream"
        return self.add("document", upload.content, upload.filename, file_name=upload.filename, mime_type=mime_type)

    def add(self, kind: str, content: bytes, name: str, **details: Any) -> dict[str, Any]:
        """Store a file and return its Bot API object.

        Args:
            kind: see `StoredFile`.
            content: the bytes.
            name: the file name; the path gets its extension.
            details: further fields of the Bot API object.

        Raises:
            ApiError: the file is empty.
        """
        if not content:
            raise bad_request("file must be non-empty")
        number = next(self._numbers)
        identity = {"file_id": f"{kind}-{number}", "file_unique_id": f"u{number}", "file_size": len(content)}
        api_object = {**details, **identity}
        extension = name.rpartition(".")[2] if "." in name else "bin"
        self._store(
            StoredFile(kind, content, f"{kind}s/file_{number}.{extension}", api_object), [api_object["file_id"]]
        )
        return api_object

    def get(self, file_id: str) -> StoredFile:
        """Return a file by its file_id.

        Raises:
            ApiError: there is no such file.
        """
        stored = self._by_id.get(file_id)
        if stored is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return stored

    def content_at(self, path: str) -> bytes | None:
        """Return the content of the file at a `file_path`; None if there is none."""
        stored = self._by_path.get(path)
        return None if stored is None else stored.content

    def content(self, file_id: str) -> bytes:
        """Return the content of a file by its file_id.

        Raises:
            LookupError: there is no such file, or it was evicted.
        """
        return self._by_id[file_id].content

    async def photo(self, parameters: Parameters, name: str, value: str) -> list[dict[str, Any]]:
        """Return the PhotoSizes of the photo that a call names by an upload, a URL or a file_id.

        Args:
            parameters: the parameters of the call, with its uploads.
            name: the form part that holds the upload if `value` is empty.
            value: "attach://part", a URL, a file_id, or empty.

        Raises:
            ApiError: the call names no file, or the file is not a photo.
        """
        source = await self._resolve(parameters, name, value, "photo", MAX_PHOTO_BY_URL)
        if isinstance(source, StoredFile):
            return list(source.api_object)
        return self.add_photo(source.content)

    async def document(self, parameters: Parameters, name: str, value: str) -> dict[str, Any]:
        """Return the Document that a call names; see `photo`.

        Raises:
            ApiError: the call names no file, or the file is not a document.
        """
        source = await self._resolve(parameters, name, value, "document", MAX_DOCUMENT_BY_URL)
        return dict(source.api_object) if isinstance(source, StoredFile) else self.add_document(source)

    async def _resolve(
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
                httpx.AsyncClient(
                    transport=self._web or PublicWeb(), timeout=_FETCH_TIMEOUT_S, follow_redirects=True
                ) as client,
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

    def _store(self, stored: StoredFile, file_ids: Iterable[str]) -> None:
        self._by_path[stored.path] = stored
        for file_id in file_ids:
            self._by_id[file_id] = stored
        self._bytes += len(stored.content)
        while self._max_bytes is not None and self._bytes > self._max_bytes and len(self._by_path) > 1:
            self._evict(next(iter(self._by_path.values())))

    def _evict(self, stored: StoredFile) -> None:
        del self._by_path[stored.path]
        self._by_id = {file_id: other for file_id, other in self._by_id.items() if other is not stored}
        self._bytes -= len(stored.content)


def file_info(files: FileStore, file_id: str) -> dict[str, Any]:
    """Return the File object of getFile.

    Raises:
        ApiError: there is no such file, or it is larger than `MAX_DOWNLOAD`.
    """
    try:
        stored = files.get(file_id)
    except ApiError:
        raise bad_request("invalid file_id") from None
    if len(stored.content) > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    api_objects = stored.api_object if isinstance(stored.api_object, list) else [stored.api_object]
    api_object = next(candidate for candidate in api_objects if candidate["file_id"] == file_id)
    return {
        "file_id": file_id,
        "file_unique_id": api_object["file_unique_id"],
        "file_size": len(stored.content),
        "file_path": stored.path,
    }
