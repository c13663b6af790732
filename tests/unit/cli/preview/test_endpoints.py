"""The URLs of a preview are those of the stack's own client."""

from rudder_mixpanel_cli.preview.endpoints import request_lines
from tests.build import destination


def test_urls_depend_on_the_destination() -> None:
    """They contain region, strict mode and project, and no credentials."""
    project = {
        "serviceAccountUserName": "account",
        "serviceAccountSecret": "s3cret",
        "projectId": "7",
    }
    eu = destination(dataResidency="eu", strictMode=False, **project)
    assert {endpoint: line["url"] for endpoint, line in request_lines(eu).items()} == {
        "import": "https://api-eu.mixpanel.com/import?strict=0&verbose=1&ip=0&project_id=7",
        "track": "https://api-eu.mixpanel.com/track?verbose=1&ip=0",
        "engage": "https://api-eu.mixpanel.com/engage?verbose=2&ip=0",
        "groups": "https://api-eu.mixpanel.com/groups?verbose=2&ip=0",
    }
