"""Record ids: time-ordered for what a person makes, derived from natural keys for what is imported.

Two laptops that import the same workbook must make the same records, so their ids come from the
household number and the ID number (UUIDv5).
"""

from __future__ import annotations

import uuid

import uuid_utils

_NAMESPACE = uuid.UUID("5d1a0f0e-6f5c-5b53-9d0a-9b6e7a1c2f10")


def new_id() -> str:
    """A UUIDv7 for a record that a person creates."""
    return str(uuid_utils.uuid7())


def village_id(code: str) -> str:
    """The village record of a 12-digit division code."""
    return _derived("village", code)


def household_id(national_hh_no: str) -> str:
    """The household with that national number (16 digits)."""
    return _derived("household", national_hh_no)


def member_id(household: str, natural_key: str) -> str:
    """A member of household ``household`` by the first 18 characters of the ID number (or a substitute)."""
    return _derived("member", household, natural_key)


def employment_id(member: str, start_ym: str) -> str:
    """The employment spell of record ``member`` that began in that month (YYYY-MM)."""
    return _derived("employment", member, start_ym)


def cadre_id(village_code: str, name: str, phone: str) -> str:
    """A cadre by name and phone, so that the laptops of a team mean the same person."""
    return _derived("cadre", village_code, name, phone)


def policy_id(policy_no: str) -> str:
    """A policy by its number, the same on every laptop."""
    return _derived("policy", policy_no)


def _derived(*parts: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))
