"""The baselines: models fitted on the train people, with settings chosen on the validation people.

- `popularity`: one list for everybody, and one for each gender and age group.
- `linear`: item-kNN and EASE. `als`: implicit ALS. `recvae`: RecVAE.
- `histories`: ratings as rows of a matrix. `model_selection`: the choice of settings.

`baselines_table` lists what our model is compared with. `bot.cli.evaluate.topics` adds two towers regressed on stars.
The baselines for the choice of titles are in `recsys.evaluation.interviews`.
"""

from recsys.evaluation.baselines.als import ALS
from recsys.evaluation.baselines.linear import EASE, ItemKNN
from recsys.evaluation.baselines.popularity import DemographicPopularity, Popularity
from recsys.evaluation.baselines.recvae import RecVAE, RecVAEOnSubsets
from recsys.evaluation.newcomers import ModelFactory
from recsys.training.options import LARGE_CATALOGUE

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


def baselines_table(movie_count: int) -> dict[str, ModelFactory]:
    """Return name -> factory of every baseline, in table order.

    A catalogue above LARGE_CATALOGUE is not compared with RecVAE, whose layers are as wide as the catalogue: training
    it on 32 million ratings would take days.
    """
    scalable = (Popularity, DemographicPopularity, ItemKNN, ALS, EASE)
    baselines = scalable if movie_count > LARGE_CATALOGUE else (*scalable, RecVAE, RecVAEOnSubsets)
    return {baseline.name: baseline.fit for baseline in baselines}
