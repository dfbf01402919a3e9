"""The baselines: models fitted on the train people, with settings chosen on the validation people."""

from recsys.evaluation.baselines.als import ALS
from recsys.evaluation.baselines.linear import EASE, ItemKNN
from recsys.evaluation.baselines.popularity import DemographicPopularity, Popularity
from recsys.evaluation.baselines.recvae import RecVAE, RecVAEOnSubsets
from recsys.evaluation.newcomers import ModelFactory

__all__ = [
    "ALS",
    "EASE",
    "DemographicPopularity",
    "ItemKNN",
    "Popularity",
    "RecVAE",
    "RecVAEOnSubsets",
    "baselines_table",
]


def baselines_table() -> dict[str, ModelFactory]:
    """Return name -> factory of every baseline, in table order."""
    baselines = (Popularity, DemographicPopularity, ItemKNN, ALS, EASE, RecVAE, RecVAEOnSubsets)
    return {baseline.name: baseline.fit for baseline in baselines}
