"""`python -m benchmarks.emulator`: how many events a second an emulator accepts over HTTP."""

import argparse
import gzip
import subprocess
import sys
from datetime import timedelta
from itertools import batched
from time import perf_counter

import httpx
import orjson

from benchmarks.workload import START

BATCH = 2000
# The emulator's clock starts after the last event, so that none is too old or in the future.
CLOCK = START + timedelta(days=1)
TOKEN = "f00dfeedf00dfeedf00dfeedf00dfeed"  # noqa: S105 - the emulator's own


def main() -> None:
    """Measure the rate and print it."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.emulator", description=__doc__)
    options.add_argument("--count", type=int, default=100_000, help="events to send")
    count: int = options.parse_args().count
    bodies = [
        gzip.compress(orjson.dumps(batch), 1)
        for batch in batched(events(count), BATCH, strict=False)
    ]
    rate = count / measure(bodies)
    sys.stdout.write(f"{rate:,.0f} events a second, of {count:,} in batches of {BATCH:,}\n")


def events(count: int) -> list[dict[str, object]]:
    """Build events like those mapped from RudderStack, with properties and a list of products."""
    at = int(START.timestamp())
    return [
        {
            "event": "Order Completed",
            "properties": {
                "time": at + number % 3600,
                "distinct_id": f"user-{number % 5000}",
                "$insert_id": f"{number:036d}",
                "$user_id": f"user-{number % 5000}",
                "$device_id": f"device-{number % 7000}",
                "$os": "iOS",
                "$browser": "Mobile Safari",
                "$current_url": "https://shop.example.com/orders/42?coupon=hasbros",
                "$screen_height": 812,
                "$screen_width": 375,
                "utm_source": "newsletter",
                "ip": "192.0.2.7",
                "currency": "EUR",
                "revenue": number / 100,
                "products": [
                    {"product_id": f"p-{n}", "name": "Monopoly", "price": 19.5, "quantity": n}
                    for n in range(3)
                ],
            },
        }
        for number in range(count)
    ]


def measure(bodies: list[bytes]) -> float:
    """Return the seconds that an emulator, which is a single thread, needs for these requests."""
    command = [
        sys.executable,
        "-m",
        "mixpanel_emulator.command",
        "--port",
        "0",
        "--clock",
        CLOCK.isoformat(),
    ]
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout  # noqa: S101 - it is a pipe
        url = process.stdout.readline().decode().split()[-1]
        with httpx.Client(base_url=url, auth=(TOKEN, ""), trust_env=False, timeout=60) as http:
            start = perf_counter()
            for body in bodies:
                response = http.post("/import?strict=1", content=body, headers=headers)
                response.raise_for_status()
            elapsed = perf_counter() - start
        process.terminate()
    return elapsed


if __name__ == "__main__":
    main()
