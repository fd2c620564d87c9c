"""Probe evidence for a use case that looks: the file read, and held against the keys of who may probe."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mtasts.errors import CannotLook
from mtasts.live.observe import Evidence
from mtasts.live.text_file import read_text
from mtasts.verify.probe_evidence import ProbeEvidence, refusal
from mtasts.verify.probe_file import BadProbeFile, read_probe_file
from mtasts.verify.probe_signature import BadKey, read_public_keys

_KEYS_VARIABLE = "MTASTS_PROBE_KEYS"


@dataclass(frozen=True, slots=True)
class EvidenceRequest:
    """Probes made elsewhere by `mtasts probe`.

    `location` is a file or `s3://BUCKET/KEY`; `keys` are the public keys of who may probe, without any those of
    $MTASTS_PROBE_KEYS; `unsigned` takes the file without any key.
    """

    location: str
    keys: tuple[str, ...] = ()
    unsigned: bool = False


@dataclass(frozen=True, slots=True)
class EvidenceRead:
    """The evidence, and what a person should know of it: foreign text, to be escaped by whoever prints it."""

    evidence: Evidence
    notes: tuple[str, ...] = ()


def read_evidence(request: EvidenceRequest, environ: Mapping[str, str], now: datetime) -> EvidenceRead:
    """The probes that are named. Raises CannotLook.

    A file that does not count is not an error: each domain's MX hosts are unknown, for the reason in the finding.
    """
    location, keys = request.location, _keys(request, environ)
    try:
        file = read_probe_file(read_text(location))
    except BadProbeFile as error:
        raise CannotLook(f"{location}: {error}", "make one with `mtasts probe DOMAIN... --out FILE`") from None
    refused = refusal(file, keys, now, unsigned=request.unsigned)
    name = location.rsplit("/", 1)[-1]
    if refused is not None:
        lost = Evidence(None, f"{name} (does not count)", False, ProbeEvidence(file, refused).of_domain)
        return EvidenceRead(lost, (f"{name}: does not count: {refused.text}",))
    source = name if keys else f"{name} (signature not checked)"
    return EvidenceRead(Evidence(file.made_at, source, file.smtp_open, ProbeEvidence(file, None).of_domain))


def _keys(request: EvidenceRequest, environ: Mapping[str, str]) -> frozenset[str]:
    named = " ".join(request.keys)
    where, text = ("--probe-key", named) if named else (_KEYS_VARIABLE, environ.get(_KEYS_VARIABLE, ""))
    try:
        keys = read_public_keys(text)
    except BadKey as error:
        hint = "`mtasts probe --make-key FILE` prints the public key of the pair that it makes"
        raise CannotLook(f"{where}: {error}", hint) from None
    if keys and request.unsigned:
        raise CannotLook(
            f"--unsigned-probes: {where} has a public key, so signatures are checked", "leave one of them out"
        )
    return keys
