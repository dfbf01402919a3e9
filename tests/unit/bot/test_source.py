"""A data set is chosen by a folder, by the name of a release, or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import BadInput
from bot.releases.source import Source, read_source
from bot.reporting import no_progress
from bot.settings import Settings
from recsys.data.download import RELEASES, DownloadError
from tests.servers.file_server import FileServer, md5_of, zipped
from tests.unit.data.builders import LATEST_SMALL, write

RATINGS = "user_id,movie_id,rating\n1,9,4\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home without any data."""
    return Settings(_env_file=None, reelmate_home=tmp_path / "home")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """A server in place of GroupLens, with one archive and its checksum under every name."""
    running = FileServer(zipped({**LATEST_SMALL, "README.txt": "made up"}, "ml-latest-small", "utf-8"))
    running.checksum = f"MD5 (any.zip) = {md5_of(running.content)}"
    monkeypatch.setattr("recsys.data.download.releases.BASE_URL", running.url.rpartition("/")[0])
    yield running
    running.close()


def test_a_release_by_name(settings: Settings, server: FileServer) -> None:
    """The release is downloaded once, its licence is shown each time, and its tables are read."""
    notes: list[str] = []
    for _ in range(2):
        dataset = read_source(Source(download=("latest-small",)), settings, no_progress, notes.append)
        assert dataset.name == "MovieLens latest-small"
        assert [movie.label for movie in dataset.movies] == [
            "Toy Story (1995)",
            "The Usual Suspects (1995)",
            "'Til There Was You (1997)",
            'Andrew Dice Clay: "Dice Rules" (1991)',
            "Nocturne",
        ]
        assert dataset.movies[-1].imdb_id == "tt15000156"
    assert server.ranges == [None]
    assert notes == [RELEASES["ml-latest-small"].notice] * 2


@pytest.mark.usefixtures("server")
def test_a_release_and_folders_are_joined(settings: Settings, tmp_path: Path) -> None:
    """The release leads, whatever the order of the options."""
    own = write(tmp_path / "club", {"movies.csv": "movie_id,title\n9,Toy Story (1995)\n", "ratings.csv": RATINGS})
    notes: list[str] = []
    dataset = read_source(Source.of([own], ["latest-small"], False, None), settings, no_progress, notes.append)
    assert dataset.name == "MovieLens latest-small + club"
    assert (dataset.movies[0].movie_id, dataset.movies[0].rating_count) == (1, 2)
    assert notes[1].startswith("MovieLens latest-small + club: joined 0 movies by MovieLens id")


@pytest.mark.parametrize(
    ("data", "download"),
    [((), ("32m", "ml-32m")), ((Path("club"), Path("club/.")), ())],
)
def test_a_data_set_is_given_once(data: tuple[Path, ...], download: tuple[str, ...]) -> None:
    """A data set that is given twice, by whatever name, is refused: its people would count twice."""
    with pytest.raises(BadInput, match="is given twice"):
        Source(data, download)


def test_a_named_release_is_not_replaced(settings: Settings, server: FileServer) -> None:
    """If the download of a named release fails, the starter set is not used in its place."""
    server.status = 503
    with pytest.raises(DownloadError, match="the server answered 503"):
        read_source(Source(download=("ml-latest",)), settings, no_progress, lambda _: None)
    assert read_source(Source(), settings, no_progress, lambda _: None).is_starter
