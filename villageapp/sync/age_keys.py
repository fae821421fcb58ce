"""X25519 keys of laptops and server in the spelling of age (Bech32), so that files can be encrypted to them.

The format is fixed by age-encryption.org/v1: ``age1…`` for a public key, ``AGE-SECRET-KEY-1…`` for a secret one.
"""

from __future__ import annotations

from collections.abc import Iterable

from nacl.bindings import crypto_sign_ed25519_pk_to_curve25519
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey

from villageapp.errors import SyncError, SyncKind

KEY_BYTES = 32
_PUBLIC, _SECRET = "age", "age-secret-key-"
_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def recipient(public_key: bytes) -> str:
    """``age1…`` of an X25519 public key (32 bytes)."""
    return bech32(_PUBLIC, _checked(public_key))


def secret(secret_key: bytes) -> str:
    """``AGE-SECRET-KEY-1…`` of an X25519 secret key (32 bytes). Never shown, never logged."""
    return bech32(_SECRET, _checked(secret_key)).upper()


def server_public_key(province_key: bytes) -> bytes:
    """The server's X25519 public key: the province's Ed25519 key on the other curve.

    So every laptop that knows the province knows whom to encrypt for, even if it never met the server again.
    Raises SyncError(AUTH) when these bytes are no Ed25519 key.
    """
    try:
        return crypto_sign_ed25519_pk_to_curve25519(_checked(province_key))
    except (CryptoError, ValueError) as error:
        raise SyncError(SyncKind.AUTH, "省级公钥不对，不能为服务器加密。", code="bad_province_key") from error


def server_secret_key(province: SigningKey) -> bytes:
    """The X25519 secret that belongs to ``server_public_key``."""
    return bytes(province.to_curve25519_private_key())


def bech32(prefix: str, content: bytes) -> str:
    """Bech32 (BIP 173) of some bytes, without its limit of 90 characters, as age uses it."""
    values = _five_bits(content)
    polymod = _polymod([*_expanded(prefix), *values, *[0] * 6]) ^ 1
    checksum = [(polymod >> 5 * (5 - i)) & 31 for i in range(6)]
    return f"{prefix}1" + "".join(_ALPHABET[value] for value in [*values, *checksum])


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")
    return key


def _five_bits(content: bytes) -> list[int]:
    """Groups of five bits, the last one filled up with zeros."""
    number, bits = int.from_bytes(content), 8 * len(content)
    fill = -bits % 5
    number <<= fill
    return [(number >> shift) & 31 for shift in range(bits + fill - 5, -1, -5)]


def _expanded(prefix: str) -> list[int]:
    return [*(ord(letter) >> 5 for letter in prefix), 0, *(ord(letter) & 31 for letter in prefix)]


def _polymod(values: Iterable[int]) -> int:
    """The checksum of BIP 173."""
    found = 1
    for value in values:
        top = found >> 25
        found = (found & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate(_GENERATOR):
            found ^= generator if (top >> i) & 1 else 0
    return found
