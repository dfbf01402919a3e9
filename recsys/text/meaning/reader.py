"""Reads the meaning of a text.

The kinds of meaning are tried in this order, and the first that fits wins:

1. An address of a movie.
2. A text without a letter of a language that the bot reads.
3. An answer to the question that waits, or to the card that the text replies to.
4. Opinions that are certain: templates match every word of the text.
5. Small talk, help, requests, follow-ups and questions about a movie: templates match every word of the text.
6. A wish, a refinement of the active wish, or a lasting preference.
7. Opinions that are uncertain, so that the bot asks. A reply to a card that says nothing else is one about the card.
8. Unclear, with titles that are really alike.
"""

import re
from dataclasses import replace
from functools import partial

from recsys.profile import OTHER_OCCUPATION
from recsys.text.meaning.answers import is_like_occupation, is_occupation, read_answer, read_move
from recsys.text.meaning.canonical import UNKNOWN_SIGN, Piece, canonical_text, compose
from recsys.text.meaning.catalogue import ReaderCatalogue
from recsys.text.meaning.clauses import (
    Divided,
    divide_complaint,
    read_divided,
    read_last_sentence,
    read_opinions_beside,
)
from recsys.text.meaning.foreign import foreign_language
from recsys.text.meaning.language import DOWN, SEEN_SIGN, SOSO, UP, Language, english
from recsys.text.meaning.likeness import alike_titles
from recsys.text.meaning.links import has_address, movies_of_addresses, with_title, without_addresses
from recsys.text.meaning.opinions import Reading, read_opinions
from recsys.text.meaning.phrases import (
    has_card_opinion,
    read_card_reply,
    read_idiom,
    read_introduction,
    read_last_question,
    read_loosely,
    read_phrases,
    read_question_about,
    read_question_with_title,
    says_all_seen,
    says_seen,
)
from recsys.text.meaning.rejecting import without_tolerance
from recsys.text.meaning.sarcasm import (
    asks_for_movies,
    complains_again,
    is_denied_by_emoji,
    is_sarcastic,
    may_be_thanks,
)
from recsys.text.meaning.spelling import corrected
from recsys.text.meaning.tokens import tokenize
from recsys.text.meaning.values import (
    Answered,
    AskedAboutMovie,
    AskedForHelp,
    Foreign,
    HelpTopic,
    Meaning,
    Opinion,
    Opinions,
    Preferred,
    Question,
    Refined,
    Requested,
    Situation,
    SmallTalk,
    Talk,
    Topic,
    Unclear,
    Wished,
)
from recsys.text.meaning.wishing import only_excludes, read_wish, rule_out, ruled_out
from recsys.text.wishes import Wish
from recsys.text.wishes.themes import THEMES

MAX_LETTERS = 600
"""A longer text is unclear."""

_WITHOUT_ANSWER = (Question.GREETING, Question.TITLES)
"""Questions of which a text answers only whether to go on."""

_MAX_YES_WORDS = 4
_KNOWN_THEMES = frozenset(THEMES.values())
_WISHES = (Wished, Refined, Preferred)
_LETTER = re.compile(r"[^\W_]|[\u2b50\u2605\U0001f44d\U0001f44e\u2764]")
_EMOJI = (UP, DOWN, SOSO, SEEN_SIGN, UNKNOWN_SIGN)
_BULLET = re.compile(r"^[ \t]*(?:[-*\u2022\u00b7\u2013\u2014>]+[ \t]+|(?:\(?\d{1,2}|[a-zA-Z])[.)][ \t]+)", re.MULTILINE)
_INLINE_NUMBER = re.compile(r"(?:^|(?<=\s))\d{1,2}[.)](?=\s)")
_SLASH = re.compile(r"(?<!\d)\s+[/|]\s+|\s+[/|]\s+(?!(?:5|10|100)\b)")


def read_meaning(text: str, situation: Situation, catalogue: ReaderCatalogue) -> Meaning:
    """Read what a person says with a text. Any text has a meaning, and no text raises an error.

    Args:
        text: what the person wrote.
        situation: the situation in which they wrote it.
        catalogue: the catalogue whose titles, genres and people the text may name.
    """
    if len(text) > MAX_LETTERS:
        return Unclear()
    if has_address(text):
        return _read_addresses(text, situation, catalogue)
    return _read_words(text, situation, catalogue)


def _read_words(text: str, situation: Situation, catalogue: ReaderCatalogue) -> Meaning:
    """Read a text without addresses. A text that is not understood is read again with its typing errors corrected."""
    language = english()
    plain, is_list = _without_bullets(text.strip())
    spelled = language.spell(plain).strip()
    text = without_tolerance(spelled, language)
    if spelled and not text:
        return SmallTalk(Talk.YES)
    meaning = _read_spelled(text, situation, catalogue, language, is_list=is_list)
    if not _has_unread_words(meaning):
        return meaning
    corrected_text = corrected(text, catalogue, language)
    if corrected_text == text:
        return meaning
    corrected_meaning = _read_spelled(corrected_text, situation, catalogue, language, is_list=is_list)
    if isinstance(corrected_meaning, Opinions):
        # The bot asks before it stores a guess.
        guesses = tuple(replace(opinion, is_certain=False) for opinion in corrected_meaning.opinions)
        corrected_meaning = Opinions(guesses)
    loses_wish = isinstance(meaning, _WISHES) and not isinstance(corrected_meaning, _WISHES)
    return meaning if loses_wish or isinstance(corrected_meaning, Unclear | Foreign | SmallTalk) else corrected_meaning


def _has_unread_words(meaning: Meaning) -> bool:
    """Return whether a meaning leaves words out, or takes words of no list for themes."""
    if isinstance(meaning, Opinions):
        said = meaning.opinions
        return all(not opinion.text and opinion.stars is None and opinion.is_seen is None for opinion in said)
    if not isinstance(meaning, _WISHES):
        return isinstance(meaning, Unclear)
    wish = meaning.wish
    return bool(wish.leftover) or not _KNOWN_THEMES.issuperset((*wish.themes, *wish.themes_none))


def _read_spelled(
    text: str, situation: Situation, catalogue: ReaderCatalogue, language: Language, *, is_list: bool
) -> Meaning:
    foreign = foreign_language(text, language, is_sure=True)
    reading = read_opinions(text, catalogue, language, is_list=is_list)
    if foreign is not None and not (reading.is_complete and reading.opinions):
        return Foreign(foreign)
    meaning = _read_in_situation(text, situation, reading, language)
    return meaning or _read_anywhere(text, situation, reading, catalogue, language)


def _read_in_situation(text: str, situation: Situation, reading: Reading, language: Language) -> Meaning | None:
    """Read the answer to the question or the card; None if the text is neither."""
    pieces = compose(tokenize(text), (), language)
    words = _words(pieces)
    if situation.question is not None:
        move = read_move(words, situation.question, language)
        if move is not None:
            return move
    if situation.question is not None and situation.question not in _WITHOUT_ANSWER:
        if language.match("ask_why", words) is not None:
            return AskedForHelp(HelpTopic.PRIVACY)
        is_title = (
            situation.question is not Question.AGE and _names_title(reading) and not is_occupation(text, language)
        )
        answer = None if is_title else read_answer(text, situation.question, language, situation.this_year)
        if answer is not None:
            return answer
        if situation.question is Question.AGE and text.isdecimal():
            # A year of birth asks for no movies of that year.
            return Unclear()
    if situation.card is not None:
        if language.match("ack", words) is not None:
            return SmallTalk(Talk.THANKS)
        is_doubtful = may_be_thanks(pieces, language) or is_sarcastic(pieces, language, about_card=True)
        reply = read_card_reply(pieces, situation.card, language)
        return _asked_about_card(situation.card) if is_doubtful else reply
    return Refined() if says_seen(pieces, language) else None


def _read_anywhere(
    text: str, situation: Situation, reading: Reading, catalogue: ReaderCatalogue, language: Language
) -> Meaning:
    if _is_certain(reading):
        may_say_else = reading.is_everyday and not situation.expects_titles
        return _asked(reading) if may_say_else else Opinions(reading.opinions)
    tokens = tokenize(text)
    pieces = compose(tokens, (), language)
    plain = [piece for piece in pieces if piece.text not in _EMOJI]
    complaint = divide_complaint(text, tokens, pieces, language)
    after_complaint = None if complaint is None else _read_complaint(complaint, situation, catalogue, language)
    if after_complaint is not None:
        return after_complaint
    read_rest = partial(_read_spelled, catalogue=catalogue, language=language, is_list=False)
    divided = read_divided(text, tokens, reading, pieces, situation, catalogue, language, read_rest)
    divided = divided or read_opinions_beside(text, tokens, reading, catalogue, language)
    if divided is not None:
        return divided
    # "What is this about?" asks about the card that it replies to.
    about_card = None
    if situation.card is not None:
        about_card = read_question_about(pieces, language) or read_last_question(pieces, language)
    meaning = about_card or read_phrases(pieces, language) or (read_phrases(plain, language) if plain else None)
    meaning = meaning or read_introduction(plain, language) or _read_whole_idiom(plain, situation, language)
    for variant in (reading.pieces, *reading.others):
        meaning = meaning or read_question_about(variant, language)
    if meaning is not None:
        is_other = isinstance(meaning, Requested) and meaning.is_surprise and situation.wish is not None
        return Refined() if is_other and "different" in _words(plain).split() else meaning
    if reading.is_complete and reading.opinions and reading.has_strong_title:
        return _asked(reading)
    hint = None if situation.card is None else _read_card_hint(plain, situation.card, language)
    if hint is not None:
        return hint
    if situation.card is None and says_all_seen(plain, language):
        return Unclear(many_seen=True)
    if is_sarcastic(plain, language) or complains_again(plain, language):
        return _asked(reading) if reading.has_title else SmallTalk(Talk.COMPLAINT)
    wish = read_wish(text, situation, reading, catalogue, language)
    if isinstance(wish, Wished | Refined) and is_denied_by_emoji(pieces, language):
        # Of "romance ❌ action ✅", one is ruled out.
        excluded, is_mixed = ruled_out(wish.wish), any(piece.text == UP for piece in pieces)
        return Unclear(denied=text) if is_mixed or not only_excludes(excluded) else replace(wish, wish=excluded)
    strong = None if reading.opinions else read_loosely(plain, language, is_denied=True, is_strong=True)
    if strong is not None and not (strong == AskedForHelp(HelpTopic.SETTINGS) and _rules_out_kind(wish)):
        return strong
    if wish is not None and not isinstance(wish, Unclear):
        is_of_themes = isinstance(wish, Wished) and wish.wish == Wish(themes=wish.wish.themes)
        if situation.card is not None and _is_of_themes_only(wish) and not asks_for_movies(plain, language):
            # "Cracking film, that" is about the card.
            return _asked_about_card(situation.card)
        is_title = reading.is_bare_title and is_of_themes
        return _asked(reading) if is_title else wish
    asked = None if reading.is_complete else read_question_with_title(reading.pieces, language)
    if asked is not None:
        return asked
    if reading.opinions and reading.has_title:
        return _asked(reading)
    if situation.card is not None and has_card_opinion(plain, situation.card, language):
        return _asked_about_card(situation.card)
    denied = wish.denied if wish is not None else ""
    last = None if denied or situation.card is not None else read_last_sentence(text, situation, language, read_rest)
    if last is not None:
        return last
    foreign = None if denied or reading.opinions else foreign_language(text, language)
    if foreign is not None:
        return Foreign(foreign)
    loose = read_loosely(plain, language, is_denied=bool(denied))
    if loose is None or isinstance(loose, SmallTalk):
        loose = read_idiom(plain, language, is_whole=False) or loose
    if situation.card is not None and not (loose and _is_for_bot(loose, plain, language)):
        is_question = any(piece.text == "?" for piece in pieces)
        return AskedAboutMovie(Topic.PLOT) if is_question else _asked_about_card(situation.card)
    if loose is not None and (isinstance(loose, SmallTalk) or not reading.has_title):
        return loose
    if reading.opinions and reading.is_complete:
        return _asked(reading)
    if situation.question is Question.OCCUPATION and not denied and is_like_occupation(text, language):
        return Answered(Question.OCCUPATION, OTHER_OCCUPATION)
    return wish if wish is not None and denied else Unclear(alike_titles(text, catalogue, language))


def _read_complaint(
    complaint: Divided, situation: Situation, catalogue: ReaderCatalogue, language: Language
) -> Wished | Refined | Preferred | None:
    """Return what a complaint rules out: "you keep showing me horror and I hate it"; None if it rules out nothing."""
    rest = read_opinions(complaint.rest, catalogue, language)
    if language.match("complaint_end", _words(list(rest.pieces))) is not None:
        return rule_out(complaint.head, catalogue)
    wish = read_wish(complaint.rest, situation, rest, catalogue, language)
    return wish if isinstance(wish, _WISHES) and only_excludes(wish.wish) else None


def _asked_about_card(movie_id: int) -> Opinions:
    return Opinions((Opinion("", (movie_id,)),))


def _rules_out_kind(meaning: Meaning | None) -> bool:
    """Return whether a meaning rules out a kind of movies: "don't bother me with westerns" is about no messages."""
    if not isinstance(meaning, _WISHES):
        return False
    wish = meaning.wish
    return isinstance(meaning, Preferred) or bool(
        wish.genres_none or wish.people_none or not _KNOWN_THEMES.isdisjoint(wish.themes_none)
    )


def _read_whole_idiom(pieces: list[Piece], situation: Situation, language: Language) -> SmallTalk | None:
    """Return the small talk of a text that is an idiom. In a reply to a card, praise may be about the card."""
    idiom = read_idiom(pieces, language, is_whole=True)
    is_about_card = idiom is not None and situation.card is not None and not _is_for_bot(idiom, pieces, language)
    return None if is_about_card else idiom


def _is_of_themes_only(meaning: Meaning) -> bool:
    """Return whether a wish says nothing but themes, beside words that were not understood."""
    if not isinstance(meaning, _WISHES) or not meaning.wish.themes:
        return False
    return meaning.wish == Wish(themes=meaning.wish.themes, leftover=meaning.wish.leftover)


def _is_for_bot(meaning: Meaning, pieces: list[Piece], language: Language) -> bool:
    """Return whether a reply is not about its card.

    Praise and complaints are about the bot if they name it. A yes or a no with many words says more than that.
    """
    words = _words(pieces).split()
    if isinstance(meaning, SmallTalk) and meaning.talk in (Talk.YES, Talk.NO):
        return len(words) <= _MAX_YES_WORDS
    if not isinstance(meaning, SmallTalk) or meaning.talk not in (Talk.PRAISE, Talk.COMPLAINT):
        return True
    return not language.word_list("bot_words").isdisjoint(words)


def _read_card_hint(pieces: list[Piece], movie_id: int, language: Language) -> Meaning | None:
    """Return that a reply says or asks something about its card, if only some words of it are read; None if not."""
    words = _words(pieces).split()
    if not words:
        return None
    if words[0] == "why" or words[:2] == ["how", "come"]:
        return AskedAboutMovie(Topic.REASON)
    if any(piece.text == "?" for piece in pieces) or _begins_question(pieces, language):
        if not language.word_list("people_words").isdisjoint(words):
            return AskedAboutMovie(Topic.PEOPLE)
        is_about_card = not language.word_list("pronouns").isdisjoint(words)
        return AskedAboutMovie(Topic.PLOT) if is_about_card else None
    is_hint = any(language.match(name, _words(pieces)) is not None for name in ("card_hint", "rejected"))
    return _asked_about_card(movie_id) if is_hint else None


def _begins_question(pieces: list[Piece], language: Language) -> bool:
    """Return whether a text begins as a question does, or asks for people after a break: "maybe, who is in it"."""
    starts = [place for place in range(len(pieces)) if not place or pieces[place - 1].is_break]
    beginnings = [canonical_text(pieces[start : start + 2]).split()[:2] for start in starts]
    begins = any(words[:1] == ["who"] for words in beginnings)
    first = beginnings[0] if beginnings else []
    return begins or (
        bool(first) and first[0] in language.word_list("question_words") and first[1:] not in (["not"], ["have"])
    )


def _read_addresses(text: str, situation: Situation, catalogue: ReaderCatalogue) -> Meaning:
    """Read what a text says about the movie of its address; ask about the movies if there are several, or no words."""
    movies = movies_of_addresses(text, catalogue)
    if len(movies) == 1 and len(movies[0][1]) == 1 and _LETTER.search(without_addresses(text)):
        [movie_id] = movies[0][1]
        meaning = _read_words(with_title(text, catalogue.labels[movie_id]), situation, catalogue)
        if isinstance(meaning, Opinions | Wished | AskedAboutMovie) and movie_id in _named_movies(meaning):
            return meaning
    return Opinions(tuple(Opinion(title, movie_ids) for title, movie_ids in movies)) if movies else Unclear()


def _named_movies(meaning: Opinions | Wished | AskedAboutMovie) -> tuple[int, ...]:
    """Return the movies that a meaning names; several opinions name none that is certain."""
    if isinstance(meaning, Opinions):
        return meaning.opinions[0].movie_ids if len(meaning.opinions) == 1 else ()
    return meaning.wish.like if isinstance(meaning, Wished) else meaning.movie_ids


def _is_certain(reading: Reading) -> bool:
    return reading.is_complete and any(opinion.is_certain for opinion in reading.opinions)


def _names_title(reading: Reading) -> bool:
    """Return whether a reading is certain, and every title is written as in the catalogue."""
    return _is_certain(reading) and not any(piece.title.is_typo for piece in reading.pieces if piece.title is not None)


def _asked(reading: Reading) -> Opinions:
    return Opinions(
        tuple(Opinion(opinion.text, opinion.movie_ids, opinion.stars, opinion.is_seen) for opinion in reading.opinions)
    )


def _words(pieces: list[Piece]) -> str:
    return canonical_text([piece for piece in pieces if not piece.is_break])


def _without_bullets(text: str) -> tuple[str, bool]:
    """Return (a text without the bullets and numbers of a list, whether it is such a list); items are on lines."""
    if len(_INLINE_NUMBER.findall(text)) > 1:
        text = _INLINE_NUMBER.sub("\n", text)
    plain, bullets = _BULLET.subn("", text)
    return _SLASH.sub("; ", plain), bullets > 1 or plain.count("\n") > 1
