"""One-time enrolment codes and laptop tokens: how they look, and what of them is stored.

A code is twelve characters: four that name it and eight that are secret, without characters that look
alike. Hashes are keyed with the province key, so a copied database alone is not enough to guess one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from base64 import urlsafe_b64encode

from nacl.signing import SigningKey

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
ID_LENGTH = 4
LENGTH = 12


def new_code() -> str:
    """A fresh code as people read it: ``K7QM-3F8T-9WXZ``."""
    plain = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(plain[i : i + 4] for i in range(0, LENGTH, 4))


def plain_code(typed: str) -> str:
    """What was typed without separators, full-width forms and lower case; may be no code at all."""
    text = unicodedata.normalize("NFKC", typed[:80]).upper()
    return "".join(character for character in text if character in ALPHABET)


def code_id(plain: str) -> str:
    """The part of a code that may be looked up."""
    return plain[:ID_LENGTH]


def code_hash(plain: str, key: SigningKey) -> bytes:
    """What is stored of a code."""
    return _keyed(key, b"enrol code", plain.encode())


def laptop_token(key: SigningKey, county_code: str, workspace: str, replica_id: str, code: str) -> str:
    """The token of a laptop enrolled with ``code`` (its id). The same again when an answer was lost."""
    secret = _keyed(key, b"laptop token", "\x1f".join((county_code, workspace, replica_id, code)).encode())
    return f"{county_code}.{urlsafe_b64encode(secret).decode().rstrip('=')}"


def token_hash(token: str) -> bytes:
    """What is stored of a token (which is 256 bits of secret already)."""
    return hashlib.sha256(token.encode()).digest()


def county_of(token: str) -> str:
    """The county that a token names, so that requests find their part of the database."""
    return token.partition(".")[0]


def _keyed(key: SigningKey, purpose: bytes, content: bytes) -> bytes:
    return hmac.new(key.encode() + purpose, content, hashlib.sha256).digest()
