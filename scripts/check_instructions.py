#!/usr/bin/env python3
# Copyright (c) 2026 The resile authors
# SPDX-License-Identifier: MIT
"""Hot paths do not grow unnoticed: counts the instructions of one thread, and compares them with the recorded ones.

Counted by valgrind (callgrind) from bench/instruction_counts.cpp, per operation; recorded in
bench/instruction_counts.json. The counts are the same each time and on each machine, but not of each compiler: where
it is another one than the recorded numbers are of, nothing is judged.

Exit: 0 nothing grew by more than 3 %, or another compiler; 1 something did; 3 it cannot be counted here.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = "build/release/bench/resile_instruction_counts"
RECORD = "bench/instruction_counts.json"
ALLOWED = 3.0  # per cent
WRITE = "scripts/check_instructions.py --write"


def cannot(reason):
    print(f"instructions: {reason}", file=sys.stderr)
    sys.exit(3)


def build():
    """The program as the sources are now; what the build says is shown if it fails."""
    done = subprocess.run(["scripts/build.sh", "release", "resile_instruction_counts"], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        print(done.stdout, file=sys.stderr)
        cannot("the program that is counted cannot be built")


def measure():
    """(compiler, {path: instructions per operation})"""
    if shutil.which("valgrind") is None:
        cannot("valgrind is not here: apt-get install valgrind")
    build()
    with tempfile.TemporaryDirectory() as folder:
        # Without rseq, which tells a map its CPU: some versions of valgrind may know it.
        done = subprocess.run(["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={folder}/counts", PROGRAM],
                              cwd=ROOT, text=True, capture_output=True,
                              env={**os.environ, "GLIBC_TUNABLES": "glibc.pthread.rseq=0"})
        said = re.fullmatch(r"compiler (.+)\noperations (\d+)\n", done.stdout)
        if done.returncode != 0 or said is None:
            cannot(f"{PROGRAM} failed with exit code {done.returncode}: {done.stdout}{done.stderr}")
        counts = {}
        for file in sorted(pathlib.Path(folder).glob("counts.*"), key=lambda one: int(one.suffix[1:])):
            text = file.read_text()
            if path := re.search(r"^desc: Trigger: Client Request: (.+)$", text, re.MULTILINE):
                total = int(re.search(r"^totals: (\d+)$", text, re.MULTILINE)[1])
                counts[path[1]] = round(total / int(said[2]), 1)
    return said[1], counts


def table(recorded, now):
    lines = [f"{'instructions per operation':33} {'recorded':>9} {'now':>9} {'change':>8}"]
    for path in [*now, *(path for path in recorded if path not in now)]:
        before, after = recorded.get(path), now.get(path)
        change = f"{100 * (after / before - 1):+.1f} %" if before and after else ""
        lines.append(f"{path:33} {before or '-':>9} {after or '-':>9} {change:>8}")
    return "\n".join(lines)


def judge(record, compiler, now):
    """(exit code, what to say)"""
    recorded = record["instructions_per_operation"]
    if compiler != record["compiler"]:
        return 0, [f"instructions: not compared: {RECORD} is of {record['compiler']}, this is {compiler}"]
    wrong, gains = [], []
    for path in [*now, *(path for path in recorded if path not in now)]:
        before, after = recorded.get(path), now.get(path)
        if before is None:
            wrong.append(f"instructions: {path}: not recorded yet")
        elif after is None:
            wrong.append(f"instructions: {path}: recorded, but no longer counted")
        elif after > before * (1 + ALLOWED / 100):
            wrong.append(f"instructions: {path}: {after} instead of {before}, {100 * (after / before - 1):+.1f} %; "
                         f"{ALLOWED:.0f} % are allowed")
        elif after < before * (1 - ALLOWED / 100):
            gains.append(path)
    gained = [f"instructions: less than before: {'; '.join(gains)}. Record the gain: {WRITE}"] if gains else []
    if wrong:
        return 1, [*gained, *wrong, f"instructions: make it cheaper, or record it ({WRITE}) in a commit that says why"]
    return 0, [*gained, "instructions: ok"]


def self_test():
    """Plants what has to be seen, and what has to pass."""
    record = {"compiler": "g++ 1", "instructions_per_operation": {"get": 100.0, "put": 20.0}}
    for name, compiler, now, code, words in [
            ("nothing changed", "g++ 1", {"get": 100.0, "put": 20.0}, 0, "ok"),
            ("4 % more", "g++ 1", {"get": 104.0, "put": 20.0}, 1, "get: 104.0 instead of 100.0, +4.0 %"),
            ("4 % more, of a short path", "g++ 1", {"get": 100.0, "put": 20.8}, 1, "put: 20.8"),
            ("4 % more here, 4 % less there", "g++ 1", {"get": 104.0, "put": 19.2}, 1, "get: 104.0"),
            ("2.9 % more", "g++ 1", {"get": 102.9, "put": 20.0}, 0, "ok"),
            ("4 % less", "g++ 1", {"get": 96.0, "put": 20.0}, 0, "less than before: get. Record"),
            ("a path without a record", "g++ 1", {"get": 100.0, "put": 20.0, "erase": 1.0}, 1, "erase: not recorded"),
            ("a path that is gone", "g++ 1", {"get": 100.0}, 1, "put: recorded, but"),
            ("another compiler", "g++ 2", {"get": 200.0, "put": 20.0}, 0, "not compared")]:
        got, said = judge(record, compiler, now)
        if got != code or words not in "\n".join(said):
            print(f"instructions: self-test: {name}: exit code {got}, {said}", file=sys.stderr)
            return 1
        table(record["instructions_per_operation"], now)
    print("instructions: self-test ok")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"record what is counted now in {RECORD}")
    parser.add_argument("--self-test", action="store_true", help="a planted growth of 4 %% is seen; counts nothing")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    compiler, now = measure()
    file = ROOT / RECORD
    record = json.loads(file.read_text()) if file.exists() else {"compiler": compiler, "instructions_per_operation": {}}
    print(table(record["instructions_per_operation"], now))
    if options.write:
        record = {"compiler": compiler, "instructions_per_operation": now}
        file.write_text(json.dumps(record, indent=2) + "\n")
        print(f"instructions: written to {RECORD}: say in the commit why they changed")
        return 0
    code, said = judge(record, compiler, now)
    print("\n".join(said))
    return code


if __name__ == "__main__":
    sys.exit(main())
