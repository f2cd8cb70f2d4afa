"""Cutting a batch into its events."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.api.batch import split
from hub.errors import Malformed, TooLarge

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(values, max_size=6), st.sampled_from([None, 1]), st.booleans())
def test_parts_are_what_went_in(events, indent, ascii_only):
    """However a JSON array is written, its parts are its elements in order."""
    body = json.dumps(events, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")

    assert events == [json.loads(part.decode("utf-8", "surrogatepass")) for part in split(body, 6)]


@given(st.binary(max_size=60))
def test_nothing_is_lost(body):
    """Any bytes are refused, or cut so that joining the parts gives all but blanks back."""
    parts = None
    with suppress(Malformed, TooLarge):
        parts = split(b"[" + body + b"]", 60)

    assert parts is None or bare(body) == bare(b",".join(parts))


def bare(text):
    return bytes(byte for byte in text if byte not in b" \t\r\n")


def test_bounded():
    """Millions of tiny parts are refused after the first few hundred."""
    with pytest.raises(TooLarge):
        split(b"[" + b"0," * 4_000_000 + b"0]", 500)
