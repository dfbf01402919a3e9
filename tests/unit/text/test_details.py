"""Movies are found by people, by words of their texts, and by series."""

from recsys.text.details import DetailIndex
from storage.records import Movie

HEAT = Movie(1, "Heat", description="A thief plans a heist. A cop follows.", actors=("Al Pacino", "Robert De Niro"))
SERPICO = Movie(2, "Serpico", description="A chess-playing cop.", directors=("Sidney Lumet",), actors=("Al Pacino",))
PRIMER = Movie(3, "Primer", description="Engineers travel in time, and time after time.")
TRIP = Movie(4, "Road Trip", description="Friends travel to Texas. They have no time.")
VAMPIRES = Movie(5, "The Vampire's Kiss", description="Glass and a kiss.")
AMELIE = Movie(6, "Amélie", actors=("Audrey Tautou",))
DETAILS = DetailIndex.build((HEAT, SERPICO, PRIMER, TRIP, VAMPIRES, AMELIE))


def test_people() -> None:
    """A person is found by the whole name, as director or actor, in any case and without accents."""
    assert DETAILS.of_person("Al Pacino") == {1, 2}
    assert DETAILS.of_person("sidney  LUMÉT") == {2}
    assert DETAILS.of_person("Pacino") == DETAILS.of_person("Nobody") == DETAILS.of_person("") == frozenset()


def test_themes() -> None:
    """Every word of a theme is in one sentence of the movie, in another form if no movie has this one."""
    assert DETAILS.of_theme("heist") == DETAILS.of_theme("the heists") == {1}
    assert DETAILS.of_theme("chess") == {2}
    assert DETAILS.of_theme("cop") == {1, 2}
    assert DETAILS.of_theme("time travel") == DETAILS.of_theme("travelling times") == {3}
    assert DETAILS.of_theme("vampires") == DETAILS.of_theme("vampire") == {5}
    assert DETAILS.of_theme("glass") == {5}
    assert DETAILS.of_theme("amelie") == {6}
    assert DETAILS.of_theme("of the") == DETAILS.of_theme("submarine") == DETAILS.of_theme("heist cop") == frozenset()


def test_series() -> None:
    """Titles that differ in the number or in what follows a colon are parts of one series."""
    titles = ["Star Wars: Episode IV - A New Hope", "Star Wars: Episode V", "Rocky", "Rocky II", "Alien", "Aliens"]
    movies = [Movie(movie_id, title) for movie_id, title in enumerate(titles)]
    details = DetailIndex.build(movies)
    assert [details.of_series(movie) for movie in movies] == [{0, 1}, {0, 1}, {2, 3}, {2, 3}, {4}, {5}]
    assert details.of_series(Movie(9, "Unknown")) == {9}


def test_movies_with_any_word_of_a_theme() -> None:
    """One word of a theme anywhere is enough."""
    assert DETAILS.with_any_word("time travel") == {3, 4}
    assert DETAILS.with_any_word("the submarine") == frozenset()


def test_another_form_of_a_word_counts_if_no_movie_has_the_form() -> None:
    """The theme "boxing" is not about boxes, unless nothing is about boxing."""
    boxing, box = Movie(1, "Rocky", description="Boxing."), Movie(2, "Seven", description="What is in the box?")
    assert DetailIndex.build((boxing, box)).of_theme("boxing") == {1}
    assert DetailIndex.build((box,)).of_theme("boxing") == {2}


def test_a_theme_with_hyphens_is_one_word() -> None:
    """The theme "feel-good" is not about feeling and good, and "post-apocalyptic" is found as it is written."""
    movies = (Movie(1, "A", description="They feel good."), Movie(2, "B", description="A post-apocalyptic world."))
    details = DetailIndex.build(movies)
    assert details.of_theme("feel-good") == details.with_any_word("feel-good") == frozenset()
    assert details.of_theme("feel good") == {1}
    assert details.of_theme("post-apocalyptic") == {2}


def test_a_rare_form_of_a_word_is_searched_by_its_stem() -> None:
    """Otherwise "travelling" would find the one movie with this form, and none of those with "travel"."""
    forms = ["travelling", *["travel"] * 6, "boxing", "boxing", "box"]
    movies = [Movie(movie_id, f"Movie {movie_id}", description=form) for movie_id, form in enumerate(forms, start=1)]
    details = DetailIndex.build(movies)
    assert details.searched_terms("travelling") == ["stem0travel"]
    assert details.searched_terms("travel") == ["travel", "stem0travel"]
    assert details.searched_terms("boxing") == ["boxing", "stem0box"]
