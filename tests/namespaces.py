"""Network namespaces for tests: loopback only, the real ports 53, 25 and 443 free, name server 127.0.0.1.

    with namespace() as ns:
        server = ns.start([sys.executable, "-m", "tests.mtasts_sandbox.serve_memory_world", ...])
        ns.run(["mta-sts-query", "example.com"])

Root makes it directly, anybody else through a user namespace (in which they are root). Nothing is left behind, even
when the test is killed: the namespace lives in processes that end when their standard input does.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.patience import PATIENCE

_SETUP = """
set -e
ip link set lo up
mount --bind "$1" "$(readlink -f /etc/resolv.conf)"
mount --bind "$2" "$(readlink -f /etc/hosts)"
echo ready
exec cat >/dev/null
"""


class Namespace:
    """A namespace that is up; `run` and `start` put programs into it."""

    def __init__(self, pid: int, *, user: bool) -> None:
        self.pid = pid
        self._user = user
        self._started: list[subprocess.Popen[str]] = []

    def command(self, args: Sequence[str | Path]) -> list[str]:
        """The command line that runs `args` in the namespace."""
        user = ["--user", "--preserve-credentials"] if self._user else []
        where = ["--target", str(self.pid), *user, "--net", "--mount"]
        return ["nsenter", *where, "--wd=" + str(Path.cwd()), "--", *map(str, args)]

    def run(
        self, args: Sequence[str | Path], *, env: Mapping[str, str] | None = None, timeout: float = PATIENCE
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end; output is captured, a failure is the caller's to judge."""
        return subprocess.run(
            self.command(args),
            env={**os.environ, **(env or {})},
            timeout=timeout,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, args: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a program with its stdin and stdout as pipes; it is ended with the namespace."""
        process = subprocess.Popen(
            self.command(args),
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def add_address(self, address: str) -> None:
        """Give the namespace's loopback one more address, such as "::2/128"."""
        done = self.run(["ip", "address", "add", address, "dev", "lo"])
        if done.returncode:
            raise RuntimeError(f"cannot add {address}: {done.stderr.strip()}")

    def end(self) -> None:
        """End what `start` started."""
        for process in self._started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@contextlib.contextmanager
def namespace(*, nameserver: str = "127.0.0.1", hosts: str = "127.0.0.1 localhost\n") -> Iterator[Namespace]:
    """A new namespace with loopback up. Raises RuntimeError where the system does not let us make one."""
    user = os.geteuid() != 0
    with tempfile.TemporaryDirectory(prefix="mtasts-ns-") as folder:
        resolv, hosts_file = Path(folder, "resolv.conf"), Path(folder, "hosts")
        resolv.write_text(f"nameserver {nameserver}\noptions timeout:2 attempts:1\n")
        hosts_file.write_text(hosts)
        mapping = ["--map-root-user"] if user else []
        command = ["unshare", *mapping, "--net", "--mount", "sh", "-c", _SETUP, "sh", str(resolv), str(hosts_file)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as holder:
            assert holder.stdout is not None
            assert holder.stderr is not None
            assert holder.stdin is not None
            if holder.stdout.readline() != "ready\n":
                raise RuntimeError(f"no network namespace can be made here: {holder.stderr.read().strip()}")
            made = Namespace(holder.pid, user=user)
            try:
                yield made
            finally:
                made.end()
                holder.stdin.close()
                holder.wait(timeout=PATIENCE)
