"""The buttons of the clusters of movies that are offered to a person who is stuck."""

from telegram import CallbackQuery, Update

from handlers.callbacks import buttons
from handlers.context import Context
from handlers.replies import person_id_of, toast
from handlers.steps import Step
from handlers.texts import clusters, notices
from handlers.typed.wishes import send_wished


async def cluster_chosen(update: Update, context: Context, query: CallbackQuery, button: buttons.ChooseCluster) -> None:
    """Make the cluster the active wish, and send its first card."""
    person_id, conversation = person_id_of(update), context.conversation
    await conversation.get_or_create_person(person_id, Step.WELCOME)
    chosen = await conversation.memory.cluster_of(button.movie_id)
    await toast(query, notices.STALE_BUTTON() if chosen is None else None)
    if chosen is not None:
        cluster, wish = chosen
        await send_wished(context, person_id, wish, clusters.chosen(cluster))
