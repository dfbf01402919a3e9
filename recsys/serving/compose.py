"""Compose a list from scored candidates: diverse, calibrated to the person's genres, and as popular as they want.

Movies are chosen one at a time, each with the largest sum of

- its score, which is the log-odds of a like up to a constant of the person,
- a penalty for its similarity to a chosen movie (maximal marginal relevance, Carbonell and Goldstein, SIGIR 1998),
- what it adds to sum_g w_g log(q_g), where q_g is the share of the genre g among the chosen movies. With w_g = p_g, the
  share of the genre among the person's likes, this is minus the divergence KL(p || q) up to a constant: calibration of
  Steck (RecSys 2018), whose greedy choice has the guarantee of a submodular function. Here w_g is larger for the genres
  that the person likes more than other people do, because those are the genres that a list lacks.
- in a balanced list, a bonus for movies in the long tail, which are not well known. The more the genres of
  the person diverge from those of all ratings, the larger it is, because well-known movies fit such people least.

The chosen movies are then sorted by their scores, which costs the least NDCG. docs/quality.md has the effects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.profile import LIKED_FROM
from recsys.serving.style import ListStyle
from recsys.serving.traits import MovieTraits
from storage.records import Popularity

CALIBRATION = 1.0
"""The weight of the calibration of genres, in units of the score."""

NICHE_WEIGHT = 1.0
"""The weight of a genre is raised by this factor times log(p / the share of the genre among all ratings)."""

SMOOTHING = 0.3
"""The number of movies with the mix of the person's genres that is added to the counts of genres in a list.

A larger number weakens the calibration.
"""

PRIOR_LIKES, PRIOR_MOVIES = 3.0, 20
"""The mix of the person's genres is that of their likes and of PRIOR_LIKES additional likes, whose mix is that of the
PRIOR_MOVIES best candidates."""

FIRST_LONG_TAIL_BONUS = 0.63
"""The bonus of a long-tail movie in a balanced list for a person who likes nothing yet."""

LONG_TAIL_BONUS, HALF_KNOWN = 2.2, 6
"""The bonus after n likes is LONG_TAIL_BONUS * n / (n + HALF_KNOWN) * KL.

KL is the divergence of the person's genres from those of all ratings, in nats. The fraction shrinks it while likes are
few: n = HALF_KNOWN halves it.
"""

LONG_TAIL_SHARE = 0.5
"""At least this share of the list of somebody who prefers hidden gems is in the long tail."""

RESERVED_AFTER = 5
"""A reserved movie comes after at most this many other cards."""

SPREAD_AMONG = 30
"""The unit of the penalty for similarity is the standard deviation of this many best scores."""

_UNWANTED = np.float32(1e6)
"""Subtracted from the sum of a movie that comes only when no other movie is left."""


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """A person's mix of genres, and the bonus for movies in the long tail.

    Attributes:
        genres: (g,) float32, the mix p of the person's genres; its sum is 1, or 0 without genres.
        weights: (g,) float32, the weights w.
        long_tail_bonus: added to the scores of movies in the long tail.
    """

    genres: NDArray[np.float32]
    weights: NDArray[np.float32]
    long_tail_bonus: float

    @classmethod
    def of(cls, traits: MovieTraits, likes: Sequence[int], candidates: NDArray[np.int64]) -> "Taste":
        """Return the taste of a person.

        Args:
            traits: of the movies.
            likes: positions of the movies that the person likes.
            candidates: (c,) positions of the candidates, best first.
        """
        best = candidates[:PRIOR_MOVIES]
        prior = traits.genres[best].sum(axis=0) / np.float32(len(best))
        mix = traits.genres[list(likes)].sum(axis=0) + np.float32(PRIOR_LIKES) * prior
        genres = mix / np.float32(max(float(mix.sum()), 1e-9))
        lift = np.log(np.maximum(genres, 1e-9) / traits.genre_shares)
        weights = CALIBRATION * genres * (1 + NICHE_WEIGHT * np.maximum(0, lift))
        divergence, n = max(0.0, float(genres @ lift)), len(likes)
        bonus = LONG_TAIL_BONUS * n / (n + HALF_KNOWN) * divergence if likes else FIRST_LONG_TAIL_BONUS
        return cls(genres, weights.astype(np.float32), bonus)


def liked(answers: Mapping[int, float]) -> list[int]:
    """Return the positions of the movies that a person likes, of answers by position."""
    return [position for position, stars in answers.items() if stars >= LIKED_FROM]


def compose(
    scores: NDArray[np.float32],
    directions: NDArray[np.float32],
    candidates: NDArray[np.int64],
    count: int,
    traits: MovieTraits,
    likes: Sequence[int],
    style: ListStyle,
    latest: Sequence[int],
    diversity: float,
    reserved: int | None = None,
) -> list[int]:
    """Choose the movies of a list.

    Args:
        scores: (c,) float32, best first.
        directions: (c, d) float32, unit vectors of the candidates.
        candidates: (c,) positions in `traits`.
        count: how many movies to choose.
        traits: of all movies.
        likes: positions of the movies that the person likes.
        style: what the list is like.
        latest: positions of the movies that the person was shown last.
        diversity: the strength of the penalty for similarity, in standard deviations of the scores.
        reserved: index of a candidate that comes after RESERVED_AFTER cards at the latest; None for none.

    Returns:
        Indices of the chosen candidates, in the order in which they are shown.
    """
    count = min(count, len(scores))
    taste = Taste.of(traits, likes, candidates)
    genres, is_long_tail = traits.genres[candidates], traits.is_long_tail[candidates]
    value = scores.copy()
    if style.popularity is Popularity.WELL_KNOWN:
        value -= _UNWANTED * is_long_tail
    elif style.popularity is Popularity.BALANCED and style.is_calibrated:
        value += np.float32(taste.long_tail_bonus) * is_long_tail
    context = list(latest)
    counts = traits.genres[context].sum(axis=0) + np.float32(SMOOTHING) * taste.genres + np.float32(1e-6)
    long_tail, listed = int(traits.is_long_tail[context].sum()), len(context)
    strength = np.float32(diversity * float(scores[:SPREAD_AMONG].std()))
    penalties = strength * (directions @ directions.T) if strength and count > 1 else None
    penalty, after, is_hidden = np.zeros_like(value), np.empty_like(genres), style.popularity is Popularity.HIDDEN
    chosen: list[int] = []
    for _ in range(count):
        total = value - penalty
        if style.is_calibrated:
            total += np.log(np.add(counts, genres, out=after), out=after) @ taste.weights
        if is_hidden and (style.is_wished or long_tail < LONG_TAIL_SHARE * (listed + 1)):
            total -= _UNWANTED * ~is_long_tail
        best = int(total.argmax())
        if reserved is not None and listed >= RESERVED_AFTER:
            best, reserved = reserved, None
        elif best == reserved:
            reserved = None
        chosen.append(best)
        value[best] = -np.inf
        counts += genres[best]
        long_tail, listed = long_tail + int(is_long_tail[best]), listed + 1
        if penalties is not None:
            np.maximum(penalty, penalties[best], out=penalty)
    order = (style.popularity is Popularity.WELL_KNOWN) & is_long_tail
    return sorted(chosen, key=lambda candidate: (bool(order[candidate]), candidate))
