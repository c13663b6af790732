"""The rules of two undocumented requests of the web application."""

from typing import Final

from mixpanel_emulator.rules.endpoints import CREDENTIALS, METADATA
from mixpanel_emulator.rules.rule import EMP, INF, Rule

# One row a rule, so that it reads as a table.
# fmt: off
APP_RULES: Final = (
    Rule("E57", (METADATA,), "a service account of the project asks for "
         "`/settings/project/{project_id}/metadata` of the app's host",
         "200, `results` with the project's `token`, its `secret` and more; undocumented",
         "mixpanel-import by a Mixpanel employee", EMP),
    Rule("E58", (METADATA,), "any other credentials", "401 `{error, status: error}`; undocumented",
         "guessed", INF),
    Rule("E59", (CREDENTIALS,), "a `project_token` for `/api/app/validate-project-credentials/` of "
         "the app's host",
         '`{"status": "ok"}`, or `{"status": "error", "error": …}` for the token of no project in '
         "the region; undocumented", "action-destinations by Segment", INF),
)
# fmt: on
