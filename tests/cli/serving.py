"""A server of ours as a process, on a port of its own."""

import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

from tests.patience import PATIENCE


class Server:
    """A running `mtasts reports ...`; `lines` is what it said on standard error."""

    def __init__(self, words, started=list):
        self.process = subprocess.Popen(
            started([sys.executable, "-m", "mtasts", "reports", *map(str, words)]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines = []
        for line in self.process.stderr:
            self.lines.append(line)
            found = re.search(r"listening on (http://\S+)", line)
            if found:
                self.url = found[1]
                break
        else:
            raise AssertionError(f"did not start: {self.lines}")
        self.host, _, port = self.url.removeprefix("http://").rpartition(":")
        self.port = int(port)
        self._reader = threading.Thread(target=lambda: self.lines.extend(self.process.stderr), daemon=True)
        self._reader.start()

    def stop(self, how=signal.SIGTERM):
        """Send a signal and wait; the exit code."""
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code


@contextmanager
def running(*words, started=list):
    """The server, ended at the end whatever happened. `started` turns its command into the one that is run."""
    server = Server(words, started)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()
        server._reader.join(PATIENCE)
        server.process.stderr.close()
