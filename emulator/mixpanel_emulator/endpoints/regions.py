"""The region and endpoint of a request, derived from its host and path."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from mixpanel_emulator.rules.endpoints import CREDENTIALS, DELETIONS, EXPORT, METADATA

DELETIONS_PATH: Final = "api/app/data-deletions/v3.0"
EXPORT_PATH: Final = "api/2.0/export"
CREDENTIALS_PATH: Final = "api/app/validate-project-credentials"
BY_PATH: Final = {EXPORT_PATH: EXPORT, CREDENTIALS_PATH: CREDENTIALS}
METADATA_PATH: Final = re.compile(r"settings/project/([^/]+)/metadata")
# The beginnings of paths that the app's hosts answer.
OF_THE_APP: Final = ("api/app/", "settings/")
REGIONS: Final = ("us", "eu", "in")
INGESTION_HOSTS: Final = {
    "api.mixpanel.com": "us",
    "api-js.mixpanel.com": "us",
    "api-eu.mixpanel.com": "eu",
    "api-in.mixpanel.com": "in",
}
APP_HOSTS: Final = {"mixpanel.com": "us", "eu.mixpanel.com": "eu", "in.mixpanel.com": "in"}

DATA_HOSTS: Final = {
    "data.mixpanel.com": "us",
    "data-eu.mixpanel.com": "eu",
    "data-in.mixpanel.com": "in",
}
HOSTS: Final = {**INGESTION_HOSTS, **APP_HOSTS, **DATA_HOSTS}


class Target(NamedTuple):
    """What a request addresses; `region` is None when the address does not name one.

    `resource` is the id of a deletion task or of a project, if the path has one.
    """

    region: str | None
    endpoint: str
    resource: str


def parse_target(host: str, path: str) -> Target:
    """Derive the target from one of Mixpanel's host names, or from a region at the path's start."""
    name = host.partition(":")[0].lower()
    region = HOSTS.get(name)
    rest = path.removeprefix("/").removesuffix("/")
    first, _, remainder = rest.partition("/")
    if region is None and first in REGIONS:
        region, rest = first, remainder
    if name in HOSTS and name not in hosts_of(rest):
        return Target(region, f"{name}/{rest}", "")
    if rest == DELETIONS_PATH or rest.startswith(f"{DELETIONS_PATH}/"):
        return Target(region, DELETIONS, rest[len(DELETIONS_PATH) + 1 :])
    if metadata := METADATA_PATH.fullmatch(rest):
        return Target(region, METADATA, metadata[1])
    return Target(region, BY_PATH.get(rest, rest), "")


def hosts_of(path: str) -> Mapping[str, str]:
    """Return the hosts that answer a path."""
    if path == EXPORT_PATH:
        return DATA_HOSTS
    return APP_HOSTS if path.startswith(OF_THE_APP) else INGESTION_HOSTS
