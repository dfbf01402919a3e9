"""The values that cross the border of storage: frozen, free of any driver."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Movie:
    """One title of the catalogue.

    Attributes:
        movie_id: the data set's own id, positive.
        title: the title without its year, the article in front ("The Matrix", not "Matrix, The").
        year: year of release, None where the data set does not say.
        genres: in the data set's own words, in its order.
        rating_count: how many ratings the data set holds; the popularity that filters and fallbacks use.
        rating_mean: mean stars, 1..5, None without ratings.
    """

    movie_id: int
    title: str
    year: int | None = None
    genres: tuple[str, ...] = ()
    description: str | None = None
    directors: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    poster_url: str | None = None
    rating_count: int = 0
    rating_mean: float | None = None

    @property
    def label(self) -> str:
        """The title as a person writes it: "Toy Story (1995)"."""
        return self.title if self.year is None else f"{self.title} ({self.year})"


@dataclass(frozen=True, slots=True)
class Release:
    """A trained model that can be served.

    Attributes:
        version: content hash of the release, letters and digits; names its vectors in every index.
        url: where the release folder lies, "file:///...".
        created_at: when it was trained, UTC.
        validation_ndcg: mean NDCG@10 on validation newcomers, 0..1; None where none could be held out.
    """

    version: str
    url: str
    created_at: datetime
    validation_ndcg: float | None = None
