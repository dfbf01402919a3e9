"""What is recommended while there is no model: well-known, well-liked movies of the genres that a person likes."""

from collections import Counter
from collections.abc import Collection, Iterable

from recsys.profile import GENRE_DISLIKED_TO, GENRE_LIKED_FROM, Profile
from storage.records import ANY_MOVIE, Movie, MovieFilter


def popular_movies(
    movies: Iterable[Movie],
    profile: Profile,
    n: int,
    exclude: Collection[int] = frozenset(),
    where: MovieFilter = ANY_MOVIE,
) -> list[Movie]:
    """The n most rated movies of the genres that a person likes, best first; neither rated nor excluded."""
    by_id = {movie.movie_id: movie for movie in movies}
    taste: Counter[str] = Counter()
    for movie_id, stars in profile.ratings.items():
        if movie_id in by_id:
            taste.update(
                dict.fromkeys(by_id[movie_id].genres, (stars >= GENRE_LIKED_FROM) - (stars <= GENRE_DISLIKED_TO))
            )
    open_ = [
        movie
        for movie in by_id.values()
        if movie.movie_id not in profile.ratings and movie.movie_id not in exclude and where.matches(movie)
    ]
    wanted = {genre for genre, votes in taste.items() if votes > 0}
    open_.sort(key=lambda movie: (wanted.isdisjoint(movie.genres), -movie.rating_count, movie.movie_id))
    return open_[:n]
