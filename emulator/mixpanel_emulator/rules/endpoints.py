"""The endpoints that the rules and the faults name."""

from typing import Final

IMPORT, TRACK, ENGAGE, GROUPS = "import", "track", "engage", "groups"
DELETIONS: Final = "deletions"
EXPORT: Final = "export"
# Of the web application.
METADATA, CREDENTIALS = "metadata", "credentials"
INGESTION: Final = (IMPORT, TRACK, ENGAGE, GROUPS)
ALL: Final = (*INGESTION, DELETIONS, EXPORT)
TOKEN_ENDPOINTS: Final = (TRACK, ENGAGE, GROUPS)  # these need no credentials but the token
EVENTS: Final = (IMPORT, TRACK)
UPDATES: Final = (ENGAGE, GROUPS)
IMPORT_ONLY: Final = (IMPORT,)
TRACK_ONLY: Final = (TRACK,)
DELETIONS_ONLY: Final = (DELETIONS,)
EXPORT_ONLY: Final = (EXPORT,)
