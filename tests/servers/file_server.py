"""A local server of zip files, in place of GroupLens."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


def zipped(files: Mapping[str, str], folder: str = "ml-1m", encoding: str = "latin-1") -> bytes:
    """Return a zip file with the structure of GroupLens' files: everything is in one folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{folder}/", "")
        for name, text in files.items():
            archive.writestr(f"{folder}/{name}", text.encode(encoding))
    return buffer.getvalue()


def md5_of(content: bytes) -> str:
    """Return the checksum of a file."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


class FileServer:
    """An HTTP server on 127.0.0.1 that serves a file, and beside it a file with its checksum.

    It can ignore ranges, refuse requests, or interrupt transfers.
    """

    def __init__(self, content: bytes = b"") -> None:
        self.content = content
        self.checksum: str | None = None
        self.status = 200
        self.interrupt_after: int | None = None
        self.supports_ranges = True
        self.ranges: list[str | None] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/ml-1m.zip"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        files = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.endswith(".md5"):
                    self.answer_checksum()
                    return
                requested = self.headers.get("Range")
                files.ranges.append(requested)
                if requested and files.supports_ranges:
                    first = int(requested.removeprefix("bytes=").removesuffix("-"))
                else:
                    first = 0
                body, status = files.content[first:], files.status
                if status == 200 and first:
                    status = 206 if body else 416
                self.send_response(status)
                if status == 206:
                    self.send_header("Content-Range", f"bytes {first}-{len(files.content) - 1}/{len(files.content)}")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: files.interrupt_after])
                self.close_connection = True

            def answer_checksum(self) -> None:
                body = (files.checksum or "").encode()
                self.send_response(404 if files.checksum is None else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
