"""DynamoDB's BatchExecuteStatement for tables in memory, as exact as the package needs it.

It knows INSERT, UPDATE and DELETE of one item by its `id`, with conditions joined by AND. Whatever
else DynamoDB accepts is a ValidationError here, and so is a name without quotes. A call that
DynamoDB does not document, or refuses as a whole, raises CallRefused.
"""

import re
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

STATEMENTS: Final = 25
TOKEN: Final = re.compile(r"""\s*("[^"]+"|'(?:[^']|'')*'|-?\d+|[A-Z]+|[{}:,?=<])""")
NUMBER: Final = re.compile(r"-?\d+")

type Item = dict[str, Any]
type Items = MutableMapping[str, Item]


class CallRefused(Exception):
    """The whole call is refused, by ValidationException."""


class StatementFailed(Exception):
    """A statement fails; `item` is the item that it has found."""

    def __init__(self, code: str, item: Item | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.item = item


@dataclass(slots=True)
class Parsed:
    """A statement: what it sets, and what it demands of the item besides its id."""

    kind: str
    table: str
    id: str = ""
    values: Item = field(default_factory=dict)
    conditions: list[tuple[str, str, Any]] = field(default_factory=list)


class Parser:
    """Reads one statement; raises StatementFailed for what it does not know."""

    def __init__(self, text: str, parameters: Sequence[Any]) -> None:
        self.tokens = tokens_of(text)
        self.parameters = list(parameters)

    def parse(self) -> Parsed:
        """The statement."""
        kind = self.take("INSERT", "UPDATE", "DELETE")
        if kind != "UPDATE":
            self.take("INTO" if kind == "INSERT" else "FROM")
        parsed = Parsed(kind, self.name())
        if kind == "INSERT":
            self.read_values(parsed)
        else:
            self.read_changes(parsed)
        if self.tokens or self.parameters:
            raise StatementFailed("ValidationError")
        return parsed

    def read_values(self, parsed: Parsed) -> None:
        """Read the attributes of an INSERT."""
        self.take("VALUE")
        mark = self.take("{")
        while mark != "}":
            name = text_of(self.take_like("'"))
            self.take(":")
            parsed.values[name] = self.value()
            mark = self.take(",", "}")
        parsed.id = id_of(parsed.values)

    def read_changes(self, parsed: Parsed) -> None:
        """Read the changes of an UPDATE, and the conditions."""
        while parsed.kind == "UPDATE" and (not parsed.values or self.tokens[:1] == ["SET"]):
            self.take("SET")
            name = self.name()
            self.take("=")
            parsed.values[name] = self.value()
        word = "WHERE"
        equal: Item = {}
        while not parsed.conditions or self.tokens:
            self.take(word)
            name, sign, value = self.name(), self.take("=", "<"), self.value()
            parsed.conditions.append((name, sign, value))
            if sign == "=":
                equal[name] = value
            word = "AND"
        parsed.id = id_of(equal)

    def take(self, *expected: str) -> str:
        """The next token, which is one of these."""
        if self.tokens[:1] and self.tokens[0] in expected:
            return self.tokens.pop(0)
        raise StatementFailed("ValidationError")

    def take_like(self, first: str) -> str:
        """The next token, which begins with this character."""
        if self.tokens[:1] and self.tokens[0].startswith(first):
            return self.tokens.pop(0)
        raise StatementFailed("ValidationError")

    def name(self) -> str:
        """A quoted name."""
        return self.take_like('"').strip('"')

    def value(self) -> Any:
        """A parameter, or a literal."""
        token = self.tokens.pop(0) if self.tokens else ""
        if token == "?" and self.parameters:
            return self.parameters.pop(0)
        if NUMBER.fullmatch(token):
            return {"N": token}
        if token.startswith("'"):
            return {"S": text_of(token)}
        raise StatementFailed("ValidationError")


def tokens_of(text: str) -> list[str]:
    """The tokens of a statement; raises StatementFailed."""
    tokens, position = [], 0
    while position < len(text.rstrip()):
        found = TOKEN.match(text, position)
        if found is None:
            raise StatementFailed("ValidationError")
        tokens.append(found[1])
        position = found.end()
    return tokens


def text_of(literal: str) -> str:
    """The text of a literal."""
    return literal[1:-1].replace("''", "'")


def id_of(values: Item) -> str:
    """The id among values; raises StatementFailed without one."""
    if "S" not in values.get("id", {}):
        raise StatementFailed("ValidationError")
    return str(values["id"]["S"])


def execute_call(
    statements: Sequence[Any], items_of: Callable[[str], Items | None]
) -> list[dict[str, Any]]:
    """Execute the statements of a call, one after the other, and return the response to each.

    Raises CallRefused.
    """
    if not 1 <= len(statements) <= STATEMENTS:
        raise CallRefused("Member must have length less than or equal to 25")
    parsed = [parse_or_error(statement) for statement in statements]
    refuse_undocumented([one for one in parsed if isinstance(one, Parsed)])
    return [
        response_to(one, items_of, shows_item="ReturnValuesOnConditionCheckFailure" in statement)
        for one, statement in zip(parsed, statements, strict=True)
    ]


def parse_or_error(statement: Any) -> Parsed | StatementFailed:
    """A statement, or why it is not one; raises CallRefused for one that reads."""
    if statement["Statement"].lstrip().upper().startswith("SELECT"):
        raise CallRefused("a batch of writes does not read")
    try:
        return Parser(statement["Statement"], statement.get("Parameters", [])).parse()
    except StatementFailed as failed:
        return failed


def refuse_undocumented(parsed: Sequence[Parsed]) -> None:
    """Raise CallRefused for two statements about the same item, of which nothing is documented."""
    if len({(one.table, one.id) for one in parsed}) < len(parsed):
        raise CallRefused("the same item twice")


def response_to(
    parsed: Parsed | StatementFailed,
    items_of: Callable[[str], Items | None],
    *,
    shows_item: bool,
) -> dict[str, Any]:
    """The response to a statement, after its execution."""
    if isinstance(parsed, StatementFailed):
        return {"Error": {"Code": parsed.code, "Message": "not a statement that is known here"}}
    items = items_of(parsed.table)
    if items is None:
        return {"Error": {"Code": "ResourceNotFound", "Message": "Requested resource not found"}}
    try:
        execute(parsed, items)
    except StatementFailed as failed:
        error: dict[str, Any] = {"Code": failed.code, "Message": MESSAGES[failed.code]}
        if shows_item and failed.item is not None:
            error["Item"] = failed.item
        return {"Error": error, "TableName": parsed.table}
    return {"TableName": parsed.table}


MESSAGES: Final = {
    "DuplicateItem": "Duplicate primary key exists in table",
    "ConditionalCheckFailed": "The conditional request failed",
}


def execute(parsed: Parsed, items: Items) -> None:
    """Execute a statement; raises StatementFailed."""
    item = items.get(parsed.id)
    if parsed.kind == "INSERT":
        if item is not None:
            raise StatementFailed("DuplicateItem")
        items[parsed.id] = parsed.values
        return
    if item is None:
        if parsed.kind == "DELETE":  # of an item that is gone: done
            return
        raise StatementFailed("ConditionalCheckFailed")
    if not all(holds(item.get(name), sign, value) for name, sign, value in parsed.conditions):
        raise StatementFailed("ConditionalCheckFailed", dict(item))
    if parsed.kind == "DELETE":
        del items[parsed.id]
    else:
        items[parsed.id] = {**item, **parsed.values}


def holds(actual: Any, sign: str, value: Any) -> bool:
    """Whether an attribute is as a condition demands."""
    if actual is None or actual.keys() != value.keys():
        return False
    [(kind, right)] = value.items()
    left = actual[kind]
    if kind == "N":
        left, right = int(left), int(right)
    return bool(left == right if sign == "=" else left < right)
