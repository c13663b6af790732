"""The resources that a template creates for given parameters."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]  # has no types
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]  # has no types

Properties = dict[str, Any]
TEMPLATE = Path(__file__).parents[2] / "template.yaml"
NO_VALUE = "AWS::NoValue"
LEFT_OUT = {"Ref": NO_VALUE}
PSEUDO_PARAMETERS = {
    "AWS::AccountId": "123456789012",
    "AWS::NoValue": NO_VALUE,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackName": "rudder-mixpanel-prod",
    "AWS::URLSuffix": "amazonaws.com",
}


@cache
def read_template() -> dict[str, Any]:
    """The template as written, without the positions that the parser adds."""
    template: dict[str, Any] = json.loads(json.dumps(load(str(TEMPLATE))))
    return template


@cache
def expand_template() -> dict[str, Any]:
    """The template with every AWS::Serverless resource expanded by SAM."""
    source = json.loads(json.dumps(read_template()))
    for resource in source["Resources"].values():
        for path in {"CodeUri", "ContentUri"} & resource["Properties"].keys():
            resource["Properties"][path] = "s3://built/package"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        expanded: dict[str, Any] = transform(source, {}, Mock(load=Mock(return_value={})))
    return expanded


class Stack:
    """The resources and outputs that exist with some parameters, with each `!If` decided."""

    def __init__(self, expanded: dict[str, Any], parameters: dict[str, str]) -> None:
        defaults = {
            name: str(parameter["Default"])
            for name, parameter in expanded["Parameters"].items()
            if "Default" in parameter
        }
        self._parameters = defaults | parameters
        self._conditions = expanded["Conditions"]
        self.resources = self._existing(expanded["Resources"])
        self.outputs = self._existing(expanded["Outputs"])

    def _existing(self, section: dict[str, Any]) -> dict[str, dict[str, Any]]:
        return {
            name: self.decided(item)
            for name, item in section.items()
            if "Condition" not in item or self._holds(item["Condition"])
        }

    def of_type(self, resource_type: str) -> dict[str, Properties]:
        """The properties of the resources of a type, by logical id."""
        return {
            name: resource["Properties"]
            for name, resource in self.resources.items()
            if resource["Type"] == resource_type
        }

    def queues_and_functions(self) -> list[tuple[Properties, Properties, Properties]]:
        """Each event source mapping, its queue and function; raises KeyError without either."""
        queues = self.of_type("AWS::SQS::Queue")
        functions = self.of_type("AWS::Lambda::Function")
        return [
            (
                mapping,
                queues[target(mapping["EventSourceArn"])],
                functions[target(mapping["FunctionName"])],
            )
            for mapping in self.of_type("AWS::Lambda::EventSourceMapping").values()
        ]

    def dead_letter_queues(self) -> set[str]:
        """The queues for messages that another queue, or a rule, could not deliver."""
        redrives = (
            queue["RedrivePolicy"]["deadLetterTargetArn"]
            for queue in self.of_type("AWS::SQS::Queue").values()
            if "RedrivePolicy" in queue
        )
        configured = (
            rule_target["DeadLetterConfig"]["Arn"]
            for rule in self.of_type("AWS::Events::Rule").values()
            for rule_target in rule["Targets"]
            if "DeadLetterConfig" in rule_target
        )
        return {target(arn) for arn in (*redrives, *configured)}

    def statements(self) -> list[dict[str, Any]]:
        """Every statement of every policy."""
        return [
            statement
            for resource in self.resources.values()
            for document in values_of(resource["Properties"], "PolicyDocument")
            for statement in document["Statement"]
        ]

    def decided(self, tree: Any) -> Any:
        """A tree with each `!If` replaced by what its condition chooses, or left out."""
        match tree:
            case {"Fn::If": [str(condition), then, otherwise]}:
                return self.decided(then if self._holds(condition) else otherwise)
            case dict():
                decided = {name: self.decided(value) for name, value in tree.items()}
                return {name: value for name, value in decided.items() if value != LEFT_OUT}
            case list():
                return [value for value in map(self.decided, tree) if value != LEFT_OUT]
            case _:
                return tree

    def text(self, value: Any) -> str:
        """A text with its references and conditions resolved, for a resource by its logical id."""
        match value:
            case str(text):
                return text
            case {"Ref": str(name)}:
                return self._reference(name)
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return f"{name}.{attribute}"
            case {"Fn::If": [str(condition), then, otherwise]}:
                return self.text(then if self._holds(condition) else otherwise)
            case {"Fn::Sub": str(text)}:
                return self._substitute(text, {})
            case {"Fn::Sub": [str(text), dict(variables)]}:
                own = {name: self.text(variable) for name, variable in variables.items()}
                return self._substitute(text, own)
            case _:
                raise NotImplementedError(value)

    def chosen(self, value: Any) -> Any:
        """A value, or the one that its conditions choose."""
        match value:
            case {"Fn::If": [str(condition), then, otherwise]}:
                return self.chosen(then if self._holds(condition) else otherwise)
            case _:
                return value

    def texts(self, values: list[Any]) -> list[str]:
        """The texts of a list, without those that conditions leave out."""
        resolved = map(self.text, values)
        return [text for text in resolved if text != NO_VALUE]

    def _substitute(self, text: str, variables: dict[str, str]) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1]
            return variables[name] if name in variables else self._reference(name)

        return re.sub(r"\$\{([^}]+)\}", value, text)

    def _reference(self, name: str) -> str:
        if name in PSEUDO_PARAMETERS:
            return PSEUDO_PARAMETERS[name]
        if name in self._parameters:
            return self._parameters[name]
        if name.partition(".")[0] not in self.resources:
            raise NotImplementedError(name)
        return name

    def _holds(self, condition: Any) -> bool:
        match condition:
            case str(name):
                return self._holds(self._conditions[name])
            case {"Condition": str(name)}:
                return self._holds(name)
            case {"Fn::Not": [negated]}:
                return not self._holds(negated)
            case {"Fn::And": list(conditions)}:
                return all(map(self._holds, conditions))
            case {"Fn::Or": list(conditions)}:
                return any(map(self._holds, conditions))
            case {"Fn::Equals": [{"Ref": parameter}, value]}:
                return bool(self._parameters[parameter] == value)
            case _:
                raise NotImplementedError(condition)


def target(reference: Any) -> str:
    """The logical id in a Ref or GetAtt."""
    match reference:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            return name
        case _:
            raise NotImplementedError(reference)


def values_of(tree: Any, name: str) -> Iterator[Any]:
    """Every value of a key, at any depth."""
    match tree:
        case dict():
            for key, value in tree.items():
                if key == name:
                    yield value
                yield from values_of(value, name)
        case list():
            for value in tree:
                yield from values_of(value, name)
        case _:
            pass


def texts(tree: Any) -> Iterator[str]:
    """Every text in a tree: keys and values."""
    match tree:
        case dict():
            for key, value in tree.items():
                yield key
                yield from texts(value)
        case list():
            for value in tree:
                yield from texts(value)
        case str():
            yield tree
        case _:
            pass
