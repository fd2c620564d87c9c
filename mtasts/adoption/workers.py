"""Matches a Cloudflare Worker's route against a request. Pure."""


def catches(pattern: str, host: str, path: str) -> bool:
    """Whether a route's pattern catches https://HOST/PATH.

    An asterisk stands for any characters, and only at the begin of the host and at the end of the path; without one
    either must be equal (developers.cloudflare.com/workers, Routes, "Matching behavior"). The scheme may be left out.
    """
    scheme, separator, rest = pattern.lower().partition("://")
    if separator and scheme not in ("https", "*"):
        return False
    wanted_host, slash, wanted_path = (rest if separator else pattern.lower()).partition("/")
    return _host(wanted_host, host) and _path(f"{slash}{wanted_path}" or "/", path)


def _host(wanted: str, host: str) -> bool:
    return host.endswith(wanted[1:]) if wanted.startswith("*") else host == wanted


def _path(wanted: str, path: str) -> bool:
    return path.startswith(wanted[:-1]) if wanted.endswith("*") else path == wanted
