import hashlib
import io
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from recsys.data import read_dataset
from recsys.data.download import MOVIELENS_NOTICE, DownloadError, download_movielens_1m
from tests.unit.data.builders import ML_1M


def zipped(files: dict[str, str]) -> bytes:
    """Return a zip file with the structure of GroupLens' file: everything is in the folder ml-1m."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"ml-1m/{name}", text.encode("latin-1"))
    return buffer.getvalue()


ARCHIVE = zipped({**ML_1M, "README": "made up for a test"})
MD5 = hashlib.md5(ARCHIVE, usedforsecurity=False).hexdigest()


class FileServer:
    """An HTTP server on 127.0.0.1 that serves a file. It can ignore ranges, refuse requests, or interrupt transfers."""

    def __init__(self) -> None:
        self.content = ARCHIVE
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

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def server() -> Iterator[FileServer]:
    """A file server that stops at the end of the test."""
    running = FileServer()
    yield running
    running.close()


def test_download(tmp_path: Path, server: FileServer) -> None:
    """The data set is downloaded and unpacked, it is readable, no other file remains, and progress ends at 1."""
    shares: list[float] = []

    folder = download_movielens_1m(
        tmp_path / "data", lambda _stage, share: shares.append(share), url=server.url, md5=MD5
    )

    assert folder == tmp_path / "data" / "ml-1m"
    assert sorted(path.name for path in folder.iterdir()) == ["README", "movies.dat", "ratings.dat", "users.dat"]
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["ml-1m"]
    assert read_dataset(folder).name == "MovieLens 1M"
    assert shares[-1] == 1.0


def test_a_second_call_downloads_nothing(tmp_path: Path, server: FileServer) -> None:
    """A second call sends no request."""
    download_movielens_1m(tmp_path, url=server.url, md5=MD5)
    download_movielens_1m(tmp_path, url=server.url, md5=MD5)
    assert server.ranges == [None]


def test_resume(tmp_path: Path, server: FileServer) -> None:
    """An interrupted download raises an error of one line, and the next call resumes it."""
    server.interrupt_after = 100
    with pytest.raises(DownloadError) as raised:
        download_movielens_1m(tmp_path, url=server.url, md5=MD5)
    assert "\n" not in str(raised.value)
    assert (tmp_path / "ml-1m.zip.part").read_bytes() == ARCHIVE[:100]
    server.interrupt_after = None

    folder = download_movielens_1m(tmp_path, url=server.url, md5=MD5)

    assert server.ranges == [None, "bytes=100-"]
    assert (folder / "ratings.dat").read_text() == ML_1M["ratings.dat"]


def test_resume_without_ranges(tmp_path: Path, server: FileServer) -> None:
    """If the server ignores the range and sends the complete file, the part file is overwritten."""
    (tmp_path / "ml-1m.zip.part").write_bytes(ARCHIVE[:100])
    server.supports_ranges = False

    folder = download_movielens_1m(tmp_path, url=server.url, md5=MD5)

    assert (folder / "movies.dat").read_bytes() == ML_1M["movies.dat"].encode("latin-1")


def test_a_complete_part_file(tmp_path: Path, server: FileServer) -> None:
    """If only the unpacking was interrupted, nothing is downloaded again."""
    (tmp_path / "ml-1m.zip.part").write_bytes(ARCHIVE)
    assert (download_movielens_1m(tmp_path, url=server.url, md5=MD5) / "users.dat").exists()
    assert server.ranges == [f"bytes={len(ARCHIVE)}-"]


@pytest.mark.parametrize("part_size", [0, len(ARCHIVE)], ids=["no part file", "complete part file"])
def test_wrong_checksum(tmp_path: Path, server: FileServer, part_size: int) -> None:
    """A file with the wrong checksum is refused and removed, so that the next attempt starts from the beginning."""
    if part_size:
        (tmp_path / "ml-1m.zip.part").write_bytes(b"x" * part_size)
    else:
        server.content = b"x" * 1000
    with pytest.raises(DownloadError, match="checksum mismatch"):
        download_movielens_1m(tmp_path, url=server.url, md5=MD5)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"no zip file", zipped({"README": "lacks the rest"})])
def test_a_zip_that_cannot_be_unpacked(tmp_path: Path, server: FileServer, content: bytes) -> None:
    """A damaged archive with the right checksum leaves no files behind."""
    server.content = content
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    with pytest.raises(DownloadError, match="cannot be unpacked"):
        download_movielens_1m(tmp_path, url=server.url, md5=md5)
    assert list(tmp_path.iterdir()) == []


def test_refused(tmp_path: Path, server: FileServer) -> None:
    """The error for a refused request is one line with the status code."""
    server.status = 503
    with pytest.raises(DownloadError) as raised:
        download_movielens_1m(tmp_path, url=server.url, md5=MD5)
    assert str(raised.value) == f"could not download {server.url}: the server answered 503"


def test_an_unreachable_server(tmp_path: Path, server: FileServer) -> None:
    """The error for an unreachable server is one line."""
    server.close()
    with pytest.raises(DownloadError) as raised:
        download_movielens_1m(tmp_path, url=server.url, md5=MD5, timeout_s=2.0)
    assert str(raised.value).startswith(f"could not download {server.url}: ")
    assert "\n" not in str(raised.value)


def test_the_deadline(tmp_path: Path, server: FileServer) -> None:
    """A download that exceeds the deadline is aborted, and its part file is kept."""
    with pytest.raises(DownloadError, match="in time"):
        download_movielens_1m(tmp_path, url=server.url, md5=MD5, deadline_s=0.0)
    assert (tmp_path / "ml-1m.zip.part").stat().st_size > 0


def test_an_incomplete_folder_is_not_touched(tmp_path: Path, server: FileServer) -> None:
    """An existing folder without the files is refused and keeps its content."""
    (tmp_path / "ml-1m").mkdir()
    (tmp_path / "ml-1m" / "notes.txt").write_text("mine")
    with pytest.raises(DownloadError, match="remove it"):
        download_movielens_1m(tmp_path, url=server.url, md5=MD5)
    assert server.ranges == []
    assert (tmp_path / "ml-1m" / "notes.txt").read_text() == "mine"


def test_the_notice_names_the_conditions() -> None:
    """The notice states the licence and the paper to cite."""
    assert "do not pass the data on" in MOVIELENS_NOTICE
    assert "commercial" in MOVIELENS_NOTICE
    assert "Harper" in MOVIELENS_NOTICE
    assert "Konstan (2015)" in MOVIELENS_NOTICE
