"""The interview: which titles a newcomer is asked about, the most informative first."""

from collections.abc import Collection, Sequence
from itertools import chain

from recsys.models.towers import Towers
from recsys.profile import Profile
from storage.records import Movie


class Interview:
    """The order in which a newcomer is asked about movies.

    The first page holds well-known titles. Titles are ranked by their informativeness times how much more likely this
    person has seen them than other newcomers, which `ExposureModel` estimates from the demographics and from the titles
    that were rated or not seen. Titles that the exposure model does not cover follow by popularity. docs/quality.md
    compares this policy with others.
    """

    def __init__(self, towers: Towers | None, movies: Sequence[Movie]) -> None:
        """Rank the titles by popularity, once.

        Args:
            towers: the model. Movies that it does not know are not asked about, because answers about them would be
                ignored. None while there is no model; then every movie may be asked about.
            movies: the catalogue, with rating counts.
        """
        askable = list(movies)
        if towers is not None:
            askable = [movie for movie in movies if movie.movie_id in towers.vocabulary.positions]
        askable.sort(key=lambda movie: (-movie.rating_count, movie.movie_id))
        self._by_popularity = [movie.movie_id for movie in askable]
        self._askable = frozenset(self._by_popularity)
        self._exposure = None if towers is None else towers.exposure

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """Return the next titles to ask about. Equal arguments give equal results.

        Args:
            profile: of the newcomer; rated and unseen movies are not asked about again.
            shown: further movie ids that are not asked about again.
            n: how many titles; fewer are returned only if fewer are left.

        Returns:
            Movie ids, in the order in which they are shown.
        """
        informative = self._exposure.by_informativeness(profile) if self._exposure else []
        candidates = (movie_id for movie_id in informative if movie_id in self._askable)
        excluded = {*profile.ratings, *profile.unseen, *shown}
        page: list[int] = []
        for movie_id in chain(candidates, self._by_popularity):
            if len(page) >= n:
                break
            if movie_id not in excluded:
                excluded.add(movie_id)
                page.append(movie_id)
        return page
