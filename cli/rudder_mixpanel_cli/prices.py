"""AWS's list prices in us-east-1, each with its source."""

from typing import Final, NamedTuple

MILLION: Final = 1_000_000
GIGABYTE: Final = 1_000_000_000


class Price(NamedTuple):
    """Dollars for a number of units.

    AWS's pages fill their prices in by a script, so a stored copy of them rarely holds a number.
    `confirmed` says whether a public copy of AWS's price list, or several independent quotations of
    2025 and 2026, agree with ours. Check the others on the page named.
    """

    what: str
    dollars: float
    units: int
    page: str
    confirmed: bool = True

    @property
    def each(self) -> float:
        """Dollars for one."""
        return self.dollars / self.units


def price(what: str, dollars: float, units: int, page: str, *, confirmed: bool = True) -> Price:
    """A price whose page is one of AWS's."""
    return Price(what, dollars, units, f"https://aws.amazon.com/{page}/", confirmed)


# The first tier of each, and no free tier: an upper bound.
EVENTBRIDGE_EVENT: Final = price(
    "a custom event of EventBridge, for each started 64 KB", 1.00, MILLION, "eventbridge/pricing"
)
GATEWAY_REQUEST: Final = price(
    "a request to API Gateway, REST API", 3.50, MILLION, "api-gateway/pricing", confirmed=False
)
SQS_REQUEST: Final = price(
    "a request to SQS, standard queue, for each started 64 KB", 0.40, MILLION, "sqs/pricing"
)
SQS_FIFO_REQUEST: Final = price("the same, FIFO queue", 0.50, MILLION, "sqs/pricing")
LAMBDA_REQUEST: Final = price("a request to Lambda", 0.20, MILLION, "lambda/pricing")
LAMBDA_GB_SECOND: Final = price("a GB-second of Lambda, arm64", 13.3334, MILLION, "lambda/pricing")
DYNAMODB_READ: Final = price(
    "a read request unit of DynamoDB", 0.125, MILLION, "dynamodb/pricing/on-demand"
)
DYNAMODB_WRITE: Final = price(
    "a write request unit of DynamoDB", 0.625, MILLION, "dynamodb/pricing/on-demand"
)
LOG_BYTE: Final = price("a GB written to CloudWatch Logs", 0.50, GIGABYTE, "cloudwatch/pricing")
METRIC: Final = price("a custom metric, a month", 0.30, 1, "cloudwatch/pricing")
ALARM: Final = price("an alarm, a month", 0.10, 1, "cloudwatch/pricing")
DASHBOARD: Final = price("a dashboard, a month", 3.00, 1, "cloudwatch/pricing")
TRACE: Final = price("a trace recorded by X-Ray", 5.00, MILLION, "xray/pricing")
BYTE_OUT: Final = price("a GB sent out to the internet", 0.09, GIGABYTE, "ec2/pricing/on-demand")
SECRET: Final = price("a secret, a month", 0.40, 1, "secrets-manager/pricing")
SECRET_CALL: Final = price("a call of Secrets Manager", 5.00, MILLION, "secrets-manager/pricing")
KMS_CALL: Final = price(
    "a call of KMS, for the key of the tables", 3.00, MILLION, "kms/pricing", confirmed=False
)
TABLE_GB: Final = price("a GB in a table, a month", 0.25, 1, "dynamodb/pricing/on-demand")
RECOVERY_GB: Final = price(
    "a GB that can be restored to any second, a month", 0.20, 1, "dynamodb/pricing/on-demand"
)
PRICES: Final = (
    EVENTBRIDGE_EVENT,
    GATEWAY_REQUEST,
    SQS_REQUEST,
    SQS_FIFO_REQUEST,
    LAMBDA_REQUEST,
    LAMBDA_GB_SECOND,
    DYNAMODB_READ,
    DYNAMODB_WRITE,
    LOG_BYTE,
    METRIC,
    ALARM,
    DASHBOARD,
    TRACE,
    BYTE_OUT,
    SECRET,
    SECRET_CALL,
    KMS_CALL,
    TABLE_GB,
    RECOVERY_GB,
)
