"""Which titles to show a newcomer: those that tell most of what they like."""

from collections.abc import Collection, Sequence
from itertools import chain

from recsys.models.towers import Towers
from recsys.profile import Profile
from storage.records import Movie


class Interview:
    """The order in which newcomers are asked about movies.

    The first page holds well known titles. It counts how much more likely than others this person has seen a title, by
    their gender, age and occupation and by what they turned out to have seen and not to have seen. Titles beyond those
    that were looked into come by their fame. docs/quality.md has the figures of this and of other ways.
    """

    def __init__(self, towers: Towers | None, movies: Sequence[Movie]) -> None:
        """Rank the titles once.

        Args:
            towers: only what they know is asked about, since nothing else is an answer to them; None while there is no
                model, and then every title may be.
            movies: of the catalogue, with rating_count.
        """
        asked = list(movies)
        if towers is not None:
            asked = [movie for movie in movies if movie.movie_id in towers.vocabulary.positions]
        asked.sort(key=lambda movie: (-movie.rating_count, movie.movie_id))
        self._best_known = [movie.movie_id for movie in asked]
        self._askable = frozenset(self._best_known)
        self._exposure = None if towers is None else towers.exposure

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """The next titles to ask about; the same question always has the same answer.

        Args:
            profile: of the newcomer; what they have rated or not seen is not asked about.
            shown: movie ids that must not come again.
            n: how many; fewer come back only where fewer are left.

        Returns:
            Movie ids, the first to be shown first.
        """
        telling = self._exposure.by_informativeness(profile) if self._exposure else []
        out = {*profile.ratings, *profile.unseen, *shown}
        page: list[int] = []
        for movie_id in chain((one for one in telling if one in self._askable), self._best_known):
            if len(page) >= n:
                break
            if movie_id not in out:
                out.add(movie_id)
                page.append(movie_id)
        return page
