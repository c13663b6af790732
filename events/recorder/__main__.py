"""Record the samples of deliver_events again: python -m events.recorder."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from events.recorder import node, samples, story
from events.recorder.enrich import enriched
from events.recorder.server import WRITE_KEY, Recorder

SAMPLES: Final = Path(__file__).parents[1] / "deliver_events"

# The SDKs run on the shop's server, so this is its address and not the visitor's.
REQUEST_IP: Final = "198.51.100.23"


def record(tell: Callable[[str, str], None]) -> list[dict[str, Any]]:
    """The events of a story as a destination gets them, in the order they came in."""
    with Recorder() as recorder:
        tell(recorder.url, WRITE_KEY)
    return [enriched(one.event, one.at, REQUEST_IP) for one in recorder.received]


def main(arguments: Sequence[str] | None = None) -> None:
    """Record with each SDK that is here, and write what came."""
    parser = argparse.ArgumentParser(prog="python -m events.recorder", description=__doc__)
    parser.add_argument("--into", type=Path, default=SAMPLES, help="folder (default: %(default)s)")
    folder: Path = parser.parse_args(arguments).into

    events = record(story.tell)
    made = samples.recorded("python", events) | samples.derived(events)
    if absent := node.missing():
        sys.stderr.write(
            f"Not installed: {' and '.join(absent)}. The Node samples stay as they are.\n"
        )
    else:
        node.install()
        made |= samples.recorded("node", record(node.tell))
    samples.write(made, folder)
    sys.stdout.write(f"Wrote {len(made)} samples.\n")


if __name__ == "__main__":
    main()
