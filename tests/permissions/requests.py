"""What a call asks of IAM: actions, resources, and what conditions ask about.

The source is AWS's Service Authorization Reference:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from tests.permissions.management import MANAGEMENT
from tests.permissions.names import ACCOUNT, REGION, arn
from tests.permissions.policy import Request

__all__ = ["ACCOUNT", "REGION", "arn", "requests_of", "secret_arn"]

# Batches whose entries are authorized as single calls; DynamoDB's batches are actions of their own.
SINGLE: Final = re.compile(r"^(SendMessage|DeleteMessage|ChangeMessageVisibility)Batch$")
PARTIQL: Final = re.compile(
    r"""^\s*(SELECT|INSERT|UPDATE|DELETE)\b(?:.*?\b(?:FROM|INTO))?\s*"?([\w.-]+)"?(?:\."?([\w.-]+))?""",
    re.IGNORECASE | re.DOTALL,
)
# A name in an expression that is neither a value nor inside of another attribute.
NAME: Final = re.compile(r"(?<![\w.:#])#?[A-Za-z_]\w*")
WORDS: Final = frozenset(
    {
        "SET",
        "REMOVE",
        "ADD",
        "DELETE",
        "AND",
        "OR",
        "NOT",
        "IN",
        "BETWEEN",
        "IF_NOT_EXISTS",
        "LIST_APPEND",
        "ATTRIBUTE_EXISTS",
        "ATTRIBUTE_NOT_EXISTS",
        "ATTRIBUTE_TYPE",
        "BEGINS_WITH",
        "CONTAINS",
        "SIZE",
    }
)


def requests_of(service: str, operation: str, call: Mapping[str, Any]) -> list[Request]:
    """What a call asks. Raises NotImplementedError for one that is not known here."""
    if service not in SERVICES:
        raise NotImplementedError(f"{service}:{operation}")
    return list(SERVICES[service](operation, call))


def of_sqs(operation: str, call: Mapping[str, Any]) -> Iterator[Request]:
    """A queue is named by its URL, or by its name."""
    if operation == "ListQueues":
        yield Request("sqs:ListQueues", "*")
        return
    name = call["QueueUrl"].rpartition("/")[2] if "QueueUrl" in call else call["QueueName"]
    yield Request(f"sqs:{SINGLE.sub(r'\1', operation)}", arn("sqs", name))


def of_secrets_manager(operation: str, call: Mapping[str, Any]) -> Iterator[Request]:
    """A secret is named by its ARN, or by its name."""
    secret = secret_arn(call["SecretId"]) if "SecretId" in call else "*"
    yield Request(f"secretsmanager:{operation}", secret)


def secret_arn(name: str) -> str:
    """The ARN of a secret, without the six characters that AWS adds to a name."""
    return name if name.startswith("arn:") else arn("secretsmanager", f"secret:{name}")


def of_ssm(operation: str, call: Mapping[str, Any]) -> Iterator[Request]:
    """A parameter is named by its path."""
    yield Request(f"ssm:{operation}", arn("ssm", f"parameter/{call['Name'].removeprefix('/')}"))


def of_s3(operation: str, call: Mapping[str, Any]) -> Iterator[Request]:
    """Objects are listed by the right to their bucket."""
    bucket = f"arn:aws:s3:::{call['Bucket']}"
    match operation:
        case "ListObjectsV2":
            yield Request("s3:ListBucket", bucket)
        case "GetObject":
            yield Request("s3:GetObject", f"{bucket}/{call['Key']}")
        case _:
            raise NotImplementedError(operation)


def of_dynamodb(operation: str, call: Mapping[str, Any]) -> Iterator[Request]:
    """Batches name several tables; transactions and PartiQL are the actions they consist of."""
    match operation:
        case "BatchGetItem" | "BatchWriteItem":
            for table, part in call["RequestItems"].items():
                yield of_item(operation, {"TableName": table, **batch_part(part)})
        case "TransactWriteItems" | "TransactGetItems":
            for item in call["TransactItems"]:
                [(kind, part)] = item.items()
                yield of_item(
                    "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item", part
                )
        case "ExecuteStatement":
            yield of_partiql(call["Statement"])
        case "BatchExecuteStatement":
            yield from (of_partiql(part["Statement"]) for part in call["Statements"])
        case "ExecuteTransaction":
            yield from (of_partiql(part["Statement"]) for part in call["TransactStatements"])
        case "ListTables":
            yield Request("dynamodb:ListTables", "*")
        case _:
            yield of_item(operation, call)


def batch_part(part: Any) -> dict[str, Any]:
    """What a batch asks of one table: keys to read, or writes."""
    if isinstance(part, list):
        items = [write.get("PutRequest", {}).get("Item", {}) for write in part]
        keys = [write.get("DeleteRequest", {}).get("Key", {}) for write in part]
        return {"Keys": items + keys}
    return dict(part)


def of_partiql(statement: str) -> Request:
    """The action and the table or index of a statement. Raises NotImplementedError."""
    found = PARTIQL.match(statement)
    if found is None:
        raise NotImplementedError(statement)
    index = f"/index/{found[3]}" if found[3] else ""
    action = f"dynamodb:PartiQL{found[1].capitalize()}"
    return Request(action, arn("dynamodb", f"table/{found[2]}{index}"))


def of_item(operation: str, call: Mapping[str, Any]) -> Request:
    """A call for one table, or for one of its indexes."""
    index = f"/index/{call['IndexName']}" if "IndexName" in call else ""
    table = call["TableName"]
    resource = (
        table + index if table.startswith("arn:") else arn("dynamodb", f"table/{table}{index}")
    )
    context = {"dynamodb:Attributes": tuple(sorted(attributes_of(call)))}
    if operation in {"Query", "Scan"}:
        context["dynamodb:Select"] = (call.get("Select") or selected(call),)
    if "ReturnValues" in call:
        context["dynamodb:ReturnValues"] = (call["ReturnValues"],)
    return Request(f"dynamodb:{operation}", resource, context)


def selected(call: Mapping[str, Any]) -> str:
    """What a query or scan returns if it does not say: everything, unless it has a projection."""
    if "ProjectionExpression" in call:
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if "IndexName" in call else "ALL_ATTRIBUTES"


def attributes_of(call: Mapping[str, Any]) -> set[str]:
    """The attributes that a call names, without those inside of another."""
    named = set(call.get("Key", {})) | set(call.get("Item", {}))
    named |= {name for key in call.get("Keys", []) for name in key}
    expressions = [str(text) for field, text in call.items() if field.endswith("Expression")]
    return named | set(names_in(expressions, call.get("ExpressionAttributeNames", {})))


def names_in(expressions: Iterable[str], placeholders: Mapping[str, str]) -> Iterator[str]:
    """The attributes in expressions."""
    for expression in expressions:
        for word in NAME.findall(expression):
            if word.upper() not in WORDS:
                yield placeholders[word] if word.startswith("#") else word


SERVICES: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Iterator[Request]]]] = {
    "dynamodb": of_dynamodb,
    "s3": of_s3,
    "secretsmanager": of_secrets_manager,
    "sqs": of_sqs,
    "ssm": of_ssm,
    **MANAGEMENT,
}
