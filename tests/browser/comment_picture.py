"""Makes the pictures of the comment anew: `python -m tests.browser.comment_picture docs/images`.

The comments are ours, of made-up domains; the page around them is plain, not a forge's. Their signs need a font
that has them (Debian: fonts-noto-color-emoji).
"""

import base64
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from mtasts.changes.diff import diff_stacks
from mtasts.changes.rules import Facts, judge_change
from mtasts.gate.merge_gate import judge_gate
from mtasts.policy.config import DomainPolicy, Loaded
from mtasts.protocol.mta_sts import Mode
from mtasts.render.ci.change import parts
from mtasts.render.ci.comment import Origin, comment
from mtasts.render.ci.parts import Part, PartState
from mtasts.verdict.ready import Verdict
from tests.browser.chromium import Browser
from tests.render.marked import page
from tests.verdict.fortnight import NOW, policy, reports, verdict

STYLE = """
body {margin: 0; padding: 24px; font: 14px/1.5 "DejaVu Sans", "Noto Color Emoji", sans-serif; color: #1f2328}
main {border: 1px solid #d0d7de; border-radius: 6px; padding: 16px; max-width: 880px}
main > :first-child {margin-top: 0} main > :last-child {margin-bottom: 0}
table {border-collapse: collapse; margin: 0 0 16px} th, td {border: 1px solid #d0d7de; padding: 6px 13px}
tr:nth-child(2n) td {background: #f6f8fa} summary {margin: 4px 0} details > :last-child {margin-bottom: 16px}
pre {background: #f6f8fa; padding: 16px; border-radius: 6px; font-size: 12px}
code {font-family: "DejaVu Sans Mono", monospace; font-size: 12px; background: #eff1f3; padding: 2px 4px}
pre code {background: none; padding: 0} sub {font-size: 11px; vertical-align: baseline; color: #59636e}
a {color: #0969da} .plus {background: #dafbe1; display: block} .minus {background: #ffebe9; display: block}
"""
ORIGIN = Origin("https://github.com/example/mail/actions/runs/7", "0f3c9a17d2e64b58a1c07e93bd5f4286a90c1b2d")
QUIET = Part("preview", "staging", "preview", PartState.NOTHING, "No resource changes.")
KEY = ("prod", "example.com")


def gate(judged: Verdict) -> tuple[Part, ...]:
    """A flip to enforce, and what the gate says of it on this verdict."""
    old: DomainPolicy = replace(policy(), owner="mail team")
    new = replace(old, mode=Mode.ENFORCE)
    hosts = ("mail.example.com",)
    facts = Facts(NOW, ready=judged.ready, ready_reasons=judged.reasons, mx_hosts=hosts, mx_ttl=3600, ledger_read=True)
    diffs = diff_stacks({"prod": Loaded((old,), ())}, {"prod": Loaded((new,), ())})
    result = judge_gate(diffs, {KEY: judge_change(old, new, facts)}, {KEY: judged})
    return parts(result, ["prod"], "policies")


def shot(browser: Browser, text: str, out: Path) -> None:
    """One comment as a picture."""
    lines = page(text).splitlines(keepends=True)
    signs = {"+": "plus", "-": "minus"}
    shown = "".join(
        f'<span class="{signs[line[0]]}">{line}</span>' if line[0] in signs and not line.startswith("---") else line
        for line in lines
        if line
    )
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "page.html"
        file.write_text(f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style><main>{shown}</main>', "utf-8")
        browser.open(file, width=960, height=600)
        height = browser.evaluate("document.querySelector('main').getBoundingClientRect().height")
        clip = {"x": 0, "y": 0, "width": 960, "height": height + 48, "scale": 1}
        found = browser.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
    out.write_bytes(base64.b64decode(found["data"]))


def main() -> None:
    """Both comments: a gate that is closed, and one that is open."""
    folder = Path(sys.argv[1])
    few = verdict(reports(26, 28, by=("google.com",)))
    with Browser() as browser:
        for name, judged in (("comment-closed", few), ("comment-open", verdict(reports()))):
            text = comment([*gate(judged), QUIET], limit=65_000, rest="the summary of the run", origin=ORIGIN)
            shot(browser, text, folder / f"{name}.png")


if __name__ == "__main__":
    main()
