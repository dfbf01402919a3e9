"""Which titles to show a newcomer: well known and well liked, and not all of one kind."""

import math
from collections import Counter
from collections.abc import Collection, Sequence

from recsys.profile import Profile
from recsys.towers import Towers
from storage.records import Movie

PRIOR_RATINGS = 100
"""Ratings of average stars that every movie's mean is shrunk by."""

CANDIDATES_PER_TITLE = 5
"""How many of the best known and liked titles are looked at for each one shown."""

REPEAT_COST = 0.35
"""What a genre or decade costs for each title of the page that has it, in units of worth."""


class Interview:
    """The order in which newcomers are asked about movies.

    A title is worth log(ratings) + mean stars: twice the audience counts as much as 0.7 stars. A page is filled one by
    one with the title that is worth most, less what its genres and its decade cost that stand on the page already.
    """

    def __init__(self, towers: Towers | None, movies: Sequence[Movie]) -> None:
        """Rank the titles once.

        Args:
            towers: only what they know is asked about, since nothing else is an answer to them; None while there is no
                model, and then every title may be.
            movies: of the catalogue, with rating_count and rating_mean.
        """
        asked = list(movies)
        if towers is not None:
            known = set(towers.movie_vectors()[0].tolist())
            asked = [movie for movie in movies if movie.movie_id in known]
        total = sum(movie.rating_count for movie in asked)
        average = sum(movie.rating_count * (movie.rating_mean or 0.0) for movie in asked) / max(total, 1)
        self._worth = {movie.movie_id: _worth(movie, average) for movie in asked}
        self._ranked = sorted(asked, key=lambda movie: (-self._worth[movie.movie_id], movie.movie_id))

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """The next titles to ask about; the same question always has the same answer.

        Args:
            profile: of the newcomer; what they have rated or not seen is not asked about.
            shown: movie ids that must not come again.
            n: how many; fewer come back only where fewer are left.

        Returns:
            Movie ids, the first to be shown first.
        """
        out = {*profile.ratings, *profile.unseen, *shown}
        candidates: list[Movie] = []
        for movie in self._ranked:
            if len(candidates) >= n * CANDIDATES_PER_TITLE:
                break
            if movie.movie_id not in out:
                candidates.append(movie)
        page: list[int] = []
        kinds: Counter[str | int] = Counter()
        while candidates and len(page) < n:
            # Of equals max takes the first, which is the better ranked.
            best = max(candidates, key=lambda movie: self._worth[movie.movie_id] - _repeats(movie, kinds))
            candidates.remove(best)
            page.append(best.movie_id)
            kinds.update(_kinds(best))
        return page


def _worth(movie: Movie, average: float) -> float:
    stars = movie.rating_count * (movie.rating_mean or 0.0) + PRIOR_RATINGS * average
    return math.log1p(movie.rating_count) + stars / (movie.rating_count + PRIOR_RATINGS)


def _kinds(movie: Movie) -> list[str | int]:
    """A movie's genres and its decade."""
    return [*movie.genres, *([] if movie.year is None else [movie.year // 10])]


def _repeats(movie: Movie, page: Counter[str | int]) -> float:
    kinds = _kinds(movie)
    return REPEAT_COST * sum(page[kind] for kind in kinds) / max(len(kinds), 1)
