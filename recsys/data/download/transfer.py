"""Download MovieLens from GroupLens: resume, verify the checksum, and unpack atomically."""

import hashlib
import re
import shutil
import tempfile
import time
import zipfile
from pathlib import Path, PurePosixPath

import httpx

from recsys.data.download.releases import MovieLensRelease
from recsys.data.rows import Progress
from storage.private_files import make_private_folder

_MD5 = re.compile(r"\b[0-9a-fA-F]{32}\b")
_MAX_CHECKSUM_BYTES = 1000


class DownloadError(Exception):
    """The download failed. The message is one line."""


def download_movielens(
    release: MovieLensRelease,
    folder: Path,
    progress: Progress | None = None,
    *,
    url: str | None = None,
    timeout_s: float = 20.0,
    deadline_s: float = 3600.0,
) -> Path:
    """Download and unpack a release of MovieLens, unless the folder has it already.

    The received part of an interrupted download is kept, and the next call resumes it. The caller must show the
    release's notice.

    Args:
        release: what to download.
        folder: parent of the new folder, which is named after the release. It is created if it does not exist.
        progress: called with "download" and the share that is received, 0..1, and with "unpack" and the share that is
            unpacked.
        url: URL of the zip file; None for that of the release.
        timeout_s: time limit for connecting and for each read.
        deadline_s: time limit for the download.

    Returns:
        The folder with the files of the release.

    Raises:
        DownloadError: the server is unreachable, answers with an error or interrupts the transfer, the deadline is
            exceeded, or the file is not the expected one.
    """
    target = folder / release.name
    missing = [name for name in release.files if not (target / name).is_file()]
    if not missing:
        return target
    if target.exists():
        raise DownloadError(
            f"{target} exists but lacks {', '.join(missing)}; remove it to download {release.name} again"
        )
    make_private_folder(folder)
    url, report = url or release.url, progress or (lambda _stage, _share: None)
    part = folder / f"{release.name}.zip.part"
    try:
        expected_md5 = release.md5 or _published_md5(url, timeout_s)
        _fetch(url, part, report, timeout_s, time.monotonic() + deadline_s)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DownloadError(f"could not download {url}: {reason}") from None
    with part.open("rb") as file:
        actual_md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if actual_md5 != expected_md5:
        part.unlink()
        raise DownloadError(f"checksum mismatch for {url}: found MD5 {actual_md5}, expected {expected_md5}")
    _unpack(part, target, release.files, report)
    part.unlink()
    return target


def _published_md5(url: str, timeout_s: float) -> str:
    """Return the checksum that GroupLens publishes beside a zip file, as "MD5 (name) = digits" or "digits  name"."""
    response = httpx.get(f"{url}.md5", timeout=timeout_s, follow_redirects=True)
    if not response.is_success:
        raise DownloadError(f"could not download {url}.md5: the server answered {response.status_code}")
    match = _MD5.search(response.text[:_MAX_CHECKSUM_BYTES])
    if match is None:
        raise DownloadError(f"could not download {url}: {url}.md5 has no MD5 checksum")
    return match[0].lower()


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


def _unpack(archive: Path, target: Path, files: tuple[str, ...], progress: Progress) -> None:
    """Unpack files into a temporary folder, and rename it to the target once it is complete.

    The files are in the only folder of the archive, whatever its name: it is "ml-10M100K" in ml-10m.zip.
    """
    with tempfile.TemporaryDirectory(prefix=f"{target.name}-", dir=target.parent) as work:
        unpacked = Path(work) / target.name
        unpacked.mkdir()
        try:
            with zipfile.ZipFile(archive) as source:
                members = {PurePosixPath(member.filename).name: member for member in source.infolist()}
                for done, name in enumerate(files):
                    progress("unpack", done / len(files))
                    with source.open(members[name]) as packed_file, (unpacked / name).open("wb") as file:
                        shutil.copyfileobj(packed_file, file)
        except (zipfile.BadZipFile, KeyError) as error:
            archive.unlink()
            raise DownloadError(f"the downloaded zip file cannot be unpacked: {error}") from None
        unpacked.replace(target)
    progress("unpack", 1.0)
