"""The quotas of AWS and Mixpanel, and the rate of events at which each is reached."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from benchmarks.measured import mapped_bytes, used_by_batch, used_by_request
from benchmarks.memory import (
    BATCH,
    CONCURRENCY,
    delivery_memory,
    events_a_second,
    receiving_memory,
    seconds_of,
)
from benchmarks.tables import (
    NEW_TABLE_READS,
    NEW_TABLE_WRITES,
    TABLE_UNITS,
    busy_profile_rate,
    writes_an_event,
)
from rudder_mixpanel.aws.configuration import MAX_AGE

AWS: Final = "https://docs.aws.amazon.com/"
# SQS keeps this many messages of a standard queue in flight, and then gives out no more.
IN_FLIGHT: Final = 120_000
# For each batch that is delivered, another one may be gathered by a poller.
BATCHES_EACH: Final = 2
MIXPANEL_EVENTS: Final = 30_000
MIXPANEL_BYTES: Final = 2_000_000_000 / 60


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota: what it is by default, and the events a second that reach it; None if none does.

    `advice` says what to do. `source` is empty when nothing is known; not `confirmed` is a default
    that could not be read on the page named.
    """

    service: str
    name: str
    default: str
    rate: float | None
    advice: str
    source: str
    confirmed: bool = True


def most_concurrency(batch_size: int) -> int:
    """The highest MaximumConcurrency that leaves all batches within SQS's messages in flight."""
    return IN_FLIGHT // (BATCHES_EACH * batch_size)


def delivery_rate(concurrency: int) -> float:
    """The events a second that this many concurrent batches deliver."""
    return events_a_second(delivery_memory(), concurrency)


def receiving_rate(concurrency: int, events: int) -> float:
    """The events a second that this many concurrent requests bring in."""
    return concurrency * events / seconds_of(used_by_request(events), receiving_memory())


def quotas() -> Iterator[Quota]:
    """All quotas that events can reach, from the sender to Mixpanel."""
    yield from of_receiving()
    yield from of_eventbridge()
    yield from of_sqs()
    yield from of_lambda()
    yield from of_dynamodb()
    yield from of_the_rest()
    yield from of_mixpanel()


def of_receiving() -> Iterator[Quota]:
    """API Gateway, for a stack that receives events itself."""
    source = f"{AWS}apigateway/latest/developerguide/limits.html"
    requests = "raise `EventsRateLimit`; ask for *Throttle rate*; send more events a request"
    for size, number in ((1, 10_000), (100, 1_000_000)):
        yield Quota(
            "API Gateway",
            f"requests, with {size} event{'s' * (size > 1)} in each",
            "10,000 a second in an account and region; 2,500 in some regions",
            number,
            requests,
            source,
        )
    yield Quota(
        "this stack",
        "requests to the events API, with 1 event in each",
        "1,000 a second",
        1_000,
        "raise `EventsRateLimit`",
        "template.yaml",
    )
    yield Quota("API Gateway", "time for an answer", "29 s", None, "none needed", source)


def of_eventbridge() -> Iterator[Quota]:
    """EventBridge, through which RudderStack sends events."""
    source = f"{AWS}eventbridge/latest/userguide/eb-quota.html"
    yield Quota(
        "EventBridge",
        "PutEvents of an account, one event each",
        "10,000 a second in us-east-1, far fewer in smaller regions",
        10_000,
        "the bus is in your account: ask for *PutEvents throttle limit*",
        source,
    )
    yield Quota(
        "EventBridge",
        "invocations of targets",
        "18,750 a second in us-east-1, 1,100 in most regions, 750 in some",
        18_750,
        "what exceeds it is delayed, not lost: ask for *Invocations throttle limit*",
        source,
    )


def of_sqs() -> Iterator[Quota]:
    """SQS: a standard queue takes nearly any number of calls, and gives out a limited one."""
    source = f"{AWS}AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-limits.html"
    yield Quota("SQS", "calls, standard queue", "nearly unlimited", None, "none needed", source)
    yield Quota(
        "SQS",
        "messages in flight, while batches are delivered",
        f"{IN_FLIGHT:,} for a queue",
        delivery_rate(IN_FLIGHT // BATCH // BATCHES_EACH),
        "cannot be raised; `MaximumConcurrency` is bounded so that it is not reached",
        source,
    )
    yield Quota(
        "SQS",
        "messages in flight, when Mixpanel is down",
        f"{IN_FLIGHT:,} for a queue",
        None,
        "none needed: above 80,000, kept records go back to the queue with a delay",
        source,
    )


def of_lambda() -> Iterator[Quota]:
    """Lambda's concurrency, which all functions of an account and region share."""
    source = f"{AWS}lambda/latest/dg/gettingstarted-limits.html"
    ask = "ask for *Concurrent executions*; `doctor` says when it is too low"
    new = "10 in many new accounts"
    rate = delivery_rate(10)
    yield Quota("Lambda", "concurrent executions, all for delivery", new, rate, ask, source)
    for name, number in (("1,000", 1000), (new, 10)):
        yield Quota(
            "Lambda",
            "concurrent executions, all for requests with 1 event",
            name,
            receiving_rate(number, 1),
            ask,
            source,
        )
    yield Quota(
        "this stack",
        "one group that every batch updates, with `newer-wins`",
        "one batch at a time",
        busy_profile_rate(),
        "see [A busy profile](alarms.md#a-busy-profile); the others are not slower",
        "benchmarks/measured.py",
    )
    yield Quota(
        "this stack",
        "`MaximumConcurrency`",
        str(CONCURRENCY),
        delivery_rate(CONCURRENCY),
        "raise it, up to the bound; see the table above",
        "template.yaml",
    )


def of_dynamodb() -> Iterator[Quota]:
    """DynamoDB: what a new table takes, which doubles by itself within 30 minutes of use."""
    source = f"{AWS}amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"
    quotas_page = f"{AWS}amazondynamodb/latest/developerguide/ServiceQuotas.html"
    for name, writes in writes_an_event().items():
        yield Quota(
            "DynamoDB",
            f"writes of a new table: {name}",
            f"{NEW_TABLE_WRITES:,} units a second, then twice the peak",
            NEW_TABLE_WRITES / writes,
            "none needed: throttled writes are repeated, or their events wait; or warm it up",
            source,
        )
        yield Quota(
            "DynamoDB",
            f"writes of a table: {name}",
            f"{TABLE_UNITS:,} units a second",
            TABLE_UNITS / writes,
            "ask for *Table-level write throughput limit*",
            quotas_page,
        )
    reads = used_by_batch(BATCH, 0.0).reads / BATCH
    yield Quota(
        "DynamoDB",
        "reads of a new table, for suppressed users",
        f"{NEW_TABLE_READS:,} units a second, then twice the peak",
        NEW_TABLE_READS / reads,
        "none needed: throttled reads are repeated, or the events wait; or warm it up",
        source,
    )
    yield Quota(
        "DynamoDB",
        "reads of a table, for suppressed users",
        f"{TABLE_UNITS:,} units a second",
        TABLE_UNITS / reads,
        "ask for *Table-level read throughput limit*",
        quotas_page,
    )


def of_the_rest() -> Iterator[Quota]:
    """Services of which each invocation needs little."""
    invocation = BATCH * 1.0
    yield Quota(
        "CloudWatch Logs",
        "PutLogEvents",
        "5,000 a second in most regions, 1,500 in others",
        None,
        "far away: Lambda writes the lines of an invocation together",
        f"{AWS}AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
        confirmed=False,
    )
    yield Quota(
        "Secrets Manager",
        "GetSecretValue",
        "10,000 a second",
        10_000 * MAX_AGE * invocation,
        "far away: a container reads its credentials once a minute",
        f"{AWS}secretsmanager/latest/userguide/reference_limits.html",
        confirmed=False,
    )
    yield Quota(
        "SSM",
        "GetParameter",
        "40 a second",
        None,
        "far away: once a minute for each container, so 2,400 containers",
        f"{AWS}general/latest/gr/ssm.html",
        confirmed=False,
    )
    yield Quota(
        "KMS",
        "Decrypt, for the keys of tables and secrets",
        "unknown for AWS-managed keys",
        None,
        "far away: DynamoDB asks once in 5 minutes for each connection",
        "",
    )
    yield Quota(
        "SNS", "messages to the alarms' topic", "unknown", None, "only alarms are published", ""
    )


def of_mixpanel() -> Iterator[Quota]:
    """What Mixpanel takes of one project."""
    source = "https://developer.mixpanel.com/reference/import-events"
    advice = "ask Mixpanel; its 429 answers slow delivery down, and events wait on the queue"
    body = mapped_bytes()
    yield Quota(
        "Mixpanel", "events of a project", "30,000 a second", MIXPANEL_EVENTS, advice, source
    )
    yield Quota(
        "Mixpanel",
        f"bytes of a project, before compression, {body:,.0f} an event",
        "2 GB a minute",
        MIXPANEL_BYTES / body,
        advice,
        source,
    )
    yield Quota("Mixpanel", "profile updates", "unknown", None, advice, "")
    yield Quota(
        "Mixpanel",
        "deletion requests of a project",
        "1 a second, for 1,999 users each",
        None,
        "none needed: one function asks, once a second",
        "https://developer.mixpanel.com/reference/gdpr-api",
    )
