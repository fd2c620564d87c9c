"""Makes docs/images/verify.png anew: `python -m tests.browser.verify_picture docs/images/verify.png`.

The domain is that of the checks' scenes, with a wrong certificate at its second MX host.
"""

import base64
import io
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from mtasts.render.verify.text import full
from mtasts.verify.model import Trouble
from mtasts.verify.run_checks import judge
from tests.browser.chromium import Browser
from tests.verify.scenes import MX, NOW, good, mail_host, one_probe, probed

WIDTH = 80
BOX = "(({width, height}) => [width, height])(document.querySelector('svg').getBoundingClientRect())"
TEXT = "the certificate is for mail.example.com, not for mx2.example.com"


def svg() -> str:
    """The terminal as an SVG, with fonts of this machine instead of ones from elsewhere."""
    wrong = Trouble("certificate-wrong-name", TEXT, "certificate-host-mismatch")
    observed = one_probe(wrong)(good())
    backup = mail_host(MX[1], *observed.hosts[1].probes, probed(MX[1], "2001:db8::26", wrong))
    verdict = judge(replace(observed, hosts=(observed.hosts[0], backup), desired=None), NOW)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print(full(verdict, NOW))
    text = console.export_svg(title="mtasts verify example.com", theme=MONOKAI)
    return re.sub(r"@font-face \{.*?\}\s*", "", text, flags=re.S).replace("Fira Code", "DejaVu Sans Mono")


def main() -> None:
    """Render it and take the picture."""
    out = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as name, Browser() as browser:
        page = Path(name) / "page.html"
        page.write_text(f'<!doctype html><meta charset="utf-8"><body style="margin:0">{svg()}', encoding="utf-8")
        browser.open(page, width=1240, height=1000)
        box = browser.evaluate(BOX)
        clip = {"x": 0, "y": 0, "width": box[0], "height": box[1], "scale": 1}
        picture = browser.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        out.write_bytes(base64.b64decode(picture["data"]))


if __name__ == "__main__":
    main()
