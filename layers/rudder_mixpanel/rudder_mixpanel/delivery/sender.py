"""Sends requests to one of Mixpanel's endpoints, and stops at the first sign of an outage there."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from threading import Lock
from typing import Final, TypeGuard

from rudder_mixpanel.aws.time_limits import TimeLeft
from rudder_mixpanel.delivery.credential_check import CredentialCheck
from rudder_mixpanel.delivery.suppression_check import SuppressionCheck
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.batching import Request
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.operations import Endpoint
from rudder_mixpanel.mixpanel.outcomes import DELIVERED, NO_TIME_LEFT, Kept, Outcome
from rudder_mixpanel.mixpanel.responses import (
    MIN_BODY_LIMIT,
    MixpanelResponse,
    NoResponse,
    Split,
    interpret_response,
    rejected_by_mixpanel,
)
from rudder_mixpanel.mixpanel.token_responses import refuses_credentials

# Milliseconds. A request that starts must be able to end: connecting, writing and waiting take up
# to 15 seconds, the ledger needs some, and the queues 10.
TIME_FOR_A_REQUEST: Final = 29_000
# Unexplained responses about a single operation that count as an outage: the first may be that
# operation's own fault, and must not stop the others.
MAX_UNEXPLAINED: Final = 3
# Single operations refused one after the other, with nothing delivered in between: then the refusal
# is about the project, and each further request is sent once, whole.
MAX_REFUSALS: Final = 3


class Sender:
    """Sends requests to one endpoint during one invocation, until there is a sign of an outage."""

    def __init__(
        self,
        mixpanel: IngestionClient,
        time_left: TimeLeft,
        suppression_check: SuppressionCheck,
        credential_check: CredentialCheck,
    ) -> None:
        self.mixpanel = mixpanel
        self.time_left = time_left
        self.suppression_check = suppression_check
        self.credential_check = credential_check
        self.outage: Kept | None = None
        self.unexplained_responses = 0
        # Since the last delivery: how many single operations were refused, and why they are kept.
        self.refusals = 0
        self.refusal: Kept | None = None
        # Whether something was delivered, and nothing refused since.
        self.accepts = False
        # Profiles of which an update is kept: later updates must not overtake it.
        self.kept_profiles: dict[tuple[str, ...], Kept] = {}
        # What each request was answered.
        self.answers: list[str] = []
        # Requests side by side note what they learn one after the other.
        self.lock = Lock()

    @property
    def blocked_by(self) -> Kept | None:
        """Why no further request is sent in this invocation; None when one may be."""
        if self.outage is None and self.time_left() < TIME_FOR_A_REQUEST:
            self.outage = NO_TIME_LEFT
        return self.outage

    def reason_to_keep(self, request: Request) -> Kept | None:
        """Why a request is not sent; None when it may be. May ask Mixpanel about the token.

        /import authenticates each request. The other endpoints accept any token, and drop what is
        sent under one of no project.
        """
        if self.blocked_by is not None or request.endpoint == "import":
            return self.blocked_by
        # Asking takes time, too.
        return self.credential_check.token_objection(self.mixpanel) or self.blocked_by

    def send(self, request: Request, *, again: bool = False) -> list[Outcome]:
        """Send the operations of a request that may be sent, and return the outcome of each.

        `again` when they were sent before: then their users are looked up again, since one may
        have been suppressed meanwhile.
        """
        if (reason := self.reason_to_keep(request)) is not None:
            outcomes: list[Outcome] = [reason] * len(request.operations)
            self.note_kept_profiles(request, outcomes)
            return outcomes
        blocked = self.blocked_operations(request, again=again)
        # The lookup takes time, too.
        if (reason := self.blocked_by) is not None:
            return [outcome or reason for outcome in blocked]
        allowed = tuple(
            operation
            for operation, outcome in zip(request.operations, blocked, strict=True)
            if outcome is None
        )
        if len(allowed) == len(blocked):
            return self.request_outcomes(request)
        sent = iter(self.request_outcomes(Request(allowed)) if allowed else ())
        return [next(sent) if outcome is None else outcome for outcome in blocked]

    def blocked_operations(self, request: Request, *, again: bool) -> list[Outcome | None]:
        """Why each operation must not be sent; None where it may be."""
        blocked = self.suppression_check.blocked(request.operations, afresh=again)
        if not self.kept_profiles:
            return blocked
        return [
            outcome or self.kept_profiles.get(operation.profile)
            for operation, outcome in zip(request.operations, blocked, strict=True)
        ]

    def request_outcomes(self, request: Request) -> list[Outcome]:
        """Send a request, in halves if the response does not say enough."""
        mixpanel = self.mixpanel
        response = mixpanel.send(request)
        self.answers.append(response.summary)
        if request.endpoint == "import":
            self.credential_check.note_import(mixpanel, response)
            if refuses_credentials(response) and self.has_other_credentials(mixpanel):
                return self.send(request, again=True)
        verdict = interpret_response(request, response)
        if isinstance(verdict, Split):
            if verdict.refusal is None or self.refusals < MAX_REFUSALS:
                return self.send_halves(request, response)
            verdict = [verdict.refusal] * len(request.operations)
        with self.lock:
            outcomes = self.note_refusal(request, verdict)
            self.note_outage(outcomes)
        self.note_kept_profiles(request, outcomes)
        return outcomes

    def has_other_credentials(self, refused: IngestionClient) -> bool:
        """Whether there are other credentials than those of a client that Mixpanel refused."""
        # Another lane may have read them already.
        if self.mixpanel == refused:
            self.mixpanel = self.credential_check.renewed(refused)
        return self.mixpanel != refused

    def send_halves(
        self, request: Request, response: MixpanelResponse | NoResponse
    ) -> list[Outcome]:
        """Send a request as two, and remember the lower limit if it was too large."""
        first, second = request.halves()
        if (
            isinstance(response, MixpanelResponse)
            and response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        ):
            longest = max(len(first.body), len(second.body), MIN_BODY_LIMIT)
            self.mixpanel.most_bytes[request.endpoint] = longest
        return self.send(first, again=True) + self.send(second, again=True)

    def note_refusal(self, request: Request, outcomes: list[Outcome]) -> list[Outcome]:
        """Count a refusal of a single operation, and reject the operation if that is final."""
        if DELIVERED in outcomes:
            self.refusals, self.refusal, self.accepts = 0, None, True
        outcome = outcomes[0]
        if len(outcomes) > 1 or not is_refusal(outcome):
            return outcomes
        self.refusals += 1
        self.accepts = False
        if request.operations[0].refusal_is_final:
            return [rejected_by_mixpanel(outcome.quote)]
        self.refusal = not_sent(outcome)
        return outcomes

    def note_outage(self, outcomes: list[Outcome]) -> None:
        """Stop after a response that the next request would get as well."""
        kept = next((outcome for outcome in outcomes if isinstance(outcome, Kept)), None)
        if kept is None or is_refusal(kept):
            return
        if len(outcomes) == 1 and kept.code is Code.UNEXPECTED_ANSWER:
            self.unexplained_responses += 1
            if self.unexplained_responses < MAX_UNEXPLAINED:
                return
        self.outage = not_sent(kept)

    def note_kept_profiles(self, request: Request, outcomes: list[Outcome]) -> None:
        """Remember the profiles of which an update is kept."""
        for operation, outcome in zip(request.operations, outcomes, strict=True):
            if isinstance(outcome, Kept) and (profile := operation.profile):
                self.kept_profiles[profile] = not_sent(outcome)


def not_sent(kept: Kept) -> Kept:
    """The outcome of an operation that is not sent because another one was kept."""
    return replace(kept, not_applied=True, quote="")


def is_refusal(outcome: Outcome) -> TypeGuard[Kept]:
    """Whether Mixpanel refused an operation without naming a record."""
    return isinstance(outcome, Kept) and outcome.code is Code.REFUSED_FOR_NOW


type Senders = Mapping[Endpoint, Sender]


def senders_for(
    mixpanel: IngestionClient,
    time_left: TimeLeft,
    suppression_check: SuppressionCheck,
    credential_check: CredentialCheck,
) -> Senders:
    """One sender for each endpoint; lanes to the same endpoint share it, and so its outage."""
    endpoints: tuple[Endpoint, ...] = ("import", "track", "engage", "groups")
    return {
        endpoint: Sender(mixpanel, time_left, suppression_check, credential_check)
        for endpoint in endpoints
    }
