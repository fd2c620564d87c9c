"""A page that shows a comment about as GitHub does, to look at it: Markdown in, HTML out.

    mtasts comment --dry-run --from gate.json | .venv/bin/python -m tools.comment_page > comment.html

The parser is GitHub's own (cmark-gfm); the looks are near, not the same. `--open` unfolds everything.
"""

import re
import sys

import cmarkgfm
from cmarkgfm.cmark import Options

_PAGE = """<!doctype html>
<meta charset="utf-8">
<title>comment</title>
<style>
body {{ margin: 0; padding: 24px; background: #fff; color: #1f2328; font: 14px/1.5 "DejaVu Sans", sans-serif; }}
.comment {{ max-width: 860px; border: 1px solid #d0d7de; border-radius: 6px; }}
.head {{ padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d0d7de; border-radius: 6px 6px 0 0; }}
.body {{ padding: 16px; overflow-wrap: anywhere; }}
.body > :first-child {{ margin-top: 0; }}
table {{ border-collapse: collapse; margin: 0 0 16px; }}
th, td {{ border: 1px solid #d0d7de; padding: 5px 12px; text-align: left; }}
tr:nth-child(2n) {{ background: #f6f8fa; }}
code {{ background: #eff1f3; border-radius: 6px; padding: 2px 5px; font: 12px "DejaVu Sans Mono", monospace; }}
pre {{ background: #f6f8fa; border-radius: 6px; padding: 12px; overflow: auto; }}
pre code {{ background: none; padding: 0; }}
.add {{ background: #dafbe1; color: #116329; display: block; }}
.del {{ background: #ffebe9; color: #82071e; display: block; }}
details {{ margin: 0 0 16px; }}
</style>
<div class="comment"><div class="head"><b>mtasts</b> commented</div><div class="body">
{body}
</div></div>
"""


def page(markdown: str, *, unfold: bool = False) -> str:
    """The page as HTML."""
    # Unsafe: GitHub lets <details> through, too, and drops what it must after this step.
    body = cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)
    body = re.sub(r'<pre lang="diff"><code>(.*?)</code></pre>', _diff, body, flags=re.DOTALL)
    if unfold:
        body = body.replace("<details>", "<details open>")
    return _PAGE.format(body=body)


def _diff(found: re.Match[str]) -> str:
    kinds = {"+": "add", "-": "del"}
    lines = [
        f'<span class="{kinds[line[0]]}">{line}</span>' if line[:1] in kinds else f"{line}\n"
        for line in found[1].splitlines()
    ]
    return f"<pre><code>{''.join(lines)}</code></pre>"


if __name__ == "__main__":
    sys.stdout.write(page(sys.stdin.read(), unfold="--open" in sys.argv[1:]))
