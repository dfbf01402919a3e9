"""Recommendation decisions and mathematics: which person gets which movie, and why.

- `services`: the use cases. `serving`: recommendations, reasons and the interview. `text`: titles and wishes.
- `profile`: a person as the models see them. `models`: the models.
- `data`: data sets. `training`: from a data set to a model. `histories`: files that people bring from other services.
- `evaluation`: reports and baselines. `protocol`: how training and evaluation measure.
- `towhee_pipeline`: the recommendation as a pipeline of Towhee.

The package knows nothing about Telegram. It can be used as a library:

    from recsys import Interview, Profile, Recommender, Towers
    from storage.vectors import open_index

    towers = Towers.load("releases/0123456789abcdef")
    profile = Profile(gender="F", age=28, ratings={1: 5.0, 260: 3.5})

    # Score every movie of the release.
    movie_ids, movie_vectors = towers.movie_vectors()
    scores = movie_vectors @ towers.user_vectors([profile])[0]

    # Recommend ten movies with reasons, as the bot does; `movies` are `storage.records.Movie`, in the order of the
    # release, and `metadata` is a `storage.metadata.MetadataStore` of them.
    index = await open_index("memory://")
    await index.publish(towers.version, movies, movie_vectors)
    recommendations = await Recommender(towers, index, metadata).for_person(profile, 10)

    # Choose the titles to ask a newcomer about.
    page = Interview(towers, movies).next_movies(profile, shown=(), n=8)

The names in `__all__` are imported on first use, because `Towers` imports PaddlePaddle, which takes seconds.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recsys.models.towers import Towers
    from recsys.profile import Profile
    from recsys.serving.interview import Interview
    from recsys.serving.recommender import Recommender

__all__ = ["Interview", "Profile", "Recommender", "Towers"]

_MODULES = {
    "Interview": "recsys.serving.interview",
    "Profile": "recsys.profile",
    "Recommender": "recsys.serving.recommender",
    "Towers": "recsys.models.towers",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use.

    Raises:
        AttributeError: the package has no such name.
    """
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
