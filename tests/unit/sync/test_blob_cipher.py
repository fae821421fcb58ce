"""Sealed pieces: any cut goes in, any altered, moved or missing piece is refused."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.errors import Trouble
from villageapp.sync import blob_cipher
from villageapp.sync.blob_cipher import PIECE, SEALED_PIECE

KEY = bytes(range(32))
SIZES = st.sampled_from([1, 2, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE - 1, 3 * PIECE + 7])


def sealed(content: bytes, key: bytes = KEY) -> bytes:
    return b"".join(blob_cipher.seal((content,), len(content), key))


@given(SIZES, st.lists(st.integers(0, 3 * PIECE), max_size=4), st.integers(0, 1000))
def test_any_cut_gives_the_same_file_and_any_range_comes_back(size: int, cuts: list[int], seed: int) -> None:
    content = Random(seed).randbytes(size)
    edges = [0, *sorted(min(c, size) for c in cuts), size]
    parts = [content[a:b] for a, b in itertools.pairwise(edges)]
    found = b"".join(blob_cipher.seal(parts, size, KEY))
    assert found == sealed(content)
    assert len(found) == blob_cipher.sealed_size(size)
    assert blob_cipher.open_pieces(found, KEY, 0, size) == content
    for number in range(blob_cipher.pieces_of(size)):
        rest = found[number * SEALED_PIECE :]
        assert blob_cipher.open_pieces(rest, KEY, number, size) == content[number * PIECE :]


@pytest.mark.parametrize("size", [1, PIECE, 2 * PIECE + 5])
def test_one_flipped_bit_anywhere_is_noticed(size: int) -> None:
    found = bytearray(sealed(bytes(size)))
    for position in (0, len(found) // 2, len(found) - 1):
        found[position] ^= 1
        with pytest.raises(Trouble) as refused:
            blob_cipher.open_pieces(bytes(found), KEY, 0, size)
        assert refused.value.code == "blob_damaged"
        found[position] ^= 1


def test_pieces_exchanged_repeated_left_out_or_of_another_key_are_refused() -> None:
    content = bytes(PIECE) + bytes(PIECE) + b"end"
    found = sealed(content)
    first, second, last = (
        found[:SEALED_PIECE],
        found[SEALED_PIECE : 2 * SEALED_PIECE],
        found[2 * SEALED_PIECE :],
    )
    size = len(content)
    for wrong in (second + first + last, first + first + last, first + last, second + last):
        with pytest.raises(Trouble):
            blob_cipher.open_pieces(wrong, KEY, 0, size)
    with pytest.raises(Trouble):
        blob_cipher.open_pieces(first, KEY, 0, PIECE)  # cut off and called whole
    with pytest.raises(Trouble):
        blob_cipher.open_pieces(found, bytes(32), 0, size)
