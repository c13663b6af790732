"""The stack of template.yaml, built and deployed for real, and what is done with it."""

import json
import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rudder_mixpanel.regulations.accept import MARGIN
from sandbox.aws import ROOT, environment, session

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

SAM = Path(sys.executable).with_name("sam")
NAME = "sandbox"
# Lambda's architecture that this machine can run
ARCHITECTURE = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
# They let events be as old as they like: the samples were recorded once, and age.
SETTINGS = json.loads((Path(__file__).parent / "destination.json").read_text())
# The emulator's own service account; it opens nothing else.
CREDENTIALS = {
    "token": "f00dfeedf00dfeedf00dfeedf00dfeed",
    "serviceAccountUserName": "sandbox.0123.mp-service-account",
    "serviceAccountSecret": "s3cret",
    "projectId": "1",
}
# What the emulator's deletions ask for.
DELETION_CREDENTIALS = {"token": CREDENTIALS["token"], "gdprApiToken": "gdpr-f00dfeed"}
# Who may ask for regulations: it opens this sandbox and nothing else.
WEBHOOK_TOKEN = "sandbox-sandbox-sandbox-sandbox-0"  # noqa: S105 - made up
WEBHOOK_TOKENS = {
    "tokens": [{"name": "sandbox", "token": WEBHOOK_TOKEN, "seesUsers": True}],
    "projectToken": CREDENTIALS["token"],
}
# What SDKs are to be started with.
WRITE_KEY = "sandbox-write-key"
WRITE_KEYS = {"writeKeys": [{"source": "sandbox", "writeKey": WRITE_KEY}]}

FATES = ("received", "delivered", "filtered", "suppressed", "rejected", "kept")


class DeploymentFailed(Exception):
    """`sam` failed; its own words are in the message."""


def build(folder: Path) -> Path:
    """`sam build` for this machine; where the built template is."""
    target = folder / "build" / "stack"
    sam(
        *("build", "--build-dir", str(target)),
        *("--parameter-overrides", f"Architecture={ARCHITECTURE}"),
        environ=environment("http://127.0.0.1:1", folder),  # building asks no AWS
    )
    return target / "template.yaml"


class Stack:
    """A deployed stack."""

    def __init__(self, aws_url: str, folder: Path) -> None:
        self.aws_url = aws_url
        self.folder = folder
        self.session = session()

    def deploy(self, template: Path, mixpanel_url: str) -> None:
        """`sam deploy`, with the emulator as Mixpanel."""
        self.session.client("s3", endpoint_url=self.aws_url).create_bucket(Bucket=NAME)
        overrides = [
            f"Architecture={ARCHITECTURE}",
            f"MixpanelBaseUrl={mixpanel_url}",
            "ReceiveEvents=yes",
        ]
        sam(
            *("deploy", "--template-file", str(template), "--stack-name", NAME),
            *("--s3-bucket", NAME, "--capabilities", "CAPABILITY_IAM"),
            *("--no-confirm-changeset", "--no-progressbar"),
            *("--parameter-overrides", *overrides),
            environ=environment(self.aws_url, self.folder),
        )
        self.mend_concurrency()

    def mend_concurrency(self) -> None:
        """Say the event source's concurrency again, as a number.

        MiniStack hands a template's parameter on as text and then cannot count with it.
        """
        functions = self.session.client("lambda", endpoint_url=self.aws_url)
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
            if not mapping.get("ScalingConfig"):
                continue
            functions.update_event_source_mapping(
                UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": 2}
            )

    def promise_within(self, seconds: int) -> None:
        """Let regulations hold so soon after they are asked for, and not after a minute.

        That minute is how long a delivery in an account may run at most. On this machine none
        takes seconds, and whoever watches a demo has no minute.
        """
        functions = self.session.client("lambda", endpoint_url=self.aws_url)
        for function in functions.list_functions()["Functions"]:
            variables = function.get("Environment", {}).get("Variables", {})
            if "DELIVERY_TIMEOUT" in variables:
                functions.update_function_configuration(
                    FunctionName=function["FunctionName"],
                    Environment={
                        "Variables": {**variables, "DELIVERY_TIMEOUT": str(seconds - MARGIN)}
                    },
                )

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """What the template says about itself when deployed."""
        stacks = self.session.client("cloudformation", endpoint_url=self.aws_url)
        described = stacks.describe_stacks(StackName=NAME)["Stacks"][0]["Outputs"]
        return {one["OutputKey"]: one["OutputValue"] for one in described}

    @cached_property
    def sqs(self) -> "SQSClient":
        """Its queues."""
        return self.session.client("sqs", endpoint_url=self.aws_url)

    def configure(self) -> None:
        """Put the destination's settings and credentials where the function looks for them."""
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
        """Where regulations are asked for: embedded AWS has no names for its gateways."""
        return f"{self.aws_url}/restapis/{self.outputs['RegulationsApiId']}/api/_user_request_"

    @property
    def data_plane(self) -> str:
        """What SDKs are given as their data plane URL."""
        return f"{self.aws_url}/restapis/{self.outputs['EventsApiId']}/api/_user_request_"

    def send(self, body: str) -> None:
        """Put a record on the events queue."""
        self.sqs.send_message(QueueUrl=self.outputs["EventsQueueUrl"], MessageBody=body)

    def waiting(self, queue: str) -> int:
        """How many records a queue holds, in flight or not."""
        attributes = self.sqs.get_queue_attributes(
            QueueUrl=self.outputs[queue],
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
            ],
        )["Attributes"]
        return sum(map(int, attributes.values()))

    def account(self) -> Counter[str]:
        """What the function says about itself: events received, delivered, rejected and so on."""
        logs = self.session.client("logs", endpoint_url=self.aws_url)
        lines = logs.filter_log_events(logGroupName=self.outputs["DeliverEventsLogGroupName"])
        total: Counter[str] = Counter()
        for line in lines["events"]:
            if '"batch processed"' in line["message"]:
                told = json.loads(line["message"])
                total.update({fate: told[fate] for fate in FATES})
        return total

    def rejected(self) -> "list[MessageTypeDef]":
        """Every rejected event with its reason; they stay where they are."""
        return messages_in(self.sqs, self.outputs["RejectedQueueUrl"])


def messages_in(sqs: "SQSClient", queue_url: str) -> "list[MessageTypeDef]":
    """Every message of a queue; they stay there, to be read again at once."""
    found: list[MessageTypeDef] = []
    # Out of sight while we read, so that none is met twice.
    while messages := sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages"):
        found += messages
    for message in found:
        sqs.change_message_visibility(
            QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
    return found


def sam(*arguments: str, environ: Mapping[str, str]) -> None:
    """Run the SAM CLI; raises DeploymentFailed with what it said."""
    done = subprocess.run(  # noqa: S603 - our own command
        [str(SAM), *arguments],
        cwd=ROOT,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DeploymentFailed(f"sam {arguments[0]} failed:\n{done.stdout[-4000:]}")
