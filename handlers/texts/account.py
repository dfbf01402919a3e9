"""Texts of the account: profile, settings, privacy, export, forget, help, and the command menu."""

from collections.abc import Mapping, Sequence

from handlers.i18n import Html, Label, Text, gettext, html, joined, ngettext
from handlers.steps import Question, Step
from handlers.texts import names, wishes
from recsys.profile import age_group
from storage.records import Person, Popularity

COMMANDS: Mapping[str, Label] = {
    "recommend": Label("a movie for you; add a wish: 90s comedy"),
    "similar": Label("movies like one you name"),
    "search": Label("find titles, people and themes"),
    "rate": Label("give stars: Alien 4.5"),
    "ratings": Label("see and change your ratings"),
    "watchlist": Label("what you kept for later"),
    "history": Label("the last movies that I showed you"),
    "undo": Label("take back what you did last"),
    "profile": Label("what I know of you"),
    "settings": Label("famous or hidden, messages, consent"),
    "privacy": Label("what is stored, and your rights"),
    "export": Label("all your data as a file"),
    "forget": Label("delete all your data"),
    "help": Label("what I can do"),
    "cancel": Label("stop what we are doing"),
}
"""The command menu in its order. /start is absent, because Telegram has a button for it."""

HELP_HEAD = Text(
    "Type a movie you love, and I learn from it. Send me the file with your ratings from Letterboxd, IMDb, Trakt, "
    "Netflix, TMDB or MovieLens, and I know them all. Type a wish, and I look for it: <i>90s comedy</i>, "
    "<i>no horror</i>, <i>like Alien</i>, <i>before 1980</i>, or all of them together. Say <i>no horror, ever</i>, and "
    "it lasts. Answer a card with 👍 or 👎, by its buttons, by a reply or by a reaction."
)
CANCELLED = Text("Stopped. Type a movie or a wish whenever you like, or take a pick with /recommend.")

EDIT: Mapping[Question, Label] = {
    Step.AGE: Label("Change age"),
    Step.GENDER: Label("Change gender"),
    Step.OCCUPATION: Label("Change occupation"),
}
TOAST_CHANGED = Label("Changed.")

CONSENT_ON = Label("✅ My ratings may train the model")
CONSENT_OFF = Label("⬜ My ratings may train the model")
NOTIFY_ON = Label("✅ Tell me about new movies and news")
NOTIFY_OFF = Label("⬜ Tell me about new movies and news")
POPULARITY: Mapping[Popularity, Label] = {
    Popularity.WELL_KNOWN: Label("Well known"),
    Popularity.BALANCED: Label("Balanced"),
    Popularity.HIDDEN: Label("Hidden gems"),
}
SETTINGS = Text(
    "<b>Settings</b>\n"
    "How well known should my picks be? <i>Well known</i> shows titles that nearly everybody has heard of. With "
    "<i>Hidden gems</i>, at least every second pick is one that few have seen.\n\n"
    "Picks for you work either way. With your consent, and only then, your ratings also help to train the model that "
    "chooses movies for everybody. You can take that back here at any time; then no later training uses them.\n\n"
    "I write to you without being asked only while you want it: when there are fresh picks for you, or news from "
    "whoever runs this bot."
)


def chosen(label: str, *, is_chosen: bool) -> str:
    """Return the button of a choice, with a mark if it is the present one."""
    return f"✅ {label}" if is_chosen else label


PRIVACY = Text(
    "<b>Your data</b>\n\n"
    "<b>What is stored.</b> Your Telegram user id; your age group, gender and occupation, if you gave them; your "
    "ratings with their times; what you marked as seen or for later, what you were shown and hadn't seen; your last "
    "taps and changes, so that /undo works; which files with ratings you sent; what you wish for, until the wish ends, "
    "and what you never want to see; which of my messages shows which movie; which announcements were sent to you; "
    "your settings. Of a text only what I understood is stored, and neither your name nor a text is logged.\n\n"
    "<b>What for.</b> To choose movies for you. A model is trained on your ratings only if you switch that on in "
    "/settings. It is off unless you do, and you can switch it off again. After that, or after /forget, the model in "
    "use keeps what it learned from you until the next one, which is trained without you, takes its place. Earlier "
    "models that learned from you are not used again. To recognise them, each model is kept with a salted hash, a "
    "scrambled form, of the id of everybody it learned from.\n\n"
    "<b>Where.</b> In the database of whoever runs this bot. The index in which I look for movies holds movies, and "
    "nothing of you. Telegram carries our messages under its own rules.\n\n"
    "<b>How long.</b> Until you delete it. /forget deletes all of it at once; if the operator keeps backups, it is "
    "gone from them when they expire."
)
SENT_TEXTS = Text(
    "<b>What leaves this bot.</b> A text that I do not understand is sent to a language model that whoever runs this "
    "bot has chosen. Only the text is sent: no name, no id, no rating, and no other message. What it answers stores "
    "nothing about movies until you tap a button."
)
RIGHTS = Text(
    "<b>Your rights.</b> /export sends you all of it as a file, /profile and /ratings change it, /forget deletes it."
)

TMDB_CREDIT = Text(
    "<b>Credits.</b> This product uses the TMDB API but is not endorsed or certified by TMDB. Plots, people and "
    "posters come from themoviedb.org, and where to watch a movie from JustWatch."
)
"""TMDB's terms want this sentence wherever a product says what it uses, and its partner's name with the services."""

EXPORT_CAPTION = Text(
    "Everything I have stored about you, as JSON. <code>/export letterboxd</code> brings your ratings as a file that "
    "Letterboxd imports."
)
LETTERBOXD_CAPTION = Text("Your ratings and what you have seen, for letterboxd.com/import.")
NOTHING_STORED = Text("Nothing is stored about you. /start begins anew.")

FORGET_ASK = Text(
    "This deletes everything I have stored about you: your answers, ratings, lists and settings. It cannot be undone; "
    "/export gives you a copy first.\n\nDelete all of it?"
)
FORGET_CONFIRM = Label("Yes, delete everything")
FORGET_CANCEL = Label("No, keep it")
FORGOTTEN = Text(
    "Done. Everything about you is deleted. If you ever want to begin anew, /start does.\n\n"
    "From your next message on I would again keep your answers and ratings to choose movies for you, and train nothing "
    "on them unless you allow it in /settings."
)
FORGET_CANCELLED = Text("Nothing was deleted.")


def description() -> str:
    """Return what an empty chat shows, in at most 512 characters."""
    return gettext(
        "I learn your taste in a dozen taps and find your next movie.\n\n"
        "Tell me a movie you love, or what you are in the mood for: a 90s comedy, no horror, something like Alien. "
        "Answer each pick with 👍 or 👎, and the next one fits better. I say why I chose a movie, and keep a watchlist "
        "for you.\n\n"
        "Press Start, and it begins."
    )


def short_description() -> str:
    """Return what the profile of the bot shows, in at most 120 characters."""
    return gettext("Finds your next movie: say what you love and what you are in the mood for.")


def privacy(days: int, *, sends_texts: bool = False, uses_tmdb: bool = False) -> Html:
    """Return the text of /privacy.

    Args:
        days: the number of days after which records about people are deleted that are not needed for longer.
        sends_texts: whether texts that were not understood are sent to a language model.
        uses_tmdb: whether details of movies come from TMDB.
    """
    deleted_earlier = html(
        ngettext(
            "<b>What I delete earlier.</b> What you were shown, which of my messages shows which movie, which "
            "announcements were sent to you, and all of your taps and changes but the last: after {days} day.",
            "<b>What I delete earlier.</b> What you were shown, which of my messages shows which movie, which "
            "announcements were sent to you, and all of your taps and changes but the last: after {days} days.",
            days,
        ),
        days=f"{days:,}",
    )
    sent = [SENT_TEXTS()] if sends_texts else []
    return joined("\n\n", [PRIVACY(), *sent, deleted_earlier, RIGHTS(), *_credits(uses_tmdb=uses_tmdb)])


def help_text(*, uses_tmdb: bool = False) -> Html:
    """Return the text of /help, with every command.

    Args:
        uses_tmdb: whether details of movies come from TMDB.
    """
    commands = [html("/{command} {label}", command=command, label=label()) for command, label in COMMANDS.items()]
    return joined("\n\n", [HELP_HEAD(), joined("\n", commands), *_credits(uses_tmdb=uses_tmdb)])


def _credits(*, uses_tmdb: bool) -> list[Html]:
    return [TMDB_CREDIT()] if uses_tmdb else []


def profile(person: Person, ratings: int, watchlist: int, preferences: Sequence[str] = ()) -> Html:
    """Return the text of /profile.

    Args:
        person: the person's record.
        ratings: the number of movies that the person has rated.
        watchlist: the number of movies on the watchlist.
        preferences: the conditions that hold for all picks.
    """
    unknown = gettext("not told")
    answers = [
        html(
            gettext("Age: {age}"),
            age=unknown if person.age is None else names.AGE_GROUPS[age_group(person.age)](),
        ),
        html(gettext("Gender: {gender}"), gender=unknown if person.gender is None else names.GENDERS[person.gender]()),
        html(
            gettext("Occupation: {occupation}"),
            occupation=unknown if person.occupation is None else names.OCCUPATIONS[person.occupation](),
        ),
    ]
    counts = [
        html(ngettext("{n} rating, see /ratings", "{n} ratings, see /ratings", ratings), n=ratings),
        html(
            ngettext("{n} movie for later, see /watchlist", "{n} movies for later, see /watchlist", watchlist),
            n=watchlist,
        ),
    ]
    head = html("<b>{head}</b>", head=gettext("What I know of you"))
    return joined("\n", [head, *answers, *counts, wishes.preferences(preferences)])
