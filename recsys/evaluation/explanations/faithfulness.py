"""Faithfulness of explanations: whether the named answer raised the movie's score, and more than any other like did.

Each check is an ablation: the profile is scored again without one of the likes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

import numpy as np

from recsys.data.dataset import Dataset
from recsys.evaluation.served_lists import answered_ids, open_recommender
from recsys.models.towers import Towers
from recsys.profile import NAMED_FROM, Profile
from recsys.protocol.metrics import TOP_K
from recsys.protocol.newcomers import ANSWER_COUNTS, Newcomer, profiles_after
from recsys.protocol.scorers import two_stage_scores
from recsys.serving.explain import SCORE_TOLERANCE, BecauseLiked, Popular, PopularWithPeers
from recsys.serving.requests import Recommendation, Request

KINDS = {BecauseLiked: "because_liked", PopularWithPeers: "popular_with_peers", Popular: "popular"}
"""Class of an explanation -> name of its count in `Faithfulness`."""


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Explanations on the served cards after one number of answers, over the newcomers of all splits.

    Attributes:
        answers: the number of answers.
        cards: number of cards.
        because_liked: cards that name a liked movie.
        popular_with_peers: cards that name gender, age and occupation.
        popular: cards that make no claim about the person.
        faithful: cards that name a liked movie and whose movie scores lower without that answer.
        most_influential: cards that name a liked movie and whose movie scores lowest without that answer, compared with
            every other like.
    """

    answers: int
    cards: int
    because_liked: int
    popular_with_peers: int
    popular: int
    faithful: int
    most_influential: int

    def to_dict(self) -> dict[str, object]:
        """Return plain numbers for JSON."""
        return asdict(self)


class ExplanationCheck(NamedTuple):
    """The result of leaving out the like that a card names.

    Attributes:
        is_faithful: the movie's score falls.
        is_most_influential: the score falls no less than without any other like.
    """

    is_faithful: bool
    is_most_influential: bool


async def measure_faithfulness(
    dataset: Dataset, people: list[Newcomer], towers: Towers, diversity: float
) -> list[Faithfulness]:
    """Serve lists of ten after 1 to 20 answers, and check every explanation that names a liked movie."""
    recommender = await open_recommender(dataset, towers, diversity, dataset.movies)
    rows = []
    for answers in ANSWER_COUNTS[1:]:
        profiles = profiles_after(dataset, people, answers)
        lists = await recommender.for_people(
            [Request(*row) for row in zip(profiles, answered_ids(dataset, people), strict=True)], TOP_K
        )
        checks = [
            check
            for profile, cards in zip(profiles, lists, strict=True)
            for check in check_explanations(towers, profile, cards)
        ]
        kinds = Counter(KINDS[type(card.reason)] for cards in lists for card in cards)
        rows.append(
            Faithfulness(
                answers,
                cards=sum(map(len, lists)),
                **{kind: kinds[kind] for kind in KINDS.values()},
                faithful=sum(check.is_faithful for check in checks),
                most_influential=sum(check.is_most_influential for check in checks),
            )
        )
    return rows


def check_explanations(towers: Towers, profile: Profile, cards: Sequence[Recommendation]) -> list[ExplanationCheck]:
    """Leave out each like of a person in turn, and compare the scores of the cards that name a liked movie.

    Returns:
        A check for each of these cards, in the order of the cards.
    """
    named = [(card, card.reason.movie_id) for card in cards if isinstance(card.reason, BecauseLiked)]
    if not named:
        return []
    likes = [movie_id for movie_id, stars in profile.ratings.items() if stars >= NAMED_FROM]
    ablated = [
        replace(profile, ratings={movie_id: stars for movie_id, stars in profile.ratings.items() if movie_id != like})
        for like in likes
    ]
    movies = np.searchsorted(towers.vocabulary.movie_ids, [card.movie.movie_id for card, _ in named])
    scores = two_stage_scores(towers, [profile, *ablated])[:, movies]
    contributions = scores[0] - scores[1:]
    checks = []
    for by_like, (_, named_like) in zip(contributions.T, named, strict=True):
        contribution = by_like[likes.index(named_like)]
        checks.append(ExplanationCheck(bool(contribution > 0), bool(contribution >= by_like.max() - SCORE_TOLERANCE)))
    return checks
