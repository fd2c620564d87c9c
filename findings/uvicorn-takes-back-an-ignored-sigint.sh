#!/bin/sh
# uvicorn 0.54.0: a server started with SIGINT ignored is ended by SIGINT all the same.
#
# Guess: a program leaves a SIGINT alone that it inherited as ignored. A shell without job control ignores it for what it puts
#        in the background (POSIX sh, "&"), and nohup-like starters do, so that Ctrl-C reaches the foreground only. Python's
#        own start does: no KeyboardInterrupt then, and asyncio.run() installs its handler only over Python's default one.
# Seen: Server.capture_signals() calls signal.signal() without a look at what is there. A script that starts uvicorn with "&"
#       and is then interrupted loses its server, an asyncio server in the same place lives on.
# Meaning for us: the receiver keeps an ignored SIGINT or SIGTERM ignored (docs/decisions/terminal.md).
# Exit 0: still so. Exit 1: it changed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "uvicorn==0.54.0"
cat >with_uvicorn.py <<'PY'
import uvicorn


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        print("up", flush=True)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


uvicorn.run(app, host="127.0.0.1", port=0, log_level="critical")
PY
cat >with_asyncio.py <<'PY'
import asyncio


async def main():
    async with await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0) as server:
        print("up", flush=True)
        await server.serve_forever()


asyncio.run(main())
PY
cat >try.py <<'PY'
import signal
import subprocess
import sys

signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for what it puts in the background
for name in ("with_asyncio.py", "with_uvicorn.py"):
    server = subprocess.Popen([sys.executable, name], stdout=subprocess.PIPE, text=True)
    assert server.stdout.readline() == "up\n"
    # Long past the start: both have their handlers by now.
    try:
        server.wait(2)
    except subprocess.TimeoutExpired:
        pass
    server.send_signal(signal.SIGINT)
    try:
        server.wait(10)
        print(name, "ended")
    except subprocess.TimeoutExpired:
        print(name, "lives on")
        server.kill()
PY
venv/bin/python try.py | tee seen.txt
printf '%s\n' "with_asyncio.py lives on" "with_uvicorn.py ended" >expected.txt
cmp -s seen.txt expected.txt
