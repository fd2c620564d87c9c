"""The next step of one mail domain: from testing to enforce, then max_age a rung up."""

from mtasts.app.steps.edit import DomainFile, Edit, edit_domain
from mtasts.changes.ladder import next_step


def next_edit(file: DomainFile) -> Edit | None:
    """The YAML one step further; None at the top, and from mode none. Raises CannotLook when it cannot be edited."""
    wanted = next_step(file.policy)
    return None if wanted is None else edit_domain(file, **wanted)
