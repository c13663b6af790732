"""Every case in tests/cases: a message, a destination, and the requests to Mixpanel."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping import transform

CASES = Path(__file__).parents[2] / "cases"
NAMES = sorted(str(path.relative_to(CASES).with_suffix("")) for path in CASES.rglob("*.json"))


def outcome(case: dict[str, Any]) -> Any:
    """The outcome of a case, in the format of its `expect`."""
    destination = Destination.from_config(case["config"])
    now = datetime.fromisoformat(case["now"])
    try:
        operations = transform(case["message"], destination, now=now)
    except RejectedEvent as rejected:
        return {"rejected": rejected.code, "field": rejected.field}
    return [{"endpoint": item.endpoint, "payload": item.payload} for item in operations]


def exact(value: Any) -> str:
    """JSON with sorted keys, in which 1 and true differ."""
    return json.dumps(value, indent=2, sort_keys=True)


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str) -> None:
    """Each case has the outcome that its file expects; `why` is the rule."""
    case = json.loads((CASES / f"{name}.json").read_text())
    expect = {"field": "", **case["expect"]} if "rejected" in case["expect"] else case["expect"]
    assert exact(outcome(case["given"])) == exact(expect), case["why"]


def test_there_are_cases_of_every_call() -> None:
    """Every call type has cases."""
    kinds = {name.partition("/")[0] for name in NAMES}
    assert kinds == {"track", "page", "screen", "identify", "group", "alias"}
