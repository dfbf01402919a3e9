"""The releases of MovieLens by name, and their download from GroupLens."""

from recsys.data.download.releases import RELEASES, MovieLensRelease, find_release
from recsys.data.download.transfer import DownloadError, download_movielens

__all__ = ["RELEASES", "DownloadError", "MovieLensRelease", "download_movielens", "find_release"]
