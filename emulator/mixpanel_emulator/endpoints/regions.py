"""The region and endpoint of a request, derived from its host and path."""

from typing import Final, NamedTuple

from mixpanel_emulator.rules import DELETIONS

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
    """What a request addresses; `region` is None when the address does not name one."""

    region: str | None
    endpoint: str
    task_id: str


def parse_target(host: str, path: str) -> Target:
    """Derive the target from one of Mixpanel's host names, or from a region at the path's start."""
    name = host.partition(":")[0].lower()
    region = INGESTION_HOSTS.get(name) or APP_HOSTS.get(name)
    rest = path.removeprefix("/").removesuffix("/")
    first, _, remainder = rest.partition("/")
    if region is None and first in REGIONS:
        region, rest = first, remainder
    wrong_hosts = INGESTION_HOSTS if rest.startswith("api/app/") else APP_HOSTS
    if name in wrong_hosts:
        return Target(region, f"{name}/{rest}", "")
    if rest == DELETIONS_PATH or rest.startswith(f"{DELETIONS_PATH}/"):
        return Target(region, DELETIONS, rest[len(DELETIONS_PATH) + 1 :])
    return Target(region, rest, "")
