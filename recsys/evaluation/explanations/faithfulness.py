"""Whether the reason on a card is true: without the answer that it names, would the movie score lower, and most so?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from recsys.data.dataset import Dataset
from recsys.evaluation.served_lists import answered_ids, open_recommender
from recsys.models.towers import Towers
from recsys.profile import NAMED_FROM, Profile
from recsys.protocol.metrics import TOP_K
from recsys.protocol.newcomers import ANSWER_COUNTS, Newcomer, profiles_after
from recsys.protocol.scorers import all_scores
from recsys.serving.explain import SCORE_TOLERANCE, BecauseLiked, Popular, PopularWithPeers
from recsys.serving.recommender import Recommendation

KINDS = {BecauseLiked: "because_liked", PopularWithPeers: "popular_with_peers", Popular: "popular"}


@dataclass(frozen=True, slots=True)
class Reasons:
    """The reasons on the served cards after one number of answers, over the newcomers of all splits.

    Attributes:
        answers: how many.
        cards: that were looked at.
        because_liked: of those, how many name a liked movie.
        popular_with_peers: how many name gender, age and occupation.
        popular: how many claim nothing.
        true: of those that name a liked movie, how many movies score lower without that answer.
        strongest: of the same, how many score no lower without any other like.
    """

    answers: int
    cards: int
    because_liked: int
    popular_with_peers: int
    popular: int
    true: int
    strongest: int

    def to_dict(self) -> dict[str, object]:
        """Plain numbers for JSON."""
        return asdict(self)


async def measure_reasons(dataset: Dataset, people: list[Newcomer], towers: Towers, diversity: float) -> list[Reasons]:
    """Look at the cards of ten after 1 to 20 answers, and take every named answer away from the tower for a trial."""
    recommender = await open_recommender(dataset, towers, diversity)
    measured = []
    for answers in ANSWER_COUNTS[1:]:
        profiles = profiles_after(dataset, people, answers)
        found = await recommender.for_people(profiles, TOP_K, answered_ids(dataset, people))
        trials = [trial for profile, row in zip(profiles, found, strict=True) for trial in check(towers, profile, row)]
        kinds = Counter(KINDS[type(card.reason)] for row in found for card in row)
        measured.append(
            Reasons(
                answers,
                cards=sum(map(len, found)),
                **{kind: kinds[kind] for kind in KINDS.values()},
                true=sum(is_true for is_true, _ in trials),
                strongest=sum(is_strongest for _, is_strongest in trials),
            )
        )
    return measured


def check(towers: Towers, profile: Profile, cards: Sequence[Recommendation]) -> list[tuple[bool, bool]]:
    """Take each like of a person away, and see what the cards that name one score then.

    Returns:
        For each of those cards (the score falls without the named answer, without no other like it falls more).
    """
    named = [(card, card.reason.movie_id) for card in cards if isinstance(card.reason, BecauseLiked)]
    if not named:
        return []
    likes = [movie_id for movie_id, stars in profile.ratings.items() if stars >= NAMED_FROM]
    without = [
        replace(profile, ratings={one: stars for one, stars in profile.ratings.items() if one != like})
        for like in likes
    ]
    movies = np.searchsorted(towers.vocabulary.movie_ids, [card.movie.movie_id for card, _ in named])
    scores = all_scores(towers, [profile, *without])[:, movies]
    falls = scores[0] - scores[1:]
    return [
        (bool(fall[likes.index(like)] > 0), bool(fall[likes.index(like)] >= fall.max() - SCORE_TOLERANCE))
        for fall, (_, like) in zip(falls.T, named, strict=True)
    ]
