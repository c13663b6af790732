"""`python -m benchmarks.cold_start`: how long each function takes to start, beside a baseline.

Each function runs as it is built, under the real runtime client, with boto3 compiled as in Lambda's
runtime. Measured is the time from the start of the process to the first answer, with every client
made that an ordinary invocation uses. The baseline is a handler that makes the same clients and
nothing else. Functions and baselines take turns; the table shows medians.
"""

import argparse
import compileall
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.__main__ import HERE
from sandbox.stack import build
from tests.fakes.execution_environment import runtime_folder
from tests.fakes.runtime_api import LambdaRuntime

ROUNDS: Final = 15
KINDS: Final = ("function", "baseline")
# A handler that makes clients as the functions do, with the same time limits and nothing else.
BASELINE: Final = """
import boto3
from botocore.config import Config

config = Config(
    connect_timeout=1, read_timeout=3, retries={{"mode": "standard", "total_max_attempts": 2}}
)
clients = [boto3.client(name, config=config) for name in {clients!r}]


def handler(event, context):
    return len(clients)
"""
# The function itself, and its lazy clients made at once.
READY: Final = """
import app

dependencies = {dependencies}
clients = [{clients}]


def handler(event, context):
    return len(clients)
"""


@dataclass(frozen=True, slots=True)
class Start:
    """A function, how its dependencies are made, and the clients that an invocation uses."""

    function: str
    dependencies: str
    attributes: tuple[str, ...]
    clients: tuple[str, ...]
    goal: float


STARTS: Final = (
    Start(
        "deliver_events",
        "app.dependencies()",
        ("ssm", "secrets", "clients.dynamodb"),
        ("ssm", "secretsmanager", "dynamodb"),
        1.4,
    ),
    Start(
        "receive_events",
        "app.api().dependencies",
        ("secrets", "queue"),
        ("secretsmanager", "sqs"),
        1.15,
    ),
    Start(
        "regulations_api",
        "app.dependencies()",
        ("ssm", "secrets", "clients.dynamodb", "clients.sqs"),
        ("ssm", "secretsmanager", "dynamodb", "sqs"),
        1.1,
    ),
)


def main() -> None:
    """Start everything in turns, and print the medians."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.cold_start", description=__doc__)
    options.add_argument("--rounds", type=int, default=ROUNDS, help="starts of each")
    rounds: int = options.parse_args().rounds
    Console().print(table(measure_starts(rounds), rounds))


def measure_starts(rounds: int) -> dict[str, dict[str, float]]:
    """For each function, the medians of itself and its baseline in milliseconds, and the ratio.

    The first round does not count, since it reads every file from the disk.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        layer = build(folder).parent / "RudderMixpanelLayer"
        runtime = compiled_runtime(folder / "runtime")
        folders = {start.function: prepared(start, folder) for start in STARTS}
        times: dict[tuple[str, str], list[float]] = {}
        for _ in range(rounds + 1):
            for function, codes in folders.items():
                for kind, code in zip(KINDS, codes, strict=True):
                    taken = seconds_to_start(code, layer, runtime)
                    times.setdefault((function, kind), []).append(taken)
    return {
        function: start_figures(*(times[function, kind][1:] for kind in KINDS))
        for function in folders
    }


def start_figures(own: Sequence[float], baseline: Sequence[float]) -> dict[str, float]:
    """The figures of a function, from the seconds that it and its baseline took by turns.

    The ratio is the median of the rounds' own ratios, which other work on the machine hardly
    affects.
    """
    ratios = [mine / other for mine, other in zip(own, baseline, strict=True)]
    return {
        "ms": round(1000 * median(own), 1),
        "baseline_ms": round(1000 * median(baseline), 1),
        "ratio": round(median(ratios), 3),
    }


def compiled_runtime(folder: Path) -> Path:
    """What Lambda keeps in /var/runtime, as copies with every module compiled."""
    links = runtime_folder(folder.with_name("links"))
    shutil.copytree(links, folder)
    compileall.compile_dir(folder, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return folder


def prepared(start: Start, folder: Path) -> tuple[Path, Path]:
    """The folders of a function that is made ready at its start, and of its baseline."""
    own, baseline = folder / start.function, folder / f"{start.function}-baseline"
    shutil.copytree(HERE.parent / "functions" / start.function, own)
    clients = ", ".join(f"dependencies.{name}" for name in start.attributes)
    (own / "ready.py").write_text(READY.format(dependencies=start.dependencies, clients=clients))
    baseline.mkdir()
    (baseline / "ready.py").write_text(BASELINE.format(clients=start.clients))
    return own, baseline


def seconds_to_start(code: Path, layer: Path, runtime: Path) -> float:
    """The time from the start of a process to its first answer."""
    starting = LambdaRuntime(code, layer, "ready.handler", VARIABLES)
    starting.runtime = runtime
    began = perf_counter()
    with starting as function:
        answer = function.invoke({})
        taken = perf_counter() - began
    if answer.failed:
        raise SystemExit(f"{code.name} did not start: {answer.payload}")
    return taken


def table(figures: dict[str, dict[str, float]], rounds: int) -> Table:
    """The medians, and the ratios with their goals."""
    shown = Table(
        *("function", "ms", "baseline, ms", "ratio", "goal"), title=f"medians of {rounds} starts"
    )
    for start in STARTS:
        found = figures[start.function]
        row = (f"{found['ms']:.0f}", f"{found['baseline_ms']:.0f}", f"{found['ratio']:.2f}")
        shown.add_row(start.function, *row, f"≤ {start.goal}")
    return shown


# What template.yaml sets for any of the functions; no request is sent to these addresses.
VARIABLES: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "BROWSER_ORIGINS": "",
    "DELETIONS_QUEUE_URL": "http://127.0.0.1:1/deletions",
    "DELIVERY_CREDENTIALS_SECRET": "credentials",
    "DELIVERY_TIMEOUT": "60",
    "DESTINATION_ID": "default",
    "DESTINATION_SETTINGS_PARAMETER": "settings",
    "EVENTS_QUEUE_URL": "http://127.0.0.1:1/events",
    "LEDGER_TABLE": "ledger",
    "MIXPANEL_BASE_URL": "",
    "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
    "POWERTOOLS_SERVICE_NAME": "cold_start",
    "PROFILES_TABLE": "profiles",
    "REGULATIONS_TABLE": "regulations",
    "REJECTED_QUEUE_URL": "http://127.0.0.1:1/rejected",
    "SUPPRESSIONS_TABLE": "suppressions",
    "SUPPRESSION_KEY_SECRET": "suppression-key",
    "WEBHOOK_TOKENS_SECRET": "tokens",
    "WRITE_KEYS_SECRET": "keys",
}


if __name__ == "__main__":
    main()
