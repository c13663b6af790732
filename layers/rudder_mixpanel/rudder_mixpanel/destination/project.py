"""A Mixpanel project: the addresses of its region, and the prefix of its devices' ids."""

from typing import Final

# A project's data stays in one region, and Mixpanel does not redirect between regions:
# developer.mixpanel.com/reference/overview
INGESTION_URLS: Final = {
    "us": "https://api.mixpanel.com",
    "eu": "https://api-eu.mixpanel.com",
    "in": "https://api-in.mixpanel.com",
}
# https://docs.mixpanel.com/docs/privacy/end-user-data-management
APP_URLS: Final = {
    "us": "https://mixpanel.com",
    "eu": "https://eu.mixpanel.com",
    "in": "https://in.mixpanel.com",
}
# The prefix that simplified ID merge puts before a device's id; without it, the id means the same
# device.
DEVICE: Final = "$device:"
