"""`python -m benchmarks.receiving`: requests a second on one core, under the real runtime client.

The function and the layer run as they are built; AWS is a process of its own. The figures are the
processor time of the function's process, which no other process affects.
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
from benchmarks.process import processor_seconds
from benchmarks.servers import run_aws
from sandbox.stack import build
from tests.fakes.runtime_api import LambdaRuntime

FUNCTION: Final = Path(__file__).parents[1] / "functions" / "receive_events"
SIZES: Final = (1, 20, 100)
REQUESTS: Final = 100
WARM: Final = 10
SEED: Final = 7


def main() -> None:
    """Measure, and print a table."""
    table = Table("events a request", "ms of processor a request", "requests a second", "events")
    with TemporaryDirectory() as folder, run_aws({"token": ""}, 0) as aws_url:
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
    """The processor time of a request with this many events, in seconds."""
    events = workload.events((WARM + REQUESTS) * size, SEED)
    requests = [build_request(list(group)) for group in batched(events, size, strict=False)]
    for request in requests[:WARM]:
        invoke(runtime, request)
    before = processor_seconds(runtime.pid)
    for request in requests[WARM:]:
        invoke(runtime, request)
    return (processor_seconds(runtime.pid) - before) / REQUESTS


def invoke(runtime: LambdaRuntime, event: dict[str, Any]) -> None:
    """Send one request; raises SystemExit when the response is not ok."""
    response = runtime.invoke(event)
    if response.failed or response.payload["statusCode"] != 200:  # noqa: PLR2004 - OK
        raise SystemExit(f"the response is not ok: {response.payload}")


def build_request(events: list[dict[str, Any]]) -> dict[str, Any]:
    """A batch as an SDK sends it and API Gateway passes it on."""
    body = gzip.compress(json.dumps({"batch": events}).encode())
    key = base64.b64encode(f"{aws.WRITE_KEY}:".encode()).decode()
    headers = {"Authorization": f"Basic {key}", "Content-Encoding": "gzip"}
    return {
        "httpMethod": "POST",
        "path": "/v1/batch",
        "resource": "/v1/{call}",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
        "requestContext": {"stage": "api", "identity": {"sourceIp": "203.0.113.7"}},
    }


def variables(aws_url: str) -> dict[str, str]:
    """The environment variables of template.yaml, and the address of AWS."""
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": aws_url,
        "BROWSER_ORIGINS": "",
        "EVENTS_QUEUE_URL": f"{aws_url}/events",
        "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
        "POWERTOOLS_SERVICE_NAME": "receive_events",
        "WRITE_KEYS_SECRET": "write-keys",
    }


if __name__ == "__main__":
    main()
