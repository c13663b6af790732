"""The environment of a scenario: what delivery and regulations depend on, while time passes.

Time passes during lookups and requests, and during them something else may happen: a regulation is
requested between the lookup of a user and the request about them, or while that request is under
way.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any, cast

import httpx
import orjson

from mixpanel_emulator.state.project import Project
from rudder_mixpanel.aws.sqs import Queue
from rudder_mixpanel.aws.time_limits import TimeLeft
from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.token_proofs import TokenProofs
from rudder_mixpanel.profiles.store import NoLease, ProfileItem, Release
from rudder_mixpanel.suppression import keyed_hash, pseudonym
from tests.build import config, destination
from tests.fakes.deletion import FakeDeletionDependencies
from tests.fakes.delivery_tables import MemoryLedger, MemoryProfileStore
from tests.fakes.ingestion import (
    accept_all,
    failed_record,
    is_probe,
    partly_imported,
    records_in,
)
from tests.fakes.sqs.client import QUEUE_URL, MemorySqsClient
from tests.interleavings.deletion_api import DeletionApi
from tests.interleavings.spellings import USERS, names_in
from tests.interleavings.tables import UnreliableTable

KEY = b"k" * 32
TIMEOUT = 60
# Seconds that a deletion task stays in each of three statuses: minutes, hours, and up to 20 days.
# Few scenarios are long: they take many times as many requests.
LONG_STAGE = 3_600
STAGES = (*[60, 3_600] * 28, 86_400, 86_400, 4 * 86_400, 19 * 28_800)


class OutOfTime(BaseException):
    """Lambda has ended the invocation."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request to the ingestion API: its start and end in seconds, and the names in it."""

    start: float
    end: float
    names: set[str]


class Environment(ABC):
    """The dependencies of delivery and of the regulations API, with responses by a seed."""

    destination_id = "default"
    delivery_timeout = TIMEOUT

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - reproducible
        mode = self.random.choice(["original", "simplified"])
        self.config = config(
            identityMergeApi=mode, propIncrements=["seats"], groupKeySettings=["company"]
        )
        api = self.random.choice(["task", "task", "engage"])
        stage = self.random.choice(STAGES)
        self.deletion = FakeDeletionDependencies(
            config={"identityMergeApi": mode, "userDeletionApi": api},
            project=Project(deletion_stage_seconds=stage),
            dies_after=self.deaths(),
        )
        self.api = DeletionApi(
            self.random,
            self.deletion,
            self.pass_time,
            self.note_deletion,
            failure_rate=self.random.choice([0.05, 0.05, 0.05, 0.3]),
            bad_ends=self.random.choice([0, 0, 0.1, 0.3]),
            poisonous=self.random.choice([*USERS, *[""] * 9]),
            is_refused_at_once=self.happens(0.3),
        )
        if stage > LONG_STAGE:
            self.api.calm_down()
        failures = self.random.choice([0, 0, 0.02, 0.1])
        self.repository = UnreliableTable(self.deletion.repository, self.random, failures)
        self.suppressions = UnreliableTable(self.deletion.suppressions, self.random, failures)
        self.deletion.repository, self.deletion.suppressions = self.repository, self.suppressions
        self.profile_times = UnreliableTable(self.deletion.profile_times, self.random, failures)
        self.deletion.profile_times = self.profile_times
        self.lookups = Lookups(self)
        self.order = ProfileTimes(self)
        self.http = httpx.Client(transport=httpx.MockTransport(self.answer_ingestion))
        self.sent: list[Sent] = []
        self.updated_profiles = 0
        self.invocation_ends = float("inf")
        self.is_interrupted = False
        self.ledger = MemoryLedger()
        self.token_proofs = TokenProofs()
        self.rejected_sqs = MemorySqsClient()
        self.rejected_queue = Queue(cast("Any", self.rejected_sqs), QUEUE_URL)
        self.events_queue = Queue(cast("Any", MemorySqsClient()), QUEUE_URL)

    @abstractmethod
    def interrupt(self) -> None:
        """Do what happens while a lookup or a request is under way."""

    @abstractmethod
    def note_deletion(self, ids: frozenset[str]) -> frozenset[str]:
        """Note who is wrongly named by a request for a deletion, which is about to be sent.

        Returns the regulations for which it is sent.
        """

    def deaths(self) -> frozenset[int]:
        """The calls to tables and Mixpanel after which the process dies; often none."""
        if not self.happens(0.3):
            return frozenset()
        return frozenset(self.random.sample(range(1, 300), 3))

    # What delivery depends on

    def mixpanel(self) -> IngestionClient:
        """A client of the ingestion API."""
        return IngestionClient(self.http, destination(**self.config))

    def refreshed_mixpanel(self) -> IngestionClient:
        """The same client: the secret does not change."""
        return self.mixpanel()

    def suppression_lookup(self, _: TimeLeft) -> "Lookups":
        """The suppressed users."""
        return self.lookups

    def profile_store(self, _: TimeLeft) -> "ProfileTimes":
        """When profiles were updated."""
        return self.order

    # What the regulations API depends on

    def now(self) -> int:
        """The time, in seconds since 1970."""
        return self.deletion.now()

    def settings(self) -> DeletionSettings:
        """The settings that say how the destination deletes."""
        return self.deletion.mixpanel().settings

    def keyed_hash(self, text: str) -> str:
        """The keyed hash of a text."""
        return keyed_hash(KEY, text)

    def pseudonym(self, identifier: str) -> str:
        """The pseudonym of an identifier."""
        return pseudonym(KEY, identifier)

    def wake(self) -> None:
        """Count the message: the scenario runs the worker itself."""
        self.deletion.wake()

    # Time and chance

    def pause(self, longest: float) -> float:
        """Let up to so many seconds pass. Raises OutOfTime."""
        self.pass_time(longest)
        return longest

    def happens(self, probability: float) -> bool:
        """Whether something with this probability happens."""
        return self.random.random() < probability

    @property
    def seconds(self) -> float:
        """The time in seconds since 1970, with fractions."""
        return self.deletion.time.timestamp()

    def pass_time(self, most: float) -> None:
        """Let up to this many seconds pass, in which something else may happen.

        Raises OutOfTime when the invocation has reached its time limit.
        """
        before, after = self.random.uniform(0, most), self.random.uniform(0, most)
        self.deletion.time += timedelta(seconds=before / 2)
        if not self.is_interrupted and self.happens(0.25):
            self.is_interrupted = True
            self.interrupt()
            self.is_interrupted = False
        self.deletion.time += timedelta(seconds=after / 2)
        if self.seconds > self.invocation_ends:
            raise OutOfTime

    # Mixpanel

    def answer_ingestion(self, request: httpx.Request) -> httpx.Response:
        """Respond to a request with events or updates, after some time."""
        start, names = self.seconds, names_in(orjson.dumps(records_in(request)).decode())
        try:
            self.pass_time(12)
        finally:
            # The time limit cuts a request off.
            end = min(self.seconds, self.invocation_ends)
            self.sent.append(Sent(start, end, names))
        if self.happens(0.1):
            return httpx.Response(503)
        if self.happens(0.1):
            return httpx.Response(200, text="<html>")
        if request.url.path == "/import" and not is_probe(request) and self.happens(0.3):
            records = records_in(request)
            first = failed_record(0, records[0]["properties"]["$insert_id"])
            return partly_imported(len(records), first)
        return accept_all(request)


class ProfileTimes:
    """The table of profile updates as delivery reads and writes it, while time passes."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.store = MemoryProfileStore(environment.deletion.stored_profile_times.items, key=KEY)
        self.key = KEY

    def read(self, ids: Collection[str]) -> dict[str, ProfileItem]:
        """The items. Raises TableUnavailable."""
        self.environment.pass_time(2)
        if self.environment.happens(0.03):
            raise TableUnavailable("down")
        return self.store.read(ids)

    def lease(self, items: Mapping[str, ProfileItem], until: int) -> dict[str, str | NoLease]:
        """Take the leases."""
        self.environment.pass_time(2)
        leases = self.store.lease(items, until)
        self.environment.updated_profiles += len(leases)
        return leases

    def release(self, releases: Mapping[str, Release], now: int) -> set[str]:
        """Write the histories and end the leases."""
        self.environment.pass_time(2)
        return self.store.release(releases, now)


class Lookups:
    """The table of suppressed users as the delivery function reads it."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def look_up(self, identifiers: Collection[str]) -> dict[str, frozenset[str]]:
        """The regulations that suppress each identifier at some time during the lookup."""
        self.environment.pass_time(2)
        if self.environment.happens(0.03):
            return {}
        store = self.environment.deletion.stored_suppressions
        holders = {
            identifier: store.get(pseudonym(KEY, identifier)).holders for identifier in identifiers
        }
        self.environment.pass_time(2)
        return holders

    def count(self, *_: object) -> None:
        """Do nothing: no test of this kind reads the counts."""
