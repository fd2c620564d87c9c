"""Everything that a change of a mail domain passes through, on loopback: a bare git remote, clones of it, a forge, the
sandbox with the real engine in a network namespace, signed reports, MX hosts; and the pipelines' own steps.

What the verbs judge is handed the day by the command on PATH (`--as-of`); all else runs as it stands in the workflows.
"""

import json
import shlex
import shutil
import socket
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from mtasts.protocol.mta_sts import Mode, Policy, render_policy
from tests.forge.github_stand_in import REPOSITORY, GitHubStandIn
from tests.forge.stand_in import Login, serving
from tests.live.signing import key_record, report_mail, signed
from tests.namespaces import Namespace
from tests.patience import PATIENCE
from tests.publishing.stage import MTASTS, ROOT
from tests.publishing.test_independent_client import StageInside
from tests.repositories import Repo, git
from tests.workflows.steps import Run, play, shell

REPORTERS = ("google.com", "microsoft.com")
HOSTS = ("mx1.example.com", "mx2.example.com")
BACKUP = "mx3.example.com"
TOKEN = "ghs_OnlyTheHeaderMayHoldThis0123456789"
FORTNIGHT = 15.0  # days after the first publication

_DOMAIN = """\
# {why}
domain: {domain}
mode: {mode}
max_age: 1d
mx:
{mx}
dns:
  provider: route53
  zone: {zone}
host_group: {group}
owner: mail team
"""
_DEFAULTS = "tls_rpt:\n  rua: [mailto:tls-reports@example.com]\nttl: 300\n"
# What the fleet of the stack prod is there to show.
PROD = {
    "example.com": "Everything is right.",
    "fine.example": "Everything is right, until its backup MX is not.",
    "thin.example": "Only one reporter.",
    "failing.example": "A reporter saw an expired certificate.",
    "silent.example": "No report at all.",
    "unfetched.example": "Reporters found no policy.",
    "steady.example": "Came over in enforce.",
}
_PASS_FD = """\
import socket, sys
there = socket.socket(socket.AF_UNIX)
there.connect(sys.argv[1])
listener = socket.create_server(("127.0.0.1", 0))
socket.send_fds(there, [b"x"], [listener.fileno()])
"""


class Scene(StageInside):
    """The curtain rises on a fleet that was published in testing a fortnight ago; `main` says so."""

    def __init__(self, folder: Path, space: Namespace) -> None:
        super().__init__(folder, space)
        self.folder = folder
        self.person = Repo(folder / "person")
        self.remote = folder / "remote.git"
        self.policies = self.person.folder / "policies"
        self.store, self.inbox = folder / "reports", folder / "inbox"
        self.begun = datetime.now(UTC).replace(microsecond=0)
        self.forge = GitHubStandIn()
        self.as_of = self.day(FORTNIGHT)
        self.left = b""  # by the last gate
        self._open = ExitStack()
        self._clones = 0

    # Before the curtain

    def arrange(self) -> None:
        """A repository on the forge, the world it is about, its first publication, a fortnight of reports."""
        self._found_repository()
        self.start()
        self.cloud = json.loads(self.mtasts("sandbox", "env", "--json").out)
        self._people_the_world()
        self._open.enter_context(serving(self.forge, _listener_in(self.space)))
        self.forge.tokens[TOKEN] = Login("github-actions[bot]", app=True)
        self.forge.branches = self  # type: ignore[assignment]
        self._put_on_path()
        for stack in ("staging", "prod"):
            self.run(f"mtasts up --stack {stack} --create --yes")
        self._receive()

    def end(self) -> None:
        self._open.close()
        self.stop()

    def _found_repository(self) -> None:
        folder = self.person.folder
        shutil.copytree(ROOT / "policies", folder / "policies", ignore=shutil.ignore_patterns("*.yaml"))
        for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "__main__.py"):
            shutil.copy(path, folder)
        files = {
            "policies/prod/_defaults.yaml": _DEFAULTS,
            "policies/staging/_defaults.yaml": _DEFAULTS,
            "policies/staging/example.net.yaml": domain_file("example.net", "What is tried first.", HOSTS),
        }
        for domain, why in PROD.items():
            hosts = (*HOSTS, BACKUP) if domain == "fine.example" else HOSTS
            files[f"policies/prod/{domain}.yaml"] = domain_file(domain, why, hosts)
        steady = files["policies/prod/steady.example.yaml"].replace("mode: testing", "mode: enforce")
        files["policies/prod/steady.example.yaml"] = steady + "rollout:\n  adopted: It enforced elsewhere for a year.\n"
        self.person.commit(files, "Publish the fleet in testing")
        git(self.folder, "clone", "-q", "--bare", str(folder), str(self.remote))
        self.person.git("remote", "add", "origin", str(self.remote))

    def _people_the_world(self) -> None:
        key = "".join(part.strip('"') for part in key_record().split(" ")).replace('""', "")
        for reporter in REPORTERS:
            self._sandbox("zone", "add", reporter, "route53", f"Z{reporter[:3].upper()}")
            self._sandbox("record", f"s1._domainkey.{reporter}", "TXT", key)
        for host in (*HOSTS, BACKUP):
            self._sandbox("mail", "add", host)
        for domain in ("example.net", *PROD):
            hosts = (*HOSTS, BACKUP) if domain == "fine.example" else HOSTS
            values = [f"{10 * rank} {host}." for rank, host in enumerate(hosts, start=1)]
            self._sandbox("record", domain, "MX", *values, "--ttl", "3600")

    def _put_on_path(self) -> None:
        """`mtasts` as the steps find it: inside the namespace, and on the day that the environment names."""
        inside = ['--wd="$PWD"' if word.startswith("--wd=") else shlex.quote(word) for word in self.space.command([])]
        path = self.folder / "bin" / "mtasts"
        path.parent.mkdir()
        path.write_text(
            "#!/bin/sh\n"
            "as_of=\n"
            'case "$1" in gate | bot | ready) as_of="--as-of=$AS_OF" ;; esac\n'
            f'exec {" ".join(inside)} {shlex.quote(str(MTASTS))} "$@" $as_of\n'
        )
        path.chmod(0o755)

    def _receive(self) -> None:
        """What reporters sent about the fortnight, as mails that the pipeline will fetch."""
        self.inbox.mkdir()
        good, mute = Policy(Mode.TESTING, 86400, HOSTS), ("no-policy-found", None)
        backed = Policy(Mode.TESTING, 86400, (*HOSTS, BACKUP))
        for number in range(int(FORTNIGHT)):
            day = self.day(number).date()
            for reporter in REPORTERS:
                self._mail(day, reporter, "example.com", ("sts", good))
                self._mail(day, reporter, "fine.example", ("sts", backed))
                self._mail(day, reporter, "failing.example", ("sts", good), failures=int(number == 9))
                self._mail(day, reporter, "unfetched.example", mute)
            self._mail(day, REPORTERS[0], "thin.example", ("sts", good))

    def _mail(
        self, day: date, reporter: str, domain: str, policy: tuple[str, Policy | None], *, failures: int = 0
    ) -> None:
        raw = json.dumps(_report(day, reporter, domain, policy, failures)).encode()
        mail = signed(report_mail(reporter, reporter, raw, domain), reporter)
        (self.inbox / f"{day}-{reporter}-{domain}.eml").write_bytes(mail)

    # What is on

    def day(self, number: float) -> datetime:
        return self.begun + timedelta(days=number)

    def __contains__(self, branch: str) -> bool:
        """What the forge sees of its repository."""
        return branch in self.heads()

    def heads(self) -> dict[str, str]:
        """The remote's branches."""
        lines = git(self.remote, "for-each-ref", "--format=%(refname:strip=2) %(objectname)", "refs/heads").splitlines()
        return dict(line.split() for line in lines)

    def add(self, branch: str) -> None:  # type: ignore[override] - the stand-in notes branches; ours are real
        """Nothing."""

    def clone(self, branch: str = "main", into: Path | None = None) -> Path:
        """A fresh checkout, as a job makes it."""
        self._clones += 1
        folder = into or self.folder / f"job{self._clones}"
        git(self.folder, "clone", "-q", "-b", branch, str(self.remote), str(folder))
        return folder

    def environ(self) -> dict[str, str]:
        """A job's environment, with the sandbox for a world."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {
            **self.cloud,
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PATH": f"{self.folder / 'bin'}:{self.environment['PATH']}",
            "MTASTS_ENGINE": self.environment["MTASTS_ENGINE"],
            "AS_OF": f"{self.as_of:%Y-%m-%dT%H:%M:%SZ}",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.forge.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_SHA": self.heads()["main"],
        }

    def play(self, workflow: str, job: str, folder: Path, **values: str) -> Run:
        """A job's steps, with the variables and secrets that docs/gitops.md asks for. Names with `__` for dots."""
        known = {
            "vars.PULUMI_BACKEND_URL": self.cloud["PULUMI_BACKEND_URL"],
            "vars.MTASTS_REPORTS": str(self.store),
            "vars.MTASTS_REPORTS_SOURCE": str(self.inbox),
            "secrets.CLOUDFLARE_API_TOKEN": self.cloud["CLOUDFLARE_API_TOKEN"],
            "github.token": TOKEN,
        }
        return play(
            workflow, job, folder, self.environ(), {**known, **{k.replace("__", "."): v for k, v in values.items()}}
        )

    def run(self, line: str) -> str:
        """One command of a person, in a fresh clone of main; it must go well."""
        done = shell(line, self.clone(), self.environ())
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def propose(self, name: str, files: Mapping[str, str | None]) -> str:
        """A person's branch with these files of `policies/prod` changed (None: gone), pushed."""
        self.person.git("fetch", "-q", "origin")
        self.person.git("checkout", "-q", "-B", name, "origin/main")
        self.person.commit({f"policies/prod/{file}.yaml": text for file, text in files.items()}, name)
        self.person.git("push", "-q", "origin", name)
        return name

    def yaml(self, domain: str) -> str:
        """A domain's file on main."""
        return git(self.remote, "show", f"main:policies/prod/{domain}.yaml") + "\n"

    def gate(self, branch: str) -> tuple[Run, Any]:
        """The job `gate` for a pull request from a branch, and what it left."""
        folder = self.clone()
        self.clone("main", folder / ".mtasts-change")
        git(folder / ".mtasts-change", "merge", "-q", "--no-ff", "-m", "try", f"origin/{branch}")
        run = self.play("preview", "gate", folder)
        self.left = (folder / "gate.json").read_bytes()
        return run, json.loads(self.left) if self.left else None

    def merge(self, number: int) -> None:
        """Press the button."""
        pull = self.forge.issues[number]
        self.person.git("fetch", "-q", "origin")
        self.person.git("checkout", "-q", "-B", "main", "origin/main")
        self.person.git("merge", "-q", "--no-ff", "-m", f"Merge #{number}", f"origin/{pull['head']['ref']}")
        self.person.git("push", "-q", "origin", "main", f":{pull['head']['ref']}")
        pull |= {"state": "closed", "merged_at": "2026-03-30T12:00:00Z"}

    def pulls(self, state: str = "open") -> dict[str, dict[str, Any]]:
        """The pull requests on the forge, by branch."""
        return {
            one["head"]["ref"]: one for one in self.forge.issues.values() if "head" in one and one["state"] == state
        }

    def fault(self, *words: str) -> None:
        self._sandbox("fault", *words)

    def _sandbox(self, *words: str) -> None:
        done = self.mtasts("sandbox", *words)
        assert done.code == 0, done.err


def domain_file(domain: str, why: str, hosts: Iterable[str]) -> str:
    """`policies/<stack>/<domain>.yaml`."""
    zone = f"Z{domain.upper().replace('.', '')}"
    mx = "\n".join(f"  - {host}" for host in hosts)
    group = domain if domain.startswith("example.") else "fleet"
    return _DOMAIN.format(why=why, domain=domain, mode="testing", mx=mx, zone=zone, group=group)


def _report(
    day: date, reporter: str, domain: str, policy: tuple[str, Policy | None], failures: int
) -> dict[str, object]:
    """One day's sessions, as RFC 8460 s4.4 has it."""
    kind, asked = policy
    entry: dict[str, object] = {"policy-type": kind, "policy-domain": domain}
    if asked is not None:
        entry |= {"policy-string": render_policy(asked).splitlines(), "mx-host": list(asked.mx)}
    told: dict[str, object] = {
        "policy": entry,
        "summary": {"total-successful-session-count": 40, "total-failure-session-count": failures},
    }
    if failures:
        told["failure-details"] = [
            {
                "result-type": "certificate-expired",
                "receiving-mx-hostname": HOSTS[1],
                "failed-session-count": failures,
            }
        ]
    return {
        "organization-name": reporter,
        "date-range": {"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"},
        "contact-info": f"tls@{reporter}",
        "report-id": f"{day}_{reporter}_{domain}",
        "policies": [told],
    }


def _listener_in(space: Namespace) -> socket.socket:
    """A listening socket of the namespace's loopback, served from out here: so steps and tests see one forge."""
    with tempfile.TemporaryDirectory(prefix="fd-", dir="/tmp") as folder, socket.socket(socket.AF_UNIX) as waiting:
        waiting.bind(f"{folder}/s")
        waiting.listen(1)
        waiting.settimeout(PATIENCE)
        process = space.start([shutil.which("python3") or "python3", "-c", _PASS_FD, f"{folder}/s"])
        there, _ = waiting.accept()
        with there:
            _, (number,), _, _ = socket.recv_fds(there, 1, 1)
        process.wait(PATIENCE)
    return socket.socket(fileno=number)
