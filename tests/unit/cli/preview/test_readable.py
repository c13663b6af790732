"""`rudder-mixpanel preview` on a terminal."""

import json
from pathlib import Path
from typing import Any

import pytest

from rudder_mixpanel.errors import Code
from tests.build import TOKEN, config, identify, track
from tests.unit.cli.terminal import run_on_terminal


def shown(folder: Path, event: Any, *options: str, columns: int = 100, **names: str) -> list[str]:
    """What a terminal shows of one event, which may be text that is not JSON."""
    (folder / "destination.json").write_text(json.dumps(config()))
    (folder / "events").write_text(event if isinstance(event, str) else json.dumps(event))
    files = (str(folder / "events"), "--destination", str(folder / "destination.json"))
    arguments = ("preview", *files, "--now", "2027-01-01", *options)
    lines = run_on_terminal(*arguments, columns=columns, **names)
    return [line.replace(f"{folder}/", "") for line in lines]


def test_terminal_shows_event_and_requests(tmp_path: Path) -> None:
    """With a line for each property."""
    event = track(messageId="m-1", properties={"plan": "pro"})
    assert shown(tmp_path, event, columns=200) == [
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


def test_update_is_shown_with_its_verb(tmp_path: Path) -> None:
    """A property that has the name of a time need not be one."""
    lines = shown(tmp_path, identify(traits={"time": 10**17, "vip": True}))
    assert (
        "  engage  $set  api.mixpanel.com" in lines,
        [line for line in lines if "0000" in line],
    ) == (
        True,
        [f"    time          {10**17}"],
    )


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
                "            not JSON at position 9",
                f"            {Code.UNREADABLE.explanation}",
            ],
        ),
    ],
    ids=["rejected", "filtered", "unreadable"],
)
def test_terminal_shows_why_an_event_has_no_request(
    tmp_path: Path, event: Any, expected: list[str]
) -> None:
    """And what to do."""
    assert shown(tmp_path, event, columns=200)[1:-1] == expected


def test_lines_fit_a_narrow_terminal(tmp_path: Path) -> None:
    """Also with sources; only what has no blank may be longer."""
    event = track(properties={"text": "word " * 40, "plan": "pro"}, context={"ip": "203.0.113.7"})
    lines = shown(tmp_path, event, "--explain", columns=60)
    assert [line for line in lines if len(line) > 60] == []


@pytest.mark.parametrize(
    ("variables", "is_colored"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["default", "NO_COLOR", "dumb"],
)
def test_colour_is_for_terminals_that_want_it(
    tmp_path: Path, variables: dict[str, str], *, is_colored: bool
) -> None:
    """https://no-color.org, and a terminal without colours."""
    lines = shown(tmp_path, track(), **{"TERM": "xterm", **variables})
    assert ("\x1b[" in "".join(lines)) is is_colored


def test_control_characters_are_not_shown(tmp_path: Path) -> None:
    """A terminal would obey them."""
    lines = shown(
        tmp_path, track(event="a\x1b[2J", messageId="b\x9bc", properties={"d\x07": "\x9b"})
    )
    assert [line for line in lines if not line.isprintable()] == []


def test_json_may_be_shown_on_a_terminal(tmp_path: Path) -> None:
    """One line for each event."""
    (line,) = shown(tmp_path, track(messageId="m-1"), "--json")
    assert json.loads(line)["messageId"] == "m-1"
