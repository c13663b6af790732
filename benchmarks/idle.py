"""What a stack costs in a month in which no event and no regulation comes."""

from typing import Final

from benchmarks.cost import POLLERS, SECONDS_A_MONTH, Parts
from benchmarks.measured import used_by_wake_up
from benchmarks.memory import deletion_memory, gb_seconds
from rudder_mixpanel_cli import prices

# The schedule wakes delete_users every minute.
WAKE_UPS: Final = SECONDS_A_MONTH // 60
# Seconds that a receive waits for a message.
LONG_POLL: Final = 20
# DynamoDB asks KMS for a table's key again after this many seconds, for each connection.
KEY_SECONDS: Final = 300
# A message of the schedule is sent, received and deleted.
REQUESTS_A_MESSAGE: Final = 3
# Secrets of every stack, and how often delete_users reads one of them, in seconds.
SECRETS: Final = 4


def empty_receives() -> float:
    """The receives in a month of a queue that Lambda polls and that has no message."""
    return POLLERS * SECONDS_A_MONTH / LONG_POLL


def idle_month(*, tracing: bool = False) -> Parts:
    """Dollars a month, by part, but for metrics, alarms and the dashboard."""
    used = used_by_wake_up()
    computing = gb_seconds(used, deletion_memory()) * prices.LAMBDA_GB_SECOND.each
    parts = {
        "SQS: Lambda polls the events queue": empty_receives() * prices.SQS_REQUEST.each,
        "SQS: Lambda polls the deletions queue": empty_receives() * prices.SQS_FIFO_REQUEST.each,
        "SQS: a message of the schedule each minute": (
            WAKE_UPS * REQUESTS_A_MESSAGE * prices.SQS_FIFO_REQUEST.each
        ),
        "Lambda: `delete_users` each minute": WAKE_UPS * (prices.LAMBDA_REQUEST.each + computing),
        "DynamoDB: what is due, each minute": WAKE_UPS * used.reads * prices.DYNAMODB_READ.each,
        "KMS: the key of the table that it reads": (
            SECONDS_A_MONTH / KEY_SECONDS * prices.KMS_CALL.each
        ),
        "Secrets Manager: four secrets": SECRETS * prices.SECRET.each,
        "Secrets Manager: reading the GDPR token each minute": WAKE_UPS * prices.SECRET_CALL.each,
        "CloudWatch Logs: lines of `delete_users`": (
            WAKE_UPS * used.log_bytes * prices.LOG_BYTE.each
        ),
    }
    # One invocation a minute is the first of its second.
    traces = {"X-Ray: a trace each minute": WAKE_UPS * prices.TRACE.each}
    return parts | (traces if tracing else {})
