"""Faults of the stack's resources, and of the machine of the operator."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import boto3

from rudder_mixpanel_cli.resources import checks
from rudder_mixpanel_cli.times import current_time
from tests.fakes.moto_stack import demand_tls, set_rate
from tests.unit.cli.doctor.account import Account
from tests.unit.cli.doctor.fault import fails, warns

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

# What a resource of an earlier stack carries.
TAG = {"rudder-mixpanel:stack": "prod"}
OLDEST = "ApproximateAgeOfOldestMessage"


def use_other_version(account: Account) -> None:
    """Use the command of another version."""
    account.patch.setattr(checks, "__version__", "9.9.9")


def set_clock(account: Account) -> None:
    """Set this machine's clock ten minutes ahead."""
    account.patch.setattr(checks, "current_time", lambda: current_time() + timedelta(minutes=10))


def keep_events(account: Account) -> None:
    """Log that events are kept, as the function does."""
    logs, group = boto3.client("logs"), account.output("DeliverEventsLogGroupName")
    line = {"message": "events kept", "code": "LEDGER_UNAVAILABLE", "events": 3}
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    logs.put_log_events(
        logGroupName=group,
        logStreamName="s",
        logEvents=[
            {"timestamp": int(current_time().timestamp() * 1000), "message": message}
            for message in ('{"other": "events kept"}', "events kept", json.dumps(line))
        ],
    )


def unprotect(account: Account) -> None:
    """Switch the deletion protection of a table off."""
    boto3.client("dynamodb").update_table(
        TableName=account.id("Suppressions"), DeletionProtectionEnabled=False
    )


def disable_mapping(account: Account) -> None:
    """Switch the mapping of the events queue off."""
    boto3.client("lambda").update_event_source_mapping(
        UUID=account.id("DeliverEventsFunctionEvents"), Enabled=False
    )


def disable_rule(account: Account) -> None:
    """Switch the schedule of deletions off."""
    boto3.client("events").disable_rule(Name=account.id("DeletionsSchedule"))


def replace_policy(account: Account) -> None:
    """Replace the policy of a queue by one that allows a sender, as its console does."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boto3.client("sqs").set_queue_attributes(
        QueueUrl=account.id("RejectedQueue"), Attributes={"Policy": policy}
    )


def leave_stage(account: Account) -> None:
    """Have an earlier version left SAM's second stage."""
    boto3.client("apigateway").create_deployment(
        restApiId=account.id("RegulationsApi"), stageName="Stage"
    )


def change_throttle(account: Account) -> None:
    """Let the events API accept more than the parameter says."""
    set_rate(account.id("EventsApi"), "5000")


def fire_alarm(_: Account) -> None:
    """Have an alarm fire."""
    boto3.client("cloudwatch").set_alarm_state(
        AlarmName="prod: Kept events", StateValue="ALARM", StateReason="made up"
    )


def mute_alarm(_: Account) -> None:
    """Switch the actions of an alarm off."""
    boto3.client("cloudwatch").disable_alarm_actions(AlarmNames=["prod: Dead events"])


def leave_queue(_: Account) -> None:
    """Have an earlier stack left a queue."""
    boto3.client("sqs").create_queue(QueueName="prod-EventsQueue-OLD", tags=TAG)


def leave_secret(_: Account) -> None:
    """Have an earlier stack left a secret."""
    boto3.client("secretsmanager").create_secret(
        Name="rudder-mixpanel/prod/write-keys-0",
        Tags=[{"Key": name, "Value": value} for name, value in TAG.items()],
    )


def leave_table(_: Account) -> None:
    """Have an earlier stack left a table with a suppressed user."""
    client = boto3.client("dynamodb")
    client.create_table(
        TableName="prod-Suppressions-OLD",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": name, "Value": value} for name, value in TAG.items()],
    )
    client.put_item(TableName="prod-Suppressions-OLD", Item={"id": {"S": "pseudonym"}})


def restore_table(account: Account) -> None:
    """Have the stack use a restored table, beside which the replaced one is left."""
    adopt_table(account, "Suppressions")
    leave_table(account)


def leave_log_group(_: Account) -> None:
    """Have an earlier stack left a log group."""
    boto3.client("logs").create_log_group(logGroupName="prod-DeliverEventsLogGroup-OLD", tags=TAG)


def adopt_queue(
    account: Account, name: str, attribute: "QueueAttributeNameType", value: str
) -> None:
    """Adopt a queue with another attribute than the template gives."""
    url = account.adopt(name)
    boto3.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={attribute: value})
    demand_tls(url)  # moto forgets the policy when another attribute is set


def adopt_table(account: Account, name: str, *, recovery: bool = True) -> str:
    """Adopt a table with or without recovery, which moto's CloudFormation leaves out."""
    table = account.adopt(name)
    boto3.client("dynamodb").update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": recovery}
    )
    return table


def adopt_from_another(account: Account) -> None:
    """Adopt a table that has the tags of a stack of another name."""
    client = boto3.client("dynamodb")
    table = client.describe_table(TableName=adopt_table(account, "Regulations"))["Table"]
    client.tag_resource(
        ResourceArn=table["TableArn"], Tags=[{"Key": "rudder-mixpanel:stack", "Value": "staging"}]
    )


def adopt_without_expiry(account: Account) -> None:
    """Adopt a ledger that was restored."""
    boto3.client("dynamodb").update_time_to_live(
        TableName=adopt_table(account, "Ledger"),
        TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires_at"},
    )


def adopt_without_index(account: Account) -> None:
    """Adopt a table of regulations that was restored without its indexes."""
    boto3.client("dynamodb").update_table(
        TableName=adopt_table(account, "Regulations"),
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "made"}}],
    )


FAULTS = [
    warns("kept events", "LEDGER_UNAVAILABLE 3", keep_events),
    warns("stack", "this command is 9.9.9", use_other_version),
    warns("clock", "s ahead of AWS's", set_clock),
    warns("functions", "failed 3 times", lambda a: a.measure("Errors", "DeliverEventsFunction", 3)),
    fails("event sources", "DeliverEventsFunctionEvents is disabled", disable_mapping),
    fails("event sources", "DeletionsSchedule is disabled", disable_rule),
    warns("concurrency", "10 invocations allowed", lambda a: a.allow_concurrency(10)),
    warns("tables", "Suppressions can be deleted", unprotect),
    warns("events queue", "the oldest is 2 hours old", lambda a: a.have_old_event(7300)),
    warns("rejected events", "2 events were rejected", lambda a: a.send("RejectedQueue", 2)),
    fails("dead events", "1 event was given up", lambda a: a.send("EventsDeadLetterQueue")),
    fails("EventBridge", "could not put 1", lambda a: a.send("UndeliveredByEventBridgeQueue")),
    warns("deletions queue", "1 of its messages", lambda a: a.send("DeletionsDeadLetterQueue")),
    fails("deletions queue", "do not run", lambda a: a.measure(OLDEST, "DeletionsQueue", 9000)),
    warns("queue policies", "RejectedQueue allows requests without TLS", replace_policy),
    warns("gateways", "RegulationsApi has a second public stage, Stage", leave_stage),
    warns("gateways", "EventsApi was changed: it accepts 5000", change_throttle),
    warns("alarms", '"Kept events" fires since', fire_alarm),
    warns("alarms", '"Dead events" are switched off', mute_alarm),
    warns("alarm recipients", "have not confirmed", lambda a: a.unconfirm()),
    warns("alarm recipients", "Nobody is told", lambda a: a.unsubscribe()),
    warns("leftovers", "1 queue", leave_queue),
    warns("leftovers", "1 secret", leave_secret),
    warns("leftovers", "1 log group", leave_log_group),
    fails("leftovers", "prod-Suppressions-OLD has suppressions", leave_table),
    warns("leftovers", "Unless its users are also in the table that it uses", restore_table),
    warns("adopted tags", "Regulations does not have the tags of this stack", adopt_from_another),
    warns("adopted tables", "do not expire", adopt_without_expiry),
    warns(
        "adopted tables",
        "no point-in-time recovery",
        lambda a: adopt_table(a, "Suppressions", recovery=False),
    ),
    fails("adopted tables", "lacks the indexes made", adopt_without_index),
    warns(
        "adopted queues",
        "VisibilityTimeout 30, and needs 365",
        lambda a: adopt_queue(a, "EventsQueue", "VisibilityTimeout", "30"),
    ),
    warns(
        "adopted queues",
        "MessageRetentionPeriod 345600",
        lambda a: adopt_queue(a, "RejectedQueue", "MessageRetentionPeriod", "345600"),
    ),
    fails(
        "adopted queues",
        "does not use the adopted dead-letter queue",
        lambda a: adopt_queue(a, "EventsQueue", "RedrivePolicy", ""),
    ),
]
