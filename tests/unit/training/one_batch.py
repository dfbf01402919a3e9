"""A training batch with all people of a data set."""

import numpy as np

from recsys.data import Dataset
from recsys.models.exposure import ExposureModel
from recsys.training.batches import Batch, BatchSource


def one_batch(dataset: Dataset, exposure: ExposureModel, interviews: float, seed: int = 0) -> Batch:
    """Draw a batch without hidden demographics; its people are in the order of the seed's first permutation."""
    people = np.arange(len(dataset.user_ids))
    source = BatchSource(
        dataset,
        people,
        batch_size=len(people),
        anonymous=0.0,
        demographic_dropout=0.0,
        interviews=interviews,
        exposure=exposure,
    )
    rng = np.random.default_rng(seed)
    return next(iter(source.batches(source.order(rng), rng, 0.5)))
