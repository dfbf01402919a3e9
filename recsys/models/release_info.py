"""The metadata of a release."""

import json
from dataclasses import dataclass
from datetime import datetime

from recsys.models.features import FEATURE_VERSION
from recsys.models.network import DIMENSION
from storage.model_store.files import RELEASE_FILE

INFO_FILE = RELEASE_FILE
"""The file of a release folder that holds its metadata."""

OBJECTIVES = ("softmax", "rating")
"""The objectives that towers can be trained with; `recsys.training.losses` computes them."""


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """The metadata of a release, stored in its release.json.

    Attributes:
        version: 16 hexadecimal digits, the hash of the weights, the vocabulary and the movie vectors.
        objective: "softmax" or "rating".
        seed: the random seed of the training.
        dataset: name of the data set that the towers were trained on.
        created_at: ISO 8601, UTC.
        validation_ndcg: mean NDCG@10 over all numbers of answers on validation newcomers; None without any.
        trained_on: digest of everything that the training depended on; empty if unknown.
        feature_version: FEATURE_VERSION of the training.
        dimension: length of the vectors.
    """

    version: str
    objective: str
    seed: int
    dataset: str
    created_at: str
    validation_ndcg: float | None
    trained_on: str = ""
    feature_version: int = FEATURE_VERSION
    dimension: int = DIMENSION

    @classmethod
    def parse(cls, text: str) -> "ReleaseInfo":
        """Read the text of a release.json.

        Raises:
            ValueError: it is no JSON object, or a field has a wrong value.
            TypeError: a field is missing or unknown.
        """
        document = json.loads(text)
        if not isinstance(document, dict):
            raise ValueError(f"{INFO_FILE} is no JSON object")
        info = cls(**document)
        wrong = [name for name, is_valid in info._validity().items() if not is_valid]
        if wrong:
            raise ValueError(f"{INFO_FILE} has a wrong value of {', '.join(wrong)}")
        return info

    def _validity(self) -> dict[str, bool]:
        """Return whether each field has the right type and a possible value. JSON may contain NaN."""
        ndcg = self.validation_ndcg
        return {
            "version": isinstance(self.version, str),
            "objective": self.objective in OBJECTIVES,
            "seed": type(self.seed) is int,
            "dataset": isinstance(self.dataset, str),
            "created_at": _is_time_with_zone(self.created_at),
            "validation_ndcg": ndcg is None or (type(ndcg) in (int, float) and 0 <= ndcg <= 1),
            "trained_on": isinstance(self.trained_on, str),
            "feature_version": type(self.feature_version) is int,
            "dimension": self.dimension == DIMENSION,
        }


def _is_time_with_zone(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
