"""Checks of the MX hosts: by name against the policy, and address by address against what enforcement needs."""

from collections.abc import Iterator
from datetime import timedelta

from mtasts.protocol.mta_sts import Mode
from mtasts.protocol.names import covers
from mtasts.verify.addresses import not_public
from mtasts.verify.findings import Check, Decides, Level, Result, State, View
from mtasts.verify.model import NOT_LOOKED_AT, NOT_PUBLIC, AnswerKind, LookOutcome, MxProbe
from mtasts.words.counted import few
from mtasts.words.durations import roughly, span

# Patterns whose zone other customers of the provider share: anybody there can be a valid MX (RFC 8461 s10.4).
_SHARED_ZONES = (".mail.protection.outlook.com", ".mx.microsoft", ".google.com", ".googlemail.com")


def null_mx(view: View) -> bool:
    """RFC 7505: the domain takes no mail."""
    return len(view.observed.mx.values) == 1 and view.observed.mx.values[0].endswith(" .")


def mx_present(view: View) -> Iterator[Result]:
    """There is somewhere to deliver to (RFC 5321 s5.1)."""
    mx, hosts = view.observed.mx, view.observed.hosts
    if mx.kind is AnswerKind.TROUBLE:
        yield Result(State.UNKNOWN, f"DNS trouble asking for MX: {mx.trouble}", mx.name, "dns-trouble")
    elif mx.kind is AnswerKind.NO_NAME:
        yield Result(State.FAIL, "the domain does not exist (NXDOMAIN)", mx.name)
    elif null_mx(view):
        yield Result(State.FAIL, "takes no mail (null MX); there is nothing to protect", mx.name, "null-mx")
    elif mx.found:
        yield Result(State.PASS, f"{len(hosts)} MX host{'s' if len(hosts) != 1 else ''}", mx.name)
    elif hosts and any(answer.found for answer in hosts[0].addresses):
        yield Result(State.PASS, "no MX record: its own address is the implicit MX", mx.name, "implicit-mx")
    elif hosts and any(answer.kind is AnswerKind.TROUBLE for answer in hosts[0].addresses):
        yield Result(State.UNKNOWN, "no MX record, and DNS trouble asking for its address", mx.name, "dns-trouble")
    else:
        yield Result(State.FAIL, "no MX record and no address: nobody can send mail there", mx.name)


def mx_covered(view: View) -> Iterator[Result]:
    """Every name in the MX records matches a pattern; `*` is exactly one label (RFC 8461 s4.1)."""
    policy = view.policy
    if policy is not None and policy.mode is Mode.NONE:
        yield Result(State.NOT_APPLICABLE, "mode is none")
        return
    # An implicit MX without an address is no MX at all, which its own check says.
    seen = view.observed.hosts
    hosts = [host for host in seen if not host.implicit or any(a.found for a in host.addresses)]
    for host in hosts:
        if policy is None:
            yield Result(State.UNKNOWN, "no valid policy to hold it against", host.name)
            continue
        pattern = next((pattern for pattern in policy.mx if covers(pattern, host.name)), None)
        if pattern is not None:
            yield Result(State.PASS, f"covered by {pattern}", host.name)
        else:
            text = f"no mx pattern of the policy covers it ({few(policy.mx, 6)})"
            yield Result(State.FAIL, text, host.name, "mx-not-in-policy", "validation-failure")
    if not hosts:
        yield Result(State.NOT_APPLICABLE, "no MX host")


def patterns_used(view: View) -> Iterator[Result]:
    """A pattern without a host is left over, or announces a host to come; senders do not mind."""
    if view.policy is None or not view.active or not view.observed.mx.found or null_mx(view):
        yield Result(State.NOT_APPLICABLE, "no patterns or no MX to hold against each other")
        return
    unused = [p for p in view.policy.mx if not any(covers(p, host.name) for host in view.observed.hosts)]
    for pattern in unused:
        yield Result(State.FAIL, "no MX host of the domain matches it", pattern)
    if not unused:
        yield Result(State.PASS, "every mx pattern has a host")


def patterns_narrow(view: View) -> Iterator[Result]:
    """A wildcard in a zone that others share lets each of them be a valid MX (RFC 8461 s10.4)."""
    if view.policy is None or not view.active:
        yield Result(State.NOT_APPLICABLE, "no active policy")
        return
    wild = [pattern for pattern in view.policy.mx if pattern.startswith("*.")]
    for pattern in wild:
        # By whole labels: notgoogle.com is somebody else's.
        shared = f".{pattern[2:].lower().rstrip('.')}".endswith(_SHARED_ZONES)
        whose = "a zone that the provider's other customers share" if shared else "every host of that zone"
        yield Result(State.FAIL, f"covers {whose}; a full name would do", pattern)
    if not wild:
        yield Result(State.PASS, "full host names only")


def mx_resolves(view: View) -> Iterator[Result]:
    """Each MX host has an address; an alias is not allowed but works with most senders (RFC 2181 s10.3)."""
    for host in view.observed.hosts:
        found = [value for answer in host.addresses if answer.found for value in answer.values]
        for text in host.untold:
            yield Result(State.UNKNOWN, text, host.name, "dns-trouble" if host.looked_at else NOT_LOOKED_AT)
        if found:
            yield Result(State.PASS, ", ".join(found), host.name)
        elif not host.untold:
            yield Result(State.FAIL, "has no address in DNS", host.name)
    if not view.observed.hosts:
        yield Result(State.NOT_APPLICABLE, "no MX host")


def mx_no_alias(view: View) -> Iterator[Result]:
    """An MX must not name an alias (RFC 2181 s10.3); the certificate must be for the name in the MX record anyway."""
    aliased = [(host.name, a.chain[-1]) for host in view.observed.hosts for a in host.addresses[:1] if a.chain]
    for name, target in aliased:
        yield Result(State.FAIL, f"is an alias of {target}", name)
    if not aliased:
        yield Result(State.PASS, "no MX host is an alias")


def mx_secure(view: View) -> Iterator[Result]:
    """STARTTLS and a certificate that validates, at every address of every MX host (RFC 8461 s4.2)."""
    probes = [probe for host in view.observed.hosts for probe in host.probes]
    for probe in probes:
        where = f"{probe.host} [{probe.address}]"
        if view.probes_expired:
            age = roughly(view.now - view.observed.probed_at)
            yield Result(State.UNKNOWN, f"its probe is {age} old, older than allowed", where, "probe-expired")
        elif probe.outcome is LookOutcome.OK:
            left = f", {roughly(probe.certificate.not_after - view.now)} left" if probe.certificate else ""
            yield Result(State.PASS, f"{probe.tls_version}{left}", where)
        else:
            state = State.UNKNOWN if _says_nothing(view, probe) else State.FAIL
            for trouble in probe.problems:
                text = trouble.text
                if state is State.UNKNOWN and trouble.code == "connect-timeout":
                    text += "; nothing answers on port 25, so it may be blocked from here"
                yield Result(state, text, where, trouble.code, trouble.result_type)
    if not probes:
        yield Result(State.NOT_APPLICABLE, "no address of an MX host to look at")


def _says_nothing(view: View, probe: MxProbe) -> bool:
    """Unreachable, or silent where nothing on port 25 ever answered."""
    silent = any(trouble.code == "connect-timeout" for trouble in probe.problems[:1])
    return probe.outcome is LookOutcome.UNREACHABLE or (silent and not view.observed.smtp_open)


def mx_certificate_outlives(view: View) -> Iterator[Result]:
    """A policy cached today binds senders for max_age; a certificate that ends before must be renewed in time."""
    if view.policy is None or not view.active:
        yield Result(State.NOT_APPLICABLE, "no active policy")
        return
    bound = timedelta(seconds=view.policy.max_age)
    probes = (probe for host in view.observed.hosts for probe in host.probes if probe.outcome is LookOutcome.OK)
    good = [(probe, probe.certificate) for probe in probes if probe.certificate]
    for probe, certificate in good:
        left = certificate.not_after - view.now
        where = f"{probe.host} [{probe.address}]"
        if left < bound:
            held = span(view.policy.max_age)
            text = f"the certificate ends in {roughly(left)}, inside the policy's max_age of {held}"
            yield Result(State.FAIL, text, where)
        else:
            yield Result(State.PASS, f"the certificate has {roughly(left)} left", where)
    if not good:
        yield Result(State.NOT_APPLICABLE, "no valid certificate of an MX host was seen")


def families_seen(view: View) -> Iterator[Result]:
    """A look at one family says nothing about the other."""
    for family, name in (("ipv4", "IPv4"), ("ipv6", "IPv6")):
        if family not in view.observed.families:
            yield Result(State.UNKNOWN, f"{name} was left out on request", name)
    if len(view.observed.families) == 2:
        yield Result(State.PASS, "IPv4 and IPv6")


def addresses_public(view: View) -> Iterator[Result]:
    """No sender on the Internet gets to a private address, whatever a look from inside a network says."""
    if not view.observed.direct:
        yield Result(State.NOT_APPLICABLE, "connections were led elsewhere")
        return
    places = [(fetch.host, fetch.address) for fetch in view.observed.fetches if fetch.address]
    places += [(probe.host, probe.address) for host in view.observed.hosts for probe in host.probes]
    seen = {(name, address): kind for name, address in places if (kind := not_public(address))}
    for (name, address), kind in seen.items():
        yield Result(
            State.FAIL, f"no sender on the Internet gets there: it is {kind}", f"{name} [{address}]", NOT_PUBLIC
        )
    if not seen:
        yield Result(State.PASS, "every address is one of the public Internet")


CHECKS = (
    Check(
        "mx-present", Level.BLOCK, "RFC 5321 s5.1", "the domain takes mail",
        "publish MX records, or take MTA-STS away from a domain without mail", mx_present, Decides.MX_HOSTS,
    ),
    Check(
        "mx-covered", Level.BLOCK, "RFC 8461 s4.1", "every MX host is covered by an mx pattern",
        "add the MX host to mx:, publish, and only then change DNS", mx_covered, Decides.MX_HOSTS,
    ),
    Check(
        "patterns-used", Level.WARN, "RFC 8461 s4.1", "every mx pattern has an MX host",
        "take the pattern out, unless its MX host is about to come", patterns_used,
    ),
    Check(
        "patterns-narrow", Level.NOTE, "RFC 8461 s10.4", "mx patterns are full host names",
        "write the MX host's full name", patterns_narrow,
    ),
    Check(
        "mx-resolves", Level.BLOCK, "RFC 5321 s5.1", "every MX host has an address",
        "publish its A and AAAA, or take it out of the MX records", mx_resolves, Decides.MX_HOSTS,
    ),
    Check(
        "mx-no-alias", Level.NOTE, "RFC 2181 s10.3", "no MX host is an alias",
        "let the MX record name the host itself, and its certificate too", mx_no_alias,
    ),
    Check(
        "mx-secure", Level.BLOCK, "RFC 8461 s4.2", "STARTTLS and a valid certificate at every address of every MX host",
        "see `mtasts verify --explain CODE` for the code of each address", mx_secure, Decides.MX_HOSTS,
    ),
    Check(
        "mx-certificate-outlives", Level.WARN, "ours", "no MX certificate ends inside the policy's max_age",
        "make sure that renewal runs by itself, or publish a smaller max_age", mx_certificate_outlives,
    ),
    Check(
        "addresses-public", Level.NOTE, "RFC 6890", "policy host and MX hosts have public addresses",
        "publish public addresses; keep the others in DNS that only your network sees", addresses_public,
    ),
    Check(
        "families-seen", Level.NOTE, "ours", "both address families were looked at",
        "look again without --ipv4 or --ipv6, from a host that has both", families_seen,
    ),
)  # fmt: skip
