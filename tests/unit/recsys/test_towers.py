"""The towers learn what can be learned, and a release is loaded completely or not at all."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models.features import FEATURE_VERSION, Vocabulary
from recsys.models.network import DIMENSION, Network, directions
from recsys.models.new_movie_bias import NewMovieBias
from recsys.models.towers import ANSWER_SHRINKAGE, Towers, UnreadableRelease, assemble
from recsys.profile import Profile
from tests.builders import movie
from tests.networks import network_of

FILES = ("release.json", "tokens.json", "towers.safetensors", "movies.safetensors", "item_reranker.safetensors")


def best(towers: Towers, profile: Profile, count: int) -> list[int]:
    ids, vectors = towers.movie_vectors()
    scores = vectors @ towers.user_vectors([profile])[0]
    scores[np.isin(ids, list(profile.ratings))] = -np.inf
    return [int(ids[position]) for position in np.argsort(-scores)[:count]]


def is_odd(movie_id: int) -> bool:
    return movie_id // 10 % 2 == 1


@pytest.mark.parametrize(
    ("ratings", "odd"),
    [({10: 5}, True), ({20: 5}, False), ({30: 5, 50: 4, 40: 1}, True), ({40: 4.5}, False)],
)
def test_one_answer_reveals_the_taste(towers: Towers, ratings: dict[int, float], odd: bool) -> None:
    """On the checkerboard one like decides what the ten best movies are."""
    assert {is_odd(movie_id) for movie_id in best(towers, Profile(ratings=ratings), 10)} == {odd}


@pytest.mark.parametrize(("gender", "odd"), [("F", True), ("M", False)])
def test_demographics_alone_reveal_the_taste(towers: Towers, gender: str, odd: bool) -> None:
    """A newcomer who gave only her gender has a vector of her own: newcomers share no default vector."""
    assert {is_odd(movie_id) for movie_id in best(towers, Profile(gender=gender), 10)} == {odd}


def test_shapes_and_types_are_the_contract(towers: Towers, board: Dataset) -> None:
    """(n, 256) float32 for people, (m,) int64 and (m, 256) float32 for movies."""
    vectors = towers.user_vectors([Profile(), Profile("F", 28, 4, {10: 5})])
    ids, movie_vectors = towers.movie_vectors()
    assert (vectors.shape, vectors.dtype) == ((2, DIMENSION), np.float32)
    assert (movie_vectors.shape, movie_vectors.dtype) == ((len(board.movies), DIMENSION), np.float32)
    np.testing.assert_array_equal(ids, board.movie_ids)
    assert towers.user_vectors([]).shape == (0, DIMENSION)


def test_a_batch_equals_single_calls(towers: Towers) -> None:
    """A person's vector does not depend on the other people of the batch."""
    people = [Profile(), Profile("F"), Profile(ratings={10: 5}), Profile("M", 60, 20, {20: 2, 30: 3.5, 40: 5})]
    batch = towers.user_vectors(people)
    single = np.concatenate([towers.user_vectors([person]) for person in people])
    np.testing.assert_allclose(batch, single, atol=1e-4)


@pytest.mark.parametrize("objective", ["softmax", "rating"])
def test_serving_gives_the_vectors_of_training(board: Dataset, objective: str) -> None:
    """The shorter way of serving equals the network's forward pass; likes, rejections and unseen movies included."""
    vocabulary = Vocabulary.build(board.movies)
    network = Network(len(board.movies), len(vocabulary.tokens), objective)
    towers = assemble(network, vocabulary, board.movies, seed=0, dataset="board", validation_ndcg=None)
    people = [Profile(), Profile("F", 28, 4, {10: 5, 20: 1, 30: 3}, {40, 50}), Profile(ratings={60: 1.5})]
    _, movie_vectors = towers.movie_vectors()
    trained = network.user_vectors(
        vocabulary.profile_arrays(people, ANSWER_SHRINKAGE), network.tastes(movie_vectors), directions(movie_vectors)
    )
    assert np.ptp(trained.numpy(), axis=0)[:-1].max() > 0.1
    np.testing.assert_allclose(towers.user_vectors(people), trained.numpy(), atol=1e-5)


def test_leaving_a_part_out_equals_a_profile_without_it(towers: Towers) -> None:
    """Without one rating the others are scaled up; rejections, unseen movies and demographics stay."""
    ratings = {10: 5.0, 20: 3.5, 30: 4.0, 40: 1.0, 50: 2.5, 9999: 5.0}
    people = [Profile("F", 28, 4, ratings, {60, 70}), Profile(), Profile("M", ratings={20: 4.0})]
    left_out: list[list[int]] = [[10, 20, 30], [], [20]]
    encoded = [towers.vocabulary.encode(person) for person in people]
    positions = [[towers.vocabulary.positions[movie_id] for movie_id in movie_ids] for movie_ids in left_out]
    vectors = towers.user_vectors_without(encoded, positions)
    for person, movie_ids, found in zip(people, left_out, vectors, strict=True):
        remaining = [
            {other: stars for other, stars in person.ratings.items() if other != movie_id} for movie_id in movie_ids
        ]
        expected = [person, person.anonymous(), *(dataclasses.replace(person, ratings=rest) for rest in remaining)]
        np.testing.assert_allclose(found, towers.user_vectors(expected), atol=1e-4)


def test_unknown_movie_ids_change_nothing(towers: Towers) -> None:
    """Ratings of movies that were added after the training are ignored; they are no error."""
    people = [Profile(ratings={10: 5}), Profile(ratings={10: 5, 999: 1})]
    np.testing.assert_allclose(*towers.user_vectors(people), rtol=1e-5, atol=1e-5)


def test_ages_of_one_group_give_one_vector(towers: Towers) -> None:
    """28 and 32 lie in the same group, 35 does not."""
    people = [Profile(age=28), Profile(age=32), Profile(age=35)]
    young, same, older = towers.vocabulary.profile_arrays(people).inputs.toarray()
    np.testing.assert_array_equal(young, same)
    assert not np.array_equal(young, older)
    young, same, older = towers.user_vectors(people)
    np.testing.assert_allclose(young, same, rtol=1e-5, atol=1e-5)
    assert not np.allclose(young, older, rtol=1e-5, atol=1e-5)


def test_a_new_movie_is_placed_by_its_features(towers: Towers) -> None:
    """A movie without training data scores higher with people who like its genre."""
    odd_lover, even_lover = towers.user_vectors([Profile(ratings={10: 5, 30: 5}), Profile(ratings={20: 5, 40: 5})])
    new = towers.new_movie_vector(movie(9999, genres=("Odd",), year=1985))
    assert new.shape == (DIMENSION,)
    assert odd_lover @ new > even_lover @ new


def test_the_bias_of_a_new_movie_is_predicted(towers: Towers, board: Dataset) -> None:
    """The coefficients of the tokens are 0 here, so the bias is the intercept and a 1 for each genre."""
    coefficients = np.zeros(len(towers.vocabulary.tokens) + 2, np.float32)
    coefficients[-2:] = 1, 5
    network = network_of(towers)
    plain, predicting = (
        assemble(
            network,
            towers.vocabulary,
            board.movies,
            seed=0,
            dataset="board",
            validation_ndcg=None,
            new_movie_bias=bias,
        )
        for bias in (None, NewMovieBias(coefficients))
    )
    new = movie(9999, genres=("Odd", "War"))
    np.testing.assert_allclose(predicting.new_movie_vector(new)[:-1], plain.new_movie_vector(new)[:-1], atol=1e-5)
    assert predicting.new_movie_vector(new)[-1] == pytest.approx(7)
    np.testing.assert_array_equal(predicting.movie_vectors()[1], plain.movie_vectors()[1])
    assert predicting.version != plain.version


def test_the_item_reranker_is_part_of_the_version(towers: Towers, reranked_towers: Towers) -> None:
    """The same vectors with another second stage are another model."""
    np.testing.assert_allclose(reranked_towers.movie_vectors()[1], towers.movie_vectors()[1], rtol=1e-5, atol=1e-5)
    assert reranked_towers.version != towers.version


def test_a_saved_release_is_loaded_unchanged(reranked_towers: Towers, tmp_path: Path) -> None:
    """The stored arrays are equal to the last bit, user vectors up to rounding; saving again replaces the folder."""
    towers = reranked_towers
    towers.save(tmp_path / "release")
    towers.save(tmp_path / "release")
    loaded = Towers.load(tmp_path / "release")
    assert loaded.info == towers.info
    np.testing.assert_array_equal(loaded.movie_vectors()[1], towers.movie_vectors()[1])
    np.testing.assert_array_equal(loaded.item_reranker.movies, towers.item_reranker.movies)
    np.testing.assert_array_equal(loaded.item_reranker.item_weights, towers.item_reranker.item_weights)
    np.testing.assert_array_equal(loaded.item_reranker.popularity_bonus, towers.item_reranker.popularity_bonus)
    people = [Profile("F", 28, 4, {10: 5, 20: 1}, {30})]
    np.testing.assert_allclose(loaded.user_vectors(people), towers.user_vectors(people), rtol=1e-5, atol=1e-5)
    new = movie(9999, genres=("Odd",))
    np.testing.assert_allclose(loaded.new_movie_vector(new), towers.new_movie_vector(new), rtol=1e-5, atol=1e-5)
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


@pytest.mark.parametrize("file", FILES)
def test_a_release_with_a_missing_file_is_refused(towers: Towers, tmp_path: Path, file: str) -> None:
    """The message names the missing file."""
    towers.save(tmp_path / "release")
    (tmp_path / "release" / file).unlink()
    with pytest.raises(UnreadableRelease, match=f"{file} is missing"):
        Towers.load(tmp_path / "release")


@pytest.mark.parametrize("file", FILES)
def test_a_truncated_release_is_refused(reranked_towers: Towers, tmp_path: Path, file: str) -> None:
    """Half a file is reported as damage, in one line."""
    reranked_towers.save(tmp_path / "release")
    path = tmp_path / "release" / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UnreadableRelease, match="damaged release") as caught:
        Towers.load(tmp_path / "release")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", FILES[2:])
def test_a_release_with_a_changed_byte_is_refused(reranked_towers: Towers, tmp_path: Path, file: str) -> None:
    """The version is a hash of the content, and `load` checks it."""
    reranked_towers.save(tmp_path / "release")
    path = tmp_path / "release" / file
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(UnreadableRelease, match="damaged release"):
        Towers.load(tmp_path / "release")


def test_a_release_of_another_feature_version_is_refused(towers: Towers, tmp_path: Path) -> None:
    """Weights that were trained on other arrays would give nonsense without any error."""
    towers.save(tmp_path / "release")
    info = dataclasses.asdict(towers.info) | {"feature_version": FEATURE_VERSION + 1}
    (tmp_path / "release" / "release.json").write_text(json.dumps(info))
    with pytest.raises(UnreadableRelease, match="train again"):
        Towers.load(tmp_path / "release")


def test_a_folder_that_is_no_release_is_refused(tmp_path: Path) -> None:
    """The message says that an empty folder is not a release."""
    with pytest.raises(UnreadableRelease, match="not a release folder"):
        Towers.load(tmp_path)
