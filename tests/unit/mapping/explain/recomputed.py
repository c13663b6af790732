"""Recomputes the values of requests from the sentences that explain them, and from the event."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rudder_mixpanel.mapping.browser import parse_user_agent
from rudder_mixpanel.message.values import js_text
from tests.unit.mapping.explain.parts import leaves_of, parts_of, written
from tests.unit.mapping.explain.samples import Sample

NOTES = re.compile(r", (in place of|Mixpanel (cuts|may cut|writes|replaces)|because Mixpanel) .*")
CONVERTED = re.compile(
    r", (as a list of one|as text|as a number|the first address in it|without .*)"
)
LISTED = re.compile(r", | and ")
CONSTANTS = {"$merge", "$create_alias", "Product Purchased"}
ARRIVAL = "the time at which the queue got the event (SentTimestamp)"


def parts_by_path(sample: Sample) -> dict[str, Any]:
    """Every part of an event, by its path as an explanation writes it."""
    return {written(keys): part for keys, part in parts_of(sample.message).items()}


def is_recomputed(
    sentence: str, name: str, sent: Any, sample: Sample, parts: dict[str, Any]
) -> bool:
    """Whether the value that is sent follows from the sentence and the parts of the event."""
    source = NOTES.sub("", sentence)
    path = CONVERTED.sub("", source)
    if path in parts:
        value = converted(parts[path], CONVERTED.findall(source))
        return bool(exact(value) == exact(sent))
    for pattern, recompute in RULES.items():
        if match := re.fullmatch(pattern, source):
            values = [parts.get(path, path) for path in match.groups()]
            return bool(recompute(sent, name, sample, *values))
    return is_put_together(source, sent, parts)


def exact(value: Any) -> Any:
    """A value in which 1 and true differ; 1.0 is 1 in JSON's numbers."""
    if isinstance(value, bool):
        return repr(value)
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    return [exact(item) for item in value] if isinstance(value, list) else value


def converted(value: Any, conversions: list[str]) -> Any:
    """A value after what the sentence says was done to it, one after the other."""
    for words in conversions:
        if words == "as a list of one":
            value = [value]
        elif words == "as a number":
            value = float(value)
        elif words == "as text":
            value = [text(item) for item in value] if isinstance(value, list) else text(value)
        elif words == "the first address in it":
            value = value.split(",")[0]
        else:
            value = value.removeprefix(words.removeprefix("without the prefix "))
    return value


def text(value: Any) -> Any:
    """A value as text; what cannot be an id stays as it is."""
    return value if value is None or isinstance(value, dict | list) else js_text(value)


def is_put_together(source: str, sent: Any, parts: dict[str, Any]) -> bool:
    """Whether a value has the values of all parts that the sentence lists, and no others."""
    paths = LISTED.split(re.sub("^an? (list|object) of ", "", source))
    return sorted(leaf for path in paths for leaf in texts_in(parts[path])) == texts_in(sent)


def texts_in(value: Any) -> list[str]:
    """The values in a value that contain no others; null stands for one that was taken out."""
    return sorted(js_text(leaf) for leaf in leaves_of(value).values() if leaf is not None)


def milliseconds_of(value: Any) -> int:
    """The time that a text or a number says."""
    if not isinstance(value, str) or value.isdecimal():
        return int(value)
    moment = datetime.fromisoformat(value)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def is_charge(sent: Any, _: str, sample: Sample, amount: Any, time: Any) -> bool:
    """Whether a charge has the amount and the time."""
    expected = sample.now if time == ARRIVAL else milliseconds_of(time)
    same_time = milliseconds_of(sent["$time"]) == expected
    return same_time and bool(sent["$amount"] == float(amount))


# What a sentence says, and whether a value follows from that and from the values at its paths
RULES: dict[str, Callable[..., Any]] = {
    "the destination's token": lambda sent, _, sample: sent == sample.resolved.token,
    "a constant: .*": lambda sent, _, sample: sent in sample.constants,
    "a constant(?:,| for) .*": lambda sent, _, __: sent in CONSTANTS,
    r"the setting \w+Template(?: with (.+?))?(?: and (.+))?": (
        lambda sent, _, __, *values: all(v is None or js_text(v) in sent for v in values)
    ),
    re.escape(ARRIVAL): lambda sent, _, sample: sent == sample.now,
    "(.+), read as seconds, in milliseconds since 1970": (
        lambda sent, _, __, value: sent == float(value) * 1000
    ),
    "(.+), in milliseconds since 1970": lambda sent, _, __, value: sent == milliseconds_of(value),
    r"(.+) with the prefix (\$device:)": (
        lambda sent, _, __, value, prefix: sent == prefix + js_text(value).removeprefix(prefix)
    ),
    "last 36 characters of (.+)": lambda sent, _, __, value: sent == js_text(value)[-36:],
    "hash of .+": lambda sent, _, __: re.fullmatch("[0-9a-f]{36}", sent),
    "true, because (.+) is false": lambda sent, _, __, value: sent is True and value is False,
    "the browser in (.+)": lambda sent, name, _, value: sent == parse_user_agent(value)[name],
    "(.+) and (.+), with a blank between them": (
        lambda sent, _, __, first, last: sent == f"{js_text(first)} {js_text(last)}"
    ),
    "(.+) as the amount, and (.+) as the time": is_charge,
    "empty, as lists .*": lambda sent, _, __: sent in ({}, []),
}
