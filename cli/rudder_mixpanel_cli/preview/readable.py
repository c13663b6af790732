"""An event of a preview as people read it: its requests, or why it has none, and what to do."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import typer

from rudder_mixpanel.errors import Code
from rudder_mixpanel.message.times import EPOCH, MILLISECOND
from rudder_mixpanel_cli.terminal import colored, fits, joined, printable, wrapped
from rudder_mixpanel_cli.times import minute

# Columns for the names of properties; longer ones push their value to the right.
LONGEST_NAME: Final = 28
TIMES: Final = frozenset({"time", "$time"})
# Milliseconds of the years 1970 to 9999: a trait may have the name of a time, too.
YEARS: Final = range(253_402_300_800_000)


def readable_event(line: Mapping[str, Any], place: str) -> Iterator[str]:
    """A decoded output line as a paragraph; `place` is where the event was read."""
    yield headline(line, place)
    if line["filtered"]:
        yield f"  {colored('filtered', typer.colors.YELLOW)}  {printable(line['filtered'])}"
    if line["rejected"]:
        yield from rejection(line["rejected"])
    for request in line["requests"]:
        yield from request_lines(request)
    yield ""


def headline(line: Mapping[str, Any], place: str) -> str:
    """What the event is, and where it comes from."""
    kind, name, message_id = (line[key] for key in ("type", "name", "messageId"))
    title = printable(" ".join([kind or "not an event", *([f'"{name}"'] if name else [])]))
    shown_id = [] if message_id is None else [printable(str(message_id))]
    text = joined([title, *shown_id, f"({printable(place)})"], "  ")
    return colored(title, bold=True) + text.removeprefix(title)


def rejection(rejected: Mapping[str, Any]) -> Iterator[str]:
    """Why an event is rejected, and what the code means."""
    code = f"{rejected['code']}  {printable(rejected['field'])}".rstrip()
    yield f"  {colored('rejected', typer.colors.RED)}  {code}"
    yield wrapped(printable(rejected["message"]), " " * 12)
    yield wrapped(Code[rejected["code"]].explanation, " " * 12)


def request_lines(request: Mapping[str, Any]) -> Iterator[str]:
    """A request: its endpoint and what it does, then a line for each property."""
    payload = request["payload"]
    address = urlsplit(request["url"])
    endpoint = colored(address.path.lstrip("/").split("#")[0], typer.colors.GREEN)
    values = dict(properties_of(payload))
    width = min(LONGEST_NAME, max(map(len, values), default=0))
    yield f"  {endpoint}  {printable(what_it_does(payload))}  {address.netloc}"
    explained = request.get("explain") or {}
    for name, value in values.items():
        column = f"    {printable(name):<{width}}  "
        text = printable(value_text(name, value))
        source = printable(f"<- {explained[name]}") if name in explained else ""
        line = f"{column}{text}  {source}".rstrip()
        if fits(line):
            yield line
        else:
            yield wrapped(text, column, " " * (width + 6))
            if source:
                yield wrapped(source, " " * (width + 6))


def value_text(name: str, value: Any) -> str:
    """A value as JSON; a time also as people read it."""
    text = json.dumps(value, ensure_ascii=False)
    if name in TIMES and type(value) is int and value in YEARS:
        return f"{text} ({minute(EPOCH + value * MILLISECOND)})"
    return text


def what_it_does(payload: Mapping[str, Any]) -> str:
    """The name of the event, or the verb of an update."""
    if "event" in payload:
        return json.dumps(payload["event"], ensure_ascii=False)
    return " ".join(name for name, value in payload.items() if is_verb(name, value))


def is_verb(name: str, value: Any) -> bool:
    """Whether a field of an update holds what to change."""
    return name.startswith("$") and isinstance(value, dict | list)


def properties_of(payload: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The properties of a payload: those at its top level, and those of what it changes."""
    for name, value in payload.items():
        if isinstance(value, dict):
            yield from value.items()
        elif name != "event":
            yield name, value
