"""API Gateway: what a request looks like when it reaches a function."""

from typing import Any, Final

# The objects of an event that hold text under each name, and those that hold lists of text
TEXTS: Final = ("headers", "queryStringParameters")
LISTS: Final = ("multiValueHeaders", "multiValueQueryStringParameters")


def with_text_fields(event: dict[str, Any]) -> dict[str, Any]:
    """The event of a request with the headers and parameters that are text; others are missing.

    The gateway passes null for all headers or for one, as its console does in a test.
    """
    texts = {name: texts_of(event.get(name)) for name in TEXTS}
    return {**event, **texts, **{name: text_lists_of(event.get(name)) for name in LISTS}}


def texts_of(value: Any) -> dict[str, str]:
    """The fields of an object that are text."""
    return {name: text for name, text in fields_of(value).items() if isinstance(text, str)}


def text_lists_of(value: Any) -> dict[str, list[str]]:
    """The fields of an object that are lists, with the text in each; none without any."""
    lists = {
        name: [item for item in items if isinstance(item, str)]
        for name, items in fields_of(value).items()
        if isinstance(items, list)
    }
    return {name: texts for name, texts in lists.items() if texts}


def fields_of(value: Any) -> dict[str, Any]:
    """The fields of an object; none of anything else."""
    return value if isinstance(value, dict) else {}
