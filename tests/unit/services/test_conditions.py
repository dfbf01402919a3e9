"""People, themes and ages of a wish become conditions by movie ids."""

from dataclasses import replace
from datetime import date

import pytest

from recsys.services.ages import lowest_age
from recsys.services.conditions import Conditions, with_preferences
from recsys.text.wishes import Wish
from recsys.text.wishes.refining import refine
from storage.net_details import TMDB, NetDetails
from storage.records import MAX_FILTER_IDS, Movie, MovieFilter, Popularity

MOVIES = (
    Movie(1, "Heat", 1995, ("Crime",), "A heist.", ("Michael Mann",), ("Al Pacino", "Robert De Niro"), rating_count=9),
    Movie(2, "Serpico", 1973, ("Crime",), "A cop plays chess.", actors=("Al Pacino",), rating_count=8),
    Movie(3, "Ronin", 1998, ("Action",), "A heist in Paris.", actors=("Robert De Niro",), rating_count=7),
    Movie(4, "Fresh", 1994, ("Drama",), "A boy plays chess.", rating_count=6),
    Movie(5, "Babe", 1995, ("Children's", "Comedy"), "A pig.", rating_count=5),
    Movie(6, "Babe 2", 1998, ("Children's",), rating_count=4),
)
CONDITIONS = Conditions({movie.movie_id: movie for movie in MOVIES})


def passing(wish: Wish) -> list[int]:
    """Return the ids of the movies that pass the filter of a wish."""
    where = CONDITIONS.filter_of(wish, by_themes=True)
    return [movie.movie_id for movie in MOVIES if where.matches(movie)]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(), [1, 2, 3, 4, 5, 6]),
        (Wish(people=("Al Pacino",)), [1, 2]),
        (Wish(people=("Al Pacino",), genres_none=("Crime",)), []),
        (Wish(people=("Al Pacino", "Robert De Niro")), [1]),
        (Wish(people=("Al Pacino", "Nobody")), [1, 2]),
        (Wish(people_any=("Al Pacino", "Robert De Niro")), [1, 2, 3]),
        (Wish(people=("Robert De Niro",), people_any=("Al Pacino", "Nobody")), [1]),
        (Wish(people=("Nobody",)), [1, 2, 3, 4, 5, 6]),
        (Wish(people=("Al Pacino",), people_none=("Robert De Niro",)), [2]),
        (Wish(people_none=("Robert De Niro",)), [2, 4, 5, 6]),
        (Wish(themes=("chess",)), [2, 4]),
        (Wish(themes=("chess", "heist")), [1, 2, 3, 4]),
        (Wish(themes=("chess",), people=("Al Pacino",)), [2]),
        (Wish(themes=("pig",), people=("Al Pacino",)), []),
        (Wish(themes_none=("heist", "mood")), [2, 4, 5, 6]),
        (Wish(unlike=(6, 99)), [1, 2, 3, 4]),
        (Wish(age_to_watch=6), [5, 6]),
        (Wish(age_to_watch=6, genres_any=("Comedy",)), [5]),
        (Wish(age_to_watch=15), [5, 6]),
        (Wish(age_to_watch=18), [1, 2, 3, 4, 5, 6]),
        (Wish(minutes_to=90, year_from=1998), [3, 6]),
    ],
)
def test_movies_that_pass(wish: Wish, expected: list[int]) -> None:
    """All conditions that the catalogue knows hold. Unknown people and themes, and running times, are no condition."""
    assert passing(wish) == expected


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(minutes_to=95), [2, 3]),
        (Wish(minutes_from=95, minutes_to=200), [1, 3]),
        (Wish(minutes_from=95, people=("Al Pacino",)), [1]),
        (Wish(minutes_from=300), []),
    ],
)
def test_running_times(wish: Wish, expected: list[int]) -> None:
    """Where running times are known, both bounds are inclusive, and a movie of unknown length does not pass."""
    minutes = {1: 170, 2: 90, 3: 95}
    movies = {movie.movie_id: replace(movie, minutes=minutes.get(movie.movie_id)) for movie in MOVIES}
    conditions = Conditions(movies)
    where = conditions.filter_of(wish)
    assert [movie.movie_id for movie in movies.values() if where.matches(movie)] == expected
    assert conditions.not_known(wish) == ()


@pytest.mark.parametrize(
    ("age", "widely", "expected"),
    [
        (6, False, [2, 5]),
        (6, True, [2, 3, 4, 5]),
        (13, False, [2, 5, 6]),
        (17, False, [1, 2, 5, 6]),
        (17, True, [1, 2, 3, 4, 5, 6]),
        (18, False, [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_ages(age: int, widely: bool, expected: list[int]) -> None:
    """Known certificates count, whatever the genres; without one a movie is for families, harmless, or for nobody."""
    certificates = {1: "R", 2: "G", 6: "PG-13"}
    movies = {movie.movie_id: replace(movie, certificate=certificates.get(movie.movie_id)) for movie in MOVIES}
    movies[7] = Movie(7, "Alien", 1979, ("Horror", "Sci-Fi"), rating_count=3)
    where = Conditions(movies).filter_of(Wish(age_to_watch=age), widely=widely)
    assert [movie.movie_id for movie in movies.values() if where.matches(movie)] == expected


def test_a_catalogue_that_has_nothing_for_families() -> None:
    """Movies of harmless genres are all that there is for a child."""
    movies = {movie.movie_id: movie for movie in MOVIES[:4]}
    where = Conditions(movies).filter_of(Wish(age_to_watch=6))
    assert [movie.movie_id for movie in movies.values() if where.matches(movie)] == [3, 4]


@pytest.mark.parametrize(
    ("certificate", "age"),
    [
        ("G", 0),
        (" pg-13 ", 13),
        ("R", 17),
        ("NC-17", 18),
        ("TV-MA", 17),
        ("U", 0),
        ("12A", 12),
        ("16", 16),
        ("FSK 6", 6),
        ("18+", 18),
        ("Not Rated", None),
        ("Approved", None),
        ("", None),
        (None, None),
    ],
)
def test_the_lowest_age_of_a_certificate(certificate: str | None, age: int | None) -> None:
    """Those of several countries are known, however they are written; the others say nothing about an age."""
    assert lowest_age(certificate) == age


def test_a_wish_without_details_has_its_own_filter() -> None:
    """Genres and years need no ids."""
    wish = Wish(genres_any=("Crime",), year_to=1990)
    assert CONDITIONS.filter_of(wish) == wish.filter == MovieFilter(("Crime",), year_to=1990)
    assert CONDITIONS.text_of(wish) == ""


def test_themes_are_searched_by_their_words() -> None:
    """Full-text search ranks by the themes that the catalogue knows, so they are no filter. Banned themes are one."""
    wish = Wish(
        genres_any=("Crime",), people=("Al Pacino",), themes=("chess", "mood", "the heists"), themes_none=("pig",)
    )
    terms = CONDITIONS.text_of(wish).split()
    assert {"chess", "heist"} <= set(terms)
    assert not {"mood", "pig", "the", "crime", "pacino"} & set(terms)
    where = CONDITIONS.filter_of(wish)
    assert [movie.movie_id for movie in MOVIES if where.matches(movie)] == [1, 2]


def test_a_filter_has_a_bounded_number_of_ids() -> None:
    """Of many movies with a theme, the best known that meet the other conditions are kept. No banned one passes."""
    count = 2 * MAX_FILTER_IDS + 10
    movies = [Movie(n, "Chess", 1990 + n % 2, ("Drama",), rating_count=n) for n in range(1, count + 1)]
    movies += [Movie(n, "War", 1990) for n in (count + 1, count + 2)]
    conditions = Conditions({movie.movie_id: movie for movie in movies})
    best_known = frozenset(range(count - MAX_FILTER_IDS + 1, count + 1))
    assert conditions.filter_of(Wish(themes=("chess",)), by_themes=True).ids == best_known
    assert conditions.filter_of(Wish(themes_none=("chess",))).ids == {count + 1, count + 2}
    assert conditions.filter_of(Wish(themes_none=("war",))).ids_none == {count + 1, count + 2}
    of_1991 = frozenset(range(count - 1, count - 1 - 2 * MAX_FILTER_IDS, -2))
    assert conditions.filter_of(Wish(themes=("chess",), year_from=1991), by_themes=True).ids == of_1991


def test_what_is_not_known() -> None:
    """Names and themes without a movie, and running times, are returned as words; what is known is not."""
    known = Wish(people=("Al Pacino",), themes=("chess",), themes_none=("heist",), genres_any=("Unknown",))
    assert CONDITIONS.not_known(known) == ()
    unknown = Wish(
        people=("Al Pacino", "Nobody"),
        people_none=("No One",),
        themes=("mood",),
        themes_none=("disney",),
        minutes_to=90,
        age_to_watch=6,
    )
    assert CONDITIONS.not_known(unknown) == ("Nobody", "No One", "mood", "disney", "90 min")


def test_preferences_are_added_to_a_wish() -> None:
    """Both exclude, the narrower bound counts, and what the wish asks for remains."""
    wish = Wish(genres_any=("War",), genres_none=("Horror",), year_from=1980, year_to=1999, like=(1,), people=("A",))
    preferences = Wish(
        genres_any=("Drama",),
        genres_none=("Horror", "Western"),
        people_none=("B",),
        themes_none=("gore",),
        unlike=(4,),
        year_from=1990,
        year_to=2010,
        minutes_to=120,
    )
    assert with_preferences(wish, preferences) == Wish(
        genres_any=("War",),
        genres_none=("Horror", "Western"),
        year_from=1990,
        year_to=1999,
        like=(1,),
        people=("A",),
        people_none=("B",),
        themes_none=("gore",),
        unlike=(4,),
        minutes_to=120,
    )
    assert with_preferences(wish, Wish()) == wish


def test_of_many_movies_those_that_mention_the_theme_pass() -> None:
    """An hour is long enough for more movies than a filter may name, and few of them are about chess."""
    count = 2 * MAX_FILTER_IDS
    movies = [Movie(n, "Chess" if n <= 3 else "War", rating_count=n, minutes=50) for n in range(1, count + 1)]
    conditions = Conditions({movie.movie_id: movie for movie in movies})
    where = conditions.filter_of(Wish(themes=("chess",), minutes_to=60))
    assert where.ids == {1, 2, 3} | set(range(count - MAX_FILTER_IDS + 4, count + 1))


def test_the_nearest_to_a_theme_that_no_movie_has() -> None:
    """Movies with some of its words are searched, unless it is a mood of the vocabulary, whose words mean nothing."""
    assert CONDITIONS.text_of(Wish(themes=("chess robot",)))
    assert CONDITIONS.not_known(Wish(themes=("chess robot",))) == ("chess robot",)
    assert CONDITIONS.text_of(Wish(themes=("lonely robot",))) == ""
    movies = [Movie(1, "A", description="The night."), Movie(2, "B", description="A date.")]
    conditions = Conditions({movie.movie_id: movie for movie in movies})
    assert conditions.text_of(Wish(themes=("date night",))) == ""


def test_movies_that_can_be_chosen() -> None:
    """They pass the filter of the wish and have a word that is searched."""
    assert [movie.movie_id for movie in CONDITIONS.fitting(Wish(themes=("chess",)))] == [2, 4]
    assert [movie.movie_id for movie in CONDITIONS.fitting(Wish(themes=("chess",), genres_any=("Crime",)))] == [2]
    assert len(CONDITIONS.fitting(Wish(themes=("mood",)))) == len(CONDITIONS.fitting(Wish())) == len(MOVIES)


@pytest.mark.parametrize(
    ("wish", "popularity"),
    [
        (Wish(), None),
        (Wish(themes=("chess",)), None),
        (Wish(themes=("chess", "hidden gem")), Popularity.HIDDEN),
        (Wish(themes=("underrated", "famous")), Popularity.WELL_KNOWN),
        (Wish(themes_none=("mainstream",)), Popularity.HIDDEN),
        (Wish(themes_none=("obscure",)), Popularity.WELL_KNOWN),
    ],
)
def test_themes_that_say_how_well_known_movies_are(wish: Wish, popularity: Popularity | None) -> None:
    """They set the popularity, and are neither searched nor unknown, nor a kind of movie."""
    assert wish.popularity == popularity
    chess = Wish(themes=wish.subjects, themes_none=wish.subjects_none)
    assert (passing(wish), CONDITIONS.text_of(wish)) == (passing(chess), CONDITIONS.text_of(chess))
    assert CONDITIONS.not_known(wish) == ()
    assert CONDITIONS.is_for_a_kind(wish) == bool(wish.subjects)


def test_a_change_of_how_well_known_movies_are_replaces_the_one_before() -> None:
    """The other themes stay."""
    gems = Wish(themes=("chess", "hidden gem"), themes_none=("mainstream",))
    assert refine(gems, Wish(themes=("famous",))) == Wish(themes=("chess", "famous"))
    assert refine(gems, Wish(themes=("paris",))) == replace(gems, themes=("chess", "hidden gem", "paris"))


def test_countries() -> None:
    """A country is a filter if its movies are known, whatever a plot says, and else a theme as any other."""
    countries = {1: ("US",), 2: ("US", "IT"), 3: ("FR",)}
    movies = {
        movie.movie_id: replace(
            movie, net=NetDetails(TMDB, date(2026, 1, 1), countries=countries.get(movie.movie_id, ()))
        )
        for movie in MOVIES
    }
    movies[4] = replace(movies[4], description="A French spy.")
    conditions = Conditions(movies)

    def matching(wish: Wish) -> list[int]:
        where = conditions.filter_of(wish)
        return [movie.movie_id for movie in movies.values() if where.matches(movie)]

    assert matching(Wish(themes=("french",))) == [3]
    assert matching(Wish(themes=("french", "italian"))) == [2, 3]
    assert matching(Wish(themes_none=("american",))) == [3, 4, 5, 6]
    assert conditions.text_of(Wish(themes=("french", "chess"))) == conditions.text_of(Wish(themes=("chess",)))
    assert [movie.movie_id for movie in conditions.fitting(Wish(themes=("american", "chess")))] == [2]
    assert conditions.not_known(Wish(themes=("french",), themes_none=("danish",))) == ("danish",)
    assert CONDITIONS.not_known(Wish(themes=("french",))) == ("french",)


def test_one_movie_excludes_its_series() -> None:
    """The first that was named stays; movies of other series, and unknown ones, stay too."""
    assert CONDITIONS.one_of_each_series(Wish(unlike=(6, 1, 5, 99, 1), year_from=1990)) == Wish(
        unlike=(6, 1, 99), year_from=1990
    )


def test_animation_is_for_families_where_no_other_genre_is() -> None:
    """Where a data set has a genre for families, an animated movie without it may be for adults."""
    movies = {1: Movie(1, "Toys", genres=("Animation", "Children's")), 2: Movie(2, "Park", genres=("Animation",))}
    assert Conditions(movies).filter_of(Wish(age_to_watch=6)).ids == {1}
    assert Conditions({2: movies[2]}).filter_of(Wish(age_to_watch=6)).ids == {2}
