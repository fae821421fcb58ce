"""The search box finds people, problem items and policies."""

from __future__ import annotations

from tests.helpers.stores import ZHANG, family_id
from villageapp.services import finding, policies, problems
from villageapp.services.workspace import Workspace


def test_people_problems_and_policies_are_found_by_their_words(work: Workspace) -> None:
    home = family_id(ZHANG)
    fields = {
        "household_id": home,
        "category": "饮水安全",
        "title": "冬天水管冻住",
        "reported_on": "2026-11-01",
        "source": "20",
        "scope": "户",
        "description": "一组三户",
    }
    saved = problems.add_problem(work, fields)
    kinds = [(f.kind, f.id) for f in finding.find(work, "水管")]
    assert kinds == [(finding.PROBLEM, saved.id)]
    [person, *_] = finding.find(work, "zsf")
    assert (person.kind, person.household_id) == (finding.PERSON, home)
    policy = policies.library(work)[0]
    found = finding.find(work, policy["title"])
    assert (finding.POLICY, policy["policy_no"]) in [(f.kind, f.id) for f in found]


def test_short_or_numeric_texts_look_for_people_alone(work: Workspace) -> None:
    assert all(f.kind == finding.PERSON for f in finding.find(work, "5001"))
    assert finding.find(work, "") == []
