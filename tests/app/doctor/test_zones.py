"""The zones that files name, asked of both providers' APIs."""

from pathlib import Path

from mtasts.app.doctor import zones
from mtasts.errors import Refused
from mtasts.live.accounts import aws
from mtasts.render.doctor import State
from tests.app.doctor.projects import CLOUDFLARE, make_project, set_up
from tests.fakes.cloudflare_server import cloudflare_server


def test_zones_of_route53(tmp_path: Path, monkeypatch) -> None:
    """The zone of the domain passes; another domain's, a private one and one that is not there do not."""
    right, other, private, gone = (f"Z0123456789EXAMPLE{number}" for number in range(4))
    told = {right: ("example.com", False), other: ("example.org", False), private: ("example.net", True)}

    def zone(asked: str, _: object) -> tuple[str, bool]:
        if asked not in told:
            raise Refused(f"Route 53 zone {asked}: AWS refuses: NoSuchHostedZone")
        return told[asked]

    # How AWS itself is asked: tests/live/accounts/test_aws.py.
    monkeypatch.setattr(aws, "client", lambda *_: object())
    monkeypatch.setattr(aws, "hosted_zone", zone)
    root = make_project(tmp_path, example_com=right, mail_example=other, example_net=private, gone_example=gone)
    found = {one.subject: one for one in zones.examine(set_up(root))}
    assert found[f"zone {right}"].state is State.OK
    assert found[f"zone {other}"].says == "is example.org, in which mail.example has no name"
    assert found[f"zone {private}"].says == "example.net is private: no sender sees it"
    refused = found[f"zone {gone}"]
    assert (refused.state, "gone.example.yaml" in refused.step) == (State.WRONG, True)


def test_zones_of_cloudflare(tmp_path: Path) -> None:
    """What publishing may do is asked for, not more; a token that reaches other zones is too wide."""
    root = make_project(tmp_path, example_com=CLOUDFLARE)
    records = f"/zones/{CLOUDFLARE}/dns_records"
    every = [{"id": CLOUDFLARE, "name": "example.com"}, {"id": "f" * 32, "name": "shop.example"}]
    with cloudflare_server({records: []}) as environ:
        assert [one.state for one in zones.examine(set_up(root, environ))] == [State.OK]
    with cloudflare_server({records: [], "/zones": every}) as environ:
        ok, wide = zones.examine(set_up(root, environ))
        assert (ok.state, wide.state, "shop.example" in wide.says) == (State.OK, State.WIDE, True)
    with cloudflare_server({}) as environ:
        (refused,) = zones.examine(set_up(root, environ))
        assert (refused.state, "403" in refused.says) == (State.WRONG, True)
    with cloudflare_server({records: 500}) as environ:
        assert [one.state for one in zones.examine(set_up(root, environ))] == [State.UNKNOWN]
    assert [one.state for one in zones.examine(set_up(root))] == [State.UNKNOWN]
