"""The scopes of tokens, and which of them each route of the API needs."""

from dataclasses import dataclass
from typing import Final

from rudder_mixpanel.documented import Documented


class Scope(Documented):
    """What a token may do; no scope includes another."""

    CREATE = ("create", "Request regulations.")
    READ = ("read", "List, find and show regulations, and get their reports.")
    CANCEL = ("cancel", "Cancel regulations.")
    SEE_USERS = (
        "see-users",
        "See the identifiers of users in answers, which otherwise have only hashes of them.",
    )
    WORKER = ("worker", "Hand over the jobs of RudderStack's regulation worker.")


@dataclass(frozen=True, slots=True)
class RegulationRoute:
    """A method and path, the scope that a caller needs, and the name of what answers."""

    method: str
    path: str
    scope: Scope | None
    answer: str


# The worker builds its list of destinations once, and takes every answer to GET /features but 200
# for one without Mixpanel, which ends its jobs for good. Hence no token is needed there: neither a
# wrong one nor a secret that cannot be read changes a constant answer, which is public anyway.
REGULATION_ROUTES: Final = (
    RegulationRoute("POST", "/v2/regulations", Scope.CREATE, "create"),
    RegulationRoute("GET", "/v2/regulations", Scope.READ, "list"),
    RegulationRoute("POST", "/v2/regulations/search", Scope.READ, "search"),
    RegulationRoute("GET", "/v2/regulations/<regulation>", Scope.READ, "get"),
    RegulationRoute("DELETE", "/v2/regulations/<regulation>", Scope.CANCEL, "cancel"),
    RegulationRoute("GET", "/v2/regulations/<regulation>/report", Scope.READ, "report"),
    RegulationRoute("POST", "/v2/regulations/<regulation>/report", Scope.READ, "report_about_user"),
    RegulationRoute("POST", "/deleteUsers", Scope.WORKER, "delete_users"),
    RegulationRoute("GET", "/features", None, "features"),
)
