"""Misdeeds of trials in Python, each by the name of its kind."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time

import belay


def fork_tree(depth):
    for _ in range(2):
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if depth > 0:
                fork_tree(depth - 1)
            time.sleep(600)


def daemon():
    """A process in a session of its own, with an empty environment, that nobody waits for."""
    if os.fork() == 0:
        os.setsid()
        os.execve("/bin/sleep", ["sleep", "600"], {})


def grow(step):
    held = []
    while True:
        held.append(bytearray(step))
        time.sleep(0.001)


def child_grows():
    code = "held = []\nwhile True: held.append(bytearray(4000000))"
    subprocess.run([sys.executable, "-c", code])


def ignore_sigterm():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1)


def garbage():
    os.write(int(os.environ["BELAY_WRITE_FD"]), bytes(range(256)) * 40)
    time.sleep(600)


def flood():
    os.write(int(os.environ["BELAY_WRITE_FD"]), b'{"kind": "report", "step": 1, "value": 1}\n' * 20000)


def print_much():
    line = b"x" * 9999 + b"\n"
    for _ in range(100_000):
        os.write(1, line)


def swallow_the_end():
    while True:
        try:
            time.sleep(600)
        except BaseException:
            pass


KINDS = {
    "good": lambda: None,
    "loop in C": lambda: sum(range(10**13)),
    "regular expression": lambda: re.match(r"(a+)+$", "a" * 60 + "b"),
    "growing list": lambda: grow(1_000_000),
    "large array": lambda: bytearray(3_000_000_000),
    "child grows": child_grows,
    "fork tree": lambda: (fork_tree(2), time.sleep(600)),
    "leaves a daemon": daemon,
    "leaves a child": lambda: subprocess.Popen(["sleep", "600"]),
    "_exit 0": lambda: os._exit(0),
    "_exit 3": lambda: os._exit(3),
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "ignores SIGTERM": ignore_sigterm,
    "swallows the end": swallow_the_end,
    "stops itself": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "kills its host": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "kills its group": lambda: os.killpg(0, signal.SIGKILL),
    "closes all and loops": lambda: (os.closerange(0, 256), time.sleep(600)),
    "closes all and ends": lambda: (os.closerange(0, 256), os._exit(0)),
    "garbage": garbage,
    "flood": flood,
    "prints 1 GB": print_much,
    "recursion": lambda: eval("lambda f: f(f)")(lambda f: f(f)),
    "exception": lambda: {}["missing"],
    "not a number": lambda: belay_split.done(float("nan")),
}

trial = belay.trial()
for split in trial.splits():
    belay_split = split
    if split.index == 1:
        KINDS[trial.params["kind"]]()
    if not split._is_done:
        split.done(split.index)
