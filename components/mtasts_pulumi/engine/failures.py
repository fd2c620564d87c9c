"""The engine's own error texts, turned into one line each that names the thing and the way out. Pure.

The texts are those of engine 3.276 (checked in tests against the real one), and of the clouds (causes.py); what is not
recognised is passed on, shortened and escaped, rather than guessed at.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from mtasts.errors import CannotLook
from mtasts.policy.published_names import ORIGIN_BUCKET
from mtasts.providers import HOSTING
from mtasts.render.escape import shorten, terminal
from mtasts_pulumi.engine.causes import cause_of, record_of, service_words
from mtasts_pulumi.engine.outcome import BY_POLICY, RunProblem

# The hook that holds a domain until its date, and the variable that names domains to be removed all the same. The
# first stands in the engine's state: it must not change.
REMOVAL_HOOK = "removal"
REMOVE_EARLY = "MTASTS_REMOVE_BEFORE_DATE"
# The same hook says this of a domain that moves (docs/decisions/moves.md).
STILL_MOVING = "not taken out of the zone that it leaves"
# The end of the name of the hook that holds the host of a released domain, and what it says (decisions/adopt.md).
OF_HOST = "-of-host"
STILL_LED_HERE = "its name stays with the policy host of this stack"

# The end of the name of the hook that guards a policy host's record.
MOVES_HOOK = " moves"

# The hook that looks at what stands at a name before it is created.
FIRST_LOOK_HOOK = "first-look"

_LONGEST = 500
_QUOTED = 200  # of what a service said, beside our own words
_PASSPHRASE = "set PULUMI_CONFIG_PASSPHRASE (or PULUMI_CONFIG_PASSPHRASE_FILE) to this stack's passphrase"  # noqa: S105

_NO_PLUGIN = (
    r"(?:Could not automatically download and install resource plugin|no resource plugin) '?pulumi-resource-(\w+)",
    "the provider plugin {0} is not installed and cannot be downloaded",
    "`pulumi plugin install resource {0}` where there is network; to try it without any: --sandbox",
)
# errno(3) as Go words it, of a file in a file:// backend.
_NO_ROOM = (
    r"(?<![^\s:])([^\s:]+): (no space left on device|disk quota exceeded|file too large|read-only file system)",
    "the state backend has no room for the state: {0}: {1}",
    "make room there, then run it again; it goes on from here",
)
# What keeps the engine from looking at all: (pattern in what it printed, message, hint).
_CANNOT_LOOK = (
    (r"passphrase must be set", "the stack's secrets need a passphrase, and none is set", _PASSPHRASE),
    (r"incorrect passphrase", "the passphrase is not this stack's", _PASSPHRASE),
    (
        r"PULUMI_ACCESS_TOKEN must be set",
        "the engine has no backend to keep its state in",
        "`pulumi login` (or set PULUMI_BACKEND_URL=s3://..., file://...), or PULUMI_ACCESS_TOKEN for Pulumi Cloud",
    ),
    (
        r"unable to open (?:state directory|bucket)[^\n]*?: ([^:\n]+)$",
        "the state backend {backend} cannot be opened: {0}",
        "see PULUMI_BACKEND_URL, and whether the folder or bucket is there and may be read",
    ),
    (
        r"read \"\.pulumi/meta\.yaml\": (?:[^\n]*: )?([^\n]+)$",
        "the state backend {backend} cannot be read: {0}",
        "see PULUMI_BACKEND_URL, its credentials, and the network",
    ),
    (
        r"(?:problem logging in|performing HTTP request)[^\n]*",
        "the state backend {backend} cannot be reached: {match}",
        "see `pulumi whoami -v`, PULUMI_BACKEND_URL, and the network",
    ),
    (
        r"project '([^']*)' requires Pulumi version '([^']*)'[^\n]*",
        "Pulumi.yaml wants engine version {1}",
        "use such an engine, or change requiredPulumiVersion",
    ),
    _NO_PLUGIN,
    _NO_ROOM,
)

_PROTECTED = re.compile(r"because it is protected|marked for protection")
_HOOK = re.compile(r"(before|after) hook \"([^\"]+)\" failed: (?P<seen>.*)", re.DOTALL)
# What the engine says of a record that it cannot import.
_PACK = "see the policy pack that `--policy-pack` or PULUMI_OPTION_POLICY_PACK names"
_NOT_THERE = re.compile(r"resource '[^']*' does not exist")
_TRACE = re.compile(r"\n?Traceback \(most recent call last\):.*", re.DOTALL)
_WRAPPING = re.compile(
    r"^(?:\s*(?:an unhandled error occurred:|python inline source runtime error:|\d+ errors? occurred:|"
    r"Program failed with an unhandled exception:|rpc error: code = \w+ desc =|\*))+"
)
# One cause is told several times; these lines carry nothing of their own.
_ECHO = re.compile(
    r"^(?:update|preview|destroy|refresh) (?:failed|canceled|cancelled)\.?$|^resource .* was not successfully|"
    r"^BAIL: |^The resource monitor|^Resource monitor has terminated|^RPC error: .*(?:shutting down|terminated)|"
    r"its distribution is as it was before this run, so nothing is deleted$",
    re.IGNORECASE,
)


def cannot_look(text: str, backend: str) -> CannotLook | None:
    """The error, where the engine could not even begin: no backend, no passphrase, no plugin; else None.

    `text` is all that it printed; `backend` is the state backend's URL, to be named.
    """
    return next(filter(None, (_told(cause, text, backend) for cause in _CANNOT_LOOK)), None)


def _told(cause: tuple[str, str, str], text: str, backend: str = "") -> CannotLook | None:
    pattern, message, hint = cause
    found = re.search(pattern, text, re.MULTILINE)
    if not found:
        return None
    known = {"match": found[0], "backend": backend}
    groups = found.groups(default="")
    return CannotLook(_one_line(message.format(*groups, **known)), hint.format(*groups, **known))


def problems(
    errors: Iterable[tuple[str, str]], published: Mapping[str, str], *, destroying: bool
) -> tuple[RunProblem, ...]:
    """One RunProblem per cause. `errors` are (urn, text) of the engine's diagnostics; `published` gives `DOMAIN MODE`,
    the mode last published, for a domain's urns. `destroying`: the whole stack was to go, not one domain."""
    found: dict[str, RunProblem] = {}
    protected: dict[str, None] = {}
    everywhere: Counter[str] = Counter()
    for urn, said in errors:
        text = _clean(said)
        if _ECHO.search(text):
            continue
        if _PROTECTED.search(text) or _held_while_published(urn, text, published):
            protected.setdefault(urn)
            continue
        problem = _problem(urn, text)
        cause = None if _HOOK.search(text) else cause_of(text, urn)
        key = cause.says if cause and cause.everywhere else problem.message
        if key != problem.message and urn:
            everywhere[key] += 1
        found.setdefault(key, problem)
    for key, count in everywhere.items():
        if count > 1:
            found[key] = replace(found[key], message=f"{found[key].message}; the same for {count - 1} more")
    for problem in _protected(protected, published, destroying=destroying):
        found.setdefault(problem.message, problem)
    return tuple(found.values())


def _problem(urn: str, text: str) -> RunProblem:
    name = urn.rsplit("::", 1)[-1]
    if text.startswith(BY_POLICY):
        told, _, remedy = _one_line(text).partition(". To do: ")
        return RunProblem(f"{name}: {told}" if name else told, remedy or _PACK, name)
    hook = _HOOK.search(text)
    if hook:
        seen = _one_line(hook["seen"])
        if hook[2].startswith(REMOVAL_HOOK):
            return _not_removed(name, seen)
        if hook[2].startswith(FIRST_LOOK_HOOK):
            told, _, remedy = seen.partition(". To do: ")
            return RunProblem(told, remedy, name)
        if hook[2].endswith(MOVES_HOOK):
            hint = "whoever asks is still led to the web host from before; run it again, it goes on from here"
            return RunProblem(f"{name}: not taken over: {seen}", hint, name)
        if hook[1] == "before":
            hint = "the TXT is as it was; run it again once the policy host serves the policy"
            return RunProblem(f"{name}: not published: {seen}", hint, name)
        return RunProblem(f"{name}: {seen}", "", name)
    for row in (_NO_PLUGIN, _NO_ROOM):  # also after something was done
        known = _told(row, text)
        if known:
            return RunProblem(known.message, known.hint)
    if _NOT_THERE.fullmatch(text):
        told = f"{record_of(name)} was to be taken over, and is not in the zone that its file names"
        return RunProblem(
            told, "see `dns.zone` in its file: DNS shows the record from elsewhere, or it went away", name
        )
    cause = cause_of(text, urn)
    if cause:
        said = cause.says.format(record=record_of(name) or "it")
        told = shorten(terminal(" ".join((service_words(text) or text).split())), _QUOTED)
        return RunProblem(f"{name}: {said} ({told})" if name else f"{said} ({told})", cause.out, name)
    line = _one_line(text)
    return RunProblem(f"{name}: {line}" if name else line, "", name)


def _held_while_published(urn: str, text: str, published: Mapping[str, str]) -> bool:
    """Whether the ledger holds a domain that is protected as well, and whose way out is that of the protected ones."""
    hook = _HOOK.search(text)
    mode = published.get(urn, "").partition(" ")[2]
    own = (STILL_MOVING, STILL_LED_HERE)  # they have a way out of their own
    removal = bool(hook and hook[2].startswith(REMOVAL_HOOK) and not any(one in hook["seen"] for one in own))
    return removal and mode not in {"", "none"}


def _not_removed(name: str, seen: str) -> RunProblem:
    told = seen.partition(f". {REMOVE_EARLY}=")[0]
    domain = told.partition(":")[0]
    if STILL_MOVING in told:
        hint = "keep `leaving` in its file until the delegation has led to the new zone for as long as it may be cached"
        return RunProblem(told, hint, name)
    if STILL_LED_HERE in told:
        hint = (
            "have the other tool lead the policy host to its own web host first, wait for the TTL of that record, and"
            f" run it again; to take the name away where nobody can tell: --remove-before-date {domain}"
        )
        return RunProblem(told, hint, name)
    hint = (
        "keep its MX hosts as the older policies want them, and run it again after that date; to remove it all the "
        f"same: --remove-before-date {domain} (RFC 8461 s8.3)"
    )
    return RunProblem(told, hint, name)


def _protected(urns: Iterable[str], published: Mapping[str, str], *, destroying: bool) -> list[RunProblem]:
    """One line per domain, not one per protected resource of it."""
    lines: dict[str, RunProblem] = {}
    for urn in urns:
        domain, _, mode = published.get(urn, "").partition(" ")
        name = urn.rsplit("::", 1)[-1]
        if domain:
            why = "" if destroying else "its file is gone, but "
            back = "" if destroying else "put the file back; "
            renamed = "" if destroying else "; to rename a domain, publish the new name beside it and retire this one"
            lines[domain] = RunProblem(
                f"{domain}: {why}what was last published is mode {mode}, which senders keep",
                f"{back}publish `mode: none` first and keep it until every max_age ever served has passed "
                f"(RFC 8461 s8.3){renamed}",
                domain,
            )
        else:
            message = f"{name} is protected: mail domains that are not retired depend on it"
            hint = "retire them first: publish `mode: none` for each (RFC 8461 s8.3)"
            if name == ORIGIN_BUCKET and not destroying:
                # What lies in it would be replaced with it, and no file is gone.
                return [RunProblem(message, HOSTING.origin_held, name)]
            lines[name] = RunProblem(message, hint, name)
    return list(lines.values())


def everybody_refused(found: Iterable[RunProblem]) -> bool:
    """Whether nothing may be begun: a mandatory policy of a policy pack refuses it, or what every domain needs, the
    bucket of their policies, would be replaced, which the engine refuses."""
    return any(problem.resource == ORIGIN_BUCKET or _by_policy(problem) for problem in found)


def _by_policy(problem: RunProblem) -> bool:
    return problem.message.removeprefix(f"{problem.resource}: ").startswith(BY_POLICY)


def _clean(text: str) -> str:
    """Without the wrapping that gRPC and the SDK put around what a provider or the program said."""
    return _WRAPPING.sub("", _TRACE.sub("", text).strip()).strip()


def _one_line(text: str) -> str:
    return shorten(terminal(" ".join(text.split())), _LONGEST)
