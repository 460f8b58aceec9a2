#!/usr/bin/env python3
# Copyright (c) 2026 The resile authors
# SPDX-License-Identifier: MIT
"""What the functions of the library reach: signal_safety_calls.py libresile.a

Reads the relocations of the static library, whose functions lie in a section each (-ffunction-sections): a section
that refers to a symbol may call it. Every function is a root, except constructors and destructors (a handler
neither creates nor destroys a map) and those in NOT_FOR_HANDLERS; from a root, nothing FORBIDDEN may be reached.
"""
import re
import subprocess
import sys

FORBIDDEN = {
    r"malloc|calloc|realloc|free|posix_memalign|aligned_alloc": "allocates",
    r"operator (new|delete).*": "allocates",
    r"__cxa_guard_acquire": "function-local static: locks, and may be entered half done",
    r"__tls_get_addr|__cxa_thread_atexit": "lazy thread-local storage: allocates at first use",
    r"_ZTW.*|TLS wrapper function for .*|TLS init function for .*": "lazy thread-local storage",
    r"__cxa_throw|__cxa_allocate_exception|std::__throw_.*": "throws: allocates",
    r".*std::(basic_)?(i|o|io)stream.*|std::(cout|cerr|clog|locale).*": "iostream",
    r"(v|f|vf|s|vs)?n?printf(_chk)?|__(v|f|vf|s|vs)?n?printf_chk|puts|fputs|fwrite|fflush": "stdio",
    r"pthread_(mutex|cond|once|rwlock).*": "locks",
    r"backtrace(_symbols.*)?|dladdr|dlopen|dlsym": "locks in the loader, may allocate",
    r"syslog|localtime.*|gmtime.*|getenv|exit": "not async-signal-safe",
}

# Not entered, with the reason. A line that is not needed any more is an error.
NOT_FOR_HANDLERS = {
    r"resile::native::linux_lru::census\(\) const": "contract: only while no operation runs",
    r"resile::native::byte_lru_map::census\(\) const": "contract: only while no operation runs",
    r"resile::native::detail::lru::plan_map\(.*": "contract: construction",
    r"resile_lru_(create|destroy)": "contract: construction and destruction",
    r"resile::native::describe_usage_report\(.*": "contract: the task only; handlers have format_usage_report",
}

RECORDS = re.compile(r"^RELOCATION RECORDS FOR \[(.+)\]:")
RELOCATION = re.compile(r"^[0-9a-f]{16} (R_X86_64_\w+)\s+(\S+?)(?:[-+]0x[0-9a-f]+)?$")
CODE = re.compile(r"^\.text(\.(hot|unlikely|startup|exit))?\.")
DATA = re.compile(r"^\.data\.rel\.ro|^\.data\.rel")  # tables of functions


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def node_name(section):
    """.text.unlikely.foo and .text.foo are parts of foo."""
    name = CODE.sub("", section)
    return re.sub(r"\.cold$", "", name)


def read_graph(library):
    edges = {}
    current = None
    for line in run("objdump", "-r", library).split("\n"):
        if match := RECORDS.match(line):
            section = match.group(1)
            current = None
            if CODE.match(section):
                current = edges.setdefault(node_name(section), set())
            elif DATA.match(section):
                current = edges.setdefault(section, set())
        elif current is not None and (match := RELOCATION.match(line)):
            target = match.group(2)
            current.add(node_name(target) if CODE.match(target) else target)
    # A symbol that names a table stands for the section it lies in.
    for section in [s for s in edges if DATA.match(s)]:
        edges.setdefault(DATA.sub("", section).lstrip(".").removeprefix("local."), set()).add(section)
    return edges


def demangle(names):
    return dict(zip(names, run_filter("\n".join(names)).split("\n")))


def run_filter(text):
    return subprocess.run(["c++filt"], check=True, capture_output=True, text=True, input=text).stdout


def reason_in(table, name):
    for pattern, reason in table.items():
        if re.fullmatch(pattern, name):
            return pattern, reason
    return None, None


def is_root(name):
    special = re.match(r"(?:.*::)?~?(\w+)::~?(\w+)\(", name)
    is_structor = special is not None and special.group(1) == special.group(2)
    # Also the C face, and the probes that check_signal_safety.sh makes of templates.
    return name.startswith(("resile::", "resile_")) and not is_structor


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    edges = read_graph(sys.argv[1])
    names = demangle(sorted(set(edges) | {t for targets in edges.values() for t in targets}))
    # Only what others can call is a root; helpers are reached through it, or not at all.
    exported = {
        fields[2]
        for fields in (line.split(" ", 2) for line in run("nm", "--defined-only", sys.argv[1]).split("\n"))
        if len(fields) == 3 and fields[1] in "TW"
    }
    used, complaints, roots = set(), 0, 0
    shown = set()  # one path per culprit, the shortest of the first root, is enough to repair it
    for root in sorted(edges):
        if root not in exported or not is_root(names[root]):
            continue
        pattern, _ = reason_in(NOT_FOR_HANDLERS, names[root])
        if pattern:
            used.add(pattern)
            continue
        roots += 1
        came_from, queue = {root: None}, [root]
        for node in queue:
            for target in sorted(edges.get(node, ())):
                if target in came_from:
                    continue
                came_from[target] = node
                pattern, _ = reason_in(NOT_FOR_HANDLERS, names[target])
                if pattern:
                    used.add(pattern)
                    continue
                _, reason = reason_in(FORBIDDEN, names[target])
                if reason is None:
                    queue.append(target)
                    continue
                if (node, target) in shown:
                    continue
                shown.add((node, target))
                complaints += 1
                path = []
                while target is not None:
                    path.append(names[target])
                    target = came_from[target]
                print(f"signal safety: {path[-1]} reaches {path[0]} ({reason}):")
                for depth, step in enumerate(reversed(path)):
                    print("    " + "  " * depth + step)
    for pattern in NOT_FOR_HANDLERS:
        if pattern not in used:
            complaints += 1
            print(f"signal safety: nothing is called {pattern}: take it off the list")
    if roots == 0:
        complaints += 1
        print("signal safety: no function found: is the library built with -ffunction-sections?")
    print(f"signal safety: {roots} functions, {len(edges)} nodes, {complaints} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
