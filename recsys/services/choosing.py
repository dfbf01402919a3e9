"""Choosing the movies of cards, with the model or, without it, by popularity."""

import contextlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np

from recsys.profile import Profile
from recsys.services.ages import ADULT_AGE, FAMILY_AGE, UNDER_18_AGE
from recsys.services.cards import NOTHING_WISHED, Card, profile_of
from recsys.services.conditions import Conditions, with_preferences
from recsys.services.state import ServingState
from recsys.services.wishes import wish_of
from recsys.serving.explain import Popular, Reason
from recsys.serving.fallback import popular_movies
from recsys.serving.recommender import Recommender
from recsys.serving.requests import Recommendation, Request
from recsys.serving.style import UNCALIBRATED, ListStyle
from recsys.text.wishes import Wish
from storage.errors import NotFound, Unavailable
from storage.metadata import MetadataStore
from storage.records import MAX_FILTER_IDS, History, Movie, MovieFilter, Popularity

SURPRISE_AMONG = 50
"""A surprise is one of this many cards, each with the same probability."""


class CardChooser:
    """Chooses the movies of cards and the reasons on them. It stores nothing.

    Attributes:
        fallbacks: how many times the popularity fallback replaced the model.
    """

    def __init__(self, metadata: MetadataStore) -> None:
        self.fallbacks = 0
        self._metadata = metadata

    async def next_cards(self, state: ServingState, history: History, wish: Wish, n: int) -> list[Card]:
        """Return the next n cards, best first; fewer if fewer movies are left.

        Movies that were rated or seen are left out, and so are those on the watchlist and what the person never wants
        to see. Movies that were shown come only if no other movie is left.
        """
        is_calibrated = not state.conditions.is_for_a_kind(wish)
        wish = _limited(wish, history)
        style = _style(wish, history, is_calibrated=is_calibrated)
        profile = profile_of(history)
        left_out = history.seen | history.later
        cards = await self._choose(state, profile, wish, n, left_out | history.shown, style)
        if len(cards) < n and wish.age_to_watch is not None and FAMILY_AGE < wish.age_to_watch < ADULT_AGE:
            chosen = {*left_out, *history.shown, *(card.movie.movie_id for card in cards)}
            cards += await self._choose(state, profile, wish, n - len(cards), chosen, style, widely=True)
        if len(cards) < n and history.shown:
            # No other movie is left: movies that were shown and not answered may come again early.
            excluded = {*left_out, *(card.movie.movie_id for card in cards)}
            cards += await self._choose(state, profile, wish, n - len(cards), excluded, style)
        return [_after_first_part(state, history, card, wish) for card in cards]

    async def first_cards(self, state: ServingState, histories: Sequence[History]) -> list[Card | None]:
        """Return the first of `next_cards` for each of many people who wish for nothing.

        None stands for a card that takes more than one search, or that the model cannot choose: `next_cards` does.
        """
        if state.recommender is None:
            return [None for _ in histories]
        limits = [_limited(NOTHING_WISHED, history) for history in histories]
        filter_of = {wish: state.conditions.filter_of(wish) for wish in set(limits)}
        requests = [
            Request(
                profile_of(history),
                history.seen | history.later | history.shown,
                filter_of[wish],
                style=_style(wish, history, is_calibrated=True),
            )
            for history, wish in zip(histories, limits, strict=True)
        ]
        try:
            lists = await state.recommender.for_people(requests, 1)
        except (NotFound, Unavailable):
            return [None for _ in histories]
        return [
            _after_first_part(state, history, _with_age(state, _card(state, results[0]), wish)) if results else None
            for results, history, wish in zip(lists, histories, limits, strict=True)
        ]

    async def surprise(self, state: ServingState, history: History, wish: Wish, seed: int | None) -> Card | None:
        """Return one of the next SURPRISE_AMONG cards by random; None if there is no movie left."""
        cards = await self.next_cards(state, history, wish, SURPRISE_AMONG)
        return cards[np.random.default_rng(seed).integers(len(cards))] if cards else None

    async def next_among(self, state: ServingState, history: History, movie_ids: Sequence[int]) -> Card | None:
        """Return the next card among at most MAX_FILTER_IDS movies; None if the person knows all that they may see."""
        hidden = history.seen | history.later | history.shown
        among = frozenset(movie_ids[:MAX_FILTER_IDS])
        limits = _limited(NOTHING_WISHED, history)
        cards = await self._choose(state, profile_of(history), limits, 1, hidden, UNCALIBRATED, among)
        return _after_first_part(state, history, cards[0]) if cards else None

    async def best_of(self, state: ServingState, history: History, movie_ids: Sequence[int]) -> Card | None:
        """Return the card of the movie that the person will like best; None if no movie is left.

        Movies that they have rated or seen are left out, and so is what they never want to see.

        Args:
            state: the catalogue and the model.
            history: of the person.
            movie_ids: the movies to choose from. Of more than MAX_FILTER_IDS, the last ones count.
        """
        open_ids = [
            movie_id
            for movie_id in movie_ids
            if movie_id in state.movies and movie_id not in history.stars and movie_id not in history.seen
        ]
        if not open_ids:
            return None
        among = frozenset(open_ids[-MAX_FILTER_IDS:])
        limits = _limited(NOTHING_WISHED, history)
        cards = await self._choose(state, profile_of(history), limits, 1, (), UNCALIBRATED, among)
        return _after_first_part(state, history, cards[0]) if cards else None

    async def preview(self, state: ServingState, history: History, n: int) -> list[Movie]:
        """Return the movies that the first n cards will show."""
        limits = _limited(NOTHING_WISHED, history)
        style = ListStyle(limits.popularity or history.popularity)
        cards = await self._choose(state, profile_of(history), limits, n, history.seen | history.later, style)
        return [card.movie for card in cards]

    async def _choose(
        self,
        state: ServingState,
        profile: Profile,
        wish: Wish,
        n: int,
        hidden: Collection[int],
        style: ListStyle,
        among: frozenset[int] | None = None,
        *,
        widely: bool = False,
    ) -> list[Card]:
        """Return n cards for a profile, best first, without the movies that are rated or hidden.

        With `among`, only these movies can be chosen.
        """
        if state.recommender is not None:
            try:
                results = await recommend_for_wish(
                    state.recommender, state.conditions, profile, wish, n, hidden, among, style, widely=widely
                )
            except (NotFound, Unavailable):
                pass
            else:
                return [_with_age(state, _card(state, result), wish) for result in results]
        self.fallbacks += 1
        where = _only(among, state.conditions.filter_of(wish, by_themes=True, widely=widely))
        popular = popular_movies(state.listed, profile, n, hidden, where, style.popularity)
        cards = [Card(movie, Popular(), None, model_missing=True) for movie in await self._with_metadata(popular)]
        return [_with_age(state, card, wish) for card in cards]

    async def card_of(self, state: ServingState, history: History, movie_id: int, wish: Wish) -> Card:
        """Return the card of a movie that was chosen earlier or named, with the reason that it has now.

        If its certificate does not allow it for the age of somebody under 18, the card says so in `age_from`.
        """
        card = await self._explained_card(state, history, movie_id, wish)
        age, lowest = _limited(NOTHING_WISHED, history).age_to_watch, state.conditions.ages.lowest.get(movie_id)
        is_minor = history.age is not None and history.age < ADULT_AGE
        is_too_young = is_minor and age is not None and lowest is not None and lowest > age
        return replace(card, age_from=lowest) if is_too_young else card

    async def _explained_card(self, state: ServingState, history: History, movie_id: int, wish: Wish) -> Card:
        others = {rated: stars for rated, stars in history.stars.items() if rated != movie_id}
        profile = replace(profile_of(history), ratings=others)
        limits = _limited(wish, history)
        explained: tuple[Movie, Reason] | None = None
        if state.recommender is not None:
            with contextlib.suppress(Unavailable):
                if wish.like:
                    explained = await state.recommender.explain_similar(wish.like, movie_id)
                else:
                    explained = await state.recommender.explain_movie(profile, movie_id)
        if explained is None:
            return _with_age(state, Card(state.movies[movie_id], Popular(), None, model_missing=True), limits)
        movie, reason = explained
        with_age = _with_age(state, Card(movie, reason, _named_movie(state, reason)), limits)
        return _after_first_part(state, history, with_age, wish)

    async def _with_metadata(self, movies: Iterable[Movie]) -> list[Movie]:
        return list((await self._metadata.get_many([movie.movie_id for movie in movies])).values())


async def recommend_for_wish(
    recommender: Recommender,
    conditions: Conditions,
    profile: Profile,
    wish: Wish,
    n: int,
    hidden: Collection[int] = frozenset(),
    among: frozenset[int] | None = None,
    style: ListStyle | None = None,
    *,
    widely: bool = False,
) -> list[Recommendation]:
    """Return n movies for a person: those most like the movies that the wish names, if it names any.

    Of a series, earlier parts come before later ones.

    Args:
        recommender: the model.
        conditions: of the catalogue.
        profile: of the person; rated movies are left out.
        wish: what the person wishes for.
        n: how many movies; fewer are returned if fewer are left.
        hidden: further movies that are left out.
        among: only these movies can be chosen; None for all.
        style: what the list is like; None for what the wish says.
        widely: as in `Suitability.suitable`.

    Raises:
        NotFound: the index does not hold the model's version.
        Unavailable: the index or the metadata did not answer in time.
    """
    if wish.like:
        where = _only(among, conditions.filter_of(wish, by_themes=True, widely=widely))
        results = await recommender.similar(wish.like, profile, n, hidden, where)
    else:
        if style is None:
            popularity = wish.popularity or Popularity.BALANCED
            is_wished = wish.popularity is not None
            style = ListStyle(popularity, is_calibrated=not conditions.is_for_a_kind(wish), is_wished=is_wished)
        where, text = _only(among, conditions.filter_of(wish, widely=widely)), conditions.text_of(wish)
        results = await recommender.for_person(profile, n, hidden, where, text, style)
    by_id = {result.movie.movie_id: result for result in results}
    ordered = conditions.series.in_order(list(by_id))
    return [replace(by_id[movie_id], rank=rank) for rank, movie_id in enumerate(ordered, start=1)]


def _only(among: frozenset[int] | None, where: MovieFilter) -> MovieFilter:
    """Return a filter that movies outside of `among` do not pass either."""
    if among is None:
        return where
    return replace(where, ids=among if where.ids is None else where.ids & among)


def _after_first_part(state: ServingState, history: History, card: Card, wish: Wish = NOTHING_WISHED) -> Card:
    """Return the card with the first earlier part of its series that the person seems not to know.

    They know the movies that they have rated or seen, and those that the wish names as examples.
    """
    familiar = {*history.stars, *history.seen, *wish.like}
    missing = state.conditions.series.first_missing(card.movie.movie_id, familiar)
    return card if missing is None else replace(card, first_part=state.movie(missing))


def _limited(wish: Wish, history: History) -> Wish:
    """Return a wish with what a person never wants to see, their services, and the age of somebody under 18."""
    wish = replace(with_preferences(wish, wish_of(history.preferences)), services=history.services)
    if history.age is None or history.age >= ADULT_AGE:
        return wish
    age = UNDER_18_AGE if wish.age_to_watch is None else min(UNDER_18_AGE, wish.age_to_watch)
    return replace(wish, age_to_watch=age)


def _with_age(state: ServingState, card: Card, wish: Wish) -> Card:
    """Return a card that says so if the wish is for an age, and the age that the movie suits is unknown."""
    is_for_age = wish.age_to_watch is not None and wish.age_to_watch < ADULT_AGE
    is_unknown = is_for_age and card.movie.movie_id not in state.conditions.ages.lowest
    return replace(card, is_age_unknown=True) if is_unknown else card


def _style(wish: Wish, history: History, *, is_calibrated: bool) -> ListStyle:
    """Return the style of a person's cards for a wish that `_limited` has returned."""
    is_wished, popularity = wish.popularity is not None, wish.popularity or history.popularity
    return ListStyle(popularity, history.latest, is_calibrated=is_calibrated, is_wished=is_wished)


def _card(state: ServingState, result: Recommendation) -> Card:
    return Card(result.movie, result.reason, _named_movie(state, result.reason))


def _named_movie(state: ServingState, reason: Reason) -> Movie | None:
    movie_id = getattr(reason, "movie_id", None)
    return None if movie_id is None else state.movie(movie_id)
