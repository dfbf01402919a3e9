import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recsys.data import read_dataset
from recsys.data.download import RELEASES, DownloadError, MovieLensRelease, download_movielens, find_release
from recsys.data.rows import Progress
from tests.servers.file_server import FileServer, md5_of, zipped
from tests.unit.data.builders import LATEST_SMALL, ML_1M, ML_10M, ML_100K, Files

ARCHIVE = zipped({**ML_1M, "README": "made up for a test"})
MD5 = md5_of(ARCHIVE)
LATEST = RELEASES["ml-latest-small"]


def download_1m(folder: Path, progress: Progress | None = None, *, md5: str = MD5, **more: Any) -> Path:
    """Download the archive of these tests in place of MovieLens 1M."""
    return download_movielens(replace(RELEASES["ml-1m"], md5=md5), folder, progress, **more)


@pytest.fixture
def server() -> Iterator[FileServer]:
    """A file server that stops at the end of the test."""
    running = FileServer(ARCHIVE)
    yield running
    running.close()


def test_download(tmp_path: Path, server: FileServer) -> None:
    """The data set is downloaded and unpacked, it is readable, no other file remains, and progress ends at 1."""
    shares: list[float] = []

    folder = download_1m(tmp_path / "data", lambda _stage, share: shares.append(share), url=server.url)

    assert folder == tmp_path / "data" / "ml-1m"
    assert sorted(path.name for path in folder.iterdir()) == ["README", "movies.dat", "ratings.dat", "users.dat"]
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["ml-1m"]
    assert read_dataset(folder).name == "MovieLens 1M"
    assert shares[-1] == 1.0


def test_a_second_call_downloads_nothing(tmp_path: Path, server: FileServer) -> None:
    """A second call sends no request."""
    download_1m(tmp_path, url=server.url)
    download_1m(tmp_path, url=server.url)
    assert server.ranges == [None]


def test_resume(tmp_path: Path, server: FileServer) -> None:
    """An interrupted download raises an error of one line, and the next call resumes it."""
    server.interrupt_after = 100
    with pytest.raises(DownloadError) as raised:
        download_1m(tmp_path, url=server.url)
    assert "\n" not in str(raised.value)
    assert (tmp_path / "ml-1m.zip.part").read_bytes() == ARCHIVE[:100]
    server.interrupt_after = None

    folder = download_1m(tmp_path, url=server.url)

    assert server.ranges == [None, "bytes=100-"]
    assert (folder / "ratings.dat").read_text() == ML_1M["ratings.dat"]


def test_resume_without_ranges(tmp_path: Path, server: FileServer) -> None:
    """If the server ignores the range and sends the complete file, the part file is overwritten."""
    (tmp_path / "ml-1m.zip.part").write_bytes(ARCHIVE[:100])
    server.supports_ranges = False

    folder = download_1m(tmp_path, url=server.url)

    assert (folder / "movies.dat").read_bytes() == ML_1M["movies.dat"].encode("latin-1")


def test_a_complete_part_file(tmp_path: Path, server: FileServer) -> None:
    """If only the unpacking was interrupted, nothing is downloaded again."""
    (tmp_path / "ml-1m.zip.part").write_bytes(ARCHIVE)
    assert (download_1m(tmp_path, url=server.url) / "users.dat").exists()
    assert server.ranges == [f"bytes={len(ARCHIVE)}-"]


@pytest.mark.parametrize("part_size", [0, len(ARCHIVE)], ids=["no part file", "complete part file"])
def test_wrong_checksum(tmp_path: Path, server: FileServer, part_size: int) -> None:
    """A file with the wrong checksum is refused and removed, so that the next attempt starts from the beginning."""
    if part_size:
        (tmp_path / "ml-1m.zip.part").write_bytes(b"x" * part_size)
    else:
        server.content = b"x" * 1000
    with pytest.raises(DownloadError, match="checksum mismatch"):
        download_1m(tmp_path, url=server.url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"no zip file", zipped({"README": "lacks the rest"})])
def test_a_zip_that_cannot_be_unpacked(tmp_path: Path, server: FileServer, content: bytes) -> None:
    """A damaged archive with the right checksum leaves no files behind."""
    server.content = content
    md5 = md5_of(content)
    with pytest.raises(DownloadError, match="cannot be unpacked"):
        download_1m(tmp_path, url=server.url, md5=md5)
    assert list(tmp_path.iterdir()) == []


def test_refused(tmp_path: Path, server: FileServer) -> None:
    """The error for a refused request is one line with the status code."""
    server.status = 503
    with pytest.raises(DownloadError) as raised:
        download_1m(tmp_path, url=server.url)
    assert str(raised.value) == f"could not download {server.url}: the server answered 503"


def test_an_unreachable_server(tmp_path: Path, server: FileServer) -> None:
    """The error for an unreachable server is one line."""
    server.close()
    with pytest.raises(DownloadError) as raised:
        download_1m(tmp_path, url=server.url, timeout_s=2.0)
    assert str(raised.value).startswith(f"could not download {server.url}: ")
    assert "\n" not in str(raised.value)


def test_the_deadline(tmp_path: Path, server: FileServer) -> None:
    """A download that exceeds the deadline is aborted, and its part file is kept."""
    with pytest.raises(DownloadError, match="in time"):
        download_1m(tmp_path, url=server.url, deadline_s=0.0)
    assert (tmp_path / "ml-1m.zip.part").stat().st_size > 0


def test_an_incomplete_folder_is_not_touched(tmp_path: Path, server: FileServer) -> None:
    """An existing folder without the files is refused and keeps its content."""
    (tmp_path / "ml-1m").mkdir()
    (tmp_path / "ml-1m" / "notes.txt").write_text("mine")
    with pytest.raises(DownloadError, match="remove it"):
        download_1m(tmp_path, url=server.url)
    assert server.ranges == []
    assert (tmp_path / "ml-1m" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("line", ["MD5 (ml-latest-small.zip) = {}\n", "{}  ml-latest-small.zip\n"])
def test_a_release_that_changes(tmp_path: Path, server: FileServer, line: str) -> None:
    """The checksum of a release that GroupLens replaces now and then is read from the file beside it."""
    server.content = zipped({**LATEST_SMALL, "README.txt": "made up", "genome-tags.csv": ""}, LATEST.name, "utf-8")
    server.checksum = line.format(md5_of(server.content).upper())

    folder = download_movielens(LATEST, tmp_path, url=server.url)

    assert folder == tmp_path / "ml-latest-small"
    assert sorted(path.name for path in folder.iterdir()) == sorted(LATEST.files)
    dataset = read_dataset(folder)
    assert (dataset.name, len(dataset.movies)) == ("MovieLens latest-small", 5)


@pytest.mark.parametrize(
    ("checksum", "sentence"),
    [
        (None, "{url}.md5: the server answered 404"),
        ("<html>moved</html>", "{url}: {url}.md5 has no MD5 checksum"),
    ],
)
def test_a_missing_checksum(tmp_path: Path, server: FileServer, checksum: str | None, sentence: str) -> None:
    """Without a checksum beside it, a release that changes is not downloaded."""
    server.checksum = checksum
    with pytest.raises(DownloadError) as raised:
        download_movielens(LATEST, tmp_path, url=server.url)
    assert str(raised.value) == f"could not download {sentence.format(url=server.url)}"
    assert server.ranges == []


@pytest.mark.parametrize(
    ("name", "files", "folder", "encoding"),
    [
        ("ml-10m", {**ML_10M, "README.html": "", "tags.dat": ""}, "ml-10M100K", "utf-8"),
        ("ml-100k", {**ML_100K, "README": ""}, "ml-100k", "latin-1"),
    ],
)
def test_archives_with_other_files(
    tmp_path: Path, server: FileServer, name: str, files: Files, folder: str, encoding: str
) -> None:
    """The files are found in the archive whatever its folder is called, and the new folder has the release's name."""
    server.content = zipped({**files, "allbut.pl": "a script"}, folder, encoding)
    release = replace(RELEASES[name], md5=md5_of(server.content))

    unpacked = download_movielens(release, tmp_path, url=server.url)

    assert sorted(path.name for path in unpacked.iterdir()) == sorted(release.files)
    assert unpacked.name == name
    assert len(read_dataset(unpacked).rating_stars) == 3


@pytest.mark.parametrize(
    ("typed", "name"),
    [("ml-32m", "ml-32m"), ("ML-32M", "ml-32m"), ("32m", "ml-32m"), (" latest ", "ml-latest"), ("ml-33m", None)],
)
def test_names_of_releases(typed: str, name: str | None) -> None:
    """A release is found by its name in upper and lower case, also without its prefix."""
    release = find_release(typed)
    assert (release and release.name) == name


@pytest.mark.parametrize("release", RELEASES.values(), ids=RELEASES)
def test_every_release(release: MovieLensRelease) -> None:
    """Each is a zip file at GroupLens with the README, and only those that change have no checksum of their own."""
    assert release.url == f"https://files.grouplens.org/datasets/movielens/{release.name}.zip"
    assert any(name.startswith("README") for name in release.files)
    assert (release.md5 is None) == ("latest" in release.name)
    assert release.md5 is None or re.fullmatch(r"[0-9a-f]{32}", release.md5)


@pytest.mark.parametrize(
    ("name", "redistribution"),
    [("ml-1m", "do not pass the data on"), ("ml-32m", "pass the data on under the same licence only")],
)
def test_the_notice_names_the_conditions(name: str, redistribution: str) -> None:
    """The notice states the licence and the paper to cite."""
    notice = RELEASES[name].notice
    assert redistribution in notice
    assert "commercial" in notice
    assert "Harper" in notice
    assert "Konstan (2015)" in notice
