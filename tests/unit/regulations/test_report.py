"""The sentences of a report, by how a regulation ended."""

from collections.abc import Iterator
from copy import deepcopy
from html.parser import HTMLParser
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.regulations.model import RegulationState, RegulationType
from rudder_mixpanel.regulations.report.describe import describe_report
from rudder_mixpanel.regulations.report.document import Block, Facts, Items
from rudder_mixpanel.regulations.report.page import render_page
from rudder_mixpanel.regulations.report.record import build_report
from rudder_mixpanel.regulations.report.remains import describe_remains
from rudder_mixpanel.regulations.report.summary import summarize
from rudder_mixpanel.regulations.report.words import step_time_in_words, time_in_words
from rudder_mixpanel.regulations.task import Task
from rudder_mixpanel.regulations.views import view_regulation
from rudder_mixpanel.suppression import SuppressionEntry
from tests.fakes.deletion import START, FakeDeletionDependencies
from tests.fakes.reports import (
    report_cancelled_too_late,
    report_completed,
    report_engage,
    report_failed,
)

NOW = int(START.timestamp())
DAY = 86_400
# Text that a page without escaping would read as something else
HOSTILE = (
    "<script>alert(1)</script>",
    "</pre></style></title><img src=x onerror=alert(1)>",
    "\"'><b>",
    "&lt;b&gt;&amp;",
    "]]><!--",
    "{title} {{title}} $title %s",
    "\u202e\x00\x1b",
)


class Elements(HTMLParser):
    """The elements of a page, and the text of its hidden record."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.record = ""
        self.in_record = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect an element."""
        self.elements.append((tag, tuple(attrs)))
        self.in_record = ("id", "record") in attrs

    def handle_endtag(self, tag: str) -> None:
        """Notice the end of the record."""
        self.in_record = self.in_record and tag != "pre"

    def handle_data(self, data: str) -> None:
        """Collect the record."""
        self.record += data if self.in_record else ""


def filled(text: str) -> dict[str, Any]:
    """A report with this text wherever a person, an operator or Mixpanel can write one."""
    report = deepcopy(TOO_LATE)
    report["version"] = text
    report["regulation"] |= {
        "submittedBy": text,
        "reference": text,
        "attributes": {text: text},
        "notHandledHere": [text],
    }
    report |= {"pseudonyms": [text], "aboutThisUser": True, "givenUser": {text: text}}
    report["suppression"]["canceledBy"] = text
    task = dict.fromkeys(("project", "region", "law", "taskId", "atMixpanel"), text)
    report["deletion"]["tasks"][0] |= task
    for note in report["deletion"]["history"]:
        note["what"] = text
    report["notCovered"] = [text]
    return report


TOO_LATE = report_cancelled_too_late()
ENGAGE = report_engage()
PLAIN = Elements(render_page(filled("plain"))).elements


@given(st.sampled_from(HOSTILE) | st.text(min_size=1))
def test_no_text_becomes_a_part_of_the_page(text: str) -> None:
    """Whatever it is, the elements stay the same, and the record inside is the report."""
    report = filled(text)
    page = Elements(render_page(report))
    assert (page.elements, orjson.loads(page.record)) == (PLAIN, report)


def texts_of(block: Block) -> Iterator[str]:
    """The lines of a block."""
    match block:
        case str():
            yield block
        case Items(sentences):
            yield from sentences
        case Facts(rows):
            yield from map(" ".join, rows)
        case _:
            yield from map(" ".join, block.rows)


def lines_of(report: dict[str, Any]) -> list[str]:
    """Every line of a report for people."""
    document = describe_report(report)
    blocks = [block for section in document.sections for block in section.blocks]
    rest = [line for block in blocks for line in texts_of(block)]
    return [document.title, document.subtitle, document.outcome, *document.summary, *rest]


@pytest.mark.parametrize("state", RegulationState)
def test_engage_is_never_completed_without_saying_that_events_remain(state: str) -> None:
    """On the same line, in any state."""
    report = deepcopy(ENGAGE)
    report["deletion"]["state"] = report["regulation"]["state"] = state
    completed = [line for line in lines_of(report) if "completed" in line.lower()]
    assert [line for line in completed if "remain" not in line] == []


@pytest.mark.parametrize(
    ("report", "outcome"),
    [
        (report_completed(), "Completed: Mixpanel reports the profile and all events as deleted"),
        (ENGAGE, "Completed for the profile only: the events remain in Mixpanel"),
        (report_failed(), "Failed: Mixpanel has not deleted this person's data"),
        (
            TOO_LATE,
            (
                "Cancelled too late: the deletion went on. "
                "Completed: Mixpanel reports the profile and all events as deleted"
            ),
        ),
    ],
    ids=["completed", "engage", "failed", "cancelled too late"],
)
def test_first_line_says_how_a_regulation_ended(report: dict[str, Any], outcome: str) -> None:
    """In the reader's words."""
    assert describe_report(report).outcome == outcome


def unfinished(**suppression: str) -> dict[str, Any]:
    """A report of a deletion that Mixpanel was asked for, and that waits to be requested again."""
    report = report_completed()
    report["deletion"] |= {
        "state": "waiting",
        "endedAt": None,
        "nextRequestAt": "2027-01-01T05:00:00Z",
    }
    report["suppression"] |= suppression
    return report


def test_deletion_that_mixpanel_failed_is_not_called_unrequested() -> None:
    """It was requested, and will be again."""
    document = describe_report(unfinished())
    assert (document.outcome, "will be requested again" in " ".join(document.summary)) == (
        "Suppressed; Mixpanel has not deleted this person yet, and will be asked again",
        True,
    )


@pytest.mark.parametrize(
    ("suppression", "sentence"),
    [
        (
            {"effectiveAt": "2099-01-01T00:01:00Z"},
            (
                "From 1 January 2099, 00:01 UTC on, rudder-mixpanel sends nothing about this "
                "person to Mixpanel."
            ),
        ),
        (
            {"effectiveAt": "2027-01-01T00:01:00Z", "liftedAt": "2027-01-01T00:00:30Z"},
            (
                "The suppression was lifted before it was in full effect, on 1 January 2027, "
                "00:01 UTC."
            ),
        ),
    ],
    ids=["not yet", "lifted before"],
)
def test_suppression_that_is_not_in_effect_is_not_told_as_past(
    suppression: dict[str, str], sentence: str
) -> None:
    """Neither in a sentence nor as a step."""
    lines = lines_of(unfinished(**suppression))
    assert (sentence in lines, [line for line in lines if "from now on" in line]) == (True, [])


def test_report_of_engage_says_that_the_answer_proves_nothing() -> None:
    """Mixpanel accepts the deletion of what it does not know."""
    assert "Mixpanel's answer proves nothing" in " ".join(describe_report(ENGAGE).summary)


def test_report_of_a_late_cancellation_says_what_went_on() -> None:
    """When and by whom it was cancelled, and since when nothing is suppressed."""
    suppression, summary = TOO_LATE["suppression"], describe_report(TOO_LATE).summary
    canceled, lifted = (time_in_words(suppression[name]) for name in ("canceledAt", "liftedAt"))
    sentences = (
        f"On {canceled}, the holder of the access token “viewer” cancelled the request.",
        "This was too late for the deletion: Mixpanel already had it",
        f"Since {lifted}, this request no longer suppresses the person",
    )
    said = [sentence for sentence in sentences if sentence in summary[-1]]
    assert (TOO_LATE["regulation"]["deletionContinues"], said) == (True, [*sentences])


def test_report_of_a_failure_has_what_to_do_and_until_when_ids_are_kept() -> None:
    """Thirty days after the failure."""
    report = failed_with_ids()
    [section] = [s for s in describe_report(report).sections if s.heading == "What to do next"]
    [items] = section.blocks
    assert isinstance(items, Items)
    kept = "The person's ids are stored until 10 February 2027, 00:00 UTC, for this purpose."
    assert (report["remains"]["identifiersUntil"], kept in items.sentences[1]) == (
        "2027-02-10T00:00:00Z",
        True,
    )


def failed_with_ids() -> dict[str, Any]:
    """The report of a failed regulation whose identifiers are still stored."""
    fakes = FakeDeletionDependencies()
    chunk = fakes.accept("ann")
    [task] = chunk.tasks
    task.state, task.status, task.task_id = RegulationState.FAILED, "FAILURE", "t-1"
    task.requested_at, task.ended_at = NOW + DAY, NOW + 10 * DAY
    view = view_regulation(chunk, "c-ann", now=NOW)
    return build_report(chunk, view, SuppressionEntry(), NOW + 11 * DAY)


def test_history_is_that_of_all_tasks_of_a_regulation() -> None:
    """In the order of time, with how often a note was repeated."""
    fakes = FakeDeletionDependencies()
    chunk = fakes.accept("ann")
    first, second = Task(1, ["c-ann"]), Task(2, ["c-ann"])
    for task, at, what in ((first, 30, "c"), (second, 10, "a"), (first, 20, "b"), (first, 40, "b")):
        task.note(at, what)
    first.history.sort(key=lambda note: int(note["at"]))
    chunk.tasks = [first, second]
    report = build_report(chunk, view_regulation(chunk, "c-ann", now=NOW), SuppressionEntry(), NOW)
    assert report["deletion"]["history"] == [
        {"at": "1970-01-01T00:00:10Z", "what": "a"},
        {"at": "1970-01-01T00:00:20Z", "what": "b", "times": 2, "lastAt": "1970-01-01T00:00:40Z"},
        {"at": "1970-01-01T00:00:30Z", "what": "c"},
    ]


def test_report_of_a_suppression_asks_nothing_of_mixpanel() -> None:
    """It has no deletion, and another title."""
    fakes = FakeDeletionDependencies()
    chunk = fakes.accept("ann", kind=RegulationType.SUPPRESS)
    view = view_regulation(chunk, "c-ann", now=NOW)
    document = describe_report(build_report(chunk, view, SuppressionEntry(events=1), NOW))
    headings = [section.heading for section in document.sections]
    assert (document.title, "What Mixpanel was asked to delete" in headings) == (
        "Suppression report",
        False,
    )


def rows_of(report: dict[str, Any], table: str) -> list[tuple[str, str]]:
    """The rows about a table, and the next one, of what remains."""
    rows = describe_remains(report).rows
    place = [row[0] for row in rows].index(table)
    return [(row[0], row[2]) for row in rows[place : place + 2]]


def test_report_says_that_times_of_updates_are_deleted() -> None:
    """When, and until when backups have them."""
    report = report_completed()
    [sentence] = [text for text in summarize(report) if "properties were last set" in text]
    assert (sentence, rows_of(report, "Table of profile updates")) == (
        (
            "On 1 January 2027, 01:00 UTC, rudder-mixpanel deleted what it had stored itself about "
            "the person's profile: when its properties were last set."
        ),
        [
            ("Table of profile updates", "deleted"),
            ("Backups of this table", "5 February 2027, 01:00 UTC"),
        ],
    )


@pytest.mark.parametrize(
    ("kind", "until"),
    [
        (RegulationType.SUPPRESS, "400 days after the last update, and some days"),
        (RegulationType.SUPPRESS_WITH_DELETE, "until Mixpanel is asked to delete"),
    ],
)
def test_report_says_until_when_times_of_updates_are_stored(
    kind: RegulationType, until: str
) -> None:
    """Of a user who is only suppressed they expire, as of everybody."""
    chunk = FakeDeletionDependencies().accept("ann", kind=kind)
    report = build_report(chunk, view_regulation(chunk, "c-ann", now=NOW), SuppressionEntry(), NOW)
    assert rows_of(report, "Table of profile updates")[0][1] == until


def test_record_of_an_earlier_version_says_nothing_of_times_of_updates() -> None:
    """It does not know of them."""
    report = report_completed()
    del report["remains"]["profileUpdateTimesDeletedAt"]
    tables = [row[0] for row in describe_remains(report).rows]
    assert "Table of profile updates" not in tables


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ("2026-11-27T03:30:09Z", "27 November 2026, 03:30 UTC"),
        ("2027-01-01T01:00:00+01:00", "1 January 2027, 00:00 UTC"),
        (None, "not yet"),
    ],
)
def test_times_are_words_with_their_zone(time: str | None, words: str) -> None:
    """As a person writes them."""
    assert time_in_words(time) == words


def test_steps_have_seconds() -> None:
    """Several may happen in one minute."""
    assert step_time_in_words("2026-11-27T03:30:09Z") == "27 November 2026, 03:30:09 UTC"


def test_report_of_a_forgotten_user_has_only_keyed_hashes() -> None:
    """The caller may see users, but the identifiers are deleted."""
    report = report_completed()
    attributes, remains = report["regulation"]["attributes"], report["remains"]
    assert (attributes, len(report["pseudonyms"]), remains["identifiersStored"]) == ({}, 2, False)
