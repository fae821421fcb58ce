"""The key with which laptops encrypt stick files for the server: the province's key on the other curve.

It needs no file and no message of its own, so a laptop that was enrolled before there were stick files, and has
had no network since, knows it too.
"""

from __future__ import annotations

from villageapp.server.opening import Province
from villageapp.sync import age_keys


def public_box_key(province: Province) -> bytes:
    """X25519 public key, 32 bytes."""
    return age_keys.server_public_key(province.public_key)


def secret_box_key(province: Province) -> bytes:
    """X25519 secret key, 32 bytes; as secret as the province key itself."""
    return age_keys.server_secret_key(province.key)
