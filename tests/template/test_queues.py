"""Queues: visibility timeouts, retention, and dead-letter queues; and the tables."""

from datetime import timedelta
from typing import Any

import pytest

from rudder_mixpanel.aws.sqs import BODY_BYTES
from rudder_mixpanel.delivery.backoff import MAX_KEPT, record_backoff
from rudder_mixpanel.delivery.record import Record
from rudder_mixpanel.delivery.sender import TIME_FOR_A_REQUEST
from rudder_mixpanel.mixpanel.batching import LIMITS
from tests.build import sqs_record
from tests.template.stack import Stack, target

FORTNIGHT = 14 * 24 * 60 * 60
RETAINED = {
    "AWS::DynamoDB::Table",
    "AWS::Logs::LogGroup",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
}


def test_every_mapping_connects_a_queue_and_a_function_of_this_stack(stack: Stack) -> None:
    """The event source and the function exist."""
    functions = [function for _, _, function in stack.queues_and_functions()]
    assert stack.of_type("AWS::Lambda::Function")["DeliverEventsFunction"] in functions


def test_every_visibility_timeout_is_long_enough(stack: Stack) -> None:
    """Six times the function's timeout, plus the batching window."""
    too_short = [
        queue
        for mapping, queue, function in stack.queues_and_functions()
        if queue["VisibilityTimeout"]
        < 6 * function["Timeout"] + mapping.get("MaximumBatchingWindowInSeconds", 0)
    ]
    assert too_short == []


def test_every_timeout_allows_two_requests(stack: Stack) -> None:
    """The lanes in parallel, and then the counters."""
    timeouts = [1000 * function["Timeout"] for _, _, function in stack.queues_and_functions()]
    assert [timeout for timeout in timeouts if timeout <= 2 * TIME_FOR_A_REQUEST] == []


def receives_within(seconds: float) -> int:
    """How often a record is received, at most, while it is kept for this time."""
    receives, passed = 0, 0
    sent = Record.of(sqs_record({})).first_sent
    while passed <= seconds:
        receives += 1
        record = sqs_record({}, "", ApproximateReceiveCount=str(receives))
        passed += record_backoff(Record.of(record), sent + timedelta(seconds=passed))
    return receives


def test_valid_event_never_reaches_the_dead_letter_queue(stack: Stack) -> None:
    """A day of outage is about a hundred receives; it expires long before the limit."""
    limit = stack.of_type("AWS::SQS::Queue")["EventsQueue"]["RedrivePolicy"]["maxReceiveCount"]
    counts = (receives_within(86_400), receives_within(MAX_KEPT.total_seconds()))
    assert (counts, counts[1] < limit, MAX_KEPT.total_seconds() < FORTNIGHT) == (
        (100, 868),
        True,
        True,
    )


def test_every_mapping_reports_failed_messages(stack: Stack) -> None:
    """A function returns the messages to keep, instead of keeping all or none."""
    without_report = [
        mapping
        for mapping, _, _ in stack.queues_and_functions()
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]
    ]
    assert without_report == []


def test_every_batch_has_a_valid_size_and_a_window(stack: Stack) -> None:
    """More than ten need a batching window, and Lambda allows at most 10,000."""
    invalid = [
        mapping
        for mapping, queue, _ in stack.queues_and_functions()
        if not queue.get("FifoQueue")
        if not 10 <= mapping["BatchSize"] <= 10_000 or mapping["MaximumBatchingWindowInSeconds"] < 1
    ]
    assert invalid == []


def test_messages_of_a_fifo_queue_come_one_at_a_time(stack: Stack) -> None:
    """So that only one invocation runs at a time."""
    sizes = [
        mapping["BatchSize"]
        for mapping, queue, _ in stack.queues_and_functions()
        if queue.get("FifoQueue")
    ]
    assert sizes == [1]


def test_a_batch_of_events_is_one_request(stack: Stack) -> None:
    """A full batch of single events fits into one request to Mixpanel."""
    sizes = [mapping["BatchSize"] for mapping, _, _ in stack.queues_and_functions()]
    assert max(sizes) <= LIMITS["import"].operations


def test_every_queue_has_a_dead_letter_queue_or_a_reason(stack: Stack) -> None:
    """A queue has a dead-letter queue, is one, or says why it needs none."""
    without = [
        name
        for name, queue in stack.of_type("AWS::SQS::Queue").items()
        if "RedrivePolicy" not in queue
        and name not in stack.dead_letter_queues()
        and not stack.resources[name].get("Metadata", {}).get("WithoutDeadLetterQueue")
    ]
    assert without == []


def test_every_dead_letter_queue_exists(stack: Stack) -> None:
    """Each one that is named is a queue of this stack."""
    assert stack.dead_letter_queues() <= stack.of_type("AWS::SQS::Queue").keys()


def test_every_queue_is_encrypted_and_keeps_its_messages(stack: Stack) -> None:
    """With SQS's own key, which EventBridge can use, and the maximum retention."""
    queues = stack.of_type("AWS::SQS::Queue")
    kept = {name for name in queues if not without_retention(stack.resources[name])}
    actual = {
        name: (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"] == FORTNIGHT)
        for name, queue in queues.items()
    }
    assert actual == {name: (True, name in kept) for name in queues}


def without_retention(resource: dict[str, Any]) -> bool:
    """Whether a resource says why its content need not survive."""
    return bool(resource.get("Metadata", {}).get("WithoutRetention"))


def test_every_event_fits_the_rejected_queue_with_its_reason(stack: Stack) -> None:
    """The events queue accepts no event that the rejected queue could not hold."""
    assert stack.of_type("AWS::SQS::Queue")["EventsQueue"]["MaximumMessageSize"] == BODY_BYTES


def test_data_is_retained_when_the_stack_is_deleted(stack: Stack) -> None:
    """Queues, tables, secrets and logs stay, unless it is their own creation that fails."""
    kept = {
        name: resource
        for name, resource in stack.resources.items()
        if resource["Type"] in RETAINED and not without_retention(resource)
    }
    actual = {
        name: (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
        for name, resource in kept.items()
    }
    assert actual == dict.fromkeys(kept, ("RetainExceptOnCreate", "Retain"))


def test_without_a_bus_there_are_no_resources_for_eventbridge(expanded: dict[str, Any]) -> None:
    """No rule, and no other permission to write to a queue."""
    stack = Stack(expanded, {"EventBusName": ""})
    rules = set(stack.of_type("AWS::Events::Rule"))
    assert (rules, writable_queues(stack)) == (
        {"DeletionsSchedule"},
        {"DeletionsQueue", "UndeliveredByScheduleQueue"},
    )


def test_with_a_bus_its_events_reach_the_queue(expanded: dict[str, Any]) -> None:
    """Only RudderStack's events on that bus go to the events queue."""
    rule = Stack(expanded, {"EventBusName": "rudder"}).of_type("AWS::Events::Rule")["EventsRule"]
    targets = [target(item["Arn"]) for item in rule["Targets"]]
    assert (rule["EventBusName"], rule["EventPattern"], targets) == (
        {"Ref": "EventBusName"},
        {"source": ["rudderstack"]},
        ["EventsQueue"],
    )


def test_with_a_bus_the_rule_may_write_to_both_queues(expanded: dict[str, Any]) -> None:
    """To the events queue, and to the one for events that it could not deliver."""
    assert writable_queues(Stack(expanded, {"EventBusName": "rudder"})) == {
        *("EventsQueue", "UndeliveredByEventBridgeQueue"),
        *("DeletionsQueue", "UndeliveredByScheduleQueue"),
    }


def queue_statements(stack: Stack, effect: str) -> list[dict[str, Any]]:
    """The statements of all queue policies with an effect."""
    return [
        statement
        for policy in stack.of_type("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == effect
    ]


def writable_queues(stack: Stack) -> set[str]:
    """The queues to which somebody may send by their policy."""
    return {target(statement["Resource"]) for statement in queue_statements(stack, "Allow")}


def test_every_queue_has_one_policy(stack: Stack) -> None:
    """A second one would replace the first: a queue has one policy, whoever wrote it last."""
    policies = stack.of_type("AWS::SQS::QueuePolicy").values()
    with_policy = [target(queue) for policy in policies for queue in policy["Queues"]]
    assert sorted(with_policy) == sorted(stack.of_type("AWS::SQS::Queue"))


def test_every_queue_denies_requests_without_tls(stack: Stack) -> None:
    """Of everybody, for all actions; each policy is about the queue that has it."""
    denied = {
        target(queue): [
            statement
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny"
        ]
        for policy in stack.of_type("AWS::SQS::QueuePolicy").values()
        for queue in policy["Queues"]
    }
    assert denied == {
        name: [
            {
                "Sid": "OnlyWithTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": {"Fn::GetAtt": [name, "Arn"]},
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]
        for name in stack.of_type("AWS::SQS::Queue")
    }


def test_schedule_gives_up_within_minutes_and_leaves_a_message(stack: Stack) -> None:
    """In a standard queue: EventBridge refuses a FIFO queue here."""
    schedule = stack.of_type("AWS::Events::Rule")["DeletionsSchedule"]
    [rule_target] = schedule["Targets"]
    dead_letters = target(rule_target["DeadLetterConfig"]["Arn"])
    queue = stack.of_type("AWS::SQS::Queue")[dead_letters]
    assert (rule_target["RetryPolicy"], dead_letters, queue.get("FifoQueue")) == (
        {"MaximumEventAgeInSeconds": 300},
        "UndeliveredByScheduleQueue",
        None,
    )


def test_only_the_rule_may_send_to_queues(stack: Stack) -> None:
    """A queue policy allows EventBridge, for one rule, and no other sender."""
    others = [
        statement
        for statement in queue_statements(stack, "Allow")
        if statement["Principal"] != {"Service": "events.amazonaws.com"}
        or statement["Action"] != "sqs:SendMessage"
        or statement["Condition"]
        != {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule_of(statement), "Arn"]}}}
    ]
    assert others == []


def rule_of(statement: dict[str, Any]) -> str:
    """The rule that may send to the queue of a statement."""
    from_schedule = {"DeletionsQueue", "UndeliveredByScheduleQueue"}
    return "DeletionsSchedule" if target(statement["Resource"]) in from_schedule else "EventsRule"


def test_every_retained_resource_has_the_names_of_its_stack_and_of_itself(stack: Stack) -> None:
    """By these tags, it is found when the stack is gone; AWS adds none to queues and tables."""
    kept = {
        name: resource["Properties"].get("Tags")
        for name, resource in stack.resources.items()
        if resource["Type"] in RETAINED and not without_retention(resource)
    }
    tag = {"Key": "rudder-mixpanel:stack", "Value": {"Ref": "AWS::StackName"}}
    assert kept == {
        name: [tag, {"Key": "rudder-mixpanel:resource", "Value": name}] for name in kept
    }


@pytest.mark.parametrize(("protection", "protected"), [("no", False), ("yes", True)])
def test_every_table_is_protected(
    expanded: dict[str, Any], protection: str, *, protected: bool
) -> None:
    """Encrypted, with point-in-time recovery and, if asked for, deletion protection."""
    tables = Stack(expanded, {"Protection": protection}).of_type("AWS::DynamoDB::Table")
    actual = {
        name: (
            table["SSESpecification"],
            table["PointInTimeRecoverySpecification"],
            table["DeletionProtectionEnabled"],
        )
        for name, table in tables.items()
    }
    recoverable = {"PointInTimeRecoveryEnabled": True}
    assert actual == dict.fromkeys(tables, ({"SSEEnabled": True}, recoverable, protected))


def test_every_table_has_a_time_to_live_or_a_reason(stack: Stack) -> None:
    """A table whose items must not expire says why."""
    without_expiry = [
        name
        for name, table in stack.of_type("AWS::DynamoDB::Table").items()
        if not table.get("TimeToLiveSpecification", {}).get("Enabled")
        and not stack.resources[name].get("Metadata", {}).get("WithoutTimeToLive")
    ]
    assert without_expiry == []
