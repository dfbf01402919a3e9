"""The conditions of a wish: from people, themes and ages to a filter that vector indexes search with."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import TypeVar

from recsys.services.ages import ADULT_AGE, Suitability
from recsys.text.details import DetailIndex
from recsys.text.series import SeriesIndex
from recsys.text.wishes import Wish, themes
from storage.records import ANY_MOVIE, MAX_FILTER_IDS, Movie, MovieFilter

Item = TypeVar("Item")

_VOCABULARY = frozenset(themes.THEMES.values())

_LOOKED_UP_SHARE = 16
"""The best known of more than one in so many movies are looked up in the list of all movies, which is sorted."""


class Conditions:
    """Turns wishes into filters over a catalogue. Its indexes are built at their first use, or by `prepare`.

    Attributes:
        movies: movie id -> movie, the whole catalogue.
        listed: movie id -> movie, those that wishes find: all, or the best known of a large catalogue.
    """

    def __init__(self, listed: Mapping[int, Movie], movies: Mapping[int, Movie] | None = None) -> None:
        """Take the movies of a catalogue.

        Args:
            listed: movie id -> movie, of a large catalogue the best known movies.
            movies: movie id -> movie, the whole catalogue; None if `listed` has all of it.
        """
        self.listed, self.movies = listed, movies or listed

    def prepare(self) -> None:
        """Compute everything now, so that the first wish need not wait for it."""
        _ = self.details, self.ages, self.series, self.by_popularity, self.by_minutes

    @cached_property
    def details(self) -> DetailIndex:
        """Finds movies by people and words."""
        return DetailIndex.build(self.listed.values())

    @cached_property
    def ages(self) -> Suitability:
        """Which movies suit which age."""
        return Suitability.build(self.listed.values())

    @cached_property
    def series(self) -> SeriesIndex:
        """The parts of series."""
        return SeriesIndex.build(self.listed.values())

    @cached_property
    def by_popularity(self) -> Sequence[int]:
        """The ids of the listed movies, those with the most ratings first."""
        return sorted(self.listed, key=lambda movie_id: (-self.listed[movie_id].rating_count, movie_id))

    @cached_property
    def by_minutes(self) -> Sequence[tuple[int, int]]:
        """Pairs of running time and id of the listed movies whose running time is known, ascending."""
        return sorted((movie.minutes, movie.movie_id) for movie in self.listed.values() if movie.minutes)

    @property
    def has_minutes(self) -> bool:
        """Whether the running time of any movie is known."""
        return bool(self.by_minutes)

    def filter_of(self, wish: Wish, *, by_themes: bool = False, widely: bool = False) -> MovieFilter:
        """Return the filter of a wish, without the conditions that `not_known` names and without its themes.

        Themes are no filter, because full-text search ranks by them: see `text_of`. A country is one, if its
        movies are known: any of the countries of a wish.

        A movie passes if it has all people of the wish, or any if no movie has all, and any of the alternatives.
        For an age, only movies pass that suit it, as `Suitability.suitable` says. A movie of unknown length passes no
        condition on running times unless no length is known.

        Args:
            wish: the wish.
            by_themes: whether movies must have the themes of the wish too, in the same way, where no text is searched.
            widely: as in `Suitability.suitable`.
        """
        details = self.details
        required = _common(map(details.of_person, wish.people))
        alternatives = frozenset[int]().union(*map(details.of_person, wish.people_any))
        if alternatives:
            required.append(alternatives)
        countries = [details.of_country(theme) for theme in wish.subjects]
        if any(countries):
            required.append(frozenset[int]().union(*countries))
        if by_themes:
            required += _common(map(details.of_theme, self._searched(wish)))
        if wish.age_to_watch is not None and wish.age_to_watch < ADULT_AGE:
            required.append(self.ages.suitable(wish.age_to_watch, widely=widely))
        if self.has_minutes and (wish.minutes_from is not None or wish.minutes_to is not None):
            required.append(self._of_length(wish.minutes_from or 0, wish.minutes_to or math.inf))
        banned = frozenset[int]().union(
            *map(details.of_person, wish.people_none),
            *(details.of_country(theme) or details.of_theme(theme) for theme in wish.subjects_none),
            *(details.of_series(self.movies[movie_id]) for movie_id in wish.unlike if movie_id in self.movies),
        )
        if not required and len(banned) <= MAX_FILTER_IDS:
            return replace(wish.filter, ids_none=banned)
        # A filter cannot name all of many banned movies, so it names the best known of the others.
        required = required or [frozenset(self.listed)]
        allowed = frozenset.intersection(*required) - banned
        mentioned = frozenset[int]().union(*map(details.with_any_word, self._searched(wish)))
        return replace(wish.filter, ids=self._best_known(allowed, mentioned, wish.filter))

    def text_of(self, wish: Wish) -> str:
        """Return the query for the themes of a wish, for full-text search; empty if no movie has a word of them.

        If no movie has all words of a theme in one sentence (see `not_known`), movies with some of its words match.
        A theme of the vocabulary is then not searched, because its words do not say what it means: "date night".
        """
        details = self.details
        searchable = (theme for theme in self._searched(wish) if details.of_theme(theme) or theme not in _VOCABULARY)
        terms = (term for theme in searchable if details.with_any_word(theme) for term in details.searched_terms(theme))
        return " ".join(dict.fromkeys(terms))

    def is_for_a_kind(self, wish: Wish) -> bool:
        """Return whether a wish asks for movies of a kind, and not only for how well known they are."""
        return self.filter_of(wish) != ANY_MOVIE or bool(wish.like) or bool(self.text_of(wish))

    def fitting(self, wish: Wish) -> list[Movie]:
        """Return the movies that can be chosen for a wish: they pass its filter and have a word that is searched."""
        where = self.filter_of(wish)
        movies = [movie for movie in self.listed.values() if where.matches(movie)]
        if not self.text_of(wish):
            return movies
        found = frozenset[int]().union(*map(self.details.with_any_word, self._searched(wish)))
        return [movie for movie in movies if movie.movie_id in found]

    def not_known(self, wish: Wish) -> tuple[str, ...]:
        """Return the conditions of a wish that the catalogue has no details for.

        People and themes are as the wish has them, and running times are like "90 min". Ages are not among them: a card
        says if the age that it suits is unknown.
        """
        words = [name for name in (*wish.named_people, *wish.people_none) if not self.details.of_person(name)]
        details, themes = self.details, (*wish.subjects, *wish.subjects_none)
        words += [theme for theme in themes if not details.of_country(theme) and not details.of_theme(theme)]
        if not self.has_minutes:
            words += [f"{minutes} min" for minutes in (wish.minutes_from, wish.minutes_to) if minutes is not None]
        return tuple(words)

    def one_of_each_series(self, wish: Wish) -> Wish:
        """Return a wish that excludes one movie of each series, which excludes all of it: one button takes it back."""
        kept: list[int] = []
        excluded: set[int] = set()
        for movie_id in wish.unlike:
            if movie_id not in excluded:
                kept.append(movie_id)
            if movie_id in self.movies:
                excluded |= self.details.of_series(self.movies[movie_id])
        return replace(wish, unlike=tuple(kept))

    def _searched(self, wish: Wish) -> list[str]:
        """Return the themes that are searched in texts: those that are no country whose movies are known."""
        return [theme for theme in wish.subjects if not self.details.of_country(theme)]

    def _of_length(self, minutes_from: float, minutes_to: float) -> frozenset[int]:
        first = bisect_left(self.by_minutes, minutes_from, key=lambda pair: pair[0])
        end = bisect_right(self.by_minutes, minutes_to, key=lambda pair: pair[0])
        return frozenset(movie_id for _, movie_id in self.by_minutes[first:end])

    def _best_known(
        self, movie_ids: frozenset[int], first: frozenset[int] = frozenset(), where: MovieFilter = ANY_MOVIE
    ) -> frozenset[int]:
        """Return at most MAX_FILTER_IDS of the movies: those that come first, and then those with the most ratings.

        Args:
            movie_ids: of the catalogue.
            first: ids of movies that come before the others.
            where: the filter that the movies pass.
        """
        groups = (movie_ids & first, movie_ids - first) if first else (movie_ids,)
        ordered = (self.movies[movie_id] for group in groups for movie_id in self._by_popularity(group))
        return frozenset(islice((movie.movie_id for movie in ordered if where.matches(movie)), MAX_FILTER_IDS))

    def _by_popularity(self, movie_ids: frozenset[int]) -> Iterator[int]:
        """Yield movies, those with the most ratings first. Few are sorted, and many are looked up in all movies."""
        if _LOOKED_UP_SHARE * len(movie_ids) > len(self.by_popularity):
            return (movie_id for movie_id in self.by_popularity if movie_id in movie_ids)
        return iter(sorted(movie_ids, key=lambda movie_id: (-self.movies[movie_id].rating_count, movie_id)))


def with_preferences(wish: Wish, preferences: Wish) -> Wish:
    """Return a wish that also excludes what a person never wants to see."""
    return replace(
        wish,
        genres_none=_union(wish.genres_none, preferences.genres_none),
        people_none=_union(wish.people_none, preferences.people_none),
        themes_none=_union(wish.themes_none, preferences.themes_none),
        unlike=_union(wish.unlike, preferences.unlike),
        year_from=_strictest(max, wish.year_from, preferences.year_from),
        year_to=_strictest(min, wish.year_to, preferences.year_to),
        minutes_from=_strictest(max, wish.minutes_from, preferences.minutes_from),
        minutes_to=_strictest(min, wish.minutes_to, preferences.minutes_to),
        age_to_watch=_strictest(min, wish.age_to_watch, preferences.age_to_watch),
    )


def _common(sets: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    """Return the ids that are in all sets, or in any if none is in all; nothing if every set is empty."""
    nonempty = [ids for ids in sets if ids]
    if not nonempty:
        return []
    return [frozenset.intersection(*nonempty) or frozenset.union(*nonempty)]


def _union(first: tuple[Item, ...], second: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _strictest(choose: Callable[[int, int], int], first: int | None, second: int | None) -> int | None:
    if first is None or second is None:
        return second if first is None else first
    return choose(first, second)
