"""Archives and tables as other services write them."""

import io
import zipfile
from collections.abc import Mapping

from recsys.histories.reading import read_histories
from recsys.histories.rows import History

FILM = "Date,Name,Year,Letterboxd URI"
THUMBS = "Profile Name,Title Name,Rating Type,Star Value,Thumbs Value,Device Model,Event Utc Ts,Region View Date\n"


def read_history(content: bytes, name: str = "") -> History:
    """Return what a file of one person says."""
    [history] = read_histories(content, name)
    return history


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return an archive of files by their paths."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writing:
        for path, content in files.items():
            writing.writestr(path, content)
    return archive.getvalue()


def letterboxd(
    ratings: Mapping[tuple[str, int], float], watched: list[tuple[str, int]], watchlist: list[tuple[str, int]]
) -> bytes:
    """Return an export of Letterboxd.

    Args:
        ratings: (title, year) -> stars.
        watched: (title, year) of films that were seen.
        watchlist: (title, year) of films to be seen.
    """

    def line(film: tuple[str, int], *more: object) -> str:
        return ",".join(["2024-01-02", f'"{film[0]}"', str(film[1]), "https://boxd.it/x", *map(str, more)])

    return zipped(
        {
            "profile.csv": "Date Joined,Username,Given Name,Email Address\n2020-01-01,zoe,Zoe,zoe@example.com\n",
            "ratings.csv": "\n".join([f"{FILM},Rating", *[line(film, stars) for film, stars in ratings.items()]]),
            "watched.csv": "\n".join([FILM, *map(line, watched)]),
            "watchlist.csv": "\n".join([FILM, *map(line, watchlist)]),
            "reviews.csv": f"{FILM},Rating,Rewatch,Review,Tags,Watched Date\n2024-01-02,Secret,2000,u,5,,bad,,\n",
            "deleted/ratings.csv": f"{FILM},Rating\n2024-01-02,Deleted,2000,u,5\n",
            "__MACOSX/._ratings.csv": b"\0\1\2\3",
        }
    )
