"""Wishes that people write, and titles that only look like wishes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.text.titles import TitleIndex
from recsys.text.wishes import NotAWish, Wish, parse_wish
from storage.records import Movie, MovieFilter

TITLES = TitleIndex(
    [
        Movie(1, "Alien", 1979, rating_count=2000),
        Movie(2, "The Matrix", 1999, rating_count=2500),
        Movie(3, "Terminator 2: Judgment Day", 1991, rating_count=2600),
        Movie(4, "Star Wars: Episode IV - A New Hope", 1977, rating_count=2990),
        Movie(5, "Star Wars: Episode V - The Empire Strikes Back", 1980, rating_count=2900),
        Movie(6, "The Comedy of Terrors", 1964, rating_count=40),
        Movie(7, "1984", 1984, rating_count=300),
        Movie(8, "Before Sunrise", 1995, rating_count=500),
        Movie(9, "Horror of Dracula (Dracula)", 1958, rating_count=90),
        Movie(10, "Scary Movie", 2000, rating_count=900),
        Movie(11, "The War", 1994, rating_count=120),
        Movie(12, "Romance", 1999, rating_count=30),
        Movie(13, "Like Water for Chocolate", 1992, rating_count=800),
        Movie(14, "Romeo and Juliet", 1968, rating_count=700),
        Movie(15, "2001: A Space Odyssey", 1968, rating_count=1700),
        Movie(16, "No Way Out", 1987, rating_count=450),
        Movie(17, "Blade Runner", 1982, rating_count=1800),
        Movie(18, "Funny Girl", 1968, rating_count=250),
        Movie(19, "Love Story", 1970, rating_count=210),
        Movie(20, "The Good, the Bad and the Ugly", 1966, rating_count=820),
        Movie(21, "Old Yeller", 1957, rating_count=330),
    ]
)
GENRES = (
    *("Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy"),
    *("Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
WORDS = ("no", "not", "like", "90s", "comedy", ",", "or", "the", "1984", "from", "to", "and", "old", "Alien", "but")


def decade(year: int, *genres: str) -> Wish:
    """A wish for any of the genres, in the ten years from a year on."""
    return Wish(genres_any=genres, year_from=year, year_to=year + 9)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        # Genres.
        ("comedy", Wish(("Comedy",))),
        ("Comedies, please!", Wish(("Comedy",))),
        ("a thriller", Wish(("Thriller",))),
        ("sci-fi", Wish(("Sci-Fi",))),
        ("SCIENCE FICTION", Wish(("Sci-Fi",))),
        ("film noir", Wish(("Film-Noir",))),
        ("kids", Wish(("Children's",))),
        ("children\N{RIGHT SINGLE QUOTATION MARK}s movies", Wish(("Children's",))),
        ("cartoons for the family", Wish(genres_all=("Animation", "Children's"))),
        ("something funny", Wish(("Comedy",))),
        ("something scary", Wish(("Horror",))),
        ("something romantic", Wish(("Romance",))),
        ("I feel like something funny tonight", Wish(("Comedy",))),
        ("I'd like a comedy", Wish(("Comedy",))),
        ("I like westerns", Wish(("Western",))),
        ("something like a western", Wish(("Western",))),
        ("romantic comedy", Wish(genres_all=("Romance", "Comedy"))),
        ("romcom", Wish(genres_all=("Romance", "Comedy"))),
        ("a sci-fi horror movie", Wish(genres_all=("Sci-Fi", "Horror"))),
        ("comedy or romance", Wish(("Comedy", "Romance"))),
        ("action/adventure", Wish(("Action", "Adventure"))),
        ("funny, romantic", Wish(("Comedy", "Romance"))),
        ("comedies and musical comedies", Wish(genres_all=("Comedy", "Musical"))),
        # Exclusions.
        ("no horror", Wish(genres_none=("Horror",))),
        ("a comedy but not romance", Wish(("Comedy",), genres_none=("Romance",))),
        ("no horror or war movies, please", Wish(genres_none=("Horror", "War"))),
        ("no horror and no war", Wish(genres_none=("Horror", "War"))),
        ("no horror, comedy", Wish(("Comedy",), genres_none=("Horror",))),
        ("I don't like musicals", Wish(genres_none=("Musical",))),
        ("nothing too scary", Wish(genres_none=("Horror",))),
        ("anything but horror", Wish(genres_none=("Horror",))),
        ("nothing old", Wish(year_from=1980)),
        ("no black and white movies", Wish(year_from=1966)),
        # Years.
        ("90s comedy", decade(1990, "Comedy")),
        ("'70s", decade(1970)),
        ("1980s drama", decade(1980, "Drama")),
        ("thrillers of the nineties", decade(1990, "Thriller")),
        ("00s", decade(2000)),
        ("10s western", decade(1910, "Western")),
        ("late 80s action", Wish(("Action",), year_from=1987, year_to=1989)),
        ("mid-90s thriller", Wish(("Thriller",), year_from=1994, year_to=1996)),
        ("the early sixties", Wish(year_from=1960, year_to=1963)),
        ("80s and 90s comedy", Wish(("Comedy",), year_from=1980, year_to=1999)),
        ("before 1980", Wish(year_to=1979)),
        ("before the 80s", Wish(year_to=1979)),
        ("after 2000", Wish(year_from=2001)),
        ("after the 80s", Wish(year_from=1990)),
        ("from 1995", Wish(year_from=1995)),
        ("from 1995 on", Wish(year_from=1995)),
        ("from 1995 to 1997", Wish(year_from=1995, year_to=1997)),
        ("from the 90s", decade(1990)),
        ("since the 90s", Wish(year_from=1990)),
        ("until 1960", Wish(year_to=1960)),
        ("nothing before 1990", Wish(year_from=1990)),
        ("not after 1990", Wish(year_to=1990)),
        ("between 1980 and 1989", decade(1980)),
        ("between 1989 and 1980", decade(1980)),
        ("1980-1989 sci-fi", decade(1980, "Sci-Fi")),
        ("after 1970, before 1980", Wish(year_from=1971, year_to=1979)),
        ("the 50s and earlier", Wish(year_to=1959)),
        ("a 1995 comedy", Wish(("Comedy",), year_from=1995, year_to=1995)),
        ("1994 or 1995", Wish(year_from=1994, year_to=1995)),
        ("1961", Wish(year_from=1961, year_to=1961)),
        ("old", Wish(year_to=1979)),
        ("classic westerns", Wish(("Western",), year_to=1979)),
        ("new", Wish(year_from=1996)),
        ("the newest", Wish(year_from=1999)),
        ("new 60s drama", decade(1960, "Drama")),
        ("black and white 50s noir", decade(1950, "Film-Noir")),
        ("black and white", Wish(year_to=1965)),
        ("silent comedy", Wish(("Comedy",), year_to=1929)),
        # Movies to resemble.
        ("like Alien", Wish(like=(1,))),
        ("movies similar to the matrix", Wish(like=(2,))),
        ("more like Alien please", Wish(like=(1,))),
        ("like the movie Alien", Wish(like=(1,))),
        ("like star wars", Wish(like=(4,))),
        ("something like termintor 2", Wish(like=(3,))),
        ("like Romeo and Juliet", Wish(like=(14,))),
        ("like The Good, the Bad and the Ugly", Wish(like=(20,))),
        ("like alien and blade runner", Wish(like=(1, 17))),
        ("like 1984", Wish(like=(7,))),
        ("like 2001, funny", Wish(("Comedy",), like=(15,))),
        ("like Alien but funny", Wish(("Comedy",), like=(1,))),
        ("like the matrix from the 80s, no horror", Wish((), (), ("Horror",), 1980, 1989, (2,))),
        ("like the comedy of terrors", Wish(like=(6,))),
        ("like Qwertz Uiop but funny", Wish(("Comedy",), unknown_titles=("Qwertz Uiop",))),
        # Combinations, and words that are not understood.
        (
            "show me a funny 90s movie like Alien, no romance, with Tom Hanks",
            Wish(("Comedy",), (), ("Romance",), 1990, 1999, (1,), (), ("Tom", "Hanks")),
        ),
        ("a war movie about Vietnam", Wish(("War",), leftover=("Vietnam",))),
        ("comedy set in New York", Wish(("Comedy",), leftover=("New", "York"))),
        ("comedies not like Alien", Wish(("Comedy",), leftover=("not", "like", "Alien"))),
        ("comedies, no 90s", Wish(("Comedy",), leftover=("no", "90s"))),
        ("recommend me something", Wish()),
        ("something good to watch", Wish()),
        # A single genre wins over a title that is only a genre.
        ("war", Wish(("War",))),
        ("romance", Wish(("Romance",))),
        ("scary movies", Wish(("Horror",))),
        ("2001 comedy", Wish(("Comedy",), year_from=2001, year_to=2001)),
    ],
)
def test_a_wish_is_understood(text: str, wish: Wish) -> None:
    """Words become filters and movies to resemble, alone and combined."""
    assert parse_wish(text, TITLES, GENRES) == wish


@pytest.mark.parametrize(
    "text",
    [
        "Alien",
        "Comedy of Terrors",
        "The Comedy of Terors",
        "1984",
        "2001",
        "Before Sunrise",
        "before sunrize",
        "The Horror of Dracula",
        "Scary Movie",
        "The War",
        "Romance (1999)",
        "Like Water for Chocolate",
        "like water for chocolat",
        "No Way Out",
        "Love Story",
        "old yeler",
        "funny girl 1968",
        # Titles that are not in this catalogue.
        "Old School",
        "Blade Runner 2049",
        "Scary Movie 5",
        "War and Peace",
        "Before Sunset",
        "New York",
        "Silent Running",
        "No Country for Old Men",
        # Neither a title nor a wish.
        "",
        " \n ",
        "🎬🍿",
        "hello",
        "qwertz uiop",
        "something weird",
        "comedy " * 61,
        "c" * 10_000,
    ],
)
def test_a_title_is_not_taken_for_a_wish(text: str) -> None:
    """A title stays a title even if it has genres, years or "like" in it, and nonsense is no wish."""
    assert parse_wish(text, TITLES, GENRES) == NotAWish()


def test_genres_are_those_of_the_catalogue() -> None:
    """Words map to the data set's names of genres, and any genre of the data set is understood by its own name."""
    own = ("Family", "Music", "Talk-Show", "Sport")
    assert parse_wish("kids", TITLES, own) == Wish(("Family",))
    assert parse_wish("musicals", TITLES, own) == Wish(("Music",))
    assert parse_wish("no talk shows", TITLES, own) == Wish(genres_none=("Talk-Show",))
    assert parse_wish("kids or sports", TITLES, own) == Wish(("Family", "Sport"))
    assert parse_wish("film noir", TITLES, own) == NotAWish()
    assert parse_wish("family", TITLES, ("Children", "Family")) == Wish(("Children", "Family"))


def test_new_and_short_decades_follow_the_catalogue() -> None:
    """With movies up to 2024, "20s" means the 2020s and "new" the last five years; without years nothing is new."""
    recent = TitleIndex([Movie(1, "Recent", 2024)])
    assert parse_wish("20s", recent, GENRES) == Wish(year_from=2020, year_to=2029)
    assert parse_wish("new horror", recent, GENRES) == Wish(("Horror",), year_from=2020)
    assert parse_wish("new", TitleIndex([Movie(1, "Undated")]), GENRES) == NotAWish()


def test_the_filter_of_a_wish() -> None:
    """The filter has genres and years; a wish with only a movie to resemble has no filter and is not empty."""
    wish = Wish(("Comedy",), ("War",), ("Horror",), 1990, 1999, (1,))
    assert wish.filter == MovieFilter(("Comedy",), ("War",), ("Horror",), 1990, 1999)
    assert not wish.is_empty
    assert not Wish(like=(1,)).is_empty
    assert Wish(leftover=("weird",)).is_empty


@settings(deadline=None)
@given(st.text(max_size=80) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_no_text_raises(text: str) -> None:
    """Any text is a wish or not, and the genres of a wish are those of the catalogue."""
    wish = parse_wish(text, TITLES, GENRES)
    if isinstance(wish, Wish):
        assert set(GENRES).issuperset((*wish.genres_any, *wish.genres_all, *wish.genres_none))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("like Alien, before 1970", Wish(like=(1,), year_to=1969)),
        ("like Alien, after 1996", Wish(like=(1,), year_from=1997)),
        ("like Alien, no action", Wish(like=(1,), genres_none=("Action",))),
        ("like Alien and War of the Worlds", Wish(like=(1, 5))),
        ("like Alien, No Way Out", Wish(like=(1, 6))),
    ],
)
def test_a_condition_after_a_title_is_no_further_title(text: str, wish: Wish) -> None:
    """Its words are a title, or a part of one."""
    titles = ["Alien", "The Nightmare Before Christmas", "Before and After", "No", "War of the Worlds", "No Way Out"]
    movies = [Movie(number, title, 1979, rating_count=99) for number, title in enumerate(titles, start=1)]
    assert parse_wish(text, TitleIndex(movies), GENRES) == wish
