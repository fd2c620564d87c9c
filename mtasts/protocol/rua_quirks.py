"""Forms of an rua that the grammar allows and with which some reporters lose reports.

Run against the programs, or read in their source (mox, Stalwart's posting), in November 2026.
"""

from typing import Final

# Problem code: what happens, and in which reporter.
LOST: Final = {
    "rua-blank": "a blank beside the comma; tlsrpt-reporter 0.6.0 then sends no report to anybody",
    "rua-not-first": "a field stands before rua; tlsrpt-reporter 0.6.0 then sends no report",
    "rua-equals": 'has "="; mail-auth 0.12.1 (Stalwart) drops it with the two characters behind it',
    "rua-percent": "is percent-encoded; tlsrpt-reporter 0.6.0, mail-auth 0.12.1 (Stalwart) and mox take it literally",
    "rua-https-beside": "https beside mailto; Stalwart mails nothing once a post succeeded, mox ignores https, "
    "and posts are no evidence here",
    "rua-https-only": "https alone; mox ignores https, and posts are no evidence here: add a mailto",
}
