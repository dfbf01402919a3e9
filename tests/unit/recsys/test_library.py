"""The package's public names: usable as a library, and imported only when they are needed."""

import subprocess
import sys
from pathlib import Path

import pytest

import recsys
from recsys.data import Dataset
from recsys.models.towers import Towers
from storage.metadata import open_metadata
from storage.sql import Catalogue
from storage.vectors import open_index


async def test_the_example_of_the_docstring_works(
    towers: Towers, board: Dataset, catalogue: Catalogue, tmp_path: Path
) -> None:
    """A release is loaded from its folder, scores movies, recommends ten of them and chooses titles to ask about."""
    from recsys import Interview, Profile, Recommender, Towers

    towers.save(tmp_path / "release")
    loaded = Towers.load(tmp_path / "release")
    profile = Profile(gender="F", age=28, ratings={10: 5.0, 30: 3.5})
    movie_ids, movie_vectors = loaded.movie_vectors()
    scores = movie_vectors @ loaded.user_vectors([profile])[0]
    assert scores.shape == movie_ids.shape

    await catalogue.replace(board.movies)
    index = await open_index("memory://")
    await index.publish(loaded.version, board.movies, movie_vectors)
    recommender = Recommender(loaded, index, open_metadata("sql", catalogue))
    recommendations = await recommender.for_person(profile, 10)
    assert len({recommendation.movie.movie_id for recommendation in recommendations} - set(profile.ratings)) == 10

    page = Interview(loaded, board.movies).next_movies(profile, shown=(), n=8)
    assert len(set(page) - set(profile.ratings)) == 8


def test_every_public_name_can_be_imported() -> None:
    """`__all__` and the lazy imports list the same names."""
    assert [getattr(recsys, name).__name__ for name in recsys.__all__] == recsys.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As for any module, so that `hasattr` and `from recsys import ...` work as usual."""
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        recsys.Nothing  # noqa: B018 - the access is what fails


@pytest.mark.parametrize("statement", ["import recsys.profile", "from recsys import Profile"])
def test_a_profile_does_not_import_paddle(statement: str) -> None:
    """Paddle takes seconds to import, and programs that only read profiles do without it."""
    program = f"{statement}; import sys; print('paddle' in sys.modules)"
    finished = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert finished.stdout.strip() == "False"
