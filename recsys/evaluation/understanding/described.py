"""Meanings in the format of the corpus."""

from collections.abc import Mapping

from recsys.evaluation.understanding.corpus import Described
from recsys.profile import OCCUPATIONS
from recsys.text.meaning.values import (
    Answered,
    AskedAboutMovie,
    AskedForHelp,
    Foreign,
    Meaning,
    Move,
    Opinions,
    Preferred,
    Question,
    Refined,
    Requested,
    SmallTalk,
    Unclear,
    Wished,
)
from recsys.text.wishes import Wish


def describe(meaning: Meaning, labels: Mapping[int, str]) -> Described:
    """Return a meaning in the format of the corpus.

    An `Unclear` with movies has the keys "unclear" and "ask". Opinions about titles that the catalogue does not have
    are left out; a text with such opinions alone is unclear.

    Args:
        meaning: what was read.
        labels: movie id -> label, for every movie of the catalogue.
    """
    match meaning:
        case Opinions():
            return _describe_opinions(meaning, labels)
        case Wished(wish, cards):
            return {"wish": _describe_wish(wish, labels) | _given({"cards": cards if cards != 1 else None})}
        case Preferred(wish):
            return {"prefer": _describe_wish(wish, labels)}
        case Refined():
            return {"refine": _describe_refinement(meaning, labels) or {"another": True}}
        case Answered():
            return {"answer": _describe_answer(meaning)}
        case AskedAboutMovie(topic, movie_ids):
            return {"about": {"movie": labels[movie_ids[0]] if movie_ids else None, "topic": topic.value}}
        case Requested(cards, is_surprise):
            return {"request": _given({"cards": cards if cards != 1 else None, "surprise": is_surprise or None})}
        case SmallTalk(talk):
            return {"talk": talk.value}
        case AskedForHelp(topic):
            return {"help": topic.value}
        case Foreign(language):
            return {"foreign": language}
        case Unclear(movie_ids, denied):
            unclear = {"denied": True} if denied else True
            return {"unclear": unclear} | _given({"ask": [labels[movie_id] for movie_id in movie_ids]})


def _describe_opinions(meaning: Opinions, labels: Mapping[int, str]) -> Described:
    rated: dict[str, float] = {}
    marks: dict[str, list[str]] = {"seen": [], "unseen": [], "ask": []}
    for opinion in meaning.opinions:
        named = [labels[movie_id] for movie_id in opinion.movie_ids]
        says_nothing = opinion.stars is None and opinion.is_seen is None
        if not opinion.is_certain or says_nothing:
            marks["ask"] += named
            continue
        if opinion.stars is not None:
            rated |= dict.fromkeys(named[:1], opinion.stars)
        if opinion.is_seen is False:
            marks["unseen"] += named[:1]
        elif opinion.stars is None:
            marks["seen"] += named[:1]
    return _given({"rate": rated, **marks}) or {"unclear": True}


def _describe_wish(wish: Wish, labels: Mapping[int, str]) -> dict[str, object]:
    return _given(
        {
            "genres": list(wish.genres_any),
            "all_genres": list(wish.genres_all),
            "not": list(wish.genres_none),
            "from": wish.year_from,
            "to": wish.year_to,
            "like": [labels[movie_id] for movie_id in wish.like],
            "unlike": [labels[movie_id] for movie_id in wish.unlike],
            "people": list(wish.named_people),
            "people_not": list(wish.people_none),
            "themes": list(wish.themes),
            "themes_not": list(wish.themes_none),
            "minutes_from": wish.minutes_from,
            "minutes_to": wish.minutes_to,
            "child": wish.age_to_watch,
        }
    )


def _describe_refinement(meaning: Refined, labels: Mapping[int, str]) -> dict[str, object]:
    added = {
        "newer": meaning.direction == "newer" or None,
        "older": meaning.direction == "older" or None,
        "like_shown": meaning.like_shown,
        "not_possible": list(meaning.not_possible),
        "cards": meaning.cards if meaning.cards != 1 else None,
    }
    return _describe_wish(meaning.wish, labels) | _given(added)


def _describe_answer(meaning: Answered) -> object:
    if isinstance(meaning.value, Move):
        return meaning.value.value
    is_occupation = meaning.question is Question.OCCUPATION and isinstance(meaning.value, int)
    return {meaning.question.value: OCCUPATIONS[int(meaning.value)] if is_occupation else meaning.value}


def _given(values: Mapping[str, object]) -> dict[str, object]:
    """Return the values that are neither None nor empty."""
    return {key: value for key, value in values.items() if value is not None and value not in ([], {})}
