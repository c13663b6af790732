"""The addresses of the region of a Mixpanel project."""

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
