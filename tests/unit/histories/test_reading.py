"""Files of other services, with their quirks, become rows. Recognised by header and content."""

import json

import pytest

from recsys.histories.problems import Problem, UnreadableHistory
from recsys.histories.reading import MAX_BYTES, read_histories
from recsys.histories.rows import History, Row, Source
from tests.unit.histories.builders import FILM, THUMBS, letterboxd, read_history, zipped

IMDB_BEFORE_2017 = (
    '"position","const","created","modified","description","Title","Title type","Directors","You rated","IMDb Rating",'
    '"Runtime (mins)","Year","Genres","Num. Votes","Release Date (month/day/year)","URL"\n'
    '"1","tt0211915","Sat Dec 31 00:00:00 2016","","","Amélie","Feature Film","J. P. Jeunet","9","8.3","122","2001","",'
    '"1","2001-04-25","http://www.imdb.com/title/tt0211915/"\n'
)
IMDB_RATINGS = (
    "Const,Your Rating,Date Rated,Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres\n"
    "tt0113277,8,2020-02-02,Heat,https://x/tt0113277/,movie,8.3,170,1995,Crime\n"
    "tt10872600,7,2021-02-02,Spider-Man: No Way Home,https://x,Movie,8.2,148,2021,Action\n"
    "tt0903747,10,2020-01-01,Breaking Bad,https://x,TV Series,9.5,1,2008,Crime\n"
    "tt1,10,2020-01-01,Pilot,https://x,tvEpisode,9.5,1,2008,Crime\n"
    "tt2,10,2020-01-01,A Game,https://x,Video Game,9.5,1,2008,Crime\n"
)
IMDB_WATCHLIST = (
    "Position,Const,Created,Modified,Description,Title,Original Title,URL,Title Type,IMDb Rating,Year,Your Rating,"
    "Date Rated\n"
    "1,tt0078748,2023-01-01,,,Alien,Alien,https://x,Movie,8.5,1979,,\n"
    "2,tt0118799,2023-01-02,,,Life Is Beautiful,La vita è bella,https://x,Movie,8.6,1997,10,2024-01-02\n"
)
TMDB = (
    "TMDb ID,IMDb ID,Type,Name,Release Date,Season Number,Episode Number,Rating,Your Rating,Date Rated\n"
    "949,tt0113277,movie,Heat,1995-12-15T00:00:00Z,,,7.9,9.0,2022-09-20T00:00:00Z\n"
    "92749,tt10234724,tv,Moon Knight,2022-03-30T00:00:00Z,,,7.7,8.0,2022-09-20T00:00:00Z\n"
)
MOVIELENS = (
    "movie_id,imdb_id,tmdb_id,rating,average_rating,title\n"
    '2571,0133093,603,4.5,4.1,"Matrix, The (1999)"\n'
    "3,0113228,15602,-1,3.1,Grumpier Old Men (1995)\n"
)
NETFLIX = (
    "Title,Date\n"
    '"Heat","1/31/24"\n'
    '"Stranger Things: Season 1: Chapter One","1/30/24"\n'
    '"Haus des Geldes: Teil 1: Folge 2","1/29/24"\n'
    '"Dark: Staffel 2: Alpha","1/28/24"\n'
    '"La casa de papel: Temporada 3: Episodio 1","1/28/24"\n'
    '"Lupin: Partie 2: Chapitre 6","1/28/24"\n'
    '"進撃の巨人: シーズン1: 二千年後の君へ","1/28/24"\n'
    '"Kill Bill: Vol. 1","12/31/23"\n'
    '"The Lord of the Rings: The Return of the King","12/30/23"\n'
)
NETFLIX_THUMBS = (
    f"{THUMBS}"
    "Zoe,Heat,thumb,,2,TV,2020-01-01 10:00:00,x\n"
    "Zoe,Cats,thumb,,1,TV,2020-01-01 10:00:00,x\n"
    "Zoe,Jaws,star,4,0,TV,2016-01-01 10:00:00,x\n"
    "Zoe,Dark: Season 1,thumb,,2,TV,2020-01-01 10:00:00,x\n"
    "Zoe,Nothing,thumb,,0,TV,2020-01-01 10:00:00,x\n"
)


def trakt_movie(title: str, year: int | None, **ids: object) -> dict[str, object]:
    """Return a movie as Trakt writes it."""
    return {"title": title, "year": year, "ids": {"trakt": 1, "slug": "x", **ids}}


TRAKT = {
    "zoe/user-profile.json": '{"email": "zoe@example.com"}',
    "zoe/ratings/ratings-movies-1.json": json.dumps(
        [{"rated_at": "2024-01-01T10:00:00.000Z", "rating": 9, "type": "movie", "movie": trakt_movie("Heat", 1995)}]
    ),
    "zoe/ratings/ratings-movies-2.json": json.dumps(
        [{"rated_at": "2024-01-02T10:00:00.000Z", "rating": 3, "movie": trakt_movie("Cats", None, imdb=None, tmdb=9)}]
    ),
    "zoe/ratings/ratings-shows.json": json.dumps([{"rating": 9, "show": {"title": "Dark", "ids": {}}}]),
    "zoe/watched/watched-movies.json": json.dumps(
        [
            {"plays": 2, "last_watched_at": "2023-01-01T00:00:00.000Z", "movie": trakt_movie("Heat", 1995)},
            {"plays": 1, "last_watched_at": None, "movie": trakt_movie("Alien", 1979, imdb="tt0078748", tmdb=None)},
        ]
    ),
    "zoe/lists/watchlist.json": json.dumps(
        [{"listed_at": "2023-01-01T00:00:00.000Z", "movie": trakt_movie("Jaws", 1975)}]
    ),
    "zoe/lists/custom.json": json.dumps(
        [{"listed_at": "2023-01-01T00:00:00.000Z", "movie": trakt_movie("Nope", 2022)}]
    ),
    "zoe/comments-movies.json": json.dumps([{"comment": "secret"}]),
}


def rows(history: History) -> list[tuple[object, ...]]:
    """Return what rows say, in the order of their titles."""
    return sorted((row.title, row.kind, row.year, row.rating, row.thumb, row.at) for row in history.rows)


def test_letterboxd() -> None:
    """Ratings, films that were seen, hearts and the watchlist are merged; everything else in the archive is ignored."""
    files = {
        "ratings.csv": f"{FILM},Rating\n2024-01-01,Heat,1995,u,4.5\n2024-01-01,Cats,2019,u,\n",
        "watched.csv": f"{FILM}\n2023-01-01,Heat,1995,u\n2023-01-01,Alien,1979,u\n",
        "watchlist.csv": f"{FILM}\n2023-01-01,Alien,1979,u\n2023-01-01,Jaws,1975,u\n",
        "likes/films.csv": f"{FILM}\n2023-01-01,Heat,1995,u\n2023-01-01,Fargo,1996,u\n",
        "diary.csv": f"{FILM},Rating,Rewatch,Tags,Watched Date\n2024-01-03,Big,1988,u,3,,,2024-01-02\n",
        "lists/best.csv": "Letterboxd list export v7\n",
        "likes/reviews.csv": f"{FILM}\n2023-01-01,Secret,1995,u\n",
    }
    history = read_history(zipped(files))
    assert (history.source, history.left_out, history.scale) == (Source.LETTERBOXD, 0, (0.5, 5.0))
    assert rows(history) == [
        ("Alien", "seen", 1979, None, None, "2023-01-01"),
        ("Big", "rated", 1988, 3.0, None, "2024-01-02"),
        ("Cats", "seen", 2019, None, None, "2024-01-01"),
        ("Fargo", "rated", 1996, None, True, "2023-01-01"),
        ("Heat", "rated", 1995, 4.5, None, "2024-01-01"),
        ("Jaws", "later", 1975, None, None, "2023-01-01"),
    ]
    read = read_history(letterboxd({("Heat", 1995): 4}, [], [("Jaws", 1975)]))
    assert [row[:2] for row in rows(read)] == [("Heat", "rated"), ("Jaws", "later")]


def test_one_csv_of_letterboxd() -> None:
    """Files with the same header differ in their names only; a list begins with a preface."""
    table = f"{FILM}\n2023-01-01,Heat,1995,u\n".encode()
    kinds = {name: read_history(table, name).rows[0].kind for name in ("", "watched.csv", "watchlist.csv", "films.csv")}
    assert kinds == {"": "seen", "watched.csv": "seen", "watchlist.csv": "later", "films.csv": "rated"}
    listed = (
        b"Letterboxd list export v7\nDate,Name,Tags\n\nPosition,Name,Year,Letterboxd URI,Description\n1,Heat,1995,u,\n"
    )
    assert rows(read_history(listed))[0][:3] == ("Heat", "later", 1995)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_imdb_before_2017(encoding: str) -> None:
    """Columns are found by name; the rating is `You rated`, not that of everybody."""
    history = read_history(IMDB_BEFORE_2017.encode(encoding))
    assert history == History(
        Source.IMDB,
        (Row("rated", "Amélie", 2001, imdb_id="tt0211915", rating=9.0, at="2016-12-31"),),
        scale=(1.0, 10.0),
    )


def test_imdb_ratings_and_watchlist() -> None:
    """Series, episodes and games are counted; ids have 7 digits or more; a rated title of a list is a rating."""
    ratings = read_history(IMDB_RATINGS.encode())
    assert [(row.imdb_id, row.rating) for row in ratings.rows] == [("tt0113277", 8.0), ("tt10872600", 7.0)]
    assert ratings.left_out == 3
    alien, beautiful = read_history(IMDB_WATCHLIST.replace("\n", "\r").encode()).rows
    assert (alien.kind, alien.at) == ("later", "2023-01-01")
    assert (beautiful.kind, beautiful.other_title, beautiful.at) == ("rated", "La vita è bella", "2024-01-02")


def test_trakt() -> None:
    """Pages are joined, ids may be null, and only the watchlist among the lists counts."""
    history = read_history(zipped(TRAKT))
    assert (history.source, history.left_out) == (Source.TRAKT, 1)
    assert rows(history) == [
        ("Alien", "seen", 1979, None, None, None),
        ("Cats", "rated", None, 3.0, None, "2024-01-02T10:00:00"),
        ("Heat", "rated", 1995, 9.0, None, "2024-01-01T10:00:00"),
        ("Jaws", "later", 1975, None, None, "2023-01-01"),
    ]
    assert {row.title: (row.imdb_id, row.tmdb_id) for row in history.rows}["Cats"] == (None, 9)
    one = read_history(TRAKT["zoe/ratings/ratings-movies-1.json"].encode(), "x.json")
    assert rows(one) == [("Heat", "rated", 1995, 9.0, None, "2024-01-01T10:00:00")]


def test_netflix_viewings() -> None:
    """Episodes are left out in several languages; a film with a colon is a film."""
    history = read_history(NETFLIX.encode())
    assert history.left_out == 6
    assert rows(history) == [
        ("Heat", "seen", None, None, None, "2024-01-31"),
        ("Kill Bill: Vol. 1", "seen", None, None, None, "2023-12-31"),
        ("The Lord of the Rings: The Return of the King", "seen", None, None, None, "2023-12-30"),
    ]


@pytest.mark.parametrize(
    "dates",
    [
        ("31/01/2024", "03/01/2024", "01/01/2024"),
        ("31.01.24", "3.1.24", "1.1.24"),
        ("1/31/24", "1/3/24", "1/1/24"),
        ("2024. 1. 31.", "2024. 1. 3.", "2024. 1. 1."),
        ("2024-01-31", "2024-01-03", "2024-01-01"),
    ],
)
def test_dates_of_any_country(dates: tuple[str, ...]) -> None:
    """The whole column decides which number is the day."""
    table = "Title,Date\n" + "".join(f'"Film {place}","{date}"\n' for place, date in enumerate(dates))
    assert [row.at for row in read_history(table.encode()).rows] == ["2024-01-31", "2024-01-03", "2024-01-01"]


def test_netflix_thumbs() -> None:
    """Thumbs and the old stars are ratings; no thumb is none."""
    history = read_history(NETFLIX_THUMBS.encode())
    assert history.left_out == 1
    assert [row[:5] for row in rows(history)] == [
        ("Cats", "rated", None, None, False),
        ("Heat", "rated", None, None, True),
        ("Jaws", "rated", None, 4.0, None),
    ]


def test_the_profiles_of_netflix_are_different_people() -> None:
    """Each profile has its own thumbs, what it took back, its viewings and its series."""
    thumbs = THUMBS + (
        "Zoe,Heat,thumb,,2,TV,2020-01-01 10:00:00,x\n"
        "Max ,Heat,thumb,,1,TV,2020-01-02 10:00:00,x\n"
        "Max,Cats,thumb,,1,TV,2020-01-01 10:00:00,x\n"
        "Zoe,Cats,thumb,,0,TV,2020-02-01 10:00:00,x\n"
        "Zoe,Dark: Season 1,thumb,,2,TV,2020-01-01 10:00:00,x\n"
    )
    viewings = (
        "Profile Name,Start Time,Duration,Title,Supplemental Video Type\n"
        "Zoe,2020-01-03 10:00:00,01:00:00,Jaws,\nKids,2020-01-04 10:00:00,01:00:00,Bambi,\n"
        "Max,2020-01-03 10:00:00,00:01:00,Bambi,TRAILER\n"
    )
    histories = read_histories(zipped({"CONTENT/Ratings.csv": thumbs, "CONTENT/ViewingActivity.csv": viewings}))
    assert [
        (history.profile, history.left_out, [(row.title, row.kind, row.thumb) for row in history.rows])
        for history in histories
    ] == [
        ("Zoe", 1, [("Heat", "rated", True), ("Jaws", "seen", None)]),
        ("Max", 1, [("Heat", "rated", False), ("Cats", "rated", False)]),
        ("Kids", 0, [("Bambi", "seen", None)]),
    ]


def test_rows_without_a_profile() -> None:
    """Beside one profile they are its own rows; beside several, it is uncertain whose they are."""
    unnamed = "Title,Date\nHeat,1/31/24\n"
    one, other = (f"{THUMBS}{name},Jaws,thumb,,2,TV,2020-01-01 10:00:00,x\n" for name in ("Zoe", "Max"))
    history = read_history(zipped({"Ratings.csv": one, "NetflixViewingHistory.csv": unnamed}))
    assert (history.profile, [row.title for row in history.rows]) == ("Zoe", ["Heat", "Jaws"])
    histories = read_histories(
        zipped({"a/Ratings.csv": one, "b/Ratings.csv": other, "NetflixViewingHistory.csv": unnamed})
    )
    assert [(history.profile, [row.title for row in history.rows]) for history in histories] == [
        ("Zoe", ["Jaws"]),
        ("Max", ["Jaws"]),
        ("", ["Heat"]),
    ]


def test_more_profiles_than_a_person_can_choose_from() -> None:
    """Netflix allows five profiles, and keeps those that were deleted."""
    table = THUMBS + "".join(f"{number},Heat,thumb,,2,TV,2020-01-01 10:00:00,x\n" for number in range(21))
    assert len(read_histories(table.encode().rsplit(b"\n", 2)[0])) == 20
    with pytest.raises(UnreadableHistory) as refused:
        read_histories(table.encode())
    assert refused.value.problem is Problem.SEVERAL_PEOPLE


def test_tmdb() -> None:
    """`Your Rating` counts, and series are left out."""
    history = read_history(TMDB.encode())
    assert history.rows == (Row("rated", "Heat", 1995, imdb_id="tt0113277", tmdb_id=949, rating=9.0, at="2022-09-20"),)
    assert (history.left_out, history.scale) == (1, (0.5, 10.0))


def test_movielens() -> None:
    """All three ids are read; a film that was hidden without a rating says nothing."""
    assert read_history(MOVIELENS.encode()).rows == (
        Row("rated", "Matrix, The", 1999, "", "tt0133093", 603, 2571, 4.5),
    )


def test_our_own_export() -> None:
    """Its ratings are stars. Half a star, which other programs may write, is one; nothing else is."""
    table = "tmdbID,imdbID,Title,Year,Rating10,WatchedDate\n949,tt0113277,Heat,1995,9,2020-01-01\n,,Jaws,1975,,\n"
    history = read_history(table.encode() + b",,Cats,2019,1,\n,,Up,2009,12,\n")
    assert (history.source, history.rows) == (
        Source.REELMATE,
        (
            Row("rated", "Heat", 1995, "", "tt0113277", 949, rating=4.5, at="2020-01-01"),
            Row("seen", "Jaws", 1975),
            Row("rated", "Cats", 2019, rating=0.5),
            Row("seen", "Up", 2009),
        ),
    )


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("Film;Jahr;Rating\nHeat;1995;4,5\n", Row("rated", "Heat", 1995, rating=4.5)),
        ("sep=;\r\nTitle;Score\r\nHeat (1995);8/10\r\n", Row("rated", "Heat", 1995, rating=8.0)),
        ("title\tyear\nHeat\t1995\n", Row("seen", "Heat", 1995)),
        ("name,rating,date\nHeat,★★★½,820454400\n", Row("rated", "Heat", rating=3.5, at="1996-01-01")),
        (
            "imdb_id,my_rating\nhttps://www.imdb.com/title/tt0113277/,7\n",
            Row("rated", "", None, "", "tt0113277", rating=7),
        ),
        (
            "Title,Year,Rating10,WatchedDate\nHeat,1995,9,2020-01-01\n",
            Row("rated", "Heat", 1995, rating=9.0, at="2020-01-01"),
        ),
    ],
)
def test_any_other_table(table: str, row: Row) -> None:
    """A title or an id, and a rating if there is one, whatever the separator."""
    history = read_history(table.encode())
    assert (history.source, history.rows) == (Source.OTHER, (row,))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", Problem.EMPTY),
        (b" \r\n\t", Problem.EMPTY),
        (b"\xef\xbb\xbf", Problem.EMPTY),
        (zipped({"ratings.csv": f"{FILM},Rating\n"})[:-30], Problem.DAMAGED),
        (b"PK\x03\x04", Problem.DAMAGED),
        (zipped({}), Problem.UNKNOWN_LAYOUT),
        (zipped({"a.csv": "Title,Rating\n" + "0" * 5_000_000}), Problem.TOO_BIG_UNPACKED),
        (zipped({f"{place}.csv": "Title\nHeat\n" for place in range(51)}), Problem.TOO_MANY_FILES),
        (zipped({"export.zip": zipped({"a.csv": "Title,Rating\nHeat,1\n"})}), Problem.NESTED),
        (zipped({"a.csv": zipped({"a.csv": "Title,Rating\nHeat,1\n"})}), Problem.NESTED),
        (zipped({"../a.csv": "Title,Rating\nHeat,1\n"}), Problem.OUTSIDE),
        (zipped({"/etc/a.csv": "Title,Rating\nHeat,1\n"}), Problem.OUTSIDE),
        (zipped({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"}), Problem.SPREADSHEET),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, Problem.SPREADSHEET),
        (b"<!DOCTYPE html>\n<html><title>Title, Rating</title>", Problem.WEB_PAGE),
        (b"\x89PNG\r\n\x1a\n", Problem.BINARY),
        (bytes(range(256)) * 9, Problem.BINARY),
        (b"Hello, I love Heat and Alien.\n", Problem.UNKNOWN_LAYOUT),
        (b"a,b\n1,2\n", Problem.UNKNOWN_LAYOUT),
        (b'{"a": 1}', Problem.UNKNOWN_LAYOUT),
        (b"[1, 2", Problem.DAMAGED),
        (b"[" * 100_000, Problem.DAMAGED),
        (b"Title,Rating\n", Problem.NO_ROWS),
        (b"Title,Rating\n" + b"Heat,1\n" * 50_001, Problem.TOO_MANY_ROWS),
        (b"userId,movieId,rating\n1,2,3\n2,2,3\n", Problem.SEVERAL_PEOPLE),
        (b"Title,User Name,Stars\nHeat,ann,4\nHeat,bob,1\nJaws,ann,2\n", Problem.SEVERAL_PEOPLE),
        (b"x" * (MAX_BYTES + 1), Problem.TOO_LARGE),
    ],
    ids=lambda value: value.name if isinstance(value, Problem) else "",
)
def test_files_that_cannot_be_read(content: bytes, problem: Problem) -> None:
    """Each has its reason."""
    with pytest.raises(UnreadableHistory) as refused:
        read_history(content)
    assert refused.value.problem is problem


def test_a_protected_archive() -> None:
    """An archive with a password is refused without a guess."""
    content = bytearray(zipped({"a.csv": "Title,Rating\nHeat,1\n"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    with pytest.raises(UnreadableHistory) as refused:
        read_history(bytes(content))
    assert refused.value.problem is Problem.PASSWORD


def test_a_table_of_contents_that_lies() -> None:
    """A file that unpacks to more than the archive says is refused, before all of it is in memory."""
    content = zipped({"a.csv": "Title,Rating\n" + "0" * 50_000_000})
    size = (50_000_013).to_bytes(4, "little")
    with pytest.raises(UnreadableHistory) as refused:
        read_history(content.replace(size, (1_000).to_bytes(4, "little")))
    assert refused.value.problem in (Problem.TOO_BIG_UNPACKED, Problem.DAMAGED)


def test_rows_survive_the_way_between_processes() -> None:
    """What `to_dict` writes, `from_dict` reads."""
    history = read_history(NETFLIX_THUMBS.encode())
    assert History.from_dict(json.loads(json.dumps(history.to_dict()))) == history
