"""Queues: how long they hide, how long they keep, and where their failures go."""

from typing import Any

from rudder_mixpanel.aws.sqs import BODY_BYTES
from rudder_mixpanel.delivery.disposition import PATIENCE
from rudder_mixpanel.delivery.record import Record
from rudder_mixpanel.delivery.sender import TIME_FOR_A_REQUEST
from rudder_mixpanel.mixpanel.batching import LIMITS
from tests.build import sqs_record
from tests.template.stack import Stack, target

FORTNIGHT = 14 * 24 * 60 * 60
FORGOTTEN_BY_NOBODY = {
    "AWS::DynamoDB::Table",
    "AWS::Logs::LogGroup",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
}


def test_every_mapping_joins_a_queue_and_a_function_of_this_stack(stack: Stack) -> None:
    """An event source is one of our queues, spelt right, and its function is one of ours."""
    functions = [function for _, _, function in stack.queues_and_functions()]
    assert stack.of_type("AWS::Lambda::Function")["DeliverEventsFunction"] in functions


def test_every_queue_outlives_its_function(stack: Stack) -> None:
    """A queue hides a message six times as long as its function may run, and the window."""
    short = [
        queue
        for mapping, queue, function in stack.queues_and_functions()
        if queue["VisibilityTimeout"]
        < 6 * function["Timeout"] + mapping.get("MaximumBatchingWindowInSeconds", 0)
    ]
    assert short == []


def test_every_lane_and_then_the_counters_have_their_time(stack: Stack) -> None:
    """An invocation is long enough for two requests, one after the other."""
    timeouts = [1000 * function["Timeout"] for _, _, function in stack.queues_and_functions()]
    assert [timeout for timeout in timeouts if timeout <= 2 * TIME_FOR_A_REQUEST] == []


def receives_within(seconds: float) -> int:
    """How often a record is received at most while it is kept for so long."""
    receives, passed = 0, 0
    while passed <= seconds:
        receives += 1
        record = sqs_record({}, "", ApproximateReceiveCount=str(receives))
        passed += Record.of(record).backoff()
    return receives


def test_a_good_event_never_dies(stack: Stack) -> None:
    """A day of outage is about a hundred receives; it expires long before SQS gives it up."""
    most = stack.of_type("AWS::SQS::Queue")["EventsQueue"]["RedrivePolicy"]["maxReceiveCount"]
    counts = (receives_within(86_400), receives_within(PATIENCE.total_seconds()))
    assert (counts, counts[1] < most, PATIENCE.total_seconds() < FORTNIGHT) == (
        (100, 868),
        True,
        True,
    )


def test_every_mapping_reports_what_failed(stack: Stack) -> None:
    """A function tells the queue which messages to keep, instead of all or none."""
    silent = [
        mapping
        for mapping, _, _ in stack.queues_and_functions()
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]
    ]
    assert silent == []


def test_every_batch_is_worth_a_request(stack: Stack) -> None:
    """A batch of more than ten needs a window to fill in, and Lambda takes at most 10,000."""
    odd = [
        mapping
        for mapping, queue, _ in stack.queues_and_functions()
        if not queue.get("FifoQueue")
        if not 10 <= mapping["BatchSize"] <= 10_000 or mapping["MaximumBatchingWindowInSeconds"] < 1
    ]
    assert odd == []


def test_messages_in_order_come_one_at_a_time(stack: Stack) -> None:
    """A queue that keeps order hands out one message, and nobody else runs meanwhile."""
    sizes = [
        mapping["BatchSize"]
        for mapping, queue, _ in stack.queues_and_functions()
        if queue.get("FifoQueue")
    ]
    assert sizes == [1]


def test_a_batch_of_events_is_one_request(stack: Stack) -> None:
    """A full batch of single events is no more than Mixpanel takes at once."""
    sizes = [mapping["BatchSize"] for mapping, _, _ in stack.queues_and_functions()]
    assert max(sizes) <= LIMITS["import"].operations


def test_every_queue_has_dead_letters_or_says_why_not(stack: Stack) -> None:
    """A queue has a dead-letter queue, is one, or gives its reason."""
    without = [
        name
        for name, queue in stack.of_type("AWS::SQS::Queue").items()
        if "RedrivePolicy" not in queue
        and name not in stack.dead_letter_queues()
        and not stack.resources[name].get("Metadata", {}).get("WithoutDeadLetterQueue")
    ]
    assert without == []


def test_every_dead_letter_queue_exists(stack: Stack) -> None:
    """What is named as a dead-letter queue is a queue of this stack."""
    assert stack.dead_letter_queues() <= stack.of_type("AWS::SQS::Queue").keys()


def test_every_queue_is_encrypted_and_keeps_its_messages(stack: Stack) -> None:
    """SQS's own key, which EventBridge can write with, and the longest retention there is."""
    queues = stack.of_type("AWS::SQS::Queue")
    found = {
        name: (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"])
        for name, queue in queues.items()
    }
    assert found == dict.fromkeys(queues, (True, FORTNIGHT))


def test_every_event_fits_the_rejected_queue_with_its_reason(stack: Stack) -> None:
    """The events queue takes no event that could not be put aside again."""
    assert stack.of_type("AWS::SQS::Queue")["EventsQueue"]["MaximumMessageSize"] == BODY_BYTES


def test_what_must_not_be_forgotten_outlives_the_stack(stack: Stack) -> None:
    """Queues, the secret and logs stay when the stack is deleted or the resource replaced."""
    kept = {
        name: resource
        for name, resource in stack.resources.items()
        if resource["Type"] in FORGOTTEN_BY_NOBODY
    }
    found = {
        name: (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
        for name, resource in kept.items()
    }
    assert found == dict.fromkeys(kept, ("Retain", "Retain"))


def test_without_a_bus_nothing_is_left_of_eventbridge(expanded: dict[str, Any]) -> None:
    """No bus, no rule, and nobody else may write to a queue."""
    stack = Stack(expanded, {"EventBusName": ""})
    found = (
        set(stack.of_type("AWS::Events::Rule")),
        set(stack.of_type("AWS::SQS::QueuePolicy")),
    )
    assert found == ({"DeletionsSchedule"}, {"DeletionsQueuePolicy"})


def test_with_a_bus_its_events_reach_the_queue(expanded: dict[str, Any]) -> None:
    """RudderStack's events on that bus go to the events queue; no others do."""
    rule = Stack(expanded, {"EventBusName": "rudder"}).of_type("AWS::Events::Rule")["EventsRule"]
    aims = [target(aim["Arn"]) for aim in rule["Targets"]]
    assert (rule["EventBusName"], rule["EventPattern"], aims) == (
        {"Ref": "EventBusName"},
        {"source": ["rudderstack"]},
        ["EventsQueue"],
    )


def test_with_a_bus_the_rule_may_write_to_both_queues(expanded: dict[str, Any]) -> None:
    """EventBridge may write to the queue, and to the one for what it could not deliver."""
    policies = Stack(expanded, {"EventBusName": "rudder"}).of_type("AWS::SQS::QueuePolicy")
    opened = {target(queue) for policy in policies.values() for queue in policy["Queues"]}
    assert opened == {"EventsQueue", "UndeliveredByEventBridgeQueue", "DeletionsQueue"}


def test_only_the_rule_may_put_events_on_queues(stack: Stack) -> None:
    """A queue lets EventBridge in for the one rule, and nobody else."""
    statements = [
        statement
        for policy in stack.of_type("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    others = [
        statement
        for statement in statements
        if statement["Principal"] != {"Service": "events.amazonaws.com"}
        or statement["Action"] != "sqs:SendMessage"
        or statement["Condition"]
        != {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule_of(statement), "Arn"]}}}
    ]
    assert others == []


def rule_of(statement: dict[str, Any]) -> str:
    """The one rule that may write to a statement's queue."""
    schedule = target(statement["Resource"]) == "DeletionsQueue"
    return "DeletionsSchedule" if schedule else "EventsRule"


def test_every_table_is_protected(stack: Stack) -> None:
    """Encrypted, recoverable to the second, and not to be deleted by mistake."""
    tables = stack.of_type("AWS::DynamoDB::Table")
    found = {
        name: (
            table["SSESpecification"],
            table["PointInTimeRecoverySpecification"],
            table["DeletionProtectionEnabled"],
        )
        for name, table in tables.items()
    }
    recoverable = {"PointInTimeRecoveryEnabled": True}
    assert found == dict.fromkeys(tables, ({"SSEEnabled": True}, recoverable, True))


def test_every_table_forgets_in_time_or_says_why_not(stack: Stack) -> None:
    """What expires by itself does; what must not says so."""
    endless = [
        name
        for name, table in stack.of_type("AWS::DynamoDB::Table").items()
        if not table.get("TimeToLiveSpecification", {}).get("Enabled")
        and not stack.resources[name].get("Metadata", {}).get("WithoutTimeToLive")
    ]
    assert endless == []
