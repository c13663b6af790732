"""`python -m benchmarks.emulator`: how many events a second one emulator accepts over HTTP."""

import argparse
import gzip
import sys
from datetime import timedelta
from itertools import batched
from time import perf_counter

import httpx
import orjson

from benchmarks.servers import run_emulator
from benchmarks.workload import START

BATCH = 2000
# The emulator's clock starts after the last event, so that none is too old or in the future.
CLOCK = START + timedelta(days=1)
TOKEN = "f00dfeedf00dfeedf00dfeedf00dfeed"  # noqa: S105 - the emulator's own


def main() -> None:
    """Measure, and print a line."""
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
    """Mapped events with a dozen properties and a list of products."""
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
    """The seconds in which one emulator, which is one thread, accepts these requests in a row."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    with (
        run_emulator(CLOCK) as url,
        httpx.Client(base_url=url, auth=(TOKEN, ""), trust_env=False, timeout=60) as http,
    ):
        start = perf_counter()
        for body in bodies:
            response = http.post("/import?strict=1", content=body, headers=headers)
            response.raise_for_status()
        return perf_counter() - start


if __name__ == "__main__":
    main()
