"""MovieLens 1M from GroupLens: resumed where it broke off, checked, unpacked in one step."""

import hashlib
import shutil
import tempfile
import time
import zipfile
from pathlib import Path

import httpx

from recsys.data.rows import Progress

MOVIELENS_1M_URL = "https://files.grouplens.org/datasets/movielens/ml-1m.zip"
MOVIELENS_1M_MD5 = "c4d9eecfca2ab87c1945afe126590906"
MOVIELENS_NOTICE = (
    "MovieLens belongs to GroupLens Research, University of Minnesota. Its README sets the licence: do not pass the "
    "data on, no commercial use without their permission, and cite F. M. Harper and J. A. Konstan (2015), The "
    "MovieLens Datasets: History and Context, ACM TiiS 5(4), 19."
)
"""To be shown to whoever downloads it."""

_NAME = "ml-1m"
_FILES = ("README", "movies.dat", "ratings.dat", "users.dat")


class DownloadError(Exception):
    """The data could not be had; the message is one line."""


def download_movielens_1m(
    folder: Path,
    progress: Progress | None = None,
    *,
    url: str = MOVIELENS_1M_URL,
    md5: str = MOVIELENS_1M_MD5,
    timeout_s: float = 20.0,
    deadline_s: float = 900.0,
) -> Path:
    """Download and unpack MovieLens 1M; at once where that is done already.

    What arrived of a download that broke off is kept, and the next call goes on from there. Show MOVIELENS_NOTICE.

    Args:
        folder: where the folder "ml-1m" is to lie; made where it is not there.
        progress: called with "download" and the share that has arrived, 0..1.
        url: of the zip file.
        md5: hexadecimal checksum of the zip file.
        timeout_s: how long the server may be silent.
        deadline_s: how long the whole download may take.

    Returns:
        The folder with movies.dat, ratings.dat, users.dat and README.

    Raises:
        DownloadError: the server is not reached, refuses or breaks off, or sends something else.
    """
    target = folder / _NAME
    missing = [name for name in _FILES if not (target / name).is_file()]
    if not missing:
        return target
    if target.exists():
        raise DownloadError(f"{target} is there without {', '.join(missing)}; remove it to download MovieLens 1M anew")
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{_NAME}.zip.part"
    try:
        _fetch(url, part, progress or (lambda _stage, _share: None), timeout_s, time.monotonic() + deadline_s)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DownloadError(f"could not download {url}: {reason}") from None
    with part.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != md5:
        part.unlink()
        raise DownloadError(f"{url} is not the file that was expected: its md5 is {found}, not {md5}")
    _unpack(part, target)
    part.unlink()
    return target


def _fetch(url: str, part: Path, progress: Progress, timeout_s: float, ends: float) -> None:
    """Bring the part file to its full length."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
    with httpx.stream("GET", url, headers=headers, timeout=timeout_s, follow_redirects=True) as response:
        if have and response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # There is nothing after what we have: the checksum tells whether that is right.
        if not response.is_success:
            raise DownloadError(f"could not download {url}: the server answered {response.status_code}")
        resumed = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if response.status_code != httpx.codes.PARTIAL_CONTENT or not resumed:
            have = 0
        total = have + int(response.headers.get("Content-Length", 0))
        with part.open("ab" if have else "wb") as file:
            for chunk in response.iter_raw():
                file.write(chunk)
                have += len(chunk)
                progress("download", min(1.0, have / total) if total else 0.0)
                if time.monotonic() > ends:
                    raise DownloadError(f"could not download {url} in time; the next try goes on from here")


def _unpack(archive: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=f"{_NAME}-", dir=target.parent) as work:
        whole = Path(work) / _NAME
        whole.mkdir()
        try:
            with zipfile.ZipFile(archive) as source:
                for name in _FILES:
                    with source.open(f"{_NAME}/{name}") as packed, (whole / name).open("wb") as file:
                        shutil.copyfileobj(packed, file)
        except (zipfile.BadZipFile, KeyError) as error:
            archive.unlink()
            raise DownloadError(f"the downloaded zip file cannot be unpacked: {error}") from None
        whole.replace(target)
