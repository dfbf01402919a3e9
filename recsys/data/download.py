"""Download MovieLens 1M from GroupLens: resume, verify the checksum, and unpack atomically."""

import hashlib
import shutil
import tempfile
import time
import zipfile
from pathlib import Path

import httpx

from recsys.data.rows import Progress
from storage.private_files import make_private_folder

MOVIELENS_1M_URL = "https://files.grouplens.org/datasets/movielens/ml-1m.zip"
MOVIELENS_1M_MD5 = "c4d9eecfca2ab87c1945afe126590906"
MOVIELENS_NOTICE = (
    "MovieLens belongs to GroupLens Research, University of Minnesota. Its README sets the licence: do not pass the "
    "data on, no commercial use without their permission, and cite F. M. Harper and J. A. Konstan (2015), The "
    "MovieLens Datasets: History and Context, ACM TiiS 5(4), 19."
)
"""The licence notice. Show it to every person who downloads the data set."""

_NAME = "ml-1m"
_FILES = ("README", "movies.dat", "ratings.dat", "users.dat")


class DownloadError(Exception):
    """The download failed. The message is one line."""


def download_movielens_1m(
    folder: Path,
    progress: Progress | None = None,
    *,
    url: str = MOVIELENS_1M_URL,
    md5: str = MOVIELENS_1M_MD5,
    timeout_s: float = 20.0,
    deadline_s: float = 900.0,
) -> Path:
    """Download and unpack MovieLens 1M, unless the folder has it already.

    The received part of an interrupted download is kept, and the next call resumes it. The caller must show
    MOVIELENS_NOTICE.

    Args:
        folder: parent of the new folder "ml-1m". It is created if it does not exist.
        progress: called with "download" and the share that is received, 0..1.
        url: URL of the zip file.
        md5: hexadecimal checksum of the zip file.
        timeout_s: time limit for connecting and for each read.
        deadline_s: time limit for the download.

    Returns:
        The folder with movies.dat, ratings.dat, users.dat and README.

    Raises:
        DownloadError: the server is unreachable, answers with an error or interrupts the transfer, the deadline is
            exceeded, or the file is not the expected one.
    """
    target = folder / _NAME
    missing = [name for name in _FILES if not (target / name).is_file()]
    if not missing:
        return target
    if target.exists():
        raise DownloadError(f"{target} exists but lacks {', '.join(missing)}; remove it to download MovieLens 1M again")
    make_private_folder(folder)
    part = folder / f"{_NAME}.zip.part"
    try:
        _fetch(url, part, progress or (lambda _stage, _share: None), timeout_s, time.monotonic() + deadline_s)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DownloadError(f"could not download {url}: {reason}") from None
    with part.open("rb") as file:
        actual_md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if actual_md5 != md5:
        part.unlink()
        raise DownloadError(f"checksum mismatch for {url}: found MD5 {actual_md5}, expected {md5}")
    _unpack(part, target)
    part.unlink()
    return target


def _fetch(url: str, part: Path, progress: Progress, timeout_s: float, deadline: float) -> None:
    """Download the rest of the file and append it to the part file, until the deadline on the monotonic clock."""
    received = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={received}-"} if received else {})}
    with httpx.stream("GET", url, headers=headers, timeout=timeout_s, follow_redirects=True) as response:
        if received and response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # The part file is complete, or it is wrong, which the checksum will show.
        if not response.is_success:
            raise DownloadError(f"could not download {url}: the server answered {response.status_code}")
        resumed = response.headers.get("Content-Range", "").startswith(f"bytes {received}-")
        if response.status_code != httpx.codes.PARTIAL_CONTENT or not resumed:
            received = 0
        total = received + int(response.headers.get("Content-Length", 0))
        with part.open("ab" if received else "wb") as file:
            for chunk in response.iter_raw():
                file.write(chunk)
                received += len(chunk)
                progress("download", min(1.0, received / total) if total else 0.0)
                if time.monotonic() > deadline:
                    raise DownloadError(f"could not download {url} in time; the next attempt resumes the download")


def _unpack(archive: Path, target: Path) -> None:
    """Unpack into a temporary folder, and rename it to the target once it is complete."""
    with tempfile.TemporaryDirectory(prefix=f"{_NAME}-", dir=target.parent) as work:
        unpacked = Path(work) / _NAME
        unpacked.mkdir()
        try:
            with zipfile.ZipFile(archive) as source:
                for name in _FILES:
                    with source.open(f"{_NAME}/{name}") as packed_file, (unpacked / name).open("wb") as file:
                        shutil.copyfileobj(packed_file, file)
        except (zipfile.BadZipFile, KeyError) as error:
            archive.unlink()
            raise DownloadError(f"the downloaded zip file cannot be unpacked: {error}") from None
        unpacked.replace(target)
