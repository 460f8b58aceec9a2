#!/usr/bin/env python3
# Copyright (c) 2026 The resile authors
# SPDX-License-Identifier: MIT
"""Memory orders: explicit, explained, and with both sides named.

For every atomic operation in include/ and src/:
  1. its order is written down (no defaults, no operators);
  2. on the same line or in the six lines above, a comment gives a label such as [critical-section], which names the
     pairing, or says `relaxed:` and why that is enough. An acquire or release needs a label.
  3. every label is used by at least two operations or fences: an ordering without a partner orders nothing;
  4. in src/lock, what changes a word stands under its transition, `before -> after`.
Writes docs/orderings.md (--write), or checks that it is up to date.

    scripts/check_orderings.py [--write | --report]      --report: says all, fails never
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "orderings.md"
LOOK_ABOVE = 6
PLATFORM = re.compile(r"detail/platform(_native)?\.hpp$")  # implements the primitives; explains itself

CHANGES = r"exchange|compare_exchange_weak|compare_exchange_strong|fetch_add|fetch_sub|fetch_and|fetch_or|fetch_xor"
OPERATION = re.compile(rf"(?:\.|->)\s*(load|store|{CHANGES})\s*\(")
FENCE = re.compile(r"\b(?:(?:std::)?atomic_(?:thread|signal)_fence|(?:platform::)?(?:full|signal)_fence)\s*\(")
LABEL = re.compile(r"(?<![\w\]])\[([a-z]{4,}(?:-[a-z]+)*)\]")
RELAXED = re.compile(r"\brelaxed(?:, [a-z ]+| on failure)?:")
ATOMIC_NAME = re.compile(r"\batomic<[^;()]*?>\s+(\w+)\s*(?:[;{=,)\[]|$)")


class Site:
    def __init__(self, path, line, text, kind, strong, labels):
        self.path, self.line, self.text, self.kind = path, line, text, kind
        self.strong, self.labels = strong, labels


def blank_out(text):
    """(code without comments and strings, comments only): same length, same lines."""
    code, comments = list(text), [c if c == "\n" else " " for c in text]
    for match in re.finditer(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', text, re.S):
        is_comment = match.group().startswith(("//", "/*"))
        for i in range(match.start(), match.end()):
            if text[i] != "\n":
                code[i] = " "
                if is_comment:
                    comments[i] = text[i]
    return "".join(code), "".join(comments)


def argument_end(code, opening):
    depth = 0
    for i in range(opening, len(code)):
        depth += {"(": 1, ")": -1}.get(code[i], 0)
        if depth == 0:
            return i
    return len(code)


class Checker:
    def __init__(self):
        self.complaints = []
        self.sites = []
        self.explanations = {}  # label -> [(path, comment)]

    def complain(self, path, line, what):
        self.complaints.append(f"{path}:{line}: {what}")

    def read(self, path):
        name = str(path.relative_to(ROOT))
        text = path.read_text()
        code, comments = blank_out(text)
        code_lines, comment_lines = code.split("\n"), comments.split("\n")
        self.collect_explanations(name, code_lines, comment_lines)
        if PLATFORM.search(name):
            return
        for match in list(OPERATION.finditer(code)) + list(FENCE.finditer(code)):
            self.judge(name, code, comment_lines, match)
        self.find_operators(name, code, code_lines)

    def judge(self, name, code, comment_lines, match):
        end = argument_end(code, match.end() - 1)
        call = code[match.start() : end + 1]
        first, last = code.count("\n", 0, match.start()), code.count("\n", 0, end)
        is_fence = match.re is FENCE
        orders = re.findall(r"memory_order(?:_|::)(\w+)", call)
        if not is_fence and not orders:
            if "memory_order" in call:  # passed on from a parameter
                orders = ["seq_cst"]
            else:
                self.complain(name, first + 1, f"{match.group(1)} without a memory order")
                return
        # Comments beside and above; of the lines above, those behind another operation are that one's.
        near = "\n".join(comment_lines[max(0, first - LOOK_ABOVE) : last + 1])
        labels = LABEL.findall(near)
        strong = is_fence and "signal" not in call or any(o != "relaxed" for o in orders)
        if strong and not labels:
            self.complain(name, first + 1, f"{' '.join(call.split())[:60]}: names no partner: [a-label] wanted")
        if not strong and not labels and not RELAXED.search(near) and not is_fence:
            self.complain(name, first + 1, "relaxed, and no `relaxed:` that says why, within six lines above")
        if re.match(r"src/lock/", name) and not is_fence and re.fullmatch(CHANGES, match.group(1)):
            if "->" not in near:
                self.complain(name, first + 1, f"{match.group(1)} without its transition (`before -> after`) above")
        line_text = " ".join(code.split("\n")[first].split())
        self.sites.append(Site(name, first + 1, line_text, match.group(0), strong, set(labels)))

    def find_operators(self, name, code, code_lines):
        for atomic in set(ATOMIC_NAME.findall(code)):
            pattern = rf"(?<![\w.>])(?:\+\+|--){atomic}\b|\b{atomic}\s*(?:\+\+|--|[-+|&^]?=(?!=))"
            for number, line in enumerate(code_lines, 1):
                if re.search(pattern, line) and "atomic<" not in line:
                    self.complain(name, number, f"atomic `{atomic}` by operator: write the operation and its order")

    def collect_explanations(self, name, code_lines, comment_lines):
        """Comment blocks (neighbouring comment lines) that mention a label."""
        block = []
        for number in range(len(comment_lines) + 1):
            comment = comment_lines[number].strip() if number < len(comment_lines) else ""
            if comment:
                block.append(comment.lstrip("/").strip())
            if block and (not comment or code_lines[number].strip()):
                text = " ".join(block)
                for label in dict.fromkeys(LABEL.findall(text)):
                    self.explanations.setdefault(label, []).append((name, sentence_with(text, label)))
                block = []

    def check_labels(self):
        for label, places in sorted(self.explanations.items()):
            sites = [s for s in self.sites if label in s.labels]
            if len(places) < 2:
                self.complain(places[0][0], 0, f"[{label}] is mentioned once only: name its partner there, too")
            if not any(s.strong for s in sites):
                self.complain(places[0][0], 0, f"[{label}] stands at no acquire, release or fence")

    def table(self):
        lines = [
            "# Orderings",
            "",
            "Written by `scripts/check_orderings.py --write` from the comments in `include/` and `src/`; CI checks that it",
            "is current. Each label names one pairing: what the release on one side publishes to the acquire on the",
            "other, or what a fence keeps apart. Operations without a label are relaxed, and say why beside them.",
            "",
        ]
        for label, places in sorted(self.explanations.items()):
            lines += [f"## {label}", ""]
            for name, text in dict.fromkeys(places):
                lines.append(f"- `{name}`: {text}")
            strong = dict.fromkeys(
                f"`{s.path}`: `{s.text}`" for s in self.sites if label in s.labels and s.strong
            )
            if strong:
                lines += ["", "Operations beside it:", ""] + [f"- {s}" for s in strong]
            lines.append("")
        return "\n".join(lines)


def sentence_with(text, label):
    """The sentence around the label, and what follows a colon or semicolon of it."""
    sentences = re.split(r"(?<=[.:!?]) (?=[A-Z(0-9])", text)
    chosen = [s for s in sentences if f"[{label}]" in s]
    return " ".join(chosen)


def main():
    mode = sys.argv[1] if len(sys.argv) > 1 else ""
    if mode not in ("", "--write", "--report"):
        print(__doc__, file=sys.stderr)
        return 2
    checker = Checker()
    for folder in ("include", "src"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".hpp", ".cpp"):
                checker.read(path)
    checker.check_labels()
    table = checker.table()
    if mode == "--write":
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(table)
    elif not TABLE.exists() or TABLE.read_text() != table:
        checker.complain("docs/orderings.md", 0, "is not current: scripts/check_orderings.py --write")
    for complaint in checker.complaints:
        print(f"orderings: {complaint}")
    print(f"orderings: {len(checker.sites)} operations, {len(checker.explanations)} labels, "
          f"{len(checker.complaints)} complaints")
    return 1 if checker.complaints and mode != "--report" else 0


if __name__ == "__main__":
    sys.exit(main())
