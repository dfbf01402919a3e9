"""Recommendations without a model: popular movies of the genres that a person likes."""

from collections import Counter
from collections.abc import Collection, Iterable

from recsys.profile import GENRE_DISLIKED_TO, GENRE_LIKED_FROM, Profile
from recsys.serving.traits import best_known
from storage.records import ANY_MOVIE, Movie, MovieFilter, Popularity


def popular_movies(
    movies: Iterable[Movie],
    profile: Profile,
    n: int,
    exclude: Collection[int] = frozenset(),
    where: MovieFilter = ANY_MOVIE,
    popularity: Popularity = Popularity.BALANCED,
) -> list[Movie]:
    """Return popular movies of the liked genres, followed by popular movies of other genres.

    A genre is liked if more of the person's ratings count for it than against it.

    Args:
        movies: the catalogue.
        profile: the person's profile; rated movies are not returned.
        n: how many movies; fewer are returned if fewer match.
        exclude: movie ids that are not returned.
        where: the filter that movies must match.
        popularity: for HIDDEN, the best-known movies come last.

    Returns:
        Movies, best first. Popularity is the number of ratings; equals come by their ids.
    """
    by_id = {movie.movie_id: movie for movie in movies}
    votes: Counter[str] = Counter()
    for movie_id, stars in profile.ratings.items():
        if movie_id in by_id:
            vote = (stars >= GENRE_LIKED_FROM) - (stars <= GENRE_DISLIKED_TO)
            votes.update(dict.fromkeys(by_id[movie_id].genres, vote))
    candidates = [
        movie
        for movie in by_id.values()
        if movie.movie_id not in profile.ratings and movie.movie_id not in exclude and where.matches(movie)
    ]
    liked_genres = {genre for genre, balance in votes.items() if balance > 0}
    last: frozenset[int] = frozenset()
    if popularity is Popularity.HIDDEN:
        last = frozenset(movie.movie_id for movie in best_known(list(by_id.values())))
    candidates.sort(
        key=lambda movie: (
            movie.movie_id in last,
            liked_genres.isdisjoint(movie.genres),
            -movie.rating_count,
            movie.movie_id,
        )
    )
    return candidates[:n]
