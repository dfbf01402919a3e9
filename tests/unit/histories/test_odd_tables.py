"""Tables that are written in unusual ways, and archives that hold more than one expects."""

import json
import zipfile
from io import BytesIO

import pytest

from recsys.histories.problems import Problem, UnreadableHistory
from recsys.histories.rows import Row, Source
from tests.unit.histories.builders import FILM, read_history, zipped


def ratings(*cells: str, column: str = "Rating") -> list[float | None]:
    """Return the ratings of a table with these cells."""
    table = f"Title;{column}\n" + "".join(f"Film {place};{cell}\n" for place, cell in enumerate(cells))
    return [row.rating for row in read_history(table.encode()).rows]


def test_notations_of_ratings() -> None:
    """Fractions, stars, emoji and words behind the number are read; anything else is no rating."""
    assert ratings("4\u00bd", "\u00bd", "\u2605\u2605\u2605\u00bd", "\u2605\u2605\u2606\u2606\u2606") == [
        4.5,
        0.5,
        3.5,
        2.0,
    ]
    assert ratings("3.5 stars", "4\u2605", "\u2b50\u2b50\u2b50", "\u2b50\ufe0f\u2b50\ufe0f", "****") == [
        3.5,
        4.0,
        3.0,
        2.0,
        4.0,
    ]
    assert ratings("great", "-", "n/a", "") == [None] * 4


@pytest.mark.parametrize(
    ("cells", "read", "highest"),
    [
        (("3/10", "5/10"), [3.0, 5.0], 10.0),
        (("4 out of 5", "2/5"), [4.0, 2.0], 5.0),
        (("85%", "20 %"), [85.0, 20.0], 100.0),
        (("4/5", "8/10", "6"), [8.0, 8.0, 6.0], 10.0),
    ],
)
def test_a_cell_that_says_the_highest_rating(cells: tuple[str, ...], read: list[float], highest: float) -> None:
    """5 of 10 is not 5 of 5, even if nothing in the file is larger."""
    table = "Title;Rating\n" + "".join(f"Film {place};{cell}\n" for place, cell in enumerate(cells))
    history = read_history(table.encode())
    assert [row.rating for row in history.rows] == read
    assert history.scale is not None
    assert history.scale[1] == highest


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (f"{FILM},Rating", "2024-01-01,Film {},1995,u,{}"),
        ("Const,Your Rating,Title,Title Type,Year", "tt{0},{1},Film {0},Movie,1995"),
        ("TMDb ID,IMDb ID,Type,Name,Release Date,Season Number,Your Rating", "{0},,movie,Film {0},1995,,{1}"),
        ("Title,Rating", "Film {},{}/5"),
    ],
)
def test_ratings_outside_of_their_scale(header: str, row: str) -> None:
    """One wrong rating does not change the scale of all others. The film counts as seen."""
    table = "\n".join((header, *(row.format(place, rating) for place, rating in ((1, 5), (2, 3), (3, -4), (4, 50)))))
    history = read_history(table.encode())
    assert history.scale is not None
    assert history.scale[1] in (5.0, 10.0)
    assert [(row.kind, row.rating) for row in history.rows] == [
        ("rated", 5.0),
        ("rated", 3.0),
        ("seen", None),
        ("seen", None),
    ]


def test_thumbs_in_words() -> None:
    """Words and emoji for thumbs are ratings without a scale."""
    rows = read_history("Title,Rating\nHeat,up\nCats,\U0001f44e\nBig,Liked\nJaws,none\n".encode()).rows
    assert [(row.kind, row.thumb) for row in rows] == [
        ("rated", True),
        ("rated", False),
        ("rated", True),
        ("seen", None),
    ]


@pytest.mark.parametrize("scores", [("8.0", "8.5"), ("8.0", "9.0"), ("7", "n/a"), ("8.3/10", "85 %")])
def test_scores_are_no_ids(scores: tuple[str, str]) -> None:
    """A column "IMDb" or "TMDB" may say what others think of the film."""
    for site in ("IMDb", "TMDB"):
        table = f"Title,{site},My rating\nHeat,{scores[0]},9\nAlien,{scores[1]},7\n"
        rows = read_history(table.encode()).rows
        assert [(row.imdb_id, row.tmdb_id, row.rating) for row in rows] == [(None, None, 9.0), (None, None, 7.0)]
    assert read_history(b"Title,TMDB\nHeat,949\nAlien,348\n").rows[0].tmdb_id == 949
    assert read_history(b"Title,tmdb_id\nFour Rooms,5\n").rows[0].tmdb_id == 5


def test_a_film_that_was_not_watched() -> None:
    """If a column says so, the film is for later."""
    rows = read_history(b"Title,Watched\nHeat,yes\nAlien,No\nJaws,2024-01-31\n").rows
    assert [(row.kind, row.at) for row in rows] == [("seen", None), ("later", None), ("seen", "2024-01-31")]


def test_types_of_titles() -> None:
    """Films of television are films, and series are counted."""
    types = ("tvMovie", "TV Movie", "tvSpecial", "short", "", "tv", "TV Show", "tvMiniSeries", "TV Series", "videoGame")
    table = "Title,Type\n" + "".join(f"Film {place},{kind}\n" for place, kind in enumerate(types))
    history = read_history(table.encode())
    assert ([row.title for row in history.rows], history.left_out) == ([f"Film {place}" for place in range(5)], 5)


def test_two_films_with_the_same_title_and_year() -> None:
    """Rows with different ids are different films. Without ids, of two ratings the later one counts."""
    header = "Const,Your Rating,Date Rated,Title,Title Type,Year\n"
    table = header + "tt1,9,2024-01-01,Anna,Movie,2019\ntt2,2,2024-01-02,Anna,Movie,2019\n"
    assert [(row.imdb_id, row.rating) for row in read_history(table.encode()).rows] == [
        ("tt0000001", 9.0),
        ("tt0000002", 2.0),
    ]
    again = table + "tt1,8,2024-01-03,Anna,Movie,2019\ntt2,3,2024-01-03,Anna,Movie,2019\n"
    assert [row.rating for row in read_history(again.encode()).rows] == [8.0, 3.0]


def test_names_of_folders_say_nothing() -> None:
    """A person may be called "shelikes"."""
    folder = "letterboxd-shelikes-2024"
    files = {f"{folder}/watched.csv": f"{FILM}\n2024-01-01,Heat,1995,u\n"}
    assert [row.kind for row in read_history(zipped(files)).rows] == ["seen"]
    files = {f"{folder}/likes/films.csv": f"{FILM}\n2024-01-01,Heat,1995,u\n"}
    assert [(row.kind, row.thumb) for row in read_history(zipped(files)).rows] == [("rated", True)]


def test_a_list_of_letterboxd() -> None:
    """Its preface is no film, and its films are for later."""
    table = (
        "Letterboxd list export v7\nDate,Name,Tags,URL,Description\n2024-01-01,Jaws,,https://x,Nice\n\n"
        "Position,Name,Year,URL,Description\n1,Heat,1995,https://x,\n2,Alien,1979,https://x,\n"
    )
    history = read_history(table.encode(), "best.csv")
    assert history.source is Source.LETTERBOXD
    assert [(row.kind, row.title, row.year) for row in history.rows] == [
        ("later", "Heat", 1995),
        ("later", "Alien", 1979),
    ]


def test_a_list_of_people() -> None:
    """IMDb has lists of actors, which are no films."""
    table = "Position,Const,Created,Modified,Description,Name,Known For,Birth Date\n1,nm0000158,,,,Tom Hanks,Big,1956\n"
    with pytest.raises(UnreadableHistory) as refused:
        read_history(table.encode())
    assert refused.value.problem is Problem.UNKNOWN_LAYOUT


@pytest.mark.parametrize(
    "title",
    [
        *("Show: Limited Series: X", "Show: Season Two: X", "Show: 2. Staffel: X", "Show: Mini-série: X"),
        *(
            "Show: Minissérie: X",
            "Show: Serie limitada: X",
            "Show: 2. sezona: X",
            "Show: Σεζόν 2: X",
            "Show: Musim 2: X",
        ),
        *(
            "Show: Musim 2: X",
            "Show: Phần 2: X",
            "Show: الموسم 2: X",
            "Show: עונה 2: X",
            "Show: सीज़न 2: X",
            "Show: ซีซั่น 2: X",
        ),
        *("Show: 第二季: X", "Show: パート2: X", "Show: 파트 2: X", "Show: 리미티드 시리즈: X", "Show: Мини-сериал: X"),
    ],
)
def test_seasons_in_many_languages(title: str) -> None:
    """An episode is left out, also if it is the only one of its show."""
    history = read_history(f'Title,Date\n"{title}",1/31/24\n'.encode())
    assert (history.rows, history.left_out) == ((), 1)


@pytest.mark.parametrize(
    "title",
    [
        *("Kill Bill: Vol. 1", "Dune: Teil 2", "듄: 파트 2", "Harry Potter: Phần 1", "Rambo: First Blood Part II"),
        *("Star Wars: Episodio V - El Imperio contraataca", "Open Season: Scared Silly", "Mission: Impossible"),
    ],
)
def test_films_with_parts_in_many_languages(title: str) -> None:
    """A film may be a part, a volume or an episode of a series of films."""
    history = read_history(f'Title,Date\n"{title}",1/31/24\n'.encode())
    assert ([row.title for row in history.rows], history.left_out) == ([title], 0)


def test_a_thumb_that_was_taken_back() -> None:
    """Netflix writes a row for each change of mind. The last one counts."""
    header = "Profile Name,Title Name,Rating Type,Star Value,Thumbs Value,Device Model,Event Utc Ts\n"
    rows = (
        "Zoe,Heat,thumb,,2,TV,2023-01-01 10:00:00\nZoe,Heat,thumb,,0,TV,2023-02-01 10:00:00\n"
        "Zoe,Jaws,thumb,,0,TV,2023-02-01 10:00:00\nZoe,Jaws,thumb,,1,TV,2023-03-01 10:00:00\n"
    )
    assert [(row.title, row.thumb) for row in read_history((header + rows).encode()).rows] == [("Jaws", False)]


def test_buddhist_years() -> None:
    """In Thailand the year is 543 ahead."""
    rows = read_history(b"Title,Date\nHeat,31/1/2567\nAlien,30/1/2567\n").rows
    assert [row.at for row in rows] == ["2024-01-31", "2024-01-30"]


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1e99", "99999999999999999"]
)
def test_times_that_no_calendar_has(time: str) -> None:
    """The row counts without its time."""
    document = [{"rated_at": time, "rating": 8, "movie": {"title": "Heat", "year": 1995}}]
    assert read_history(json.dumps(document).encode()).rows == (Row("rated", "Heat", 1995, rating=8.0),)


def test_other_tables_of_a_package() -> None:
    """Beside the files of a service, a table with a name is about a person, and is not read."""
    files = {
        "report/CONTENT/ViewingActivity.csv": "Profile Name,Start Time,Title\nZoe,2023-01-01 10:00:00,Heat\n",
        "report/PROFILES/Contacts.csv": "Name,Email\nJaws,zoe@example.com\n",
    }
    history = read_history(zipped(files))
    assert (history.source, [row.title for row in history.rows]) == (Source.NETFLIX, ["Heat"])


def test_files_with_different_scales() -> None:
    """Five stars of Letterboxd are as good as a ten of IMDb."""
    files = {
        "letterboxd.csv": f"{FILM},Rating\n2024-01-01,Heat,1995,u,5\n2024-01-01,Cats,2019,u,0.5\n",
        "imdb.csv": "Const,Your Rating,Title,Title Type,Year\ntt1,10,Alien,Movie,1979\ntt2,1,Gigli,Movie,2003\n",
        "seen.csv": "Title,Date\nBig,1/1/24\n",
    }
    history = read_history(zipped(files))
    assert history.scale == (1.0, 10.0)
    assert {row.title: row.rating for row in history.rows} == {
        "Heat": 10.0,
        "Cats": 1.0,
        "Alien": 10.0,
        "Gigli": 1.0,
        "Big": None,
    }


@pytest.mark.parametrize("first", ["sep=;\r", "SEP=;\r\n", '"sep=;"\n', "sep=;;;\n"])
def test_the_separator_that_a_file_names(first: str) -> None:
    """Spreadsheets write it before the header, with any line end."""
    text = first + "Title;Year\rHeat;1995\r".replace("\r", first[-1])
    assert [row.title for row in read_history(text.encode()).rows] == ["Heat"]


def test_a_quote_that_is_not_closed() -> None:
    """A file that is cut off within quotes is damaged, and not one film with a very long title."""
    with pytest.raises(UnreadableHistory) as refused:
        read_history(b'Title,Year\n"Heat",1995\n"Alien,1979\nJaws,1975\n')
    assert refused.value.problem is Problem.DAMAGED
    assert [row.title for row in read_history(b'Title,Year\n12" Vinyl,1995\nJaws,1975\n').rows] == ['12" Vinyl', "Jaws"]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damage_in_any_compression(method: int) -> None:
    """Damaged bytes are refused, whichever way the archive is compressed."""
    table = "Title,Rating\n" + "".join(f"Film {place},{place % 5}\n" for place in range(500))
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", method) as file:
        file.writestr("a.csv", table)
    assert len(read_history(archive.getvalue()).rows) == 500
    content = bytearray(archive.getvalue())
    content[60:120] = b"\xff" * 60
    with pytest.raises(UnreadableHistory) as refused:
        read_history(bytes(content))
    assert refused.value.problem is Problem.DAMAGED
