"""`rudder-mixpanel preview` on a terminal."""

import json
from pathlib import Path
from typing import Any

import pytest

from rudder_mixpanel.errors import Code
from tests.build import TOKEN, config, identify, track
from tests.unit.cli.terminal import run_on_terminal


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder with a destination's Config."""
    monkeypatch.chdir(tmp_path)
    Path("destination.json").write_text(json.dumps(config()))


def shown(event: Any, *options: str, columns: int = 100, **variables: str) -> list[str]:
    """What a terminal shows of one event, which may be text that is not JSON."""
    Path("events").write_text(event if isinstance(event, str) else json.dumps(event))
    arguments = ("preview", "events", "--destination", "destination.json", "--now", "2027-01-01")
    return run_on_terminal(*arguments, *options, columns=columns, **variables)


def test_terminal_shows_event_and_requests() -> None:
    """With a line for each property."""
    event = track(messageId="m-1", properties={"plan": "pro"})
    assert shown(event, columns=200) == [
        'track "Order Completed"  m-1  (events, line 1)',
        '  import  "Order Completed"  api.mixpanel.com',
        '    plan         "pro"',
        '    $user_id     "user-1"',
        f'    token        "{TOKEN}"',
        '    distinct_id  "user-1"',
        "    time         1798718400000 (2026-12-31 12:00 UTC)",
        '    $insert_id   "m-1"',
        "",
    ]


def test_update_is_shown_with_its_verb() -> None:
    """A property that has the name of a time need not be one."""
    lines = shown(identify(traits={"time": 10**17, "vip": True}))
    start = lines.index("  engage  $set  api.mixpanel.com")
    times = [line.split(maxsplit=1) for line in lines[start:] if "time  " in line][:2]
    assert times == [
        ["time", str(10**17)],
        ["$time", "1798718400000 (2026-12-31 12:00 UTC)"],
    ]


ONLY_NEWER = "    sent only where the profile has no newer value, by the event's time"


def test_update_says_that_newer_values_stay() -> None:
    """Of users and groups, and of what sets or removes properties; events have no such line."""
    settings = {"groupKeySettings": ["company"], "unionProperties": ["tags"], "people": True}
    Path("destination.json").write_text(json.dumps(config(**settings)))
    event = identify(traits={"company": "acme", "vip": True, "tags": ["a"]})
    lines = shown([event, track()], columns=200)
    starts = [index for index, line in enumerate(lines) if "api.mixpanel.com" in line]
    says = {lines[start].split("  ")[2]: lines[start + 1] == ONLY_NEWER for start in starts}
    names = ("$set", "$union", '"Order Completed"')
    assert [says[name] for name in names] == [True, False, False]


def test_update_says_nothing_where_they_are_sent_as_they_come() -> None:
    """As RudderStack sends them."""
    settings = config(profileUpdates="as-they-come")
    Path("destination.json").write_text(json.dumps(settings))
    assert ONLY_NEWER not in shown(identify(), columns=200)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            track(messageId="m-1", userId=None, anonymousId=None),
            [
                "  rejected  MISSING_IDENTITY  userId",
                "            expected userId or anonymousId",
                f"            {Code.MISSING_IDENTITY.explanation}",
            ],
        ),
        (
            track(messageId="m-1", integrations={"All": False}),
            ["  filtered  integrations.All is false"],
        ),
        (
            '{"type": ',
            [
                "  rejected  UNREADABLE",
                "            not JSON at position 8",
                f"            {Code.UNREADABLE.explanation}",
            ],
        ),
    ],
    ids=["rejected", "filtered", "unreadable"],
)
def test_terminal_shows_why_an_event_has_no_request(event: Any, expected: list[str]) -> None:
    """And what to do."""
    assert shown(event, columns=200)[1:-1] == expected


def test_lines_fit_a_narrow_terminal() -> None:
    """Also with sources; only what has no blank may be longer."""
    event = track(properties={"text": "word " * 40, "plan": "pro"}, context={"ip": "203.0.113.7"})
    lines = shown(event, "--explain", columns=60)
    assert [line for line in lines if len(line) > 60] == []


@pytest.mark.parametrize(
    ("variables", "is_colored"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["default", "NO_COLOR", "dumb"],
)
def test_colour_is_for_terminals_that_want_it(
    variables: dict[str, str], *, is_colored: bool
) -> None:
    """https://no-color.org, and a terminal without colours."""
    environ = {"TERM": "xterm", **variables}
    lines = shown(track(), columns=80, **environ)
    assert ("\x1b[" in "".join(lines)) is is_colored


def test_control_characters_are_not_shown() -> None:
    """A terminal would obey them."""
    lines = shown(track(event="a\x1b[2J", messageId="b\x9bc", properties={"d\x07": "\x9b"}))
    assert [line for line in lines if not line.isprintable()] == []


def test_json_may_be_shown_on_a_terminal() -> None:
    """One line for each event."""
    (line,) = shown(track(messageId="m-1"), "--json")
    assert json.loads(line)["messageId"] == "m-1"
