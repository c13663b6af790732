"""API Gateway: what a request looks like when it reaches a function."""

from typing import Any


def with_text_headers(event: dict[str, Any]) -> dict[str, Any]:
    """The event of a request with the headers that are text; others count as missing.

    The gateway passes null for all headers or for one, as its console does in a test.
    """
    headers, lists = event.get("headers"), event.get("multiValueHeaders")
    return {
        **event,
        "headers": {
            name: value for name, value in fields_of(headers).items() if isinstance(value, str)
        },
        "multiValueHeaders": {
            name: texts
            for name, values in fields_of(lists).items()
            if isinstance(values, list)
            and (texts := [value for value in values if isinstance(value, str)])
        },
    }


def fields_of(value: Any) -> dict[str, Any]:
    """The fields of an object; none of anything else."""
    return value if isinstance(value, dict) else {}
