"""The stack of template.yaml, built and deployed by sam, and the calls that the sandbox makes."""

import json
import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.aws import ROOT, session, tool_environment

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

SAM = Path(sys.executable).with_name("sam")
NAME = "sandbox"
# The architecture that this machine can run
ARCHITECTURE = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
# With no limit on the age of events, since the recorded samples get older.
SETTINGS = json.loads((Path(__file__).parent / "destination.json").read_text())
# The emulator's service account; it is valid nowhere else.
CREDENTIALS = {
    "token": "f00dfeedf00dfeedf00dfeedf00dfeed",
    "serviceAccountUserName": "sandbox.0123.mp-service-account",
    "serviceAccountSecret": "s3cret",
    "projectId": "1",
}
# What the emulator's deletion APIs require.
DELETION_CREDENTIALS = {"token": CREDENTIALS["token"], "gdprApiToken": "gdpr-f00dfeed"}
# The token that may do everything, in this sandbox only.
WEBHOOK_TOKEN = "sandbox-sandbox-sandbox-sandbox-0"  # noqa: S105 - made up
WEBHOOK_TOKENS = {
    "tokens": [
        {
            "name": "sandbox",
            "token": WEBHOOK_TOKEN,
            "scopes": ["create", "read", "cancel", "see-users", "worker"],
        }
    ],
    "projectToken": CREDENTIALS["token"],
}
# The write key of SDKs.
WRITE_KEY = "sandbox-write-key"
WRITE_KEYS = {"writeKeys": [{"source": "sandbox", "writeKey": WRITE_KEY}]}

# Resource types that MiniStack cannot deploy, each with the parameter that leaves them out.
NOT_IN_MINISTACK = {"AWS::Logs::QueryDefinition": "SavedQueries"}

OUTCOMES = ("delivered", "filtered", "suppressed", "rejected", "kept")


class DeploymentFailed(Exception):
    """`sam` failed; the message has the end of its output."""


def build(folder: Path, source: Path = ROOT) -> Path:
    """Run `sam build` of a working copy for this machine; return the path of the built template.

    Raises DeploymentFailed when sam fails.
    """
    target = folder / "build" / "stack"
    sam(
        *("build", "--build-dir", str(target)),
        *("--parameter-overrides", f"Architecture={ARCHITECTURE}"),
        environ=tool_environment("http://127.0.0.1:1", folder),  # building needs no AWS
        source=source,
    )
    return target / "template.yaml"


class Stack:
    """A deployed stack."""

    def __init__(self, aws_url: str, folder: Path) -> None:
        self.aws_url = aws_url
        self.folder = folder
        self.session = session()

    def deploy(self, template: Path, mixpanel_url: str) -> None:
        """Run `sam deploy`, with the emulator as Mixpanel.

        Raises DeploymentFailed when sam fails.
        """
        self.session.client("s3", endpoint_url=self.aws_url).create_bucket(Bucket=NAME)
        overrides = [
            f"Architecture={ARCHITECTURE}",
            f"MixpanelBaseUrl={mixpanel_url}",
            "ReceiveEvents=yes",
            "Protection=yes",
            *(f"{parameter}=no" for parameter in NOT_IN_MINISTACK.values()),
        ]
        sam(
            *("deploy", "--template-file", str(template), "--stack-name", NAME),
            *("--s3-bucket", NAME, "--capabilities", "CAPABILITY_IAM"),
            *("--no-confirm-changeset", "--no-progressbar"),
            *("--parameter-overrides", *overrides),
            environ=tool_environment(self.aws_url, self.folder),
        )
        self.fix_concurrency()

    def fix_concurrency(self) -> None:
        """Set the event source's concurrency again, as a number.

        MiniStack passes a template's parameter on as text, and then delivers nothing.
        """
        functions = self.session.client("lambda", endpoint_url=self.aws_url)
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
            if not mapping.get("ScalingConfig"):
                continue
            functions.update_event_source_mapping(
                UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": 2}
            )

    def set_delivery_timeout(self, seconds: int) -> None:
        """Set the functions' variable for the longest that a delivery takes.

        A regulation takes effect when every delivery that may have started before it is over. In an
        account that is a minute; here, no delivery takes seconds.
        """
        functions = self.session.client("lambda", endpoint_url=self.aws_url)
        for function in functions.list_functions()["Functions"]:
            variables = function.get("Environment", {}).get("Variables", {})
            if "DELIVERY_TIMEOUT" in variables:
                functions.update_function_configuration(
                    FunctionName=function["FunctionName"],
                    Environment={"Variables": {**variables, "DELIVERY_TIMEOUT": str(seconds)}},
                )

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """The outputs of the stack."""
        stacks = self.session.client("cloudformation", endpoint_url=self.aws_url)
        described = stacks.describe_stacks(StackName=NAME)["Stacks"][0]["Outputs"]
        return {output["OutputKey"]: output["OutputValue"] for output in described}

    @cached_property
    def sqs(self) -> "SQSClient":
        """A client for its queues."""
        return self.session.client("sqs", endpoint_url=self.aws_url)

    def configure(self) -> None:
        """Write the settings and credentials that the functions read."""
        self.session.client("ssm", endpoint_url=self.aws_url).put_parameter(
            Name=self.outputs["SettingsParameterName"],
            Value=json.dumps(SETTINGS),
            Type="String",
            Overwrite=True,
        )
        self.session.client("secretsmanager", endpoint_url=self.aws_url).put_secret_value(
            SecretId=self.outputs["CredentialsSecretName"], SecretString=json.dumps(CREDENTIALS)
        )
        for output, secret in (
            ("WebhookTokensSecretName", WEBHOOK_TOKENS),
            ("DeletionCredentialsSecretName", DELETION_CREDENTIALS),
            ("WriteKeysSecretName", WRITE_KEYS),
        ):
            self.session.client("secretsmanager", endpoint_url=self.aws_url).put_secret_value(
                SecretId=self.outputs[output], SecretString=json.dumps(secret)
            )

    @property
    def regulations_url(self) -> str:
        """The URL of the regulations API; MiniStack gives its gateways no host names."""
        return f"{self.aws_url}/restapis/{self.outputs['RegulationsApiId']}/api/_user_request_"

    @property
    def data_plane(self) -> str:
        """The data plane URL for SDKs."""
        return f"{self.aws_url}/restapis/{self.outputs['EventsApiId']}/api/_user_request_"

    def send(self, body: str) -> None:
        """Send a record to the events queue."""
        self.sqs.send_message(QueueUrl=self.outputs["EventsQueueUrl"], MessageBody=body)

    def queue_length(self, output: str) -> int:
        """Return how many records a queue holds, in flight or not."""
        attributes = self.sqs.get_queue_attributes(
            QueueUrl=self.outputs[output],
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
            ],
        )["Attributes"]
        return sum(map(int, attributes.values()))

    def logged_outcomes(self) -> Counter[str]:
        """Count the events in the log of deliver_events: received, and by outcome."""
        logs = self.session.client("logs", endpoint_url=self.aws_url)
        lines = logs.filter_log_events(logGroupName=self.outputs["DeliverEventsLogGroupName"])
        total: Counter[str] = Counter()
        for line in lines["events"]:
            if all(f'"{count}"' in line["message"] for count in ("received", *OUTCOMES)):
                fields = json.loads(line["message"])
                total.update({count: fields[count] for count in ("received", *OUTCOMES)})
        return total

    def rejected(self) -> "list[MessageTypeDef]":
        """Return every rejected event with its reason; they stay in the queue."""
        return peek_messages(self.sqs, self.outputs["RejectedQueueUrl"])


def peek_messages(sqs: "SQSClient", queue_url: str) -> "list[MessageTypeDef]":
    """Return every message of a queue, and make them visible again at once."""
    messages: list[MessageTypeDef] = []
    # Received messages stay invisible meanwhile, so that none is returned twice.
    while batch := sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages"):
        messages += batch
    for message in messages:
        sqs.change_message_visibility(
            QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
    return messages


def sam(*arguments: str, environ: Mapping[str, str], source: Path = ROOT) -> None:
    """Run the SAM CLI in a working copy; raises DeploymentFailed when it fails."""
    done = subprocess.run(  # noqa: S603 - our own command
        [str(SAM), *arguments],
        cwd=source,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DeploymentFailed(f"sam {arguments[0]} failed:\n{done.stdout[-4000:]}")
