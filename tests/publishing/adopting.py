"""A domain that has MTA-STS already, in one of the ways in which domains have it, and the command that takes it over.

Everything runs in a network namespace, where the sandbox has the real ports, so that the onlooker needs to know nothing
of a sandbox. A stage can be begun as a copy of another: `python -m bench.adopt_kills` starts each kill from one.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.namespaces import Namespace, namespace
from tests.publishing.onlooker import Onlooker, names, worse_than_before
from tests.publishing.stage import Run, Stage

DOMAIN = "shop.example"
HOST = f"mta-sts.{DOMAIN}"
ID = "20240101000000Z"
RUA = f"mailto:tls@{DOMAIN}"
MODES = ("testing", "enforce")
_ZONES = {"route53": "Z0SHOPEXAMPLE", "cloudflare": "0123456789abcdef0123456789abcdef"}


def text(mode: str) -> str:
    """The policy as somebody wrote it by hand: no carriage returns, and no line end at its end."""
    return f"version: STSv1\nmode: {mode}\nmx: mx1.{DOMAIN}\nmx: *.backup.{DOMAIN}\nmax_age: 1209600"


class Adopting(Stage):
    """The stage of one way of being there before, in one mode; `like`: the folder of another that it begins from."""

    def __init__(self, folder: Path, space: Namespace, way: "Way", mode: str, like: Path | None = None) -> None:
        super().__init__(folder)
        for path in (self.policies / "staging").glob("example.*.yaml"):
            path.unlink()
        if like is not None:
            shutil.copytree(like / "sandbox", self.state)
            shutil.copytree(like / "policies", self.policies, dirs_exist_ok=True)
        self.folder, self.space, self.way, self.mode = folder, space, way, mode

    def command(self, *words: str) -> list[str]:
        return self.space.command(super().command(*words))

    def start(self) -> None:
        ports = ["--port", "0", "--dns-port", "53", "--https-port", "443", "--smtp-port", "25"]
        self.does("sandbox", "up", *ports, "--policies", str(self.policies))

    def does(self, *words: str) -> Run:
        """A command that must go well."""
        done = self.mtasts(*words)
        assert done.code == 0, (words, done.out, done.err)
        return done

    def record(self, name: str, kind: str, *values: str) -> None:
        self.does("sandbox", "record", name, kind, *values)

    def policy_file(self, name: str) -> str:
        """A file with the policy as it is served."""
        file = self.folder / f"{name}.txt"
        file.write_bytes(text(self.mode).encode())
        return str(file)

    def web(self, name: str, *hosts: str) -> None:
        """A web server of somebody else, which serves the policy for these hosts."""
        words = [word for host in hosts for word in ("--host", host)]
        self.does("sandbox", "web", "add", name, "--policy", self.policy_file(name), *words)

    def was_there_before(self) -> None:
        """Mail servers, and MTA-STS and TLS-RPT as somebody made them."""
        provider = self.way.provider
        self.does("sandbox", "zone", "add", DOMAIN, provider, _ZONES[provider])
        self.does("sandbox", "zone", "add", "pages.example", "route53", "Z0PAGESEXAMPLE")
        for host in (f"mx1.{DOMAIN}", f"mx2.backup.{DOMAIN}"):
            self.does("sandbox", "mail", "add", host)
        self.record(DOMAIN, "MX", f"10 mx1.{DOMAIN}.", f"20 mx2.backup.{DOMAIN}.")
        self.record(f"_smtp._tls.{DOMAIN}", "TXT", f"v=TLSRPTv1; rua={RUA}")
        self.way.build(self)
        self.record(f"_mta-sts.{DOMAIN}", "TXT", f"v=STSv1; id={ID};")
        if not self.way.served and self.mode == "enforce":
            self._file_by_hand()

    def _file_by_hand(self) -> None:
        """The file as `adopt` drafts it, with the mode that was served before the host died."""
        planned = self.does(*self.words("adopt"), DOMAIN, "--dry-run")
        path = self.policies / "staging" / f"{DOMAIN}.yaml"
        path.write_text(planned.json["domains"][0]["file"]["text"])
        self.edit(DOMAIN, mode=self.mode, rollout={"adopted": "it was enforced until its host died"})

    # Taking it over

    def words(self, verb: str) -> list[str]:
        yes = [] if verb == "preview" else ["--yes"]
        return [verb, "--stack", "staging", "--sandbox", "--policies", str(self.policies), "--json", *yes]

    def adopting(self) -> list[str]:
        """The command line, without what it runs in."""
        return self.command(*self.words("adopt"), DOMAIN)

    def adopt(self) -> Run:
        return self.mtasts(*self.words("adopt"), DOMAIN)

    def onlooker(self) -> Onlooker:
        return Onlooker(self.space.command, self.state / "ca.pem", self.folder / "sights.jsonl", DOMAIN)

    def look(self) -> tuple[list[str], set[str | None]]:
        """What a sender sees now: the ids, and the policies of all addresses (None: one gave none)."""
        with self.onlooker() as looked:
            pass
        sight = looked.sights()[-1]
        return names(sight), {sight["fetched"][address].get("body") for address in sight["now"]}

    def judge(self, looked: Onlooker) -> list[str]:
        """What a sender met that was worse than before."""
        return worse_than_before(looked.sights(), served=self.way.served)

    def yaml(self) -> Mapping[str, object]:
        return yaml.safe_load((self.policies / "staging" / f"{DOMAIN}.yaml").read_text())


@dataclass(frozen=True)
class Way:
    """One way of having MTA-STS before; `served`: a sender got a policy then."""

    provider: str
    build: Callable[[Adopting], None]
    served: bool = True


def _cloudfront(stage: Adopting) -> None:
    """S3 and CloudFront made by hand in the same account: the name belongs to another distribution."""
    policy = stage.policy_file("cloudfront")
    stage.does("sandbox", "distribution", "add", HOST, "--policy", policy, "--record", "alias")


def _pages(stage: Adopting) -> None:
    """A CNAME to a platform for static pages."""
    stage.web("somebody.pages.example", HOST)
    stage.record(HOST, "CNAME", "somebody.pages.example.")


def _worker(stage: Adopting) -> None:
    """A Worker behind a route, over a proxied record that leads nowhere by itself."""
    policy = stage.policy_file("worker")
    stage.does("sandbox", "worker", "add", "mta-sts", "--policy", policy, "--route", f"{HOST}/*")
    stage.does("sandbox", "record", HOST, "AAAA", "100::", "--proxied")


def _dead(stage: Adopting) -> None:
    """The records are there, the platform has forgotten the site."""
    stage.web("nobody.pages.example")
    stage.record(HOST, "CNAME", "nobody.pages.example.")


WAYS: Mapping[str, Way] = {
    "worker": Way("cloudflare", _worker),
    "cloudfront": Way("route53", _cloudfront),
    "pages": Way("route53", _pages),
    "pages-cloudflare": Way("cloudflare", _pages),
    "dead": Way("route53", _dead, served=False),
}


@contextmanager
def before_adoption(folder: Path, way: str, mode: str, like: Path | None = None) -> Iterator[Adopting]:
    """The stage, running, with all that was there before; or a copy of one that was at rest."""
    with namespace() as space:
        stage = Adopting(folder, space, WAYS[way], mode, like)
        stage.start()
        try:
            if like is None:
                stage.was_there_before()
            yield stage
        finally:
            stage.stop()
