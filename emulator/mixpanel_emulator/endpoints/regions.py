"""Which part of Mixpanel a request is for: its region and endpoint, by host and path."""

from typing import Final, NamedTuple

DELETIONS: Final = "deletions"
DELETIONS_PATH: Final = "api/app/data-deletions/v3.0"
REGIONS: Final = ("us", "eu", "in")
INGESTION_HOSTS: Final = {
    "api.mixpanel.com": "us",
    "api-js.mixpanel.com": "us",
    "api-eu.mixpanel.com": "eu",
    "api-in.mixpanel.com": "in",
}
APP_HOSTS: Final = {"mixpanel.com": "us", "eu.mixpanel.com": "eu", "in.mixpanel.com": "in"}


class Target(NamedTuple):
    """Where a request goes; no region when its address does not say."""

    region: str | None
    endpoint: str
    task_id: str


def target_of(host: str, path: str) -> Target:
    """The target of a request; one of Mixpanel's hosts or the path's beginning says the region."""
    name = host.partition(":")[0].lower()
    region = INGESTION_HOSTS.get(name) or APP_HOSTS.get(name)
    rest = path.removeprefix("/").removesuffix("/")
    first, _, behind = rest.partition("/")
    if region is None and first in REGIONS:
        region, rest = first, behind
    hosts_of_the_other = INGESTION_HOSTS if rest.startswith("api/app/") else APP_HOSTS
    if name in hosts_of_the_other:
        return Target(region, f"{name}/{rest}", "")
    if rest == DELETIONS_PATH or rest.startswith(f"{DELETIONS_PATH}/"):
        return Target(region, DELETIONS, rest[len(DELETIONS_PATH) + 1 :])
    return Target(region, rest, "")
