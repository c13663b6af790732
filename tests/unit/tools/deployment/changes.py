"""Builders of change sets, as DescribeChangeSet has them."""

from typing import Any

DIRECT = "DirectModification"


def change(action: str, name: str, kind: str = "AWS::SQS::Queue", **fields: Any) -> dict[str, Any]:
    """A change of a resource; keyword arguments add fields."""
    resource = {"Action": action, "LogicalResourceId": name, "ResourceType": kind, **fields}
    return {"Type": "Resource", "ResourceChange": resource}


def detail(name: str, source: str = DIRECT, recreation: str = "Never") -> dict[str, Any]:
    """A detail: the property that changes, because of what, and whether it needs a new resource."""
    target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": recreation}
    return {"Target": target, "ChangeSource": source}
