"""The tables of inputs against the provider SDKs: no name of our own, nothing required left optional."""

import importlib
import inspect
import re

import pytest

from mtasts_sandbox.cloud.registry import RESOURCES

# The SDK warns of its own deprecated names while it loads.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

MODULES = {"index/dnsRecord": "pulumi_cloudflare.dns_record"}


def module_of(token: str):
    package, path, name = token.split(":")
    if path not in MODULES:
        # The SDK loads its packages lazily. A module that is imported by its full name first leaves its package without
        # classes for the rest of the process (findings/pulumi-aws-submodule-first.sh).
        assert getattr(importlib.import_module(f"pulumi_{package}.{path.partition('/')[0]}"), name)
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", path).lower().replace("/", ".")
    return importlib.import_module(MODULES.get(path, f"pulumi_{package}.{snake}"))


def camel(snake: str) -> str:
    first, *rest = snake.split("_")
    return first + "".join(part.capitalize() for part in rest)


def parameters(args_class: type) -> dict[str, tuple[bool, str]]:
    """Input name -> (required, annotation as text) of an Args class."""
    found = list(inspect.signature(args_class.__init__).parameters.values())[1:]
    return {camel(each.name): (each.default is inspect.Parameter.empty, str(each.annotation)) for each in found}


def inner_class(annotation: str, inputs_module):
    named = re.search(r"'(\w+Args)'", annotation)
    return getattr(inputs_module, named[1]) if named else None


def args_class_of(token: str) -> tuple[type, object]:
    module, name = module_of(token), token.rpartition(":")[2]
    # Where a nested type took the name, the resource's own is called InitArgs.
    args_class = getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")
    return args_class, importlib.import_module(module.__name__.rpartition(".")[0] + "._inputs")


def compare(table, args_class, inputs_module, path: str) -> list[str]:
    known, wrong = parameters(args_class), []
    for name, field in table.items():
        where = f"{path}.{name}"
        if name not in known:
            wrong.append(f"{where} is no input of the SDK")
            continue
        annotation = known[name][1]
        inner_fields = field.item.fields if field.kind == "list" and field.item else field.fields
        inner = inner_class(annotation, inputs_module)
        if inner_fields and inner is None:
            wrong.append(f"{where} is no object in the SDK")
        elif inner_fields:
            wrong += compare(inner_fields, inner, inputs_module, where)
        is_list = "Sequence[" in annotation
        if is_list != (field.kind == "list"):
            wrong.append(f"{where} is a {field.kind}, in the SDK {annotation}")
    must = [name for name, (is_required, _) in known.items() if is_required]
    lax = [name for name in must if name not in table or not table[name].required]
    return wrong + [f"{path}.{name} is required by the SDK" for name in lax]


@pytest.mark.parametrize("token", sorted(RESOURCES))
def test_the_table_holds_only_inputs_of_the_sdk(token):
    """Each input and nested input is the SDK's, of its shape, and required where the SDK requires it."""
    args_class, inputs_module = args_class_of(token)
    assert compare(RESOURCES[token].fields, args_class, inputs_module, token) == []


@pytest.mark.parametrize("token", sorted(RESOURCES))
def test_computed_outputs_are_outputs_of_the_sdk(token):
    """What a preview calls unknown is a property that programs can read."""
    module, name = module_of(token), token.rpartition(":")[2]
    readable = {camel(each) for each, value in vars(getattr(module, name)).items() if isinstance(value, property)}
    resource = RESOURCES[token]
    assert set(resource.computed) | set(resource.volatile) <= readable
    assert set(resource.volatile) <= set(resource.computed)
