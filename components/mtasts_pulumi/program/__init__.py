"""The Pulumi program: policies/<stack>/*.yaml -> desired state -> one component a domain -> outputs.

A project's `__main__.py` is two lines on it: `from mtasts_pulumi.program import run` and `run(__file__)`. Whoever wants
other components beside these writes a program of their own (docs/reference/components.md).
"""

from mtasts_pulumi.program.main import run

__all__ = ["run"]
