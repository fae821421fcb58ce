"""One-time codes and tokens."""

from __future__ import annotations

import re

import pytest
from nacl.signing import SigningKey

from villageapp.server import codes

KEY, OTHER = SigningKey(bytes(32)), SigningKey(bytes([1] * 32))


def test_a_code_is_three_groups_of_four_easy_characters() -> None:
    made = {codes.new_code() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"[2-9A-HJKMNP-Z]{4}(-[2-9A-HJKMNP-Z]{4}){2}", code) for code in made)


@pytest.mark.parametrize("typed", ["k7qm-3f8t-9wxz", "K7QM 3F8T 9WXZ", " K7QM3F8T9WXZ　", "K7QM-3F8T-9WXZ"])
def test_typing_habits_do_not_matter(typed: str) -> None:
    assert codes.plain_code(typed) == "K7QM3F8T9WXZ"


def test_what_is_stored_needs_the_province_key() -> None:
    assert codes.code_hash("K7QM3F8T9WXZ", KEY) == codes.code_hash("K7QM3F8T9WXZ", KEY)
    assert codes.code_hash("K7QM3F8T9WXZ", KEY) != codes.code_hash("K7QM3F8T9WXZ", OTHER)


def test_a_token_is_the_laptop_s_own_and_names_its_county() -> None:
    token = codes.laptop_token(KEY, "149901", "w", "r", "K7QM")
    assert token == codes.laptop_token(KEY, "149901", "w", "r", "K7QM")
    others = {
        codes.laptop_token(OTHER, "149901", "w", "r", "K7QM"),
        codes.laptop_token(KEY, "149901", "w", "r2", "K7QM"),
        codes.laptop_token(KEY, "149901", "w2", "r", "K7QM"),
        codes.laptop_token(KEY, "149901", "w", "r", "K7QN"),
    }
    assert token not in others
    assert len(others) == 4
    assert codes.county_of(token) == "149901"
