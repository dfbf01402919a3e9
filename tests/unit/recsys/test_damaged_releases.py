"""Every value of a release is checked when it is loaded, also if its version is the hash of the damaged content."""

import contextlib
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from recsys.models.exposure import ExposureModel
from recsys.models.features import Vocabulary
from recsys.models.item_reranker import ItemReranker
from recsys.models.neighbours import Neighbours
from recsys.models.new_movie_bias import NewMovieBias
from recsys.models.towers import Towers, UnreadableRelease, content_hash
from tests.builders import movie
from tests.networks import network_of

pytestmark = pytest.mark.slow

Change = Callable[[NDArray[Any]], NDArray[Any]]

TOWERS, MOVIES, RERANKER, EXPOSURE, NEIGHBOURS, BIAS = (
    "towers.safetensors",
    "movies.safetensors",
    "item_reranker.safetensors",
    "exposure.safetensors",
    "neighbours.safetensors",
    "new_movie_bias.safetensors",
)
ARRAYS = (
    (TOWERS, "centre"),
    (TOWERS, "user.inputs.weight"),
    (TOWERS, "user.norms.1.bias"),
    (TOWERS, "movie.biases"),
    (MOVIES, "movie_ids"),
    (MOVIES, "vectors"),
    (RERANKER, "movies"),
    (RERANKER, "item_weights"),
    (RERANKER, "popularity_bonus"),
    (EXPOSURE, "movie_ids"),
    (EXPOSURE, "means"),
    (EXPOSURE, "covariance"),
    (EXPOSURE, "informativeness"),
    (NEIGHBOURS, "movies"),
    (NEIGHBOURS, "lifts"),
    (BIAS, "coefficients"),
)


@pytest.fixture
def release(reranked_towers: Towers, towers: Towers, tmp_path: Path) -> Path:
    """A release folder that can be loaded, with a re-ranker, neighbours and an exposure model of some movies.

    It also has a model of the bias of new movies.
    """
    folder = tmp_path / "release"
    reranked_towers.save(folder)
    assert towers.new_movie_bias is not None
    save_file({"coefficients": towers.new_movie_bias.coefficients}, folder / BIAS)
    exposure = {field.name: getattr(towers.exposure, field.name) for field in dataclasses.fields(ExposureModel)}
    rewrite(folder, EXPOSURE, lambda arrays: arrays.update(exposure))
    neighbours = {"movies": towers.neighbours.movies, "lifts": towers.neighbours.lifts}
    rewrite(folder, NEIGHBOURS, lambda arrays: arrays.update(neighbours))
    Towers.load(folder)
    return folder


def rewrite(release: Path, file: str, change: Callable[[dict[str, NDArray[Any]]], None]) -> None:
    """Change the arrays of a file, and set the release's version to the hash of its new content, if that has one."""
    arrays = load_file(release / file)
    change(arrays)
    save_file(arrays, release / file)
    weights, movies, reranker, exposure, neighbours, bias = (
        load_file(release / name) for name in (TOWERS, MOVIES, RERANKER, EXPOSURE, NEIGHBOURS, BIAS)
    )
    with contextlib.suppress(KeyError, TypeError):
        vocabulary = Vocabulary(movies["movie_ids"], tuple(json.loads((release / "tokens.json").read_text())))
        parts = ItemReranker(**reranker), ExposureModel(**exposure), Neighbours(**neighbours), NewMovieBias(**bias)
        set_info(release, version=content_hash(weights, vocabulary, movies["vectors"], *parts))


def set_info(release: Path, **values: object) -> None:
    """Change fields of release.json."""
    info = json.loads((release / "release.json").read_text())
    (release / "release.json").write_text(json.dumps(info | values))


def refusal(release: Path) -> str:
    """Return the one line that says why a release is refused."""
    with pytest.raises(UnreadableRelease) as caught:
        Towers.load(release)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def first_replaced(value: float) -> Change:
    """Return a change of the first number."""

    def change(array: NDArray[Any]) -> NDArray[Any]:
        changed = array.copy()
        changed.flat[0] = value
        return changed

    return change


@pytest.mark.parametrize(("file", "name"), ARRAYS)
def test_a_missing_or_unknown_array_is_refused(release: Path, file: str, name: str) -> None:
    """A weight that is missing would be a random number; the message names the array."""

    def rename(arrays: dict[str, NDArray[Any]]) -> None:
        arrays["renamed"] = arrays.pop(name)

    def add(arrays: dict[str, NDArray[Any]]) -> None:
        arrays[name] = arrays["renamed"]

    rewrite(release, file, rename)
    assert refusal(release).endswith(f"damaged release ({name} is missing)")
    rewrite(release, file, add)
    assert refusal(release).endswith("damaged release (renamed is unknown)")


@pytest.mark.parametrize(("file", "name"), ARRAYS)
@pytest.mark.parametrize(
    "change",
    [
        lambda array: array[np.newaxis],
        lambda array: array[:-1],
        lambda array: array[:0],
        lambda array: array.ravel()[:1].reshape(()),
        lambda array: array.astype(np.float64),
        lambda array: array.astype(np.float16),
        lambda array: array.astype(np.int32),
        lambda array: array.astype(np.bool_),
    ],
    ids=["one axis more", "one row less", "no row", "one number", "float64", "float16", "int32", "bool"],
)
def test_an_array_of_another_shape_or_type_is_refused(release: Path, file: str, name: str, change: Change) -> None:
    """This includes arrays with the same bytes, which the hash cannot tell apart."""
    before = load_file(release / file)[name]
    if (change(before).dtype, change(before).shape) == (before.dtype, before.shape):
        return  # The neighbours are int32.
    rewrite(release, file, lambda arrays: arrays.update({name: change(arrays[name])}))
    assert "damaged release (" in refusal(release)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("file", "name"), [array for array in ARRAYS if array[1] not in ("movie_ids", "movies")])
def test_a_number_that_is_not_finite_is_refused(release: Path, file: str, name: str, value: float) -> None:
    """One such number would spread to every score."""
    rewrite(release, file, lambda arrays: arrays.update({name: first_replaced(value)(arrays[name])}))
    assert refusal(release).endswith(f"damaged release ({name} has numbers that are not finite)")


@pytest.mark.parametrize(
    ("file", "name", "value"),
    [
        (MOVIES, "movie_ids", 600),
        (RERANKER, "movies", -1),
        (RERANKER, "movies", 30),
        (NEIGHBOURS, "movies", -2),
        (NEIGHBOURS, "movies", 60),
        (NEIGHBOURS, "movies", 0),
    ],
)
def test_ids_and_positions_out_of_order_or_range_are_refused(release: Path, file: str, name: str, value: float) -> None:
    """Scores would belong to other movies."""
    rewrite(release, file, lambda arrays: arrays.update({name: first_replaced(value)(arrays[name])}))
    assert f"damaged release ({name} " in refusal(release)


@pytest.mark.parametrize(("file", "name"), [array for array in ARRAYS if array[1] not in ("movie_ids", "movies")])
def test_damage_in_the_last_of_many_blocks_is_refused(
    release: Path, file: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large array is checked and hashed in blocks, and has the hash that it has in one piece."""
    version = Towers.load(release).version
    monkeypatch.setattr("recsys.models.arrays.BLOCK_BYTES", 100)
    assert Towers.load(release).version == version

    def replace_last(arrays: dict[str, NDArray[Any]], value: float) -> None:
        arrays[name] = arrays[name].copy()
        arrays[name].flat[-1] = value

    rewrite(release, file, lambda arrays: replace_last(arrays, np.nan))
    assert refusal(release).endswith(f"damaged release ({name} has numbers that are not finite)")
    rewrite(release, file, lambda arrays: replace_last(arrays, 0.125))
    set_info(release, version=version)
    assert refusal(release).endswith(f"its content does not match version {version})")


def test_a_last_movie_that_is_its_own_neighbour_is_refused(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In whichever block of the neighbours it is."""
    monkeypatch.setattr("recsys.models.arrays.BLOCK_BYTES", 100)

    def replace_last(arrays: dict[str, NDArray[Any]]) -> None:
        arrays["movies"] = arrays["movies"].copy()
        arrays["movies"][-1, -1] = len(arrays["movies"]) - 1

    rewrite(release, NEIGHBOURS, replace_last)
    assert refusal(release).endswith("damaged release (movies has a movie that is its own neighbour)")


def test_a_type_of_number_that_numpy_lacks_is_refused(release: Path) -> None:
    """There are such types in safetensors files."""
    header = json.dumps({"vectors": {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]}}).encode()
    (release / MOVIES).write_bytes(len(header).to_bytes(8, "little") + header + b"0")
    assert "damaged release (movies.safetensors: " in refusal(release)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", 1),
        ("version", None),
        ("objective", "else"),
        ("objective", ["softmax"]),
        ("seed", "0"),
        ("seed", True),
        ("dataset", None),
        ("created_at", 5),
        ("created_at", "yesterday"),
        ("created_at", "2026-11-27T10:00:00"),
        ("validation_ndcg", "0.5"),
        ("validation_ndcg", float("nan")),
        ("validation_ndcg", 1e9),
        ("trained_on", 0),
        ("feature_version", "7"),
        ("dimension", 128),
        ("dimension", None),
    ],
)
def test_a_wrong_value_in_release_json_is_refused(release: Path, field: str, value: object) -> None:
    """The message names the field."""
    set_info(release, **{field: value})
    assert refusal(release).endswith(f"damaged release (release.json has a wrong value of {field})")


@pytest.mark.parametrize("text", ["null", "[]", "7", '"text"', "{}", "", "[" * 100_000, "1" * 10_000, '{"a": 1}'])
@pytest.mark.parametrize("file", ["release.json", "tokens.json"])
def test_json_of_another_form_is_refused(release: Path, file: str, text: str) -> None:
    """Deep nesting and long numbers are no exception."""
    (release / file).write_text(text)
    assert "damaged release (" in refusal(release)


@pytest.mark.parametrize("content", [b"\xff\xfe", b'["a", 1]', b'["a", null]', b'[["a"]]', b'["a", "a"]'])
def test_tokens_that_are_no_different_texts_are_refused(release: Path, content: bytes) -> None:
    """The position of a token is its code, so each must be there once."""
    (release / "tokens.json").write_bytes(content)
    assert "damaged release (" in refusal(release)


def test_a_folder_in_place_of_a_file_is_refused(release: Path) -> None:
    """It counts as missing."""
    (release / "tokens.json").unlink()
    (release / "tokens.json").mkdir()
    assert refusal(release).endswith("tokens.json is missing")


def test_a_release_without_neighbours_is_served(towers: Towers, tmp_path: Path) -> None:
    """Releases that were made before there were neighbours lack the file, and their version does not count it."""
    older = assemble_without_neighbours(towers)
    folder = tmp_path / "older"
    older.save(folder)
    (folder / NEIGHBOURS).unlink()
    loaded = Towers.load(folder)
    assert loaded.version == older.version
    assert loaded.neighbours.movies.shape == (60, 0)


def test_a_release_without_biases_of_new_movies_is_served(towers: Towers, tmp_path: Path) -> None:
    """Such a release has no file of them. Then the bias of a new movie comes from the movie tower."""
    older = assemble_without_neighbours(towers)
    folder = tmp_path / "older"
    older.save(folder)
    assert not (folder / BIAS).exists()
    loaded = Towers.load(folder)
    assert loaded.new_movie_bias is None
    new = movie(9999, genres=("Odd",))
    tokens = towers.vocabulary.movie_matrix([new])
    [expected] = network_of(towers).frozen_movie_vectors(tokens)
    np.testing.assert_allclose(loaded.new_movie_vector(new), expected, rtol=1e-5, atol=1e-5)


def test_a_release_without_weights_for_long_histories_is_served(release: Path, reranked_towers: Towers) -> None:
    """Releases that were made before there were such weights lack the arrays, and their version does not count them."""
    older = load_file(release / RERANKER)
    for name in ("columns", "history_weights", "history_columns"):
        assert older.pop(name).size == 0
    save_file(older, release / RERANKER)
    answers, candidates = dict.fromkeys(range(10, 40), 4.0), np.arange(60)
    np.testing.assert_array_equal(
        Towers.load(release).item_reranker.score_adjustments(answers, candidates),
        reranked_towers.item_reranker.score_adjustments(answers, candidates),
    )


def test_weights_for_long_histories_are_read_and_checked(release: Path) -> None:
    """They are part of the version, and have a row and a column for every movie with item weights."""
    weights = np.ones((50, 50), np.float32)
    rewrite(release, RERANKER, lambda arrays: arrays.update(history_weights=weights))
    np.testing.assert_array_equal(Towers.load(release).item_reranker.history_weights, weights)
    rewrite(release, RERANKER, lambda arrays: arrays.update(history_weights=weights[:, :-1].copy()))
    assert "damaged release (history_weights is float32 (50, 49) instead of" in refusal(release)
    rewrite(release, RERANKER, lambda arrays: arrays.update(history_columns=np.array(1, np.int32)))
    assert "damaged release (" in refusal(release)
    arrays = load_file(release / RERANKER)
    for name in ("history_weights", "history_columns"):
        arrays.pop(name)
    save_file(arrays, release / RERANKER)
    assert "its content does not match version" in refusal(release)


@pytest.mark.parametrize("file", [NEIGHBOURS, BIAS])
def test_a_part_that_was_deleted_is_missed(towers: Towers, tmp_path: Path, file: str) -> None:
    """The version of a release counts its neighbours and its biases of new movies."""
    folder = tmp_path / "release"
    towers.save(folder)
    (folder / file).unlink()
    assert "its content does not match version" in refusal(folder)


def assemble_without_neighbours(towers: Towers) -> Towers:
    """Return the same towers as they were made before there were neighbours and biases of new movies."""
    parts = towers.vocabulary, network_of(towers), towers.movie_vectors()[1], towers.item_reranker, towers.exposure
    none = Neighbours.none(len(towers.vocabulary.movie_ids))
    vocabulary, network, vectors, reranker, exposure = parts
    version = content_hash(network.weights(), vocabulary, vectors, reranker, exposure, none)
    return Towers(dataclasses.replace(towers.info, version=version), *parts, none)
