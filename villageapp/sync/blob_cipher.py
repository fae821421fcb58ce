"""How a photo or scan lies on a disk: sealed in pieces, so that any part can be read without the rest.

Each piece of 64 KiB is a libsodium secretbox. Its nonce is its number and whether it is the last, so pieces
cannot be exchanged, repeated or cut off unnoticed. A key therefore seals one content only, ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nacl.bindings import crypto_secretbox, crypto_secretbox_MACBYTES, crypto_secretbox_open
from nacl.exceptions import CryptoError

from villageapp.errors import Trouble

PIECE = 64 * 1024
"""Plain bytes of every piece but the last, which has 1 to this many."""
SEALED_PIECE = PIECE + crypto_secretbox_MACBYTES
KEY_BYTES = 32


def pieces_of(size: int) -> int:
    """Number of pieces of a content of ``size`` bytes."""
    return -(-size // PIECE)


def sealed_size(size: int) -> int:
    """Bytes on disk of a content of ``size`` bytes."""
    return size + pieces_of(size) * crypto_secretbox_MACBYTES


def seal(parts: Iterable[bytes], size: int, key: bytes) -> Iterator[bytes]:
    """Sealed pieces of the content that ``parts`` make up in any cut; exactly ``size`` bytes are expected."""
    last = pieces_of(size) - 1
    for number, piece in enumerate(_even(parts)):
        yield seal_piece(piece, key, number, is_last=number == last)


def _even(parts: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for part in parts:
        held += part
        while len(held) >= PIECE:
            yield bytes(held[:PIECE])
            del held[:PIECE]
    if held:
        yield bytes(held)


def seal_piece(piece: bytes, key: bytes, number: int, *, is_last: bool) -> bytes:
    """One piece, sealed."""
    return crypto_secretbox(piece, _nonce(number, is_last), key)


def open_pieces(sealed: bytes, key: bytes, first: int, size: int) -> bytes:
    """Plain bytes of whole pieces that follow each other, the first with number ``first``, of a content of ``size``.

    Raises Trouble(code blob_damaged) when anything was altered, cut off or sealed with another key.
    """
    last = pieces_of(size) - 1
    plain = bytearray()
    for offset in range(0, len(sealed), SEALED_PIECE):
        number = first + offset // SEALED_PIECE
        piece = sealed[offset : offset + SEALED_PIECE]
        try:
            plain += crypto_secretbox_open(piece, _nonce(number, number == last), key)
        except (CryptoError, ValueError) as error:
            raise damaged() from error
    return bytes(plain)


def damaged() -> Trouble:
    """What a file that does not open means."""
    return Trouble(
        "照片或扫描件的文件已损坏，没有采用。",
        remedy="可从省级服务器或同队电脑重新取回。",
        code="blob_damaged",
    )


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(8, "big") + bytes([is_last]) + bytes(15)
