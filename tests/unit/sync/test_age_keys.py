"""Keys in the spelling of age: by the tables of BIP 173, and as the age library itself reads them."""

from __future__ import annotations

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from villageapp.errors import SyncError
from villageapp.sync import age_keys

KEYS = st.binary(min_size=32, max_size=32)


def test_bech32_by_the_table_of_bip_173() -> None:
    program = bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6")
    assert age_keys.bech32("a", b"") == "a12uel5l"
    assert age_keys.bech32("?", b"") == "?1ezyfcl"
    # an address of the table has a version digit before the program, hence another checksum
    assert age_keys.bech32("bc", program).startswith("bc1w508d6qejxtdg4y5r3zarvary0c5xw7k")


@pytest.mark.parametrize(
    ("secret", "public"),
    [  # an identity and its recipient out of the published tests of age implementations
        (
            "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
            "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
        )
    ],
)
def test_a_known_identity_and_its_recipient(secret: str, public: str) -> None:
    raw = bytes([0x42]) * 32
    assert age_keys.secret(raw) == secret
    assert age_keys.recipient(bytes(PrivateKey(raw).public_key)) == public


@given(KEYS)
def test_the_library_reads_our_secret_keys_and_derives_our_public_ones(raw: bytes) -> None:
    identity = pyrage.x25519.Identity.from_str(age_keys.secret(raw))
    assert str(identity) == age_keys.secret(raw)
    assert str(identity.to_public()) == age_keys.recipient(bytes(PrivateKey(raw).public_key))


@given(KEYS)
def test_the_servers_two_keys_belong_together(seed: bytes) -> None:
    province = SigningKey(seed)
    identity = pyrage.x25519.Identity.from_str(age_keys.secret(age_keys.server_secret_key(province)))
    public = age_keys.server_public_key(bytes(province.verify_key))
    assert str(identity.to_public()) == age_keys.recipient(public)


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33), bytes([0]) * 32])
def test_what_is_no_province_key_is_refused(key: bytes) -> None:
    with pytest.raises(SyncError):
        age_keys.server_public_key(key)
