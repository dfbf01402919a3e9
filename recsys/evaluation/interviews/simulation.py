"""The interview protocol: a newcomer is shown titles, answers those they know, and is served by what they told.

The people are the held-out ones of a split. Each person's ratings are shuffled and halved: the first half is what they
can answer, the other half is hidden; who has fewer than 5 hidden ratings of 4 stars or more is left out. A policy shows
24 titles in three pages, and between two pages it learns what became of the first. A title of the answerable half is
tapped, 👍 where the person gave it 4 stars or more, 👎 where 2 or fewer and 😐 between; every other title is "haven't
seen". After 0, 8, 16 and 24 titles every movie is ranked but the whole answerable half, asked about or not, so that all
policies and all numbers of titles are compared on one and the same task, and the hidden likes make NDCG@10.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.models.exposure import TITLES_PER_PAGE
from recsys.profile import LIKE, LIKED_FROM, Profile, round_to_thumb
from recsys.protocol.metrics import TOP_K, ndcg_at_10, top_positions
from recsys.protocol.newcomers import MIN_HIDDEN_LIKES, Scorer
from recsys.training.pages import PAGES

SHOWN_COUNTS = tuple(page * TITLES_PER_PAGE for page in range(PAGES + 1))
"""After how many shown titles is measured."""

_INTERVIEW = 1
"""Parts the draws from those of the newcomer protocol, whose answers are other ones."""


class Policy(Protocol):
    """Decides which titles are shown, as `recsys.serving.interview.Interview` does."""

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """At most `n` movie ids, the first to be shown first, none of which was rated, not seen or shown before."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Interviewee:
    """One held-out person.

    Attributes:
        person: position in the data set.
        answers: movie_id -> stars of the answerable half, in random order.
        answerable: (a,) positions of the same movies.
        likes: (l,) positions of the hidden movies with 4 stars or more.
    """

    person: int
    answers: Mapping[int, float]
    answerable: NDArray[np.int32]
    likes: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Manner:
    """How people behave in front of the pages.

    Attributes:
        named: titles that a person names unasked before the first page, as far as they like so many of their half.
        thumbs_up_only: whether every title that is known gets a 👍, whatever its stars.
    """

    named: int = 0
    thumbs_up_only: bool = False


HONEST = Manner()


@dataclass(frozen=True, slots=True, eq=False)
class Interviews:
    """What came of showing titles to `n` people, by the number of titles shown (one row for each of SHOWN_COUNTS).

    Attributes:
        ndcg: (4, n) float64, NDCG@10 of each person.
        answered: (4, n) int64, how many of the titles shown were answered; those that a person named do not count.
        pages: (3, n) lists of movie ids, as they were shown.
    """

    ndcg: NDArray[np.float64]
    answered: NDArray[np.int64]
    pages: tuple[tuple[tuple[int, ...], ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class WithoutUnseen:
    """A scorer that is not told which titles a person has not seen, for models that never learned what that says."""

    scorer: Scorer

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """(n, m) float32."""
        return self.scorer.scores([replace(profile, unseen=frozenset()) for profile in profiles])


def interviewees(dataset: Dataset, people: NDArray[np.int64], seed: int) -> list[Interviewee]:
    """The people among `people` who can be scored; their halves are drawn by the seed and their own position."""
    offsets, ids = dataset.person_offsets(), dataset.movie_ids
    found = []
    for person in people.tolist():
        rows = np.arange(offsets[person], offsets[person + 1])
        np.random.default_rng((seed, person, _INTERVIEW)).shuffle(rows)
        movies, stars = dataset.rating_movies[rows], dataset.rating_stars[rows]
        half = len(rows) // 2
        likes = movies[half:][stars[half:] >= LIKED_FROM]
        if len(likes) >= MIN_HIDDEN_LIKES:
            answers = dict(zip(ids[movies[:half]].tolist(), stars[:half].tolist(), strict=True))
            found.append(Interviewee(person, answers, movies[:half], likes))
    return found


def simulate(
    dataset: Dataset,
    people: Sequence[Interviewee],
    policy: Policy,
    scorer: Scorer,
    manner: Manner = HONEST,
    step: int = TITLES_PER_PAGE,
) -> Interviews:
    """Show everybody three pages and measure before, between and after them.

    Args:
        dataset: what the people are of.
        people: who is shown titles.
        policy: what shows them.
        scorer: ranks the movies for what a person has told.
        manner: how people behave.
        step: how many titles the policy is asked for at once; fewer than a page let it learn from every answer.

    Raises:
        ValueError: the policy showed a title twice; the scorer returned another shape than (n, m), or a NaN.
    """
    conversations = [_Conversation(dataset, one, manner) for one in people]
    ndcg, answered, pages = [], [], []
    for count in SHOWN_COUNTS:
        before = [len(one.shown) for one in conversations]
        for one in conversations:
            while len(one.shown) < count and one.turn(policy, min(step, count - len(one.shown))):
                pass
        if count:
            pages.append(tuple(tuple(one.shown[start:]) for one, start in zip(conversations, before, strict=True)))
        ndcg.append(_ndcg(dataset, people, scorer, [one.profile for one in conversations]))
        answered.append([one.answered for one in conversations])
    return Interviews(np.array(ndcg), np.array(answered, np.int64), tuple(pages))


def known_shares(dataset: Dataset) -> dict[int, float]:
    """movie_id -> share of all people who have rated it."""
    counts = np.bincount(dataset.rating_movies, minlength=len(dataset.movies)) / max(1, len(dataset.user_ids))
    return dict(zip(dataset.movie_ids.tolist(), counts.tolist(), strict=True))


class _Conversation:
    """What has been shown to one person and what they have told."""

    def __init__(self, dataset: Dataset, who: Interviewee, manner: Manner) -> None:
        self._answers = who.answers
        self._thumbs_up_only = manner.thumbs_up_only
        liked = [movie_id for movie_id, stars in who.answers.items() if stars >= LIKED_FROM]
        self.profile = dataset.profile(who.person, dict.fromkeys(liked[: manner.named], LIKE))
        self.shown: list[int] = []
        self.answered = 0

    def turn(self, policy: Policy, n: int) -> bool:
        """Show up to `n` titles and take the answers; False where the policy has nothing left to show."""
        titles = policy.next_movies(self.profile, set(self.shown), n)[:n]
        if len(set(titles)) < len(titles) or not {*self.shown, *self.profile.ratings}.isdisjoint(titles):
            raise ValueError(f"a policy shows no title twice; this one showed {titles} after {self.shown}")
        self.shown += titles
        told = {
            movie_id: LIKE if self._thumbs_up_only else float(round_to_thumb(self._answers[movie_id]))
            for movie_id in titles
            if movie_id in self._answers
        }
        self.answered += len(told)
        self.profile = replace(
            self.profile,
            ratings={**self.profile.ratings, **told},
            unseen=self.profile.unseen | (set(titles) - set(told)),
        )
        return bool(titles)


def _ndcg(
    dataset: Dataset, people: Sequence[Interviewee], scorer: Scorer, profiles: list[Profile]
) -> NDArray[np.float64]:
    """(n,) NDCG@10; the ideal has min(10, likes) hits, equal scores rank in the order of the data set."""
    scores = np.array(scorer.scores(profiles), np.float32)
    expected = len(people), len(dataset.movies)
    if scores.shape != expected or np.isnan(scores).any():
        raise ValueError(f"a scorer returns {expected} numbers; this one returned {scores.shape} or a NaN")
    ndcg = np.empty(len(people))
    for row, (person_scores, person) in enumerate(zip(scores, people, strict=True)):
        person_scores[person.answerable] = -np.inf
        ndcg[row] = ndcg_at_10(np.isin(top_positions(person_scores, TOP_K), person.likes), len(person.likes))
    return ndcg
