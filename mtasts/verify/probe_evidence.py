"""Chooses the probes of an evidence file that count for a domain: signed, fresh, about the MX hosts it has now.

Pure. What does not count is unknown, with the reason, and nothing of it is used. docs/decisions/probe-evidence.md.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from mtasts.verify.model import LookOutcome, MxProbe, Trouble
from mtasts.verify.probe_file import ProbeFile
from mtasts.verify.probe_signature import signature_parts, signed_by
from mtasts.words.counted import few
from mtasts.words.moments import at

CLOCKS_APART = timedelta(minutes=5)  # how far ahead the other machine's clock may be
_NAMED = 4


@dataclass(frozen=True, slots=True)
class ProbeEvidence:
    """An evidence file, and why nothing in it counts, if that is so."""

    file: ProbeFile
    refused: Trouble | None

    def of_domain(self, domain: str, hosts: Set[str]) -> Callable[[str, str], MxProbe]:
        """The probes (host, address) that count for `domain`, whose MX hosts DNS now says to be `hosts`.

        For what does not count, an unreachable probe that says why.
        """
        refused = self.refused or _other_domain(self.file, domain) or _other_hosts(self.file, domain, hosts)

        def recorded(host: str, address: str) -> MxProbe:
            known = self.file.probes.get((host, address))
            if refused is None and known is not None:
                return known
            missing = Trouble("probe-missing", "is not in the probe evidence, and is not looked at from here")
            return MxProbe(host, address, LookOutcome.UNREACHABLE, (refused or missing,))

        return recorded


def refusal(file: ProbeFile, keys: frozenset[str], now: datetime, *, unsigned: bool) -> Trouble | None:
    """Why the whole file does not count at `now`, None if it does. Its age is judged with the domain.

    `keys` are the public keys of those who may probe. `unsigned`: the person says that a file counts without a
    signature; it has no meaning where keys are known.
    """
    if (keys or not unsigned) and (trouble := _signature_trouble(file, keys)):
        return trouble
    if file.made_at > now + CLOCKS_APART:
        return Trouble("probe-from-future", f"the probe evidence was made in the future ({at(file.made_at)})")
    return None


def _signature_trouble(file: ProbeFile, keys: frozenset[str]) -> Trouble | None:
    key, _ = signature_parts(file.document)
    if not key:
        return Trouble("probe-unsigned", "the probe evidence is not signed")
    if not keys:
        return Trouble("probe-key-unknown", "no public key is configured by which the probe evidence could be checked")
    if key not in keys:
        return Trouble(
            "probe-key-unknown", f"the probe evidence is signed with a key that is not configured ({key:.60})"
        )
    try:
        genuine = signed_by(file.document, keys)
    except (ValueError, RecursionError):
        genuine = False
    return None if genuine else Trouble("probe-forged", "the probe evidence is not what was signed: it was changed")


def _other_domain(file: ProbeFile, domain: str) -> Trouble | None:
    if domain in file.hosts:
        return None
    return Trouble("probe-missing", f"the probe evidence is not of {domain}, and nothing is looked at from here")


def _other_hosts(file: ProbeFile, domain: str, hosts: Set[str]) -> Trouble | None:
    probed = file.hosts[domain]
    if probed == hosts:
        return None
    new, gone = sorted(hosts - probed), sorted(probed - hosts)
    told = [f"new: {few(new, _NAMED)}"] * bool(new) + [f"gone: {few(gone, _NAMED)}"] * bool(gone)
    return Trouble("probe-other-mx", f"the MX hosts are not those that were probed ({'; '.join(told)})")
