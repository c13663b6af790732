"""Delivery by three processes at once, which share the queue, the ledger and Mixpanel."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final, Self

from tests.chaos.forks import ForkedRuntime, ForkServer
from tests.chaos.moments import Moment, Phase
from tests.chaos.tap import Tap, TapLoop
from tests.fakes.clock import SharedClock
from tests.fakes.event_source import EventSource
from tests.fakes.lambda_function import LambdaFunction
from tests.fakes.sqs.account import START
from tests.fakes.sqs.queue import Received
from tests.package.conftest import Built
from tests.system.clocked_function import ClockedFunction
from tests.system.delivery_system import FUNCTION, DeliverySystem

PROCESSES: Final = 3
SETTINGS: Final[dict[str, Any]] = {
    "people": True,
    "groupKeySettings": [{"groupKey": "company"}],
    "propIncrements": [{"property": "orders"}],
    "appendProperties": [{"property": "visits"}],
}
# How many records a second process receives as well, and a third
SHARED: Final = 0.4

type Batch = list[Received]


def start(function: LambdaFunction) -> None:
    """Start the process of a function, unless it runs; a call would start it too late."""
    if function._running and function._running._process.poll() is not None:
        function._stack.close()
        function._running = None
    function._process()


class PreparedSource(EventSource):
    """An event source that is told its next batch."""

    prepared: Batch

    def _next_batch(self) -> Batch:
        return self.prepared


class ChaosSystem(DeliverySystem):
    """All parts of delivery, with three processes of the function; one trial after another."""

    def __init__(self, built: Built, aws: str, folder: Path) -> None:
        super().__init__(built, aws, SharedClock(START, folder / "clock"), **SETTINGS)

    def __enter__(self) -> Self:
        """Start all parts; the processes of the function start when they are needed."""
        super().__enter__()
        self._clocked.show_time()
        loop = self._stack.enter_context(TapLoop())
        self.taps = [Tap(loop) for _ in range(PROCESSES)]
        for tap in self.taps:
            self._stack.callback(tap.close)
        self._forks = self._stack.enter_context(
            ForkServer(
                self._clocked.folder,
                self.built.layer,
                ClockedFunction.handler,
                self._environment(),
            )
        )
        self.functions = [self._function(number) for number in range(PROCESSES)]
        self.sources = [
            PreparedSource(self.events, function, batch_size=0, lock=self.sqs.lock)
            for function in self.functions
        ]
        return self

    def reset(self) -> None:
        """Forget the trial before; processes that were not killed are used again."""
        self.sent.clear()
        for queue in (self.events, self.rejected, self.dead):
            queue.purge()
            queue.expired.clear()
        for source, function in zip(self.sources, self.functions, strict=True):
            source.batches.clear()
            function.answers.clear()
        self.mixpanel.reset()
        self.mixpanel.clear_faults()

    def visible_batches(self, random: Random) -> list[Batch]:
        """What is visible, divided between the processes; some records are in several batches."""
        batches: list[Batch] = [[] for _ in range(PROCESSES)]
        with self.sqs.lock:
            while received := self.events.receive():
                first, *others = random.sample(batches, PROCESSES)
                first += received
                for batch in others:
                    if random.random() < SHARED:
                        # SQS delivers at least once: here it delivers to both at once.
                        batch.append(self.events._hand_out(received[0].message, self.visibility))
        for batch in batches:
            random.shuffle(batch)
        return batches

    @property
    def visibility(self) -> int:
        """The visibility timeout of the events queue, in seconds."""
        return self.events.settings.visibility

    def invoke_at_once(
        self, batches: Sequence[Batch], moments: Sequence[Moment | None]
    ) -> list[tuple[str, Phase]]:
        """Invoke the processes, and kill some; return the calls and phases of those killed."""
        active = []
        plan = zip(self.functions, self.sources, self.taps, batches, moments, strict=True)
        for function, source, tap, batch, moment in plan:
            if batch:
                source.prepared = batch
                active.append(source)
                start(function)
            tap.arm(moment if batch else None)
        with ThreadPoolExecutor(PROCESSES) as threads:
            list(threads.map(EventSource.poll, active))
        for tap in self.taps:
            tap.disarm()
        return [tap.killed_at for tap in self.taps if tap.killed_at]

    def _function(self, number: int) -> LambdaFunction:
        """A function whose invocations have names of their own, as in one account."""
        new_process = partial(self._forked, self.taps[number])
        function = self._stack.enter_context(LambdaFunction(new_process))
        function._request_ids = (f"{number:08}-0000-4000-8000-{n:012}" for n in count(1))
        return function

    def _forked(self, tap: Tap) -> ForkedRuntime:
        timeout = self._properties(FUNCTION)["Timeout"]
        return ForkedRuntime(self._forks, tap, self._environment(), timeout=timeout)
