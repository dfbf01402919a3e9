"""The interview protocol: a newcomer is shown titles, rates those they have seen, and is then recommended movies.

The people are the held-out ones of a split. Each person's ratings are shuffled and halved. The first half can be
answered, the other half is hidden. People with fewer than 5 hidden ratings of 4 stars or more are left out.

A policy shows 24 titles on three pages. After each page it gets the answers to that page. The answer to a title of the
answerable half is 👍 for 4 stars or more, 👎 for 2 or fewer and 😐 in between. The answer to every other title is
"haven't seen".

After 0, 8, 16 and 24 titles all movies are ranked except the whole answerable half, whether asked about or not.
Therefore all policies and all numbers of titles are compared on the same task. NDCG@10 is measured on the hidden likes.
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
from recsys.protocol.newcomers import MIN_HIDDEN_LIKES, Scorer, score_rows
from recsys.training.pages import PAGES

SHOWN_COUNTS = tuple(page * TITLES_PER_PAGE for page in range(PAGES + 1))
"""The numbers of shown titles to measure after."""

_INTERVIEW_STREAM = 1
"""Part of the seed that separates these random draws from those of the newcomer protocol."""


class Policy(Protocol):
    """Decides which titles are shown, as `recsys.serving.interview.Interview` does."""

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """Return at most `n` movie ids in display order, none of them rated, not seen or shown before."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Interviewee:
    """A held-out person.

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
class AnsweringStyle:
    """How people answer the pages.

    Attributes:
        named_titles: number of liked titles of the answerable half that a person names before the first page; fewer if
            the person likes fewer.
        only_thumbs_up: every title that the person has seen gets a 👍, whatever its stars.
    """

    named_titles: int = 0
    only_thumbs_up: bool = False


BY_STARS = AnsweringStyle()
"""The default style: nobody names titles, and every answer follows the stars."""


@dataclass(frozen=True, slots=True, eq=False)
class InterviewResults:
    """Results of showing titles to `n` people, with one row for each of SHOWN_COUNTS.

    Attributes:
        ndcg: (4, n) float64, NDCG@10 of each person.
        answered: (4, n) int64, how many of the shown titles were rated; titles that a person named do not count.
        pages: for each of the 3 pages, the movie ids that each person was shown, in display order.
    """

    ndcg: NDArray[np.float64]
    answered: NDArray[np.int64]
    pages: tuple[tuple[tuple[int, ...], ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class WithoutUnseen:
    """A scorer without the "haven't seen" answers, for models that were trained without them."""

    scorer: Scorer

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return (n, m) float32 scores."""
        return self.scorer.scores([replace(profile, unseen=frozenset()) for profile in profiles])


def interviewees(dataset: Dataset, people: NDArray[np.int64], seed: int) -> list[Interviewee]:
    """Return the people among `people` with enough hidden likes.

    The halves of a person's ratings depend on the seed and the person's position only.
    """
    offsets, ids = dataset.person_offsets(), dataset.movie_ids
    eligible = []
    for person in people.tolist():
        rows = np.arange(offsets[person], offsets[person + 1])
        np.random.default_rng((seed, person, _INTERVIEW_STREAM)).shuffle(rows)
        movies, stars = dataset.rating_movies[rows], dataset.rating_stars[rows]
        half = len(rows) // 2
        likes = movies[half:][stars[half:] >= LIKED_FROM]
        if len(likes) >= MIN_HIDDEN_LIKES:
            answers = dict(zip(ids[movies[:half]].tolist(), stars[:half].tolist(), strict=True))
            eligible.append(Interviewee(person, answers, movies[:half], likes))
    return eligible


def simulate(
    dataset: Dataset,
    people: Sequence[Interviewee],
    policy: Policy,
    scorer: Scorer,
    style: AnsweringStyle = BY_STARS,
    step: int = TITLES_PER_PAGE,
) -> InterviewResults:
    """Show everybody three pages, and measure before, between and after them.

    Args:
        dataset: the data set of the people.
        people: the people who are shown titles.
        policy: chooses the titles.
        scorer: ranks the movies for a person's profile after the answers.
        style: how people answer.
        step: number of titles requested from the policy at once; with fewer than a page, the policy gets the answers
            to earlier titles of the same page.

    Raises:
        ValueError: the policy showed a title twice, or the scorer returned another shape than (n, m) or a NaN.
    """
    interviews = [_SimulatedInterview(dataset, person, style) for person in people]
    ndcg, answered, pages = [], [], []
    for count in SHOWN_COUNTS:
        starts = [len(interview.shown) for interview in interviews]
        for interview in interviews:
            while len(interview.shown) < count and interview.ask(policy, min(step, count - len(interview.shown))):
                pass
        if count:
            pages.append(
                tuple(tuple(interview.shown[start:]) for interview, start in zip(interviews, starts, strict=True))
            )
        ndcg.append(_ndcg(dataset, people, scorer, [interview.profile for interview in interviews]))
        answered.append([interview.answered for interview in interviews])
    return InterviewResults(np.array(ndcg), np.array(answered, np.int64), tuple(pages))


def rater_shares(dataset: Dataset) -> dict[int, float]:
    """Return movie_id -> share of all people who have rated the movie."""
    shares = np.bincount(dataset.rating_movies, minlength=len(dataset.movies)) / max(1, len(dataset.user_ids))
    return dict(zip(dataset.movie_ids.tolist(), shares.tolist(), strict=True))


class _SimulatedInterview:
    """The interview of one person.

    Attributes:
        profile: the person's demographics and all answers so far.
        shown: movie ids in display order.
        answered: number of the shown titles that the person rated.
    """

    def __init__(self, dataset: Dataset, person: Interviewee, style: AnsweringStyle) -> None:
        self._answers = person.answers
        self._only_thumbs_up = style.only_thumbs_up
        liked = [movie_id for movie_id, stars in person.answers.items() if stars >= LIKED_FROM]
        self.profile = dataset.profile(person.person, dict.fromkeys(liked[: style.named_titles], LIKE))
        self.shown: list[int] = []
        self.answered = 0

    def ask(self, policy: Policy, n: int) -> bool:
        """Show up to `n` titles and add the answers to the profile; return False if the policy has no titles left."""
        titles = policy.next_movies(self.profile, set(self.shown), n)[:n]
        if len(set(titles)) < len(titles) or not {*self.shown, *self.profile.ratings}.isdisjoint(titles):
            raise ValueError(f"a policy must not show a title twice; it showed {titles} after {self.shown}")
        self.shown += titles
        ratings = {
            movie_id: LIKE if self._only_thumbs_up else float(round_to_thumb(self._answers[movie_id]))
            for movie_id in titles
            if movie_id in self._answers
        }
        self.answered += len(ratings)
        self.profile = replace(
            self.profile,
            ratings={**self.profile.ratings, **ratings},
            unseen=self.profile.unseen | (set(titles) - set(ratings)),
        )
        return bool(titles)


def _ndcg(
    dataset: Dataset, people: Sequence[Interviewee], scorer: Scorer, profiles: list[Profile]
) -> NDArray[np.float64]:
    """Return (n,) float64, NDCG@10 of each person; equal scores keep the order of the data set."""
    rows = score_rows(scorer, profiles, len(dataset.movies))
    ndcg = np.empty(len(people))
    for row, (person_scores, person) in enumerate(zip(rows, people, strict=True)):
        person_scores[person.answerable] = -np.inf
        ndcg[row] = ndcg_at_10(np.isin(top_positions(person_scores, TOP_K), person.likes), len(person.likes))
    return ndcg
