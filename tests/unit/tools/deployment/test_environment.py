"""tools/deployment/environment.py: an environment of samconfig.toml."""

from pathlib import Path

from tools.deployment.environment import Environment

CONFIG = """
[default.global.parameters]
stack_name = "mine"
region = "eu-west-1"

[default.deploy.parameters]
confirm_changeset = true
profile = "production"

[other.global.parameters]
stack_name = "other"
"""


def test_deployment_uses_the_account_and_region_that_sam_uses(tmp_path: Path) -> None:
    """Both may stand in the file; the guard must ask where sam deploys."""
    file = tmp_path / "samconfig.toml"
    file.write_text(CONFIG)
    variables = {"AWS_PROFILE": "production", "AWS_DEFAULT_REGION": "eu-west-1"}
    assert (Environment.read(file, "default"), Environment.read(file, "other")) == (
        Environment("mine", confirm=True, variables=variables),
        Environment("other", confirm=False, variables={}),
    )
