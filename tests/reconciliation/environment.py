"""The emulator and the stack in which a plan has happened."""

import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import batched
from typing import Any, Final

import boto3
import httpx

from mixpanel_emulator import Emulator, Project
from rudder_mixpanel.delivery.receipts import (
    ReceiptList,
    add_to_line,
    date_of,
    receipt_hashes,
    receipt_lines,
)
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.reconcile.day_numbers import day_of
from tests.fakes.clock import Clock
from tests.fakes.moto_stack import deploy_stack
from tests.reconciliation.merges import event_of, identity_event
from tests.reconciliation.plan import (
    EXPORT_DELAY,
    MISSING_ROWS,
    NAMES,
    WITHOUT_MERGES,
    WITHOUT_ROW,
    Plan,
    PlannedEvent,
    PlannedOutcome,
)

STACK: Final = "prod"
BATCH: Final = 2_000
# Of a project that was created before 2023
ZONE: Final = "Pacific/Auckland"
TOKEN: Final = Project().token
ACCOUNT: Final = Project().service_accounts[0]


def project(zone: str) -> Project:
    """A project, with the time zone of an older one unless it is UTC."""
    return Project(
        timezone=zone,
        created=date(2025, 9, 1) if zone == "UTC" else date(2020, 1, 1),
        export_delay_seconds=EXPORT_DELAY,
        # Its clock stands still, so that all requests are of one second.
        exports_per_second=0,
        records_per_minute=10**9,
        bytes_per_minute=10**12,
        hidden_events=(NAMES[PlannedOutcome.HIDDEN],),
        dropped_events=(NAMES[PlannedOutcome.DROPPED],),
    )


def store_events(emulator: Emulator, clock: Clock, plan: Plan) -> None:
    """Send the events to Mixpanel as they were delivered: the late ones last."""
    clock.advance((plan.timely_at - clock()).total_seconds())
    emulator.fault("records_swallowed", contains=f'"outcome":"{PlannedOutcome.SWALLOWED}"')
    timely = (event for event in plan if event.outcome is not PlannedOutcome.LATE)
    send(emulator, (payload_of(event, plan) for event in timely))
    send(emulator, (second for event in plan if (second := event.second_payload())))
    emulator.clear_faults()
    clock.advance((plan.late_at - clock()).total_seconds())
    send(emulator, (event.payload() for event in plan if event.outcome is PlannedOutcome.LATE))
    clock.advance((plan.now - clock()).total_seconds())


def payload_of(event: PlannedEvent, plan: Plan) -> dict[str, Any]:
    """What is sent of an event first."""
    if event.outcome is PlannedOutcome.MERGED:
        return identity_event(event, plan.now).payload
    return event.payload()


def fault_export(emulator: Emulator, fault: str) -> None:
    """Have every export do something with the unlucky rows, or leave out identity events."""
    if fault == WITHOUT_MERGES:
        emulator.fault(MISSING_ROWS, contains='{"event":"$')
    else:
        emulator.fault(fault, contains=f'"outcome":"{PlannedOutcome.UNLUCKY}"')


def send(emulator: Emulator, payloads: Iterable[dict[str, Any]]) -> None:
    """Import events, as delivery does."""
    with httpx.Client(base_url=emulator.url, trust_env=False, timeout=60) as http:
        for batch in batched(payloads, BATCH, strict=False):
            http.post(
                "/import",
                params={"strict": 1, "project_id": "1"},
                auth=(ACCOUNT.username, ACCOUNT.secret),
                headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
                content=gzip.compress(json.dumps(batch).encode(), 1),
            ).raise_for_status()


def deploy(emulator: Emulator) -> DeployedStack:
    """A stack that delivers to the emulator."""
    deploy_stack(STACK, MixpanelBaseUrl=f"{emulator.url}/us", LogRetentionDays="30")
    stack = DeployedStack(STACK)
    credentials = {
        "token": TOKEN,
        "serviceAccountUserName": ACCOUNT.username,
        "serviceAccountSecret": ACCOUNT.secret,
        "projectId": "1",
    }
    boto3.client("secretsmanager").put_secret_value(
        SecretId=stack.output("CredentialsSecretName"), SecretString=json.dumps(credentials)
    )
    put_settings(stack, {"dataResidency": "us"})
    return stack


def put_settings(stack: DeployedStack, settings: dict[str, Any]) -> None:
    """Write the settings of a stack."""
    boto3.client("ssm").put_parameter(
        Name=stack.output("SettingsParameterName"),
        Value=json.dumps(settings),
        Type="String",
        Overwrite=True,
    )


def log_receipts(stack: DeployedStack, plan: Plan) -> None:
    """Write the receipts into the log, as deliver_events does; some invocations are repeated."""
    apart = {PlannedOutcome.LATE, PlannedOutcome.FOREIGN, PlannedOutcome.MERGED}
    timely = (event for event in plan if event.outcome not in apart)
    for number, batch in enumerate(batched(timely, BATCH, strict=False)):
        at = datetime.fromtimestamp(batch[-1].time / 1000, UTC)
        put_line(stack, at, receipts_of(batch))
        if number % 10 == 0:
            put_line(stack, at + timedelta(minutes=5), receipts_of(batch))
    late = (event for event in plan if event.outcome is PlannedOutcome.LATE)
    for late_batch in batched(late, BATCH, strict=False):
        put_line(stack, plan.late_at, receipts_of(late_batch))
    merged = (event for event in plan if event.outcome is PlannedOutcome.MERGED)
    for merged_batch in batched(merged, BATCH, strict=False):
        at = datetime.fromtimestamp(merged_batch[-1].time / 1000, UTC)
        for fields in receipt_lines(event_of(event, plan.now) for event in merged_batch):
            put_line(stack, at, {"level": "INFO", "message": "receipts", **fields})


def receipts_of(events: Iterable[PlannedEvent]) -> dict[str, Any]:
    """The fields of a line with the receipts of some events."""
    line: dict[str, Any] = {"level": "INFO", "message": "receipts"}
    for kind, day, ids in lists_of(events):
        add_to_line(line, kind, date_of(day), receipt_hashes(ids))
    return line


def lists_of(events: Iterable[PlannedEvent]) -> Iterator[tuple[ReceiptList, int, list[str]]]:
    """The ids by day; every seventh event is partly delivered."""
    for event in events:
        kind = ReceiptList.DELIVERED if event.number % 7 else ReceiptList.PARTLY_DELIVERED
        yield kind, day_of(event.time), [event.insert_id]


def put_line(stack: DeployedStack, at: datetime, line: dict[str, Any]) -> None:
    """Write a line at a time."""
    logs, group = boto3.client("logs"), stack.output("DeliverEventsLogGroupName")
    name = f"{at:%Y/%m/%d}"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name)
    if not streams["logStreams"]:
        logs.create_log_stream(logGroupName=group, logStreamName=name)
    logs.put_log_events(
        logGroupName=group,
        logStreamName=name,
        logEvents=[
            {"timestamp": round(at.timestamp() * 1000), "message": json.dumps(fields)}
            for fields in (line, {"message": "batch processed"})
        ],
    )


def rows_of(plan: Plan) -> int:
    """How many rows the project has, with those of the days around."""
    return sum(
        (event.outcome not in WITHOUT_ROW) + (event.second_payload() is not None) for event in plan
    )
