"""Fit the second stage to the train people, and choose its strengths on the validation people."""

from collections.abc import Callable

from recsys.data.dataset import Dataset
from recsys.models.item_reranker import ItemReranker
from recsys.protocol.newcomers import Scorer, Split, newcomers
from recsys.training.second_stage.history_weights import history_shortlists, with_history_weights
from recsys.training.second_stage.item_reranker import Shortlists, fit_item_reranker

DRAWS = 3
"""The strengths are chosen on this many draws of each validation person's answers."""


def fit_second_stage(
    dataset: Dataset, split: Split, seed: int, first_stage: Scorer, show_share: Callable[[float], None]
) -> tuple[ItemReranker, float]:
    """Return the second stage, and the NDCG@10 of both stages on validation newcomers, over all draws.

    Args:
        dataset: the data set of the split.
        split: the people to fit to, and the validation people, some of whom are newcomers.
        seed: draws the answers of the validation people.
        first_stage: the scores of the vectors.
        show_share: called with the share that is done, between the steps.
    """
    people = [newcomer for draw in range(DRAWS) for newcomer in newcomers(dataset, split.validation, seed + draw)]
    lists = Shortlists.of(dataset, people, first_stage)
    show_share(0.3)
    reranker = fit_item_reranker(dataset, split.train, lists)
    show_share(0.6)
    histories = history_shortlists(dataset, split.validation, seed, DRAWS, first_stage)
    show_share(0.8)
    reranker = with_history_weights(reranker, dataset, split.train, histories)
    return reranker, lists.ndcg(lists.score_adjustments(reranker))
