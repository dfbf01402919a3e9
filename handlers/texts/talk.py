"""Texts of talk: small talk, questions about a movie, other languages, and texts that were not understood."""

from collections.abc import Mapping

from handlers.i18n import Html, Label, Text, clipped, gettext, html, joined
from handlers.texts import names
from recsys.text.meaning import Talk
from storage.records import Movie

PLOT_UNITS = 2_000
"""A description is cut to this many UTF-16 code units."""

MAX_ACTORS = 8

SURPRISE = Label("🎲 Surprise me")
BY_GENRE = Label("🎭 By genre")
BY_DECADE = Label("📅 By decade")
LOVED = Label("❤ A movie I loved")

SMALL_TALK: Mapping[Talk, Text] = {
    Talk.GREETING: Text("Hi! Type a movie you love, or what you are in the mood for, like <i>90s comedy</i>."),
    Talk.THANKS: Text("You are welcome. /recommend has another one whenever you like."),
    Talk.FAREWELL: Text("Enjoy your movie, and see you."),
    Talk.YES: Text("Good. Type what you are in the mood for, or take a pick with /recommend."),
    Talk.NO: Text("All right, nothing was noted. Tell me what you would rather see, like <i>no horror, 90s</i>."),
    Talk.PRAISE: Text("Glad to hear it. Each 👍 and 👎 makes the picks better."),
    Talk.COMPLAINT: Text(
        "Sorry. /undo takes back what you did last, 👎 on a card gives less of its kind, and a wish like "
        "<i>no horror, after 1990</i> tells me more."
    ),
}

HOW_TO_UNDO = Text(
    "/undo takes back what you did last, and then what you did before. /ratings shows your ratings to change or remove."
)
NO_CARD = Text("I have shown you no movie yet. /recommend brings one.")
TYPE_A_LOVED_MOVIE = Text("Type its title, for example <i>Alien</i>, and I learn from it.")

NOT_UNDERSTOOD = Text(
    "I am not sure what you mean, so nothing was noted. Here are four ways on, or type a wish like "
    "<i>90s comedy, no horror</i>."
)
NO_ANSWER = Text("I could not read an answer in that. Tap a button, or type it; <i>skip</i> works too.")
MANY_SEEN = Text(
    "I can note only one movie at a time as seen. Type its title, or tap 👀 on its card; /search finds them."
)
DID_YOU_MEAN = Text("I am not sure what you mean. Did you mean one of these? I ask before I note anything.")

ONLY_ENGLISH = Text("I read English only so far. Try something like <i>90s comedy</i> or the title of a movie.")

FOREIGN: Mapping[str, Html] = {
    "ar": Html("أفهم الإنجليزية فقط. اكتب مثلاً: <i>90s comedy</i>"),
    "de": Html("Ich lese bisher nur Englisch. Versuch es zum Beispiel mit <i>90s comedy</i>."),
    "es": Html("Por ahora solo leo inglés. Prueba por ejemplo con <i>90s comedy</i>."),
    "fr": Html("Pour l'instant, je ne lis que l'anglais. Essayez par exemple <i>90s comedy</i>."),
    "hi": Html("मैं अभी केवल अंग्रेज़ी पढ़ता हूँ। उदाहरण के लिए लिखें: <i>90s comedy</i>"),
    "it": Html("Per ora leggo solo l'inglese. Prova per esempio con <i>90s comedy</i>."),
    "ja": Html("今のところ英語しか読めません。例: <i>90s comedy</i>"),
    "ko": Html("아직은 영어만 읽을 수 있어요. 예: <i>90s comedy</i>"),
    "nl": Html("Ik lees voorlopig alleen Engels. Probeer bijvoorbeeld <i>90s comedy</i>."),
    "pl": Html("Na razie czytam tylko po angielsku. Spróbuj na przykład <i>90s comedy</i>."),
    "pt": Html("Por enquanto, só leio inglês. Tente, por exemplo, <i>90s comedy</i>."),
    "ru": Html("Пока я читаю только по-английски. Попробуйте, например: <i>90s comedy</i>"),
    "tr": Html("Şimdilik yalnızca İngilizce okuyorum. Örneğin şunu deneyin: <i>90s comedy</i>"),  # noqa: RUF001 - Turkish
    "uk": Html("Поки що я читаю лише англійською. Спробуйте, наприклад: <i>90s comedy</i>"),
    "zh": Html("我目前只能读懂英文。例如 <i>90s comedy</i>"),
}
"""ISO 639-1 code -> the sentence that the bot reads English only, in that language."""


def foreign(language: str) -> Html:
    """Return the answer to a text in another language, in that language if there is a sentence for it.

    Args:
        language: ISO 639-1 code, empty if it is not known.
    """
    return FOREIGN.get(language) or ONLY_ENGLISH()


def denied(words: str) -> Html:
    """Return the answer to an exclusion that was not understood.

    Args:
        words: the exclusion, as it was typed.
    """
    return html(
        gettext(
            "You don't want “{words}”, but I don't know what to leave out for it. Name a genre, a title or years, like "
            "“no horror, after 1990”."
        ),
        words=names.quoted(words),
    )


def plot(movie: Movie) -> Html:
    """Return what a movie is about, as far as the catalogue says."""
    if movie.description:
        text = clipped(movie.description, PLOT_UNITS)
        return html("{title}\n{text}", title=names.title(movie), text=text)
    return joined("\n", [html(gettext("I have no description of {title}."), title=names.title(movie)), _genres(movie)])


def people(movie: Movie) -> Html:
    """Return who made a movie, as far as the catalogue says."""
    lines = []
    if movie.directors:
        lines.append(html(gettext("Directed by {people}"), people=names.people(movie.directors)))
    if movie.actors:
        lines.append(html(gettext("With {people}"), people=names.people(movie.actors[:MAX_ACTORS])))
    if not lines:
        return html(gettext("I do not know who made {title}."), title=names.title(movie))
    return joined("\n", [names.title(movie), *lines])


def reason(movie: Movie, because: Html) -> Html:
    """Return why a movie was recommended.

    Args:
        movie: the movie.
        because: the reason on its card.
    """
    return html(
        gettext("{title} — {because}. Your ratings decide what I pick; /ratings shows them."),
        title=names.title(movie),
        because=because,
    )


def _genres(movie: Movie) -> Html:
    listed = ", ".join(map(names.genre, movie.genres))
    return html(gettext("Its genres are: {genres}."), genres=clipped(listed, names.TITLE_LETTERS)) if listed else Html()
