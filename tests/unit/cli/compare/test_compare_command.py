"""`rudder-mixpanel compare`, with files and with a stack that exports from the emulator."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from mixpanel_emulator import Emulator, Project
from rudder_mixpanel_cli.command import app
from rudder_mixpanel_cli.compare.expected import expected_of
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.raw_export import download
from rudder_mixpanel_cli.times import current_time
from tests.build import config, destination, track
from tests.fakes.moto_stack import deploy_stack
from tests.reconciliation.environment import put_settings, send
from tests.unit.cli.compare.delivered import CALLS, SENT_BY_RUDDERSTACK
from tests.unit.cli.compare.sides import ARRIVAL, Row, row_of

STACK = "prod"
PROJECT = Project(export_delay_seconds=0, exports_per_second=0)
SETTINGS = config(groupKeySettings=["company"])
DELIVERED = "".join(f"{json.dumps(call)}\n" for call in CALLS)

# The command, and then the most memory of this process, in kilobytes
MEASURED = """
import pathlib, re, sys
from rudder_mixpanel_cli.command import main
try:
    main()
finally:
    print(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
"""


class Files:
    """The files of a comparison."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[Row] = [row_of(payload) for payload in SENT_BY_RUDDERSTACK]
        self.write("config.json", json.dumps(SETTINGS))
        self.write("events.jsonl", DELIVERED)

    def write(self, name: str, text: str) -> Path:
        """Write one."""
        (self.folder / name).write_text(text)
        return self.folder / name

    @property
    def export(self) -> Path:
        """The export with the rows as they are now, compressed."""
        path = self.folder / "export.gz"
        path.write_bytes(
            gzip.compress("".join(f"{json.dumps(row)}\n" for row in self.rows).encode())
        )
        return path

    def compare(self, *options: str, export: Path | None = None) -> Result:
        """Run the command."""
        words = ["compare", str(self.folder / "events.jsonl"), *options]
        words += ["--destination", str(self.folder / "config.json")]
        return CliRunner().invoke(app, [*words, "--export", str(export or self.export)])


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """What RudderStack delivered, and an export that has all of it."""
    return Files(tmp_path)


def test_everything_explained_is_status_0(files: Files) -> None:
    """Each difference stands under the decision that explains it."""
    done = files.compare()
    assert done.exit_code == 0
    assert done.stdout.splitlines()[:5] == [
        "events        6 in the input",
        "Mixpanel      5 in the export",
        "compared      5, of which 1 are equal",
        "not compared  3 updates of profiles: an export of events does not have them",
        "unexplained   0",
    ]
    page = done.stdout.partition("Explained: Name of page events")[2].splitlines()
    assert page[1:4] == [
        "  there: Loaded a Page",
        "  here:  Page",
        "  1  event: another value  (such as web:2026:7f1a0f6e-0002-4000-8000-000000000002)",
    ]


def test_difference_without_an_explanation_is_status_1(files: Files) -> None:
    """It comes first, without the values."""
    files.rows[0]["properties"]["plan"] = "s3cret"
    done = files.compare()
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[lines.index("Unexplained:") + 1] == (
        "  1  properties.plan: another value  (such as 7f1a0f6e-0001-4000-8000-000000000001)"
    )
    assert "s3cret" not in done.output


def test_values_are_shown_on_request(files: Files) -> None:
    """Both of them."""
    files.rows[0]["properties"]["plan"] = "s3cret\x1b[2J"
    shown = files.compare("--show-values").stdout
    assert '    mixpanel: "s3cret\\u001b[2J", here: "pro"' in shown.splitlines()


def test_missing_event_is_status_1(files: Files) -> None:
    """With its messageId; what the input does not have is listed by name."""
    files.rows[0]["properties"] |= {"$insert_id": "x", "time": ARRIVAL - 9_000}
    done = files.compare()
    assert done.exit_code == 1
    assert "Missing in Mixpanel, unexplained:" in done.stdout
    assert done.stdout.splitlines()[-2:] == [
        "In Mixpanel and not in the input, on the same days:",
        "  1  Order Completed",
    ]


def test_names_that_may_be_personal_are_withheld(files: Files) -> None:
    """Of properties and of events, unless values are shown."""
    files.rows[0]["properties"]["ann@example.com"] = 1
    files.rows.append(row_of({"event": "Order 123456", "properties": {"$insert_id": "n"}}))
    hidden, shown = files.compare().stdout, files.compare("--show-values").stdout
    assert ("properties.(name withheld): only in Mixpanel" in hidden, "ann@" in hidden) == (
        True,
        False,
    )
    assert ("123456" in hidden, "properties.ann@example.com" in shown) == (False, True)


def test_json_has_all_of_it(files: Files) -> None:
    """For a program."""
    files.rows[0]["properties"]["plan"] = "free"
    found = json.loads(files.compare("--json").stdout)
    counts = {name: found[name] for name in ("events", "compared", "missing", "unexplained")}
    assert counts == {"events": 6, "compared": 5, "missing": 0, "unexplained": 1}
    (unexplained,) = (each for each in found["differences"] if each["explanation"] is None)
    assert unexplained == {
        "path": "properties.plan",
        "change": "another value",
        "events": 1,
        "explanation": None,
        "examples": [{"messageId": "7f1a0f6e-0001-4000-8000-000000000001"}],
    }


def test_json_counts_rejected_events_by_code(files: Files) -> None:
    """Which are members of an enumeration inside."""
    files.write("events.jsonl", DELIVERED + json.dumps(track(event=None)))
    assert json.loads(files.compare("--json").stdout)["rejected"] == {"MISSING_EVENT_NAME": 1}


@pytest.mark.parametrize("ending", [b"terminated early\n", b'{"event": "a", "prop'])
def test_broken_export_is_status_2(files: Files, ending: bytes) -> None:
    """Nothing can be concluded from it."""
    broken = files.folder / "broken.jsonl"
    broken.write_bytes(gzip.decompress(files.export.read_bytes()) + ending)
    done = files.compare(export=broken)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{broken}: the export is not complete: " in done.stderr


def test_cut_gzip_is_status_2(files: Files) -> None:
    """As any export that is not whole."""
    cut = files.folder / "cut.gz"
    cut.write_bytes(files.export.read_bytes()[:-9])
    assert files.compare(export=cut).exit_code == 2


def test_input_without_events_is_status_2(files: Files) -> None:
    """There is nothing to compare."""
    files.write("events.jsonl", json.dumps({"type": "identify", "userId": "u"}))
    done = files.compare()
    assert (done.exit_code, done.stderr) == (
        2,
        "rudder-mixpanel: the input has no event that an export of Mixpanel could have\n",
    )


def test_unreadable_event_is_status_2(files: Files) -> None:
    """It could not be compared, and its place is named."""
    path = files.write("events.jsonl", f"{DELIVERED}{{\n")
    done = files.compare()
    assert done.exit_code == 2
    assert f"{path}, line 7: not JSON at position 1" in done.stderr
    assert "unreadable    1" in done.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--service-account", "ann"), "expected --export or --service-account and --project-id"),
        (("--time-zone", "Nowhere"), "--time-zone: expected a name such as Europe/Berlin"),
        (("--export", "none.jsonl"), "none.jsonl: No such file or directory"),
    ],
)
def test_wrong_option_is_status_2(files: Files, options: tuple[str, ...], message: str) -> None:
    """With what was expected."""
    done = files.compare(*options)
    assert (done.exit_code, message in done.stderr) == (2, True), done.stderr


def test_export_needs_an_account(files: Files) -> None:
    """A destination's file has none that may export."""
    words = ["compare", "--destination", str(files.folder / "config.json")]
    done = CliRunner().invoke(app, words, input=DELIVERED)
    assert (done.exit_code, "expected --export FILE, or --service-account" in done.stderr) == (
        2,
        True,
    )


def test_times_of_an_older_project_are_of_its_zone(files: Files) -> None:
    """Without the zone each time is another one."""
    for row in files.rows:
        row["properties"]["time"] += 3_600_000
        row["properties"]["$mp_api_timestamp_ms"] += 0
    there = files.compare("--time-zone", "Europe/Berlin")
    assert (there.exit_code, files.compare().exit_code) == (0, 1)


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Mixpanel, and a stack that delivers to it."""
    monkeypatch.setattr(download, "BETWEEN_REQUESTS", 0)
    aws = mock_aws(config={"lambda": {"use_docker": False}})
    with Emulator(project=PROJECT) as running, aws:
        deploy_stack(STACK, MixpanelBaseUrl=f"{running.url}/us", LogRetentionDays="30")
        stack = DeployedStack(STACK)
        account = PROJECT.service_accounts[0]
        credentials = {
            "token": PROJECT.token,
            "serviceAccountUserName": account.username,
            "serviceAccountSecret": account.secret,
            "projectId": PROJECT.project_id,
        }
        boto3.client("secretsmanager").put_secret_value(
            SecretId=stack.output("CredentialsSecretName"), SecretString=json.dumps(credentials)
        )
        put_settings(stack, {"dataResidency": "us", "compatibility": "none"})
        yield running


def recent(**changes: Any) -> dict[str, Any]:
    """A call of yesterday."""
    at = (current_time() - timedelta(days=1)).isoformat()
    return track(timestamp=at, receivedAt=at, context={"ip": "203.0.113.7"}, **changes)


def test_stack_is_compared_with_its_project(emulator: Emulator) -> None:
    """Its service account exports the days of the events."""
    calls = [recent(messageId=f"m-{number}", userId=f"u-{number}") for number in range(20)]
    to = destination()
    payloads = [each for call in calls for each in expected_of(call, to, ARRIVAL).events]
    send(emulator, payloads)
    text = "".join(f"{json.dumps(call)}\n" for call in calls)
    words = ["compare", "--stack", STACK, "--json"]
    found = json.loads(CliRunner().invoke(app, words, input=text).stdout)
    assert (found["equal"], found["unexplained"], found["notInInput"]) == (20, 0, {})
    one_less = text.partition("\n")[2]
    less = json.loads(CliRunner().invoke(app, words, input=one_less).stdout)
    assert (less["equal"], less["notInInput"]) == (19, {"Order Completed": 1})


def test_memory_does_not_grow_with_events(files: Files) -> None:
    """40,000 events take as much as few."""
    call, row = json.dumps(CALLS[0]), json.dumps(files.rows[0])
    ids = [f"7f1a0f6e-{number:08}" for number in range(40_000)]
    known = CALLS[0]["messageId"]
    files.write("events.jsonl", "".join(call.replace(known, each) + "\n" for each in ids))
    export = files.write("export.jsonl", "".join(row.replace(known, each) + "\n" for each in ids))
    words = [str(files.folder / "events.jsonl"), "--json", "--export", str(export)]
    words += ["--destination", str(files.folder / "config.json")]
    command = [sys.executable, "-c", MEASURED, "compare", *words]
    done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - our own command
    found, peak = done.stdout.splitlines()
    assert (json.loads(found)["equal"], int(peak) < 200_000) == (40_000, True), peak


def test_row_that_is_no_json_here_is_status_2(files: Files) -> None:
    """Mixpanel stores none that is nested so deeply."""
    nested: Any = []
    for _ in range(1100):
        nested = [nested]
    files.rows.append({"event": "e", "properties": {"time": 1, "x": nested}})
    done = files.compare()
    assert (done.exit_code, "an event of the export cannot be read" in done.stderr) == (2, True)
