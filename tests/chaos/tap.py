"""Every connection of a process goes through a tap, which can kill the process at a moment."""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Awaitable, Coroutine, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final, Protocol, Self

from tests.chaos.moments import ANY, Moment, Phase, call_name

# A variable of the environment that is an address, and nothing more: a queue's URL has a path.
ADDRESS: Final = re.compile(r"((?:http://)?127\.0\.0\.1:)(\d+)")
LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
HEAD_BYTES: Final = 1 << 20
CHUNK: Final = 1 << 16
# Seconds that a server has to respond to a process that is dead
PATIENCE: Final = 1
# What reading and writing raise when the other end is gone
GONE: Final = (ConnectionError, asyncio.IncompleteReadError)


class Killable(Protocol):
    """A process as a tap needs it."""

    def kill(self) -> None:
        """Send SIGKILL."""
        ...


class TapLoop:
    """The thread in which all taps forward, while the `with` block lasts."""

    def __enter__(self) -> Self:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the thread, and forward no more."""
        self.run(cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run[T](self, task: Coroutine[Any, Any, T]) -> T:
        """The result of a task that runs in the thread."""
        return asyncio.run_coroutine_threadsafe(task, self._loop).result()


async def cancel_others() -> None:
    """Cancel every task but this one, and wait for their end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    # Connections are closed one step later.
    await asyncio.sleep(0)


class Tap:
    """Forwards the connections of one process after the other."""

    def __init__(self, loop: TapLoop) -> None:
        self.process: Killable | None = None
        # The call and the phase at which the process was killed
        self.killed_at: tuple[str, Phase] | None = None
        self._loop = loop
        self._moment: Moment | None = None
        self._counts: Counter[str] = Counter()
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def through(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment of a new process, with addresses of the tap for those in it."""
        self.close()
        return {name: self._replaced(value) for name, value in environment.items()}

    def close(self) -> None:
        """Accept no more connections."""
        self._loop.run(self._close())

    def arm(self, moment: Moment | None) -> None:
        """Kill the process at this moment from now on; None is never."""
        self.killed_at = None
        self._counts.clear()
        self._moment = moment

    def disarm(self) -> None:
        """Kill the process no more. In the loop of the tap, so that no strike is half done."""
        self._loop.run(self._disarm())

    async def _disarm(self) -> None:
        self._moment = None

    async def forward(
        self, port: int, client: asyncio.StreamReader, back: asyncio.StreamWriter
    ) -> None:
        """Forward one connection to a port of this machine."""
        try:
            server, forth = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            back.close()
            return
        link = Link(self, client, back, server, forth)
        responses = self._remember(link.forward_responses())
        try:
            await link.forward_requests()
            # A server completes what it has begun before it notices that the process is dead.
            await asyncio.wait([responses], timeout=PATIENCE)
        finally:
            responses.cancel()
            back.close()
            forth.close()

    def due_phase(self, call: str, *phases: Phase) -> Phase | None:
        """The phase at which the process is to be killed in this call; counts the call."""
        moment = self._moment
        if moment is None or moment.phase not in phases or moment.call not in {call, ANY}:
            return None
        self._counts[moment.call] += 1
        return moment.phase if self._counts[moment.call] == moment.nth else None

    async def strike(self, call: str) -> None:
        """Kill the process after the moment's delay, unless its invocation ends first."""
        moment, process = self._moment, self.process
        if moment is None or process is None:
            return
        await asyncio.sleep(moment.delay)
        if self._moment is moment:
            self._moment, self.killed_at = None, (moment.shown_name(call), moment.phase)
            process.kill()

    def strike_soon(self, call: str) -> None:
        """Kill the process after the moment's delay, and go on meanwhile."""
        self._remember(self.strike(call))

    def part_of(self, request: bytes) -> bytes:
        """The part of a request that still arrives when its process is killed within it."""
        return request[: int(len(request) * (self._moment.part if self._moment else 1))]

    def _remember(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task; the event loop itself would not keep it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _replaced(self, value: str) -> str:
        address = ADDRESS.fullmatch(value)
        if address is None:
            return value
        return f"{address[1]}{self._loop.run(self._listen(int(address[2])))}"

    async def _listen(self, port: int) -> int:
        """Listen on a new port, and forward its connections to another one."""
        accept = partial(self.forward, port)
        server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=HEAD_BYTES)
        self._servers.append(server)
        listening: int = server.sockets[0].getsockname()[1]
        return listening

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        self._servers.clear()


class Link:
    """A connection of the process, and its other half to the server."""

    def __init__(
        self,
        tap: Tap,
        client: asyncio.StreamReader,
        back: asyncio.StreamWriter,
        server: asyncio.StreamReader,
        forth: asyncio.StreamWriter,
    ) -> None:
        self.tap = tap
        self.client, self.back = client, back
        self.server, self.forth = server, forth
        # The call whose response has not begun; empty if there is none
        self.call = ""

    async def forward_requests(self) -> None:
        """Forward each request when it is complete, until the process closes the connection."""
        with suppress(*GONE):
            while await self.forward_request():
                pass
        with suppress(OSError, RuntimeError):
            self.forth.write_eof()

    async def forward_request(self) -> bool:
        """Forward one request; return whether the process lives on."""
        head = await self.client.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        request = head + await self.client.readexactly(int(length[1]) if length else 0)
        self.call = call = call_name(head)
        phase = self.tap.due_phase(call, "before", "within", "sent")
        if phase == "before":
            await self.tap.strike(call)
            return False
        await write(self.forth, self.tap.part_of(request) if phase == "within" else request)
        if phase:
            await self.tap.strike(call)
        return phase is None

    async def forward_responses(self) -> None:
        """Forward what the server sends, until it closes the connection."""
        with suppress(*GONE):
            while chunk := await self.server.read(CHUNK):
                call, self.call = self.call, ""
                phase = self.tap.due_phase(call, "unread", "read") if call else None
                if phase == "unread":
                    await self.tap.strike(call)
                    continue
                # A dead process reads nothing, which must not disturb the server.
                with suppress(*GONE):
                    await write(self.back, chunk)
                if phase:
                    self.tap.strike_soon(call)
        self.back.close()


def write(writer: asyncio.StreamWriter, data: bytes) -> Awaitable[None]:
    """Write everything."""
    writer.write(data)
    return writer.drain()
