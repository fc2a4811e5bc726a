"""Documents of reference sets as plain JSON, and the versions that follow from their content."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

VERSION_LENGTH = 16
Document = Mapping[str, Any]


def content_version(document: Document) -> str:
    """Name a document by a hash of its content: equal content, equal version."""
    canonical = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()[:VERSION_LENGTH]


def plain(document: Document) -> Document:
    """Return a document as it will come back from JSON."""
    read: Document = orjson.loads(orjson.dumps(document))
    return read
