"""Validates requests and responses against botocore's service descriptions, with enumerations, lengths and patterns."""

import re
from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator


@cache
def operation(service: str, name: str) -> OperationModel:
    """The description of an operation."""
    return botocore.session.get_session().get_service_model(service).operation_model(name)


def faults(shape: Shape | None, value: Any, where: str = "") -> list[str]:
    """The violations of a shape by a value, one sentence each."""
    if shape is None:
        return [f"{where} must be empty"] if value else []
    report = ParamValidator().validate(value, shape)
    return [report.generate_report()] if report.has_errors() else list(_closer(shape, value, where))


def _closer(shape: Shape, value: Any, where: str) -> list[str]:
    """The constraints that botocore leaves to the service: enumerations, lengths and patterns."""
    if shape.type_name == "structure":
        return [found for key, each in value.items() for found in _closer(shape.members[key], each, f"{where}.{key}")]
    if shape.type_name == "list":
        return [found for each in value for found in _closer(shape.member, each, f"{where}[]")]
    if shape.type_name == "map":
        return [found for key, each in value.items() for found in _closer(shape.value, each, f"{where}[{key}]")]
    found = []
    measure = len(value) if isinstance(value, str) else value
    if getattr(shape, "enum", None) and value not in shape.enum:
        found.append(f"{where}: {value!r} is none of {shape.enum}")
    if "pattern" in shape.metadata and not re.fullmatch(shape.metadata["pattern"], value):
        found.append(f"{where}: {value!r} does not fit {shape.metadata['pattern']}")
    if not shape.metadata.get("min", measure) <= measure <= shape.metadata.get("max", measure):
        found.append(f"{where}: {value!r} is out of bounds")
    return found
