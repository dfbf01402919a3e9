"""The tables. Every change here needs a migration in storage/migrations."""

from storage.sql.models.base import Base
from storage.sql.models.catalogue import DetailsRow, MovieRow, PosterRow
from storage.sql.models.imports import ImportRow
from storage.sql.models.operation import (
    AnnouncementRow,
    AuditRow,
    DeliveryRow,
    EffectRow,
    HeartbeatRow,
    JobRow,
    MisunderstoodRow,
    ProgressMessageRow,
    UpdateRow,
)
from storage.sql.models.people import CardRow, ChangeRow, MarkRow, PersonRow, RatingRow, WishRow
from storage.sql.models.releases import ActivationRow, InstallationRow, ReleaseContributorsRow, ReleaseRow, RevisionRow

__all__ = [
    "ActivationRow",
    "AnnouncementRow",
    "AuditRow",
    "Base",
    "CardRow",
    "ChangeRow",
    "DeliveryRow",
    "DetailsRow",
    "EffectRow",
    "HeartbeatRow",
    "ImportRow",
    "InstallationRow",
    "JobRow",
    "MarkRow",
    "MisunderstoodRow",
    "MovieRow",
    "PersonRow",
    "PosterRow",
    "ProgressMessageRow",
    "RatingRow",
    "ReleaseContributorsRow",
    "ReleaseRow",
    "RevisionRow",
    "UpdateRow",
    "WishRow",
]
