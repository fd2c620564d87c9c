"""The end of one mail domain, in three steps: mode none, wait until no sender holds a policy, remove its YAML."""

from dataclasses import dataclass
from datetime import datetime

from mtasts.app.steps.edit import DomainFile, Edit, edit_domain
from mtasts.changes.facts import Facts
from mtasts.changes.rules import ChangeFinding, allowed, judge_change
from mtasts.history.ledger import safe_removal
from mtasts.live.domain_file import remove_file
from mtasts.live.files import has_domains
from mtasts.protocol.mta_sts import Mode

_DAY = 86400


@dataclass(frozen=True, slots=True)
class Leaving:
    """Step 1: mode none. `end`: from when on the last step may be taken if that is published now; None if not known."""

    edit: Edit
    findings: tuple[ChangeFinding, ...]
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Removal:
    """Step 2, or 3 when it is allowed: remove the YAML. `unpublished`: mode none is not what is published yet."""

    file: DomainFile
    findings: tuple[ChangeFinding, ...]
    unpublished: bool

    @property
    def allowed(self) -> bool:
        """Whether no sender holds a policy that the removal would break."""
        return allowed(self.findings)

    def carry_out(self) -> bool:
        """Remove the file; whether its stack has domains left. Raises CannotLook."""
        remove_file(self.file.path, self.file.text)
        return has_domains(self.file.path.parent)


def retire(file: DomainFile, facts: Facts, *, sure: bool) -> Leaving | Removal:
    """The next step; `sure`: DNS answered, so that what it does not have is not published. Raises CannotLook."""
    # DNS that did not answer may hide a record that another home of the domain published.
    never = facts.ledger_read and not facts.ledger and facts.txt_id is None and sure
    if file.policy.mode is Mode.NONE or never:
        return Removal(file, tuple(judge_change(file.policy, None, facts)), _unpublished(facts))
    # RFC 8461 s8.3: "a small max_age (e.g., one day)".
    edit = edit_domain(file, mode="none", max_age=min(file.policy.max_age, _DAY))
    end = safe_removal(facts.ledger, facts.now, txt_since=facts.named_since, least_ttl=file.policy.ttl)
    return Leaving(edit, edit.judged(facts).findings, end)


def _unpublished(facts: Facts) -> bool:
    """Whether what has to be waited for is our own `up`: what is served, or named in DNS, is not mode none yet."""
    newest = facts.newest
    if newest is None:
        return False
    latest = facts.held()[-1]
    return not latest.retired or facts.txt_id != newest.id
