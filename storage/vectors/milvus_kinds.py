"""Kinds of vector indexes on a Milvus server, and the rule that chooses one by the number of movies."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_FLAT_MOVIES = 50_000
"""Number of movies up to which a server compares every vector exactly. The option `index` of VECTORS_URL overrides this
rule. docs/decisions/019-vector-index-of-a-server.md has the measurements."""

LARGE_KIND = "SCANN"
"""The kind of index of larger versions. It compares compressed copies of all vectors, and then the vectors of the best
candidates exactly."""

_CANDIDATES_PER_HIT = 3
_MOVIES_PER_CANDIDATE = 40
"""In a large catalogue more movies are about as good as the last of a list, and their compressed copies look alike."""

_LONG_LIST = 1_000
_MOVIES_PER_CANDIDATE_OF_A_LONG_LIST = 60
"""A list is long because many movies are left out of it afterwards. They are mostly the best ones, and what comes after
them is found with fewer candidates."""


@dataclass(frozen=True, slots=True)
class IndexKind:
    """A kind of vector index.

    Attributes:
        name: as Milvus writes it.
        building: the parameters of building.
        searching: the parameters of searching.
        candidates: number of movies of a segment that a search compares exactly at least; 0 if it compares all of them
            exactly.
    """

    name: str
    building: Mapping[str, int] = field(default_factory=dict)
    searching: Mapping[str, int] = field(default_factory=dict)
    candidates: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether a search misses no movie."""
        return not self.candidates

    def search_params(self, limit: int, movie_count: int, segment_count: int) -> dict[str, int]:
        """Return the parameters of a search for `limit` of so many movies.

        A server searches each segment of a collection by itself, with these parameters, so the segments share the
        candidates of a long list and of a large catalogue.
        """
        if self.is_exact:
            return dict(self.searching)
        segments = max(1, segment_count)
        per_candidate = _MOVIES_PER_CANDIDATE if limit <= _LONG_LIST else _MOVIES_PER_CANDIDATE_OF_A_LONG_LIST
        share = max(_CANDIDATES_PER_HIT * limit, movie_count // per_candidate) // segments
        candidates = max(self.candidates, limit, share)
        return {**self.searching, "reorder_k": candidates}


KINDS: Mapping[str, IndexKind] = {
    kind.name: kind
    for kind in (
        IndexKind("FLAT"),
        IndexKind("SCANN", {"nlist": 16}, {"nprobe": 16}, candidates=3_000),
    )
}
"""Kinds by name. A search in SCANN looks into all lists (nprobe = nlist), because the best movies of a person are not
always in the lists with the nearest centres. Those that pass a filter rarely are."""


def chosen_kind(movie_count: int, override: str = "") -> IndexKind:
    """Return the kind for so many movies: `override`, or else FLAT up to MAX_FLAT_MOVIES and LARGE_KIND above."""
    return KINDS[override or ("FLAT" if movie_count <= MAX_FLAT_MOVIES else LARGE_KIND)]
