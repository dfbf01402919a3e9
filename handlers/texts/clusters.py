"""Texts for people who are stuck: the question for a movie that they love, and names of clusters of movies."""

from handlers.i18n import Html, Text, gettext, html
from handlers.texts import names
from recsys.serving.clusters import MovieCluster

ASK = Text(
    "Not much luck so far. Type a movie that you do love, for example <i>Alien</i>, and I start from there. Or take "
    "one of these:"
)
FAR = Text("Now something from far away:")


def label(cluster: MovieCluster) -> str:
    """Return the name of a cluster: its genres and its decades."""
    genres = ", ".join(map(names.genre, cluster.genres)) or gettext("all kinds")
    first, last = cluster.first_year, cluster.last_year
    if first is None or last is None:
        return genres
    if last - first < 10:
        return gettext("{genres} of the {decade}s").format(genres=genres, decade=first)
    return gettext("{genres}, {first}s to {last}s").format(genres=genres, first=first, last=last // 10 * 10)


def chosen(cluster: MovieCluster) -> Html:
    """Return the head of the first card from a cluster."""
    return html(gettext("From another corner: {corner}."), corner=label(cluster))
