"""The engine's own error texts, turned into one line each that names the thing and the way out. Pure.

The texts are those of engine 3.259 (checked in tests against the real one); what is not recognised is passed on,
shortened, rather than guessed at.
"""

import re
from collections.abc import Iterable

from mtasts.engine.outcome import Problem
from mtasts.errors import CannotLook

_LONGEST = 500
_PASSPHRASE = "set PULUMI_CONFIG_PASSPHRASE (or PULUMI_CONFIG_PASSPHRASE_FILE) to this stack's passphrase"  # noqa: S105

# What keeps the engine from looking at all: (pattern in its stderr, message, hint).
_CANNOT_LOOK = (
    (r"passphrase must be set", "the stack's secrets need a passphrase, and none is set", _PASSPHRASE),
    (r"incorrect passphrase", "the passphrase is not this stack's", _PASSPHRASE),
    (
        r"PULUMI_ACCESS_TOKEN must be set",
        "the engine has no backend to keep its state in",
        "`pulumi login` (or set PULUMI_BACKEND_URL=s3://..., file://...), or PULUMI_ACCESS_TOKEN for Pulumi Cloud",
    ),
    (
        r"unable to open bucket (\S+?):? (?:.*?: )?([^:\n]+)$",
        "the state backend {0} cannot be opened: {1}",
        "see PULUMI_BACKEND_URL, and whether the folder or bucket is there and may be read",
    ),
    (
        r"(?:could not|unable to) (?:read|list|load|open|get)[^\n]*?(?:bucket|blob|stack)[^\n]*",
        "the state backend cannot be read: {match}",
        "see PULUMI_BACKEND_URL, and whether the folder or bucket is there and may be read",
    ),
    (
        r"(?:problem logging in|performing HTTP request|dial tcp|no such host)[^\n]*",
        "the state backend cannot be reached: {match}",
        "see `pulumi whoami -v`, PULUMI_BACKEND_URL, and the network",
    ),
    (
        r"project '([^']*)' requires Pulumi version '([^']*)'[^\n]*",
        "Pulumi.yaml wants engine version {1}",
        "use such an engine, or change requiredPulumiVersion",
    ),
    (
        r"Could not automatically download and install (\S+) plugin '?pulumi-resource-(\S+?)'?(?:\s|$)[^\n]*",
        "the provider plugin {1} is not installed and cannot be downloaded",
        "`pulumi plugin install resource {1}` where there is network, or `mtasts sandbox up` and --sandbox",
    ),
)

_PROTECTED = re.compile(r"because it is protected|marked for protection")
_HOOK = re.compile(r"(before|after) hook \"([^\"]+)\" failed: (?P<seen>.*)", re.DOTALL)
_NO_ZONE = re.compile(r"(?i)(no|could not find|invalid|unknown) .{0,40}zone|NoSuchHostedZone|zone.{0,20}not found")
_TRACE = re.compile(r"\n?Traceback \(most recent call last\):.*", re.DOTALL)
# One cause is told several times; these lines carry nothing of their own.
_EMPTY = re.compile(
    r"^(update|preview|destroy|refresh) (failed|canceled|cancelled)\.?$|^resource .* was not successfully|"
    r"^BAIL: |^The resource monitor|^Resource monitor has terminated|^RPC error: .*(shutting down|terminated)",
    re.IGNORECASE,
)


def cannot_look(stderr: str, stdout: str = "") -> CannotLook | None:
    """The error, where the engine could not even begin: no backend, no passphrase, no plugin; else None."""
    text = stderr + "\n" + stdout
    for pattern, message, hint in _CANNOT_LOOK:
        found = re.search(pattern, text, re.MULTILINE)
        if found:
            groups = found.groups(default="")
            return CannotLook(_one_line(message.format(*groups, match=found[0])), hint.format(*groups, match=found[0]))
    return None


def problems(errors: Iterable[tuple[str, str]], before_mode: dict[str, str]) -> tuple[Problem, ...]:
    """One Problem per cause. `errors` are (urn, text) of the engine's diagnostics; `before_mode` gives the mode last
    published of the domain that owns a urn, where known."""
    found: dict[str, Problem] = {}
    protected: dict[str, None] = {}
    for urn, text in errors:
        if _EMPTY.search(text):
            continue
        if _PROTECTED.search(text):
            protected.setdefault(urn)
            continue
        problem = _problem(urn, text)
        found.setdefault(problem.message, problem)
    for problem in _protected(protected, before_mode):
        found.setdefault(problem.message, problem)
    return tuple(found.values())


def _problem(urn: str, text: str) -> Problem:
    name = urn.rsplit("::", 1)[-1]
    hook = _HOOK.search(text)
    if hook:
        seen = _one_line(_TRACE.sub("", hook["seen"]))
        if hook[1] == "before":
            return Problem(
                f"{name}: not published: {seen}",
                "the TXT is as it was; run it again once the policy host serves the policy",
                name,
            )
        return Problem(f"{name}: {seen}", "", name)
    text = _one_line(_clean(text))
    if _NO_ZONE.search(text):
        return Problem(
            f"{name}: its DNS zone is not there: {text}",
            "see `dns: zone` of its YAML: the provider's zone id, in the account of these credentials",
            name,
        )
    return Problem(f"{name}: {text}" if name else text, "", name)


def _protected(urns: Iterable[str], before_mode: dict[str, str]) -> list[Problem]:
    """One line per domain, not one per protected resource of it."""
    lines: dict[str, Problem] = {}
    for urn in urns:
        mode = before_mode.get(urn)
        name = urn.rsplit("::", 1)[-1]
        if mode:
            domain, _, mode = mode.partition(" ")
            lines[domain] = Problem(
                f"{domain}: its file is gone, but what was last published is mode {mode}, which senders keep",
                "put the file back with `mode: none`, publish that, and remove the file only when every max_age ever "
                "served has passed (RFC 8461 s8.3)",
                domain,
            )
        else:
            lines.setdefault(
                name, Problem(f"{name} is protected: mail domains that are not retired depend on it",
                              "retire them first: publish `mode: none` for each (RFC 8461 s8.3)", name)
            )  # fmt: skip
    return list(lines.values())


def _clean(text: str) -> str:
    """Without the wrapping that gRPC and the SDK put around what a provider said."""
    text = _TRACE.sub("", text)
    text = re.sub(r"^(python inline source runtime error|Program failed with an unhandled exception):\s*", "", text)
    return re.sub(r"^(?:\d+ errors? occurred:\s*\*?\s*|rpc error: code = \w+ desc = )+", "", text.strip())


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
