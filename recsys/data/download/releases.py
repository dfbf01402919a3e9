"""The releases of MovieLens that can be downloaded by name."""

from dataclasses import dataclass

BASE_URL = "https://files.grouplens.org/datasets/movielens"
"""The folder with the zip file of every release, and a file ".md5" beside each."""

_OLD_FILES = ("README", "movies.dat", "ratings.dat", "users.dat")
_CSV_FILES = ("README.txt", "movies.csv", "ratings.csv", "links.csv", "tags.csv")

_NO_REDISTRIBUTION = "do not pass the data on"
_SHARE_ALIKE = "pass the data on under the same licence only"


@dataclass(frozen=True, slots=True)
class MovieLensRelease:
    """A release of MovieLens.

    Attributes:
        name: name of the zip file without its suffix, and of the folder with the unpacked files.
        files: names of the files to unpack. Other files of the archive are not needed.
        redistribution: what the licence says about passing the data on.
        md5: hexadecimal checksum of the zip file; None for a release that GroupLens replaces now and then.
    """

    name: str
    files: tuple[str, ...]
    redistribution: str = _SHARE_ALIKE
    md5: str | None = None

    @property
    def url(self) -> str:
        """URL of the zip file."""
        return f"{BASE_URL}/{self.name}.zip"

    @property
    def notice(self) -> str:
        """The licence notice. Show it to every person who downloads the release."""
        return (
            "MovieLens belongs to GroupLens Research, University of Minnesota. Its README sets the licence: "
            f"{self.redistribution}, no commercial use without their permission, and cite F. M. Harper and J. A. "
            "Konstan (2015), The MovieLens Datasets: History and Context, ACM TiiS 5(4), 19."
        )


RELEASES = {
    release.name: release
    for release in (
        MovieLensRelease("ml-32m", _CSV_FILES, md5="d472be332d4daa821edc399621853b57"),
        MovieLensRelease("ml-latest", _CSV_FILES),
        MovieLensRelease("ml-latest-small", _CSV_FILES),
        MovieLensRelease("ml-25m", _CSV_FILES, md5="6b51fb2759a8657d3bfcbfc42b592ada"),
        MovieLensRelease("ml-20m", _CSV_FILES, md5="cd245b17a1ae2cc31bb14903e1204af3"),
        MovieLensRelease(
            "ml-10m",
            ("README.html", "movies.dat", "ratings.dat", "tags.dat"),
            _NO_REDISTRIBUTION,
            "ce571fd55effeba0271552578f2648bd",
        ),
        MovieLensRelease("ml-1m", _OLD_FILES, _NO_REDISTRIBUTION, "c4d9eecfca2ab87c1945afe126590906"),
        MovieLensRelease(
            "ml-100k",
            ("README", "u.item", "u.data", "u.user"),
            _NO_REDISTRIBUTION,
            "0e33842e24a9c977be4e0107933c0723",
        ),
    )
}
"""The releases by name, the recommended one first. GroupLens publishes the same checksums."""


def find_release(name: str) -> MovieLensRelease | None:
    """Return the release with a name, in upper or lower case and with or without "ml-"; None if there is none."""
    key = name.strip().casefold()
    return RELEASES.get(key) or RELEASES.get(f"ml-{key}")
