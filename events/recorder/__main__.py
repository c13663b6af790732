"""Records the samples of deliver_events again: python -m events.recorder."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from events.recorder import node, samples, scenario
from events.recorder.enrich import enrich_event
from events.recorder.server import WRITE_KEY, Recorder

SAMPLES: Final = Path(__file__).parents[1] / "deliver_events"

# The SDKs run on the shop's server: this is its address, not the visitor's.
REQUEST_IP: Final = "198.51.100.23"


def record(send: Callable[[str, str], None]) -> list[dict[str, Any]]:
    """The events of a scenario as a destination receives them, in order of arrival."""
    with Recorder() as recorder:
        send(recorder.url, WRITE_KEY)
    return [enrich_event(item.event, item.at, REQUEST_IP) for item in recorder.received]


def main(arguments: Sequence[str] | None = None) -> None:
    """Record with each installed SDK, and write the samples."""
    parser = argparse.ArgumentParser(prog="python -m events.recorder", description=__doc__)
    parser.add_argument("--into", type=Path, default=SAMPLES, help="folder (default: %(default)s)")
    folder: Path = parser.parse_args(arguments).into

    events = record(scenario.send)
    written = samples.recorded("python", events) | samples.derived(events)
    if missing := node.missing():
        sys.stderr.write(
            f"Not installed: {' and '.join(missing)}. The Node samples are unchanged.\n"
        )
    else:
        node.install()
        written |= samples.recorded("node", record(node.send))
    samples.write(written, folder)
    sys.stdout.write(f"Wrote {len(written)} samples.\n")


if __name__ == "__main__":
    main()
