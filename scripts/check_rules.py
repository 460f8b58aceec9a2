#!/usr/bin/env python3
# Copyright (c) 2026 The resile authors
# SPDX-License-Identifier: MIT
"""Takes each rule of lru_map out, one at a time, and sees that the tests notice.

A rule whose absence no test finds is either unnecessary or untested. First the tests of the rooms have their chance,
about a minute per rule; then, four minutes more, `resile explore` as CI runs it. Works on copies. Exit: 0 every
absence was noticed, 1 not so.

    scripts/check_rules.py [NAME...]     only those rules whose names contain one of the words
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
LRU = "include/resile/detail/lru/"

# name, file, what to look for (white space does not matter), what to put there
RULES = [
    ("a reader of a seat looks again after its copy", LRU + "buckets.hpp",
     "if (!still_leads(&in.version, version)) continue; if (node != no_node", "if (node != no_node"),
    ("a writer to a seat looks again", LRU + "buckets.hpp",
     "if (!still_leads(&in.version, version)) continue; if (found != no_node", "if (found != no_node"),
    ("a seat is one context's before it writes there", LRU + "buckets.hpp",
     "if (!in.nodes[seat].compare_exchange_strong(nobody, node, std::memory_order_acq_rel, "
     "std::memory_order_relaxed)) continue;", "(void)nobody; in.nodes[seat].store(node, std::memory_order_release);"),
    ("a seat that was claimed in vain is given up", LRU + "buckets.hpp",
     "in.nodes[seat].store(no_node, std::memory_order_release); // release [seat] return false;", "return false;"),
    ("the version of a head goes up at every change", LRU + "buckets.hpp",
     "now.bits(), version + 1, wanted.bits()", "now.bits(), version, wanted.bits()"),
    ("changes in place end with their entry", LRU + "buckets.hpp",
     "link(at.node).store(dead.bits(), std::memory_order_release); // release [chain] } this->retire",
     "link(at.node).store(at.link.bits() | (dead.bits() & (3ULL << 32)), std::memory_order_release); } this->retire"),
    ("a reader of the chain looks again after its copy", LRU + "buckets.hpp",
     "if (!still_leads(from, lead) || link(node).load(std::memory_order_relaxed) != its.bits()) break;",
     ""),
    ("a reader passes over the dead", LRU + "buckets.hpp",
     "if (!its.is_marked() && is_wanted(node)) {", "if (is_wanted(node)) {"),
    ("what stands behind the dead is not changed yet", LRU + "writing.hpp",
     "seat == behind_the_dead ||", ""),
    ("a writer to the chain looks again at each step", LRU + "buckets.hpp",
     "if (!still_leads(from, lead)) break; if (wanted)", "if (wanted)"),
    ("versions go up at every change", LRU + "link_word.hpp",
     "((bits_ & version_mask) + one_version) | next", "(bits_ & version_mask) | next"),
    ("who fails to unlink sweeps the chain", LRU + "buckets.hpp", "else sweep(hash, restarts);", "else (void)hash;"),
    ("a node with handles is not freed", LRU + "node_pools.hpp",
     "std::uint32_t seen = handles.load(std::memory_order_seq_cst);", "std::uint32_t seen = 0;"),
    ("a pinned entry is no victim", LRU + "victims.hpp",
     "if (has_handle(node)) [[unlikely]] return attempt::pinned;", ""),
    ("a handle looks again whether its entry is there", LRU + "core.hpp",
     "if (!one_too_many && at.from->load(std::memory_order_seq_cst) == at.lead) {", "if (!one_too_many) {"),
    ("a replaced node goes where its successor came from", LRU + "writing.hpp",
     "this->substitute(now.who, at, now.mine.node, now.mine.home, hash, now.restarts)",
     "this->substitute(now.who, at, now.mine.node, pool::capacity, hash, now.restarts)"),
    ("free room is used before anybody is evicted", LRU + "room.hpp",
     "const node_index spare = this->are_any_free() ? this->take(who, pool::capacity) : no_node;",
     "const node_index spare = no_node;"),
    ("there is no room only if all stacks were empty at once", LRU + "node_pools.hpp",
     "if (second_look == first_look) [[likely]] return true;", "(void)second_look; return true;"),
    ("an insertion settles", LRU + "writing.hpp",
     "(now.mine.home == pool::capacity || this->settle(now.who, node, held, hash, copy, now.restarts))", "true"),
    ("the new entry is not its own victim", LRU + "victims.hpp", "if (node == fresh) [[unlikely]] return attempt::not_there;", "(void)fresh;"),
    ("a refused insertion holds its entry", LRU + "writing.hpp",
     "const bool held = hold(node);", "const bool held = false;"),
    ("an erasure lends its room first", LRU + "core.hpp",
     "if (home == pool::capacity) home = this->make_room(who, at.node);", ""),
    ("what is fresh is no victim", LRU + "victims.hpp",
     "return table().size().max_entries < least_protecting ? 0 : now.fresh(epoch());", "(void)now; return 0;"),
    ("debts are written down", LRU + "node_pools.hpp",
     "table_.debts().fetch_add(1, std::memory_order_seq_cst);", ""),
    ("debts are paid", LRU + "node_pools.hpp",
     "if (to == pool::capacity && table_.debts().load(std::memory_order_seq_cst) != 0) [[unlikely]] pay_debts();", ""),
    ("take sees the value and the death at once", LRU + "buckets.hpp",
     "} while (!platform::compare_exchange_pair(&link(at.node), at.link.bits(), *value, dead.bits(), *value));",
     "} while (false); link(at.node).store(dead.bits(), std::memory_order_release);"),
    ("a new entry's cells are empty", "include/resile/percpu_lru_map.hpp",
     "for (std::size_t cpu = 0; cpu < cells->cpus(); ++cpu) cells->empty(node, cpu, nullptr);", ""),
    ("take empties the cells", "include/resile/percpu_lru_map.hpp",
     "(void)cells_->empty(node, cpu, value.data());", "word state = 0; (void)cells_->read(node, cpu, value.data(), state);"),
    ("a box is used again only after its cell has changed", LRU + "cpu_cells.hpp",
     "if (at.state.load(std::memory_order_relaxed) == state) return (state & filled) != 0;", "return (state & filled) != 0;"),
]
TESTS = ["map/lru_map_promises_test", "map/lru_map_interface_test", "map/lru_map_model_test", "map/lru_map_handles_test",
         "map/lru_map_recency_test", "map/lru_map_threads_test", "map/percpu_lru_map_test",
         "map/percpu_lru_map_interrupts_test", "map/percpu_lru_map_model_test", "lab/lru_map_linearizable_test",
         "lab/drain_refill_test", "lab/exact_storm_test"]
PARTS = ["src/context/*.cpp", "src/map/lru/*.cpp", "src/map/linux_lru/*.cpp", "src/lock/*.cpp", "lab/history/*.cpp",
         "lab/judge/*.cpp", "lab/torture/[ci]*.cpp"]
EXPLORE = [["--instructions", "--map", "exact", "--stride", "211"], ["--schedules", "--seconds", "5"]]
FLAGS = ["-std=c++20", "-O1", "-w", "-pthread", "-Wno-error"]


def compile_all(work, sources, include_first):
    """Objects of sources, two at a time; None if one does not compile."""
    running, objects = [], []
    for source in sources:
        target = work / (source.stem + ".o")
        objects.append(str(target))
        running.append(subprocess.Popen(
            ["g++", *FLAGS, "-I", str(include_first), "-I", str(ROOT), "-I", str(ROOT / "src"),
             "-c", str(source), "-o", str(target)], stderr=subprocess.DEVNULL))
        if len(running) == 2 and running.pop(0).wait() != 0:
            return None
    return objects if all(one.wait() == 0 for one in running) else None


def explored(work):
    """What `resile explore` says of the tree in `work`: 'noticed', or that it did not."""
    run = lambda *line: subprocess.run(line, cwd=work, capture_output=True, text=True)
    built = run("cmake", "-S", ".", "-B", "build", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DRESILE_BUILD_TESTS=OFF",
                "-DRESILE_BUILD_BENCHES=OFF", "-DRESILE_BUILD_EXAMPLES=OFF")
    built = run("cmake", "--build", "build", "--target", "resile_tool") if built.returncode == 0 else built
    if built.returncode != 0:
        return "NOT NOTICED by the tests; and the tool does not compile without it"
    for options in EXPLORE:
        if run("build/tool/resile", "explore", *options).returncode != 0:
            return f"noticed (explore {options[0]})"
    return "NOT NOTICED"


def absent(rule):
    """What the tests say without a rule: 'noticed', or why not."""
    name, path, wanted, instead = rule
    pattern = r"\s*".join(re.escape(piece) for piece in wanted.split())
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        shutil.copytree(ROOT, work, ignore=shutil.ignore_patterns("build", ".git"), dirs_exist_ok=True)
        target = work / path
        text, times = re.subn(pattern, lambda _: instead, target.read_text())
        if times != 1:
            return f"found {times} times in {path}: this script is out of date"
        target.write_text(text)
        sources = [ROOT / "tests" / (test + ".cpp") for test in TESTS]
        sources += [source for part in PARTS for source in sorted(ROOT.glob(part))]
        objects = compile_all(work, sources, work / "include")
        if objects is None:
            return "does not compile without it"
        program = work / "rooms"
        subprocess.run(["g++", "-pthread", *objects, "-o", str(program), "-lgtest", "-lgtest_main"], check=True)
        try:
            done = subprocess.run([str(program), "--gtest_brief=1"], capture_output=True, text=True, timeout=300)
        except subprocess.TimeoutExpired:
            return "noticed (the tests hang)"
        failed = re.findall(r"\[  FAILED  \] (\S+?)[,.]? ", done.stdout)
        if done.returncode == 0:
            return explored(work)
        return f"noticed ({failed[0] if failed else 'crash'}{' and more' if len(set(failed)) > 1 else ''})"


def main():
    words = sys.argv[1:]
    unnoticed = 0
    for rule in RULES:
        if words and not any(word in rule[0] for word in words):
            continue
        start = time.monotonic()
        verdict = absent(rule)
        unnoticed += not verdict.startswith("noticed")
        print(f"{rule[0]:55} {verdict}  {time.monotonic() - start:.0f} s", flush=True)
    print(f"rules: {unnoticed} whose absence nobody noticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
