"""Text that tries to get out of wherever it is printed, one of each kind."""

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><style>*{display:none}",
    "javascript:alert(1)",
    "\x1b[31mred\x1b]8;;https://evil.example\x07link",
    "\u202egnp.exe",
    "line\nbreak\r\nagain",
    "=cmd|' /C calc'!A0",
    '@SUM(1+1)","x',
    "]]><!--",
    "{{7*7}}${7*7}",
    "\ud800 lone",
    "a" * 5000,
)
