"""Where the history of a profile is: the item of its user or group, and the hashes of its names."""

import json
from typing import NamedTuple

from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.profiles.history import ProfileNames
from rudder_mixpanel.suppression import keyed_hash, pseudonym


class ProfilePlace(NamedTuple):
    """The id of an item, and the names of one of the profiles in it."""

    id: str
    names: ProfileNames


def place_of(operation: Operation, token: str, key: bytes) -> ProfilePlace:
    """The place of the profile that an operation updates, in the project of the token.

    A user's item has the pseudonym by which the user is suppressed and deleted.
    """
    profile = operation.profile
    names = ProfileNames(key, token, operation.endpoint, *profile)
    if operation.endpoint == "engage":
        return ProfilePlace(pseudonym(key, profile[0]), names)
    return ProfilePlace(f"group-{keyed_hash(key, json.dumps(profile))}", names)
