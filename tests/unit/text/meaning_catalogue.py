"""A small catalogue of real titles, with the numbers of ratings that MovieLens 1M has, for tests of the reader."""

from recsys.text.meaning import Meaning, Opinions, ReaderCatalogue, Situation, read_meaning
from storage.records import Movie

GENRES = (
    *("Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy"),
    *("Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
_TITLES = (
    ("Alien", 1979, 2024),
    ("Aliens", 1986, 1820),
    ("The Matrix", 1999, 2590),
    ("Jaws", 1975, 1697),
    ("Fargo", 1996, 2513),
    ("Armageddon", 1998, 1110),
    ("Titanic", 1997, 1546),
    ("Titanic", 1953, 219),
    ("Toy Story", 1995, 2077),
    ("Toy Story 2", 1999, 1585),
    ("Star Wars: Episode IV - A New Hope", 1977, 2991),
    ("Star Wars: Episode V - The Empire Strikes Back", 1980, 2990),
    ("Beauty and the Beast", 1991, 1060),
    ("Aladdin", 1992, 1351),
    ("The Good, the Bad and the Ugly", 1966, 820),
    ("Emma", 1996, 501),
    ("Big", 1988, 1491),
    ("Speed", 1994, 1650),
    ("The Hidden", 1987, 400),
    ("The Natural", 1984, 700),
    ("Pulp Fiction", 1994, 2171),
    ("Shakespeare in Love", 1998, 2369),
    ("Terminator 2: Judgment Day", 1991, 2649),
    ("Gladiator", 2000, 1924),
    ("Predator", 1987, 1297),
    ("Hollow Man", 2000, 600),
    ("Scary Movie", 2000, 700),
    ("Vampires", 1998, 420),
    ("Good Morning, Vietnam", 1987, 1000),
    ("Help!", 1965, 600),
    ("Waterworld", 1995, 1651),
    ("Heat", 1995, 940),
    ("Ronin", 1998, 806),
    ("The Big Lebowski", 1998, 1000),
    ("Fandango", 1985, 20),
    ("Psycho", 1960, 1263),
    ("Psycho", 1998, 264),
    ("Blade", 1998, 809),
    ("Blade Runner", 1982, 1800),
    ("The Shawshank Redemption", 1994, 2227),
    ("54", 1998, 700),
    ("Orgazmo", 1997, 119),
    ("Money Talks", 1997, 65),
)
MOVIES = tuple(
    Movie(number, title, year, GENRES if number == 1 else ("Drama",), rating_count=ratings)
    for number, (title, year, ratings) in enumerate(_TITLES, start=1)
)
CATALOGUE = ReaderCatalogue(MOVIES)
NAMED = {movie.label: movie.movie_id for movie in MOVIES}


def read(text: str, situation: Situation | None = None) -> Meaning:
    """Read a text with this catalogue."""
    return read_meaning(text, situation or Situation(), CATALOGUE)


def stored(meaning: Meaning) -> dict[str, float | str]:
    """Return label -> stars, "seen" or "unseen", of everything that a meaning stores without a question."""
    labels = {movie.movie_id: movie.label for movie in MOVIES}
    if not isinstance(meaning, Opinions):
        return {}
    return {
        labels[opinion.movie_ids[0]]: opinion.stars or ("seen" if opinion.is_seen else "unseen")
        for opinion in meaning.opinions
        if opinion.is_certain
    }


def asked(meaning: Meaning) -> set[str]:
    """Return the labels of the movies about which a meaning asks."""
    labels = {movie.movie_id: movie.label for movie in MOVIES}
    opinions = meaning.opinions if isinstance(meaning, Opinions) else ()
    return {labels[movie_id] for opinion in opinions if not opinion.is_certain for movie_id in opinion.movie_ids}
