"""Nothing is sent under a token that Mixpanel refuses, and refused credentials are read again."""

from contextlib import suppress
from dataclasses import replace
from threading import Lock
from typing import Final

from rudder_mixpanel.delivery.ports import DeliveryDependencies, Invocation
from rudder_mixpanel.errors import Code, ConfigurationError
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.outcomes import Kept
from rudder_mixpanel.mixpanel.responses import MixpanelResponse, NoResponse
from rudder_mixpanel.mixpanel.token_probe import probe_token
from rudder_mixpanel.mixpanel.token_proofs import TokenAddress
from rudder_mixpanel.mixpanel.token_responses import token_objection, unproven

# Of one invocation: a probe takes up to 15 seconds, and events can name any number of tokens.
MOST_PROBES: Final = 5
TOO_MANY_TOKENS: Final = unproven("the batch names too many tokens")
# Milliseconds. The secret is read again only when a request can follow.
TIME_TO_REFRESH: Final = 40_000


class CredentialCheck:
    """What one invocation learns about the credentials that it sends with.

    `mixpanel` has the credentials of the secret; by dynamic settings, events can name others.
    """

    def __init__(
        self, mixpanel: IngestionClient, dependencies: DeliveryDependencies, invocation: Invocation
    ) -> None:
        self.dependencies = dependencies
        self.invocation = invocation
        self.proofs = dependencies.token_proofs
        # With the credentials of the secret when the events were mapped, and as last read.
        self.mapped = mixpanel.destination
        self.latest = mixpanel.destination
        self.is_refreshed = False
        self.probed: dict[TokenAddress, Kept | None] = {}
        # Lanes with the same token share one probe, and all lanes one reading of the secret.
        self.lock = Lock()

    def token_objection(self, mixpanel: IngestionClient) -> Kept | None:
        """Why nothing may be sent under the client's token; None when Mixpanel accepts it.

        Asks Mixpanel, unless that is known.
        """
        token = TokenAddress.of(mixpanel.destination)
        with self.lock:
            if (verdict := self.proofs.recall(token, self.invocation.now())) is not None:
                return verdict.objection
            if token not in self.probed:
                if len(self.probed) == MOST_PROBES:
                    return TOO_MANY_TOKENS
                self.probed[token] = self.probe(mixpanel, token)
            return self.probed[token]

    def probe(self, mixpanel: IngestionClient, token: TokenAddress) -> Kept | None:
        """Ask Mixpanel whether it accepts a token; if it refuses the secret's, read that again."""
        objection = probe_token(mixpanel.http, token.ingestion_url, token.token)
        self.proofs.note(token, objection, self.invocation.now())
        is_refused = objection is not None and objection.code is Code.CREDENTIALS_REFUSED
        if is_refused and token.token == self.mapped.token:
            self.refresh()
        return objection

    def note_import(
        self, mixpanel: IngestionClient, response: MixpanelResponse | NoResponse
    ) -> None:
        """Learn about the token from the response to an import that it authenticated."""
        destination = mixpanel.destination
        if destination.import_username == destination.token:
            objection = token_objection(response)
            self.proofs.note(TokenAddress.of(destination), objection, self.invocation.now())

    def renewed(self, mixpanel: IngestionClient) -> IngestionClient:
        """The client with the import credentials that the secret has now.

        The same client when they have not changed, or are an event's own; also when the token has
        changed, because mapped operations contain the old one. Their events are kept, and mapped
        again with the new token when they are received again.
        """
        with self.lock:
            self.refresh()
        destination, latest = mixpanel.destination, self.latest
        if latest.token != self.mapped.token or destination.login != self.mapped.login:
            return mixpanel
        if latest.login == destination.login:
            return mixpanel
        renewed = replace(
            destination,
            import_username=latest.import_username,
            import_password=latest.import_password,
            project_id=latest.project_id,
        )
        return replace(mixpanel, destination=renewed)

    def refresh(self) -> None:
        """Read the secret again, once, if there is time; a wrong one changes nothing here."""
        if self.is_refreshed or self.invocation.time_left() < TIME_TO_REFRESH:
            return
        self.is_refreshed = True
        with suppress(ConfigurationError):
            if (mixpanel := self.dependencies.refreshed_mixpanel()) is not None:
                self.latest = mixpanel.destination
