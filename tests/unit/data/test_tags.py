"""Tags of MovieLens: one spelling each, counted by people, without notes to oneself."""

from pathlib import Path

import pytest

from recsys.data import DataError, read_dataset
from recsys.data.tags import MAX_TAGS, clean_tag
from recsys.text.details import DetailIndex
from recsys.text.search_terms import search_text
from storage.records import Tag
from tests.unit.data.builders import LATEST_SMALL, ML_10M, write


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Twist  Ending ", "twist ending"),
        ('"Sci-Fi"', "sci-fi"),
        ("#heist!", "heist"),
        ("\N{LATIN SMALL LIGATURE FF}rom book", "ffrom book"),
        ("based on a true story", "based on a true story"),
        ("70mm", "70mm"),
        ("oscar (best picture)", "oscar (best picture)"),
        ("In Netflix queue", None),
        ("seen more than once", None),
        ("DVD-Video", None),
        ("imdb top 250", None),
        ("less than 300 ratings", None),
        ("to see", None),
        ("owned", None),
        ("4/5", None),
        ("1994", None),
        ("x", None),
        ("***", None),
        ("https://example.org/1", None),
        ("I have never laughed so much in my life", None),
    ],
)
def test_cleaning(text: str, tag: str | None) -> None:
    """Case, spaces and marks around a tag do not matter. Notes, numbers and sentences are no tags."""
    assert clean_tag(text) == tag


def tags_of(folder: Path) -> dict[int, tuple[Tag, ...]]:
    """Return the tags of the movies that have some."""
    return {movie.movie_id: movie.tags for movie in read_dataset(folder).movies if movie.tags}


def test_tags_are_counted_by_people(tmp_path: Path) -> None:
    """Two spellings of one person count once, and a tag that was used once in the whole set is left out."""
    assert tags_of(write(tmp_path, LATEST_SMALL)) == {1: (Tag("pixar", 2),), 50: (Tag("twist ending", 2),)}


def test_a_tag_of_one_person_for_two_movies(tmp_path: Path) -> None:
    """It counts: the person uses it for a kind of movie. Tags of movies that are not listed are ignored."""
    tags = "userId,movieId,tag,timestamp\n2,1,heist,1\n2,50,heist,1\n2,99999,heist,1\n2,50,lonely,1\n"
    assert tags_of(write(tmp_path, {**LATEST_SMALL, "tags.csv": tags})) == {
        1: (Tag("heist", 1),),
        50: (Tag("heist", 1),),
    }


def test_the_most_frequent_tags_are_kept(tmp_path: Path) -> None:
    """They are ordered by the number of people, then by name."""
    rows = [f"{user},1,tag{number:02},1\n" for number in range(MAX_TAGS + 5) for user in range(1, 3 + number // 30)]
    folder = write(tmp_path, {**LATEST_SMALL, "tags.csv": "userId,movieId,tag,timestamp\n" + "".join(rows)})
    tags = tags_of(folder)[1]
    assert len(tags) == MAX_TAGS
    assert tags[:6] == (*(Tag(f"tag{number}", 3) for number in range(30, 35)), Tag("tag00", 2))


def test_tags_of_movielens_10m(tmp_path: Path) -> None:
    """Its tags are separated by "::"."""
    folder = write(tmp_path, {**ML_10M, "tags.dat": "15::1::excellent!::1215184630\n20::1::excellent::1188263867\n"})
    assert tags_of(folder) == {1: (Tag("excellent", 2),)}


@pytest.mark.parametrize("tags", ["", "userId,movieId,tag,timestamp\n"])
def test_no_tags(tmp_path: Path, tags: str) -> None:
    """A file of tags may be missing, or have nothing but its header."""
    folder = write(tmp_path, {**LATEST_SMALL, "tags.csv": tags})
    if not tags:
        (folder / "tags.csv").unlink()
    assert tags_of(folder) == {}


def test_a_bad_row(tmp_path: Path) -> None:
    """The error names file, line and column."""
    tags = LATEST_SMALL["tags.csv"].replace("610,1,", "x,1,")
    with pytest.raises(DataError) as raised:
        read_dataset(write(tmp_path, {**LATEST_SMALL, "tags.csv": tags}))
    assert str(raised.value) == "tags.csv, line 3, column userId: found 'x', expected a positive whole number"


def test_tags_are_searched(tmp_path: Path) -> None:
    """A movie is found by its tags, and each tag is a sentence of its own for themes."""
    movies = read_dataset(write(tmp_path, LATEST_SMALL)).movies
    assert "pixar" in search_text(movies[0]).split()
    index = DetailIndex.build(movies)
    assert index.of_theme("twist ending") == {50}
    assert index.of_theme("pixar story") == frozenset()
