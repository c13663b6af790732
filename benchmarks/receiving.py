"""`python -m benchmarks.receiving`: requests a second on one core, under the real runtime client.

The function and the layer as they are built; AWS answers from a process of its own. What counts is
the processor's time of the function's process, so that nobody else's work is in it.
"""

import base64
import gzip
import json
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks import aws, workload
from benchmarks.process import processor
from sandbox.stack import build
from tests.fakes.runtime_api import LambdaRuntime

FUNCTION: Final = Path(__file__).parents[1] / "functions" / "receive_events"
SIZES: Final = (1, 20, 100)
REQUESTS: Final = 100
WARM: Final = 10
SEED: Final = 7


def main() -> None:
    """Measure, and print."""
    table = Table("events a request", "ms of processor a request", "requests a second", "events")
    with TemporaryDirectory() as folder, aws.running({"token": ""}, 0) as aws_url:
        layer = build(Path(folder)).parent / "RudderMixpanelLayer"
        environment = variables(aws_url)
        with LambdaRuntime(FUNCTION, layer, "app.handler", environment) as runtime:
            for size in SIZES:
                seconds = measure(runtime, size)
                rate = 1 / seconds
                table.add_row(
                    str(size), f"{1000 * seconds:.2f}", f"{rate:,.0f}", f"{rate * size:,.0f}"
                )
    Console().print(table)


def measure(runtime: LambdaRuntime, size: int) -> float:
    """Seconds of processor that a request with so many events takes."""
    events = workload.events((WARM + REQUESTS) * size, SEED)
    requests = [request(list(some)) for some in batched(events, size, strict=False)]
    for one in requests[:WARM]:
        answered(runtime, one)
    before = processor(runtime.pid)
    for one in requests[WARM:]:
        answered(runtime, one)
    return (processor(runtime.pid) - before) / REQUESTS


def answered(runtime: LambdaRuntime, event: dict[str, Any]) -> None:
    """Have one request answered, which must be with ok."""
    answer = runtime.invoke(event)
    if answer.failed or answer.payload["statusCode"] != 200:  # noqa: PLR2004 - OK
        raise SystemExit(f"not answered with ok: {answer.payload}")


def request(events: list[dict[str, Any]]) -> dict[str, Any]:
    """A batch as an SDK sends it, and as API Gateway hands it over."""
    body = gzip.compress(json.dumps({"batch": events}).encode())
    key = base64.b64encode(f"{aws.WRITE_KEY}:".encode()).decode()
    headers = {"Authorization": f"Basic {key}", "Content-Encoding": "gzip"}
    return {
        "httpMethod": "POST",
        "path": "/v1/batch",
        "resource": "/v1/{call}",
        "headers": headers,
        "multiValueHeaders": {name: [one] for name, one in headers.items()},
        "queryStringParameters": None,
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
        "requestContext": {"stage": "api", "identity": {"sourceIp": "203.0.113.7"}},
    }


def variables(aws_url: str) -> dict[str, str]:
    """What template.yaml sets, and where AWS is."""
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": aws_url,
        "BROWSER_ORIGINS": "",
        "EVENTS_QUEUE_URL": f"{aws_url}/events",
        "POWERTOOLS_SERVICE_NAME": "receive_events",
        "WRITE_KEYS_SECRET": "write-keys",
    }


if __name__ == "__main__":
    main()
