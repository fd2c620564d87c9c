"""The request for a set-up: which project, whose account, which repository."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SetupRequest:
    """What a person asks for; what is "" or empty is chosen.

    `state`, `reports`: names of buckets. `region`: of these. `forge`: as `ForgePlace` has it, "none" for AWS alone.
    `reviewers`: who approves the deployment of a stack. `base`: the branch that is published. `sandbox`: the running
    sandbox's cloud instead of AWS; nothing is written into the project then.
    """

    environ: Mapping[str, str] = field(repr=False)  # it holds secrets
    project: Path | None = None
    state: str = ""
    reports: str = ""
    region: str = ""
    forge: str = ""
    repository: str = ""
    reviewers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    base: str = "main"
    sandbox: bool = False
