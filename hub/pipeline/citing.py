"""The versions that entries of the record cite."""

from __future__ import annotations

from hub.pipeline.publishing import named
from hub.pipeline.tools import Shelf
from hub.policy.model import Agreement
from hub.store.port import Published


def cited(shelf: Shelf, reference: str, published: Published) -> Agreement:
    """Return a version that an entry of the record cites: of those published, or of the files.

    Raises:
        NotFound: it is not known here.
        UnfitVersion: it is not what was published.
    """
    in_files = next((a for a in shelf.agreements if a.reference == reference), None)
    if in_files is not None:
        return in_files
    return shelf.version(*named(shelf.history(published), reference), published)
