"""`rudder-mixpanel backfill`, with moto as AWS."""

import gzip
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from rudder_mixpanel_cli.command import app
from rudder_mixpanel_cli.errors import FAILURE, WRONG_USAGE, UsageError
from rudder_mixpanel_cli.events_input.inputs import find_inputs
from tests.unit.cli.backfill.stack_to_backfill import (
    IDENTIFY,
    STACK,
    backfill,
    deploy,
    numbered,
    queued,
    write,
)

CHECKPOINT = f"rudder-mixpanel-backfill.{STACK}.json"
ORDER = {"revenue": 5}
BOTH = [IDENTIFY["messageId"], "message-1"]
BILLED = "also those that it has already"
SEE = "see --profiles and --counters"


def result_of(*words: str) -> dict[str, Any]:
    """The result of a backfill as JSON."""
    out = backfill(*words, "--yes", "--json").stdout
    content: dict[str, Any] = json.loads(out)
    return content


@pytest.mark.usefixtures("stack")
def test_events_of_all_layouts_are_sent_in_few_records(folder: Path) -> None:
    """Lines, compressed lines, an array, a folder; hidden files are not read."""
    inputs = folder / "in"
    inputs.mkdir()
    write(inputs / "a.jsonl", numbered(1), numbered(2))
    (inputs / "b.gz").write_bytes(gzip.compress(json.dumps(numbered(3)).encode()))
    write(inputs / "c.json", json.dumps([numbered(4), numbered(5)]))
    write(inputs / ".hidden", numbered(6))
    run = backfill("in", "--yes")
    [(events, mode)] = queued()
    ids = [event["messageId"] for event in events]
    assert (run.exit_code, ids, mode) == (0, [f"message-{n}" for n in range(1, 6)], "none")


@pytest.mark.usefixtures("stack")
def test_objects_of_a_bucket_are_sent(folder: Path) -> None:
    """Those whose keys begin with the prefix, in order."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="archive")
    content = json.dumps(numbered(1)).encode()
    s3.put_object(Bucket="archive", Key="2026/a.json", Body=content)
    s3.put_object(Bucket="archive", Key="2026/b.gz", Body=gzip.compress(content))
    s3.put_object(Bucket="archive", Key="other", Body=b"[]")
    run = backfill("s3://archive/2026", "--yes")
    assert (run.exit_code, [len(events) for events, _ in queued()]) == (0, [2])


@pytest.mark.usefixtures("stack")
def test_refused_events_are_named_by_their_places(folder: Path) -> None:
    """By cause, with examples; the others are sent, and the status is 1."""
    write(
        folder / "events",
        numbered(1, timestamp=None),
        "{",
        numbered(2, timestamp="2019-01-01T00:00:00Z"),
        numbered(3, timestamp="2024-06-01T00:00:00Z"),
        numbered(4, event=None),
        numbered(5),
    )
    run = backfill("events", "--yes", "--json")
    result = json.loads(run.stdout)
    assert (run.exit_code, result["sent"], result["refused"], result["examples"]["TOO_OLD"]) == (
        FAILURE,
        1,
        {
            "NO_TIME": 1,
            "UNREADABLE": 1,
            "TOO_OLD": 1,
            "PAST_RETENTION": 1,
            "MISSING_EVENT_NAME": 1,
        },
        ["events, line 3: expected a time within 1826.21 days"],
    )


@pytest.mark.usefixtures("stack")
def test_the_retention_of_an_older_project_is_longer(folder: Path) -> None:
    """`--retention-days` is not `maxEventAgeDays`: both must allow an event."""
    write(folder / "events", numbered(1, timestamp="2024-06-01T00:00:00Z"))
    assert result_of("events", "--retention-days", "1826")["refused"] == {}


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(
    ("words", "mode", "sent"),
    [
        ((), "none", ["message-1"]),
        (("--profiles", "once"), "once", [IDENTIFY["messageId"], "message-1"]),
        (
            ("--profiles", "newer", "--counters"),
            "newer counters",
            [IDENTIFY["messageId"], "message-1"],
        ),
    ],
)
def test_profiles_and_counters_are_sent_when_they_are_asked_for(
    folder: Path, words: tuple[str, ...], mode: str, sent: list[str]
) -> None:
    """The mode travels with each record; what has nothing left is not sent."""
    write(folder / "events", {**IDENTIFY, "anonymousId": None}, numbered(1, properties=ORDER))
    backfill("events", "--yes", *words)
    [(events, found)] = queued()
    assert ([event["messageId"] for event in events], found) == (sent, mode)


@pytest.mark.usefixtures("aws")
def test_newer_needs_newer_wins(folder: Path) -> None:
    """Nothing is read or sent."""
    deploy(profileUpdates="as-they-come")
    write(folder / "events", numbered(1))
    run = backfill("events", "--yes", "--profiles", "newer")
    assert (run.exit_code, "profileUpdates is as-they-come" in run.stderr) == (WRONG_USAGE, True)


@pytest.mark.usefixtures("stack")
def test_dry_run_prints_the_account_and_sends_nothing(folder: Path) -> None:
    """Days and types, what is refused, what Mixpanel bills, and what AWS costs."""
    write(folder / "events", numbered(1), numbered(2, properties=ORDER), IDENTIFY)
    run = backfill("events", "--dry-run")
    assert (run.exit_code, queued(), run.stdout.splitlines()) == (
        0,
        [],
        [
            "read      3 events",
            "to send   3 events in 1 record",
            "          2026-12-31           3  track 2, identify 1",
            f"Mixpanel  bills 2 events, {BILLED}, 1 identity event; about 2 requests",
            f"          without 1 profile update and 1 counter of these events: {SEE}",
            "AWS       about $0.00",
            "time      at least 1 second, at 10,000 events a second",
        ],
    )


@pytest.mark.usefixtures("stack")
def test_many_days_are_summarized_by_month(folder: Path) -> None:
    """From 32 days on."""
    days = [f"2026-{month:02}-{day:02}" for month in (1, 2) for day in range(1, 20)]
    write(folder / "events", *(numbered(n, timestamp=day) for n, day in enumerate(days)))
    account = json.loads(backfill("events", "--dry-run", "--json").stdout)
    assert account["byPeriod"] == {"2026-01": {"track": 19}, "2026-02": {"track": 19}}


@pytest.mark.usefixtures("aws")
def test_dry_run_can_use_settings_in_a_file(folder: Path) -> None:
    """Without a stack, and without AWS."""
    write(folder / "events", numbered(1))
    write(folder / "config", {"token": "t" * 32})
    words = ["backfill", "events", "--destination", "config"]
    dry, wet = (CliRunner().invoke(app, [*words, *more]) for more in (["--dry-run"], []))
    assert (dry.exit_code, wet.exit_code) == (0, WRONG_USAGE)


@pytest.mark.usefixtures("stack", "somebody")
@pytest.mark.parametrize(
    ("answer", "sent"), [("y\ny\n", 1), ("n\n", 0), ("y\nn\n", 0)], ids=["yes", "no", "not all"]
)
def test_counters_are_asked_about_by_themselves(folder: Path, answer: str, sent: int) -> None:
    """They may count twice; then the whole is confirmed."""
    write(folder / "events", numbered(1, properties=ORDER))
    backfill("events", "--counters", answer=answer)
    assert len(queued()) == sent


@pytest.mark.usefixtures("stack")
def test_a_finished_backfill_is_not_sent_again(folder: Path) -> None:
    """Only with `--restart`."""
    write(folder / "events", numbered(1))
    backfill("events", "--yes")
    backfill("events", "--yes")
    before = len(queued())
    backfill("events", "--yes", "--restart")
    assert (before, len(queued())) == (1, 1)


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--counters",), "started with no --counters"),
        (("--profiles", "once"), "started with --profiles none"),
        (("--retention-days", "7"), "started with --retention-days 730"),
    ],
)
def test_a_checkpoint_of_other_options_is_refused(
    folder: Path, words: tuple[str, ...], expected: str
) -> None:
    """And says how to begin anew."""
    write(folder / "events", numbered(1))
    backfill("events", "--yes")
    run = backfill("events", "--yes", *words)
    assert (run.exit_code, expected in run.stderr, "--restart" in run.stderr) == (
        WRONG_USAGE,
        True,
        True,
    )


@pytest.mark.usefixtures("stack")
def test_a_checkpoint_of_changed_input_is_refused(folder: Path) -> None:
    """Another position would be meant."""
    write(folder / "events", numbered(1))
    backfill("events", "--yes")
    write(folder / "events", numbered(1), numbered(2))
    run = backfill("events", "--yes")
    assert (run.exit_code, "other files, or their content" in run.stderr) == (WRONG_USAGE, True)


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("content", ["", "7", "{}", '{"version": 0}'])
def test_a_file_that_is_no_checkpoint_is_refused(folder: Path, content: str) -> None:
    """It is not overwritten."""
    write(folder / "events", numbered(1))
    (folder / CHECKPOINT).write_text(content)
    run = backfill("events", "--yes")
    assert (run.exit_code, (folder / CHECKPOINT).read_text()) == (WRONG_USAGE, content)


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("nowhere",), "nowhere: No such file"),
        (("empty",), "no file with events"),
        (("s3://",), "expected s3://BUCKET/PREFIX"),
        (("events", "--profiles", "old"), "expected once or newer"),
        (("broken.gz",), "the gzip is damaged"),
    ],
)
def test_wrong_usage_is_one_line(folder: Path, words: tuple[str, ...], expected: str) -> None:
    """With what was expected; nothing is sent."""
    write(folder / "events", numbered(1))
    (folder / "empty").touch()
    (folder / "broken.gz").write_bytes(gzip.compress(b"{}" * 1000)[:-9])
    run = backfill(*words, "--yes")
    assert (run.exit_code, expected in run.stderr, queued()) == (WRONG_USAGE, True, [])


@pytest.mark.usefixtures("stack")
def test_an_event_without_a_message_id_is_sent_as_it_is(folder: Path) -> None:
    """No id is made up for it: a repeat would have another one."""
    event = numbered(1)
    del event["messageId"]
    write(folder / "events", event)
    backfill("events", "--yes")
    assert queued() == [([event], "none")]


def test_a_file_that_changed_meanwhile_is_not_read(folder: Path) -> None:
    """The account would be of something else."""
    (item,) = find_inputs([str(write(folder / "events", numbered(1)))])
    write(folder / "events", numbered(1), numbered(2))
    with pytest.raises(UsageError, match="changed since it was listed"):
        item.open()
