"""The process that runs CloudFront Functions: one JSON object a line in, one out. Run as a script, by its path.

A process of its own, because JavaScript cannot be interrupted from outside: a function that never returns is ended by
ending this process, while the sandbox goes on. It has no environment, and limits on memory and processor time; the
kernel ends it by SIGPROF when one function takes more processor time than the seconds that it is started with.
It imports nothing of the package, so that it starts in a few hundredths of a second.
"""

import json
import resource
import signal
import sys

import dukpy

_MEMORY = 1 << 30  # bytes of address space
_PROCESSOR = 60  # seconds in all, then the kernel ends the process, also when nobody is left to do it
_ENGINES = 64
# CloudFront gives a function no files, modules or environment, and a console that nobody sees.
_AS_AT_CLOUDFRONT = """
delete this.require; delete this.process; delete this.call_python;
this.console = {log: function () {}, error: function () {}};
0
"""


def _engine(engines: "dict[str, dukpy.JSInterpreter]", code: str) -> "dukpy.JSInterpreter":
    engine = engines.get(code)
    if engine is None:
        engine = dukpy.JSInterpreter()
        engine.evaljs(_AS_AT_CLOUDFRONT)
        engine.evaljs(code + "\n;0")
        if len(engines) >= _ENGINES:
            engines.clear()
        engines[code] = engine
    return engine


def main() -> None:
    """Say "ready", then answer {"code", "event"} with {"result"} or {"error"} until standard input ends."""
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR, _PROCESSOR))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    engines: dict[str, dukpy.JSInterpreter] = {}
    seconds = float(sys.argv[1])
    print("ready", flush=True)  # noqa: T201 - standard output is the answer
    for line in sys.stdin:
        asked = json.loads(line)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            result = _engine(engines, asked["code"]).evaljs("handler(JSON.parse(dukpy['event']))", event=asked["event"])
            answer = json.dumps({"result": result})
        except (dukpy.JSRuntimeError, ValueError, MemoryError, RecursionError) as error:
            engines.pop(asked["code"], None)
            answer = json.dumps({"error": str(error)[:500]})
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(answer, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
