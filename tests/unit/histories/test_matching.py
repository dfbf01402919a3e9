"""Rows find their movies: by id, then by title and year, in spite of what each service does to titles."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from recsys.data.starter import starter_dataset
from recsys.histories.rows import Row
from recsys.services.histories.matching import HistoryMatcher
from recsys.text.accents import without_accents
from recsys.text.titles import TitleIndex
from storage.records import Movie

ARTICLES = ("The ", "A ", "An ")

QUIRKS: tuple[Callable[[str], str], ...] = (
    lambda title: title,
    str.upper,
    without_accents,
    lambda title: f"  {title} ",
    lambda title: title.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}"),
    lambda title: title.replace(" and ", " & "),
    lambda title: title.replace(": ", " - "),
    lambda title: title.replace(": ", " "),
    lambda title: title.replace("-", " "),
    lambda title: title.replace(".", ""),
    lambda title: title.replace("Part II", "Part 2"),
    lambda title: next((f"{title.removeprefix(a)}, {a.strip()}" for a in ARTICLES if title.startswith(a)), title),
    lambda title: title[:-2] + title[-1] + title[-2] if len(title) > 9 else title,
)
"""What services, and people who type, do to titles."""

ELSEWHERE = (
    ("Seven (a.k.a. Se7en)", 1995, "Se7en", 1995),
    ("The Professional (a.k.a. Leon: The Professional)", 1994, "Léon: The Professional", 1994),
    ("City of Lost Children, The (Cité des enfants perdus, La)", 1995, "La Cité des Enfants Perdus", 1995),
    ("Star Wars: Episode IV - A New Hope", 1977, "Star Wars", 1977),
    ("Star Wars: Episode V - The Empire Strikes Back", 1980, "The Empire Strikes Back", 1980),
    ("Raiders of the Lost Ark (Indiana Jones and the Raiders of the Lost Ark)", 1981, "Raiders of the Lost Ark", 1981),
    ("Amelie (Fabuleux destin d'Amélie Poulain, Le)", 2001, "Amélie", 2001),
    ("Life Is Beautiful (La Vita è bella)", 1997, "La vita è bella", 1998),
    (
        "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb",
        1963,
        "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb",
        1964,
    ),
    ("Birdman: Or (The Unexpected Virtue of Ignorance)", 2014, "Birdman or (The Unexpected Virtue of Ignorance)", 2014),
    ("WALL·E", 2008, "WALL-E", 2008),
    ("Monsters, Inc.", 2001, "Monsters Inc", 2001),
    ("Ocean's Eleven", 2001, "Ocean\N{RIGHT SINGLE QUOTATION MARK}s Eleven", 2001),
    ("Spirited Away (Sen to Chihiro no kamikakushi)", 2001, "Sen to Chihiro no kamikakushi", 2001),
    ("Crouching Tiger, Hidden Dragon (Wo hu cang long)", 2000, "Crouching Tiger, Hidden Dragon", 2000),
    ("Alien³ (a.k.a. Alien 3)", 1992, "Alien 3", 1992),
    (
        "Harry Potter and the Sorcerer's Stone (a.k.a. Harry Potter and the Philosopher's Stone)",
        2001,
        "Harry Potter and the Philosopher's Stone",
        2001,
    ),
    ("Mission: Impossible - Ghost Protocol", 2011, "Mission: Impossible \N{EN DASH} Ghost Protocol", 2011),
    ("Fast & Furious 6 (Fast and the Furious 6, The)", 2013, "Fast & Furious 6", 2013),
    ("Kill Bill: Vol. 1", 2003, "Kill Bill: Volume 1", 2003),
    ("Monty Python's Life of Brian", 1979, "Life of Brian", 1979),
    ("New Nightmare", 1994, "Wes Craven's New Nightmare", 1994),
    ("Tales From the Crypt Presents: Demon Knight", 1995, "Tales from the Crypt: Demon Knight", 1995),
    ("Star Trek: The Wrath of Khan", 1982, "Star Trek II: The Wrath of Khan", 1982),
    ("Return of Jafar, The", 1993, "Aladdin: The Return of Jafar", 1993),
    ("Meatballs III", 1987, "Meatballs III: Summer Job", 1987),
    ("Pokémon: The First Movie", 1998, "Pokémon: The First Movie - Mewtwo Strikes Back", 1998),
    ("Gate II: Trespassers, The", 1990, "Gate 2: The Trespassers", 1990),
    ("Nénette et Boni", 1996, "Nenette and Boni", 1996),
    ("Hands on a Hard Body", 1996, "Hands on a Hardbody: The Documentary", 1996),
    ("City, The", 1998, "La Ciudad (The City)", 1998),
    ("Strike! (a.k.a. All I Wanna Do, The Hairy Bird)", 1998, "All I Wanna Do", 1998),
    ("Number Seventeen", 1932, "Number 17", 1932),
    ("101 Dalmatians", 1961, "One Hundred and One Dalmatians", 1961),
    ("39 Steps, The", 1935, "The Thirty-Nine Steps", 1935),
    ("20,000 Leagues Under the Sea", 1954, "Twenty Thousand Leagues Under the Sea", 1954),
    ("Dune: Part Two", 2024, "Dune: Part II", 2024),
    ("St. Elmo's Fire", 1985, "Saint Elmo's Fire", 1985),
    ("Kramer vs. Kramer", 1979, "Kramer versus Kramer", 1979),
    ("Coeur en hiver, Un", 1992, "Un cœur en hiver", 1992),
    ("Avengers, The", 2012, "Marvel's The Avengers", 2012),
    ("Godzilla (Gojira)", 1984, "Godzilla 1985", 1984),
    ("Alive", 1993, "Alive: The Miracle of the Andes", 1993),
    ("Borat: Cultural Learnings of America", 2006, "Borat", 2006),
    ("Assassination of Jesse James by the Coward Robert Ford, The", 2007, "The Assassination of Jesse James", 2007),
    ("Wallace & Gromit in The Wrong Trousers", 1993, "The Wrong Trousers", 1993),
)
"""(title in MovieLens, its year, title elsewhere, year elsewhere)"""


def matcher(movies: Sequence[Movie]) -> HistoryMatcher:
    """Return the matcher of a catalogue."""
    return HistoryMatcher({movie.movie_id: movie for movie in movies}, TitleIndex(movies))


def test_real_titles_with_quirks() -> None:
    """At least 95 % are found by title and year, at most a year off, and none is another movie."""
    movies = starter_dataset().movies
    find, rng = matcher(movies).find, np.random.default_rng(0)
    found = wrong = total = 0
    for movie in movies:
        for quirk in QUIRKS:
            off = 0 if movie.year is None else int(rng.integers(-1, 2)) * int(rng.random() < 0.3)
            match = find(Row("seen", quirk(movie.title).strip(), None if movie.year is None else movie.year + off))
            total += 1
            found += match == movie
            wrong += match is not None and match != movie
    assert found >= 0.95 * total
    assert wrong <= 0.002 * total


def test_real_titles_with_ids() -> None:
    """At least 98 % are found with an id of any of the services, whatever happened to the title."""
    movies = [
        replace(movie, imdb_id=f"tt{movie.movie_id:07}", tmdb_id=10_000 + movie.movie_id)
        for movie in starter_dataset().movies
    ]
    find = matcher(movies).find
    rows = [
        [
            Row("seen", "Titel auf Deutsch", movie.year, imdb_id=movie.imdb_id),
            Row("seen", "", None, tmdb_id=movie.tmdb_id),
            Row("seen", movie.title, movie.year, movielens_id=movie.movie_id),
        ][movie.movie_id % 3]
        for movie in movies
    ]
    assert sum(find(row) == movie for row, movie in zip(rows, movies, strict=True)) >= 0.98 * len(movies)


@pytest.mark.parametrize(("title", "year", "elsewhere", "year_elsewhere"), ELSEWHERE)
def test_titles_that_other_services_write_differently(
    title: str, year: int, elsewhere: str, year_elsewhere: int
) -> None:
    """MovieLens has other titles in parentheses, and adds or leaves out parts."""
    movies = [Movie(place + 1, listed, of_year) for place, (listed, of_year, *_) in enumerate(ELSEWHERE)]
    found = matcher(movies).find(Row("seen", elsewhere, year_elsewhere))
    assert found is not None
    assert (found.title, found.year) == (title, year)


def test_the_original_title_is_another_chance() -> None:
    """A row of IMDb may have two titles."""
    movie = Movie(1, "Das Leben der Anderen", 2006)
    assert matcher([movie]).find(Row("seen", "The Lives of Others", 2006, "Das Leben der Anderen")) == movie


WITHOUT_YEARS = (
    ("M*A*S*H", "MASH"),
    ("Fright Night Part II", "Fright Night Part 2"),
    ("Puppet Master 5: The Final Chapter", "Puppet Master 5"),
    ("Monty Python's Life of Brian", "Life of Brian"),
    ("Princess Mononoke, The (Mononoke Hime)", "Princess Mononoke"),
    ("Garden of Finzi-Contini, The", "The Garden of the Finzi-Continis"),
    ("Wolf Man, The", "Wolf Man, The"),
    ("Star Wars: Episode V - The Empire Strikes Back", "The Empire Strikes Back"),
    ("Voyage of the Dawn Treader, The", "The Chronicles of Narnia: The Voyage of the Dawn Treader"),
    ("Star Trek IV: The Voyage Home", "Star Trek: The Voyage Home"),
    ("Hello Mary Lou: Prom Night II", "Prom Night 2"),
    ("Mad Max 2: The Road Warrior", "The Road Warrior: Mad Max 2"),
    ("Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb", "Dr. Strangelove"),
    ("Edge of Tomorrow (a.k.a. Live Die Repeat, All You Need Is Kill)", "All You Need Is Kill"),
    ("Searching for Sugar Man", "Searching for Sugar Man: A Documentary"),
    ("Tim Burton's Corpse Bride", "Corpse Bride"),
    ("Death Race 2000", "Death Race 2000"),
    ("Kill Bill: Vol. 1", "Kill Bill: Volume One"),
    ("Commitments, The", "The Committments"),
    ("And Now for Something Completely Different", "Monty Python: And Now for Something Completely Different"),
    ("Barefoot Gen", "Hadashi no Gen (Barefoot Gen)"),
    ("Third Man, The", "Third Man"),
    ("Two Women (Ciociara, La)", "The Two Women"),
)
"""(title in MovieLens, title of a service without years)"""


@pytest.mark.parametrize(("title", "elsewhere"), WITHOUT_YEARS)
def test_titles_without_a_year(title: str, elsewhere: str) -> None:
    """A whole title is enough, if all its words are there."""
    movies = [Movie(place + 1, listed, 1990 + place) for place, (listed, _) in enumerate(WITHOUT_YEARS)]
    found = matcher(movies).find(Row("seen", elsewhere))
    assert found is not None
    assert found.title == title


NOT_THESE = (
    ("The Gods Must Be Crazy II", 1989, "The Gods Must Be Crazy", None),
    ("The Mark of Zorro", 1940, "The Mask of Zorro", None),
    ("D3: The Mighty Ducks", 1996, "D2: The Mighty Ducks", None),
    ("The Fear", 1995, "Fear", None),
    ("The Little Princess", 1939, "A Little Princess", None),
    ("Mr. Holland's Opus", 1995, "Opus", None),
    ("Mother Night", 1996, "'night, Mother", None),
    ("Alien", 1979, "Alien: Covenant", None),
    ("Alien", 1979, "Alien: Covenant", 2017),
    ("Star Trek: Generations", 1994, "Star Trek: Voyager", 1994),
    ("Toy Story 2", 1999, "Toy Story: The Making Of", 1995),
    ("Hamlet", 1990, "Hamlet: Live", 1991),
    ("The Hunger Games: Catching Fire", 2013, "The Hunger Games", 2012),
    ("Captain America", 1979, "Captain America: Civil War", None),
    ("The Lord of the Rings", 1978, "The Lord of the Rings: The Two Towers", None),
    ("Sherlock Holmes", 2009, "Sherlock Holmes: A Game of Shadows", None),
    ("300: Rise of an Empire", 2014, "300", None),
    ("Heavy Metal 2000", 2000, "Heavy Metal", None),
    ("The Unforgiven", 1960, "Unforgiven", None),
    ("The Changeling", 1980, "Changeling", None),
    ("Pride & Prejudice", 2005, "Bride & Prejudice", 2004),
    ("The Boys", 1997, "Les Boys", 1997),
    ("Frankenstein", 2015, "Victor Frankenstein", 2015),
    ("The Girl with the Dragon Tattoo", 2009, "The Girl with the Dragon Tattoo", 2011),
    ("Halloween II", 1981, "Halloween: The Nightmare Isn't Over", None),
)
"""(title of the catalogue, its year, title of another film, year of that in the file)"""


@pytest.mark.parametrize(("title", "year", "other", "other_year"), NOT_THESE)
def test_similar_titles_of_other_films(title: str, year: int, other: str, other_year: int | None) -> None:
    """A wrong movie is worse than a missing one."""
    assert matcher([Movie(1, title, year, rating_count=900)]).find(Row("seen", other, other_year)) is None


def test_the_article_chooses_between_two_movies_without_a_year() -> None:
    """The movie with exactly the article of the row is meant."""
    movies = [Movie(1, "Little Shop of Horrors", 1986), Movie(2, "The Little Shop of Horrors", 1960)]
    find = matcher(movies).find
    assert find(Row("seen", "Little Shop of Horrors")) == movies[0]
    assert find(Row("seen", "The Little Shop of Horrors")) == movies[1]


def test_what_is_uncertain_is_not_found() -> None:
    """Other parts of a series, other years and series with the name of a film are other things."""
    movies = [
        Movie(1, "Toy Story 2", 1999, rating_count=900),
        Movie(2, "Fargo", 1996, rating_count=900),
        Movie(3, "Hamlet", 1990, rating_count=50),
        Movie(4, "Hamlet", 1996, rating_count=60),
        Movie(5, "Titanic", 1997, rating_count=900),
        Movie(6, "Titanic", 1953, rating_count=50),
    ]
    find = matcher(movies).find
    assert find(Row("seen", "Toy Story 3", 2010)) is None
    assert find(Row("seen", "Toy Story 3", 1999)) is None
    assert find(Row("seen", "Fargo", 2014)) is None
    assert find(Row("seen", "Hamlet")) is None
    assert find(Row("seen", "Titanic")) == movies[4]
    assert find(Row("seen", "Titanic", 1954)) == movies[5]
    assert find(Row("seen", "Fargo", 1996, imdb_id="tt9999999")) == movies[1]
    assert find(Row("seen", "Heat (1995)", movielens_id=5)) is None
