"""Small changes to Swift source, each of one line: a comparison or a connective is another one, a constant differs, a condition is
negated or holds always, a statement is left out.

A change is written so that the program decides when it runs whether it is in force: all of them are compiled at once. It works on
lines, not on syntax; what does not compile is left out by whoever builds.
"""
import re
from dataclasses import dataclass

OPERATORS = {
    " < ": " <= ", " <= ": " < ", " > ": " >= ", " >= ": " > ", " == ": " != ", " != ": " == ",
    " && ": " || ", " || ": " && ", " + ": " - ", " - ": " + ", " &+ ": " &- ", " &- ": " &+ ",
}  # fmt: skip
TEXT = r'"(?:[^"\\]|\\.)*"'


@dataclass
class Change:
    path: str
    number: int  # of the line, from 1
    before: str  # the line as it stands
    after: str  # the line as it would be
    switched: str  # the line with both, where `IN_FORCE` is whether the change is in force


def masked(line):
    """The line with everything in texts and comments blanked out, of the same length."""
    line = re.sub(TEXT, lambda found: '"' + "_" * (len(found[0]) - 2) + '"', line)
    return re.sub(r"//.*", lambda found: "_" * len(found[0]), line)


def is_balanced(text):
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth < 0:
            return False
    return depth == 0


def top_level(text, pattern):
    """Where a pattern is found outside of brackets."""
    depths, depth = [], 0
    for character in text:
        depth -= character in ")]}"
        depths.append(depth)
        depth += character in "([{"
    return [found for found in re.finditer(pattern, text) if depths[found.start()] == 0]


def variants(text):
    """An expression with one operator or constant changed, each way that there is."""
    mask = masked(text)
    for operator, other in OPERATORS.items():
        for found in re.finditer(re.escape(operator), mask):
            yield text[: found.start()] + other + text[found.end() :]
    for found in re.finditer(r"(?<![\w.#$\"])(\d+|true|false)(?![\w.\"])", mask):
        word = found[0]
        # `2 << 20` is `1 << 21`, which is drawn as well.
        if word == "1" and mask[found.end() :].startswith(" << "):
            continue
        other = {"true": "false", "false": "true"}.get(word) or str(int(word) + 1)
        yield text[: found.start()] + other + text[found.end() :]


def expression(prefix, text, suffix):
    """The changes of an expression that stands between two parts of a line: (line after, line with both)."""
    if text.strip() and is_balanced(masked(text)) and " ? " not in masked(text).replace("?? ", ""):
        for other in variants(text):
            yield prefix + other + suffix, f"{prefix}(IN_FORCE ? ({other}) : ({text})){suffix}"


def conditions(prefix, text, suffix, is_guard):
    """The changes of the clauses of a condition."""
    mask = masked(text)
    starts = [0] + [found.end() for found in top_level(mask, ", ")]
    ends = [found.start() for found in top_level(mask, ", ")] + [len(text)]
    for start, end in zip(starts, ends):
        clause = text[start:end]
        if re.match(r"(let|var|case|#available)\b", clause) or not is_balanced(masked(clause)):
            continue
        left, right = prefix + text[:start], text[end:] + suffix
        yield from expression(left, clause, right)
        yield f"{left}!({clause}){right}", f"{left}(IN_FORCE ? !({clause}) : ({clause})){right}"
        yield f"{left}true{right}", f"{left}(IN_FORCE || ({clause})){right}"
        if not is_guard:
            yield f"{left}false{right}", f"{left}(!IN_FORCE && ({clause})){right}"


def statements(prefix, text, suffix):
    """The changes of a statement that stands between two parts of a line."""
    mask = masked(text)
    if not is_balanced(mask):
        return
    found = re.match(r"(return |(?:let|var) \w+(?:: [^=]+)? = )(.+)$", text)
    if found:
        yield from expression(prefix + found[1], found[2], suffix)
        return
    if re.match(r"(return|let|var|if|guard|for|while|switch|case|default|do|defer|func|init|break|continue|throw|try|await|repeat)\b", text):
        return
    found = re.match(r"([\w.?\[\]$]+) (=|\+=|-=|&\+=|&-=) (.+)$", text)
    if found:
        if found[2] == "=":
            yield from expression(f"{prefix}{found[1]} = ", found[3], suffix)
        else:
            other = found[2].replace("+", "*").replace("-", "+").replace("*", "-")
            yield (
                f"{prefix}{found[1]} {other} {found[3]}{suffix}",
                f"{prefix}if IN_FORCE {{ {found[1]} {other} {found[3]} }} else {{ {text} }}{suffix}",
            )
    if found or re.match(r"[\w.?\[\]$]+\(.*\)$", mask):
        yield f"{prefix}{suffix.lstrip() or '// left out'}", f"{prefix}if !IN_FORCE {{ {text} }}{suffix}"


def of_line(line):
    """All changes of a line: (line after, line with both)."""
    mask = masked(line)
    if re.match(r"\s*(//|@|import |package import|#|\*)", line) or not line.strip():
        return
    indent = re.match(r"\s*", line)[0]
    prefix, rest = indent, line[len(indent) :]
    # `case .a: statement`
    found = re.match(r"(case .*?|default): (?=\S)", rest)
    if found and is_balanced(masked(found[1])):
        prefix, rest = prefix + found[0], rest[found.end() :]
    found = re.match(r"(\} else )?(if|while|guard) ", rest)
    if found:
        prefix, rest = prefix + found[0], rest[found.end() :]
        is_guard = found[2] == "guard"
        ends = top_level(masked(rest), r" else \{" if is_guard else r" \{")
        if ends:
            end = ends[0]
            yield from conditions(prefix, rest[: end.start()], rest[end.start() :], is_guard)
            body = re.match(r" (.+) \}$", rest[end.end() :])
            if body:
                yield from statements(prefix + rest[: end.end()] + " ", body[1], " }")
        elif not is_guard or masked(rest).endswith(","):
            if masked(rest).endswith(","):
                yield from conditions(prefix, rest[:-1], ",", is_guard)
        return
    # `var x: Bool { expression }`, `func f() -> Int { expression }`
    found = re.match(r"((?:[\w@()]+ )*(?:var|func) .*? \{ )(.+)( \})$", rest)
    if found:
        yield from expression(prefix + found[1], found[2], found[3])
        # What has a result cannot be left out.
        if not re.search(r"\bvar \w+: | -> ", found[1]):
            yield from statements(prefix + found[1], found[2], found[3])
        return
    if re.match(r"(?:[\w@()]+ )*(func|init|struct|enum|class|extension|typealias|protocol|subscript)\b", rest):
        return
    found = re.match(r"((?:[\w@()]+ )*static let \w+(?:: \w+)? = )(.+)$", rest)
    if found:
        yield from expression(prefix + found[1], found[2], "")
        return
    yield from statements(prefix, rest, "")


def of_file(path, text):
    """All changes of a file."""
    inside_text = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.count('"""') % 2 == 1:
            inside_text = not inside_text
        if inside_text:
            continue
        # One way may be found twice.
        for after, switched in dict(of_line(line)).items():
            if masked(after) != masked(line) or after != line:
                yield Change(path, number, line, after, switched)
