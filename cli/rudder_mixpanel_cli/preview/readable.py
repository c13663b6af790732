"""An event of a preview as people read it: its requests, or why it has none, and what to do."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import typer

from rudder_mixpanel.errors import Code
from rudder_mixpanel.message.times import EPOCH, MILLISECOND
from rudder_mixpanel_cli.preview.order import ONLY_NEWER, is_ordered
from rudder_mixpanel_cli.terminal import colored, fits, joined, printable, wrapped
from rudder_mixpanel_cli.times import minute

# Columns for the names of properties; longer ones push their value to the right.
LONGEST_NAME: Final = 28
TIMES: Final = frozenset({"time", "$time"})
# Milliseconds of the years 1970 to 9999: a trait may have the name of a time, too.
YEARS: Final = range(253_402_300_800_000)


def readable_event(
    line: Mapping[str, Any], place: str, *, newer_wins: bool = False
) -> Iterator[str]:
    """A decoded output line as a paragraph; `place` is where the event was read.

    With `newer_wins`, updates say that values of a profile that are newer stay as they are.
    """
    yield headline(line, place)
    if line["filtered"]:
        yield f"  {colored('filtered', typer.colors.YELLOW)}  {printable(line['filtered'])}"
    if line["rejected"]:
        yield from rejection(line["rejected"])
    for request in line["requests"]:
        yield from request_lines(request, newer_wins=newer_wins)
    yield from left_out_lines(line)
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


def request_lines(request: Mapping[str, Any], *, newer_wins: bool) -> Iterator[str]:
    """A request: its endpoint and what it does, then a line for each property."""
    payload, sources = request["payload"], request.get("explain") or {}
    address = urlsplit(request["url"])
    endpoint = address.path.lstrip("/").split("#")[0]
    source = [printable(f"<- {sources['event']}")] if "event" in sources else []
    text = joined(
        [f"  {endpoint}", printable(what_it_does(payload)), *source, address.netloc], "    "
    )
    yield text.replace(endpoint, colored(endpoint, typer.colors.GREEN), 1)
    if newer_wins and is_ordered(payload):
        yield wrapped(ONLY_NEWER, "    ")
    yield from value_lines(dict(properties_of(payload)), dict(properties_of(sources)))


def value_lines(values: Mapping[str, Any], sources: Mapping[str, Any]) -> Iterator[str]:
    """A line for each property, with its source; on a narrow terminal the source follows it."""
    width = min(LONGEST_NAME, max(map(len, values), default=0))
    indent = " " * (width + 6)
    for name, value in values.items():
        column = f"    {printable(name):<{width}}  "
        text = printable(value_text(name, value))
        source = printable(f"<- {sources[name]}") if name in sources else ""
        line = f"{column}{text}  {source}".rstrip()
        if fits(line):
            yield line
            continue
        yield wrapped(text, column, indent)
        if source:
            yield wrapped(source, indent)


def left_out_lines(line: Mapping[str, Any]) -> Iterator[str]:
    """What of the event is not sent, and why; nothing without --explain."""
    left_out = (line.get("explain") or {}).get("left_out") or {}
    for path, why in left_out.items():
        left = colored("left out", typer.colors.YELLOW)
        yield left.join(wrapped(printable(f"{path}: {why}"), "  left out  ").split("left out", 1))


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
