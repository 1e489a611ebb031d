"""Swift code as HTML."""

import html
import re

WORDS = """actor any as associatedtype async await break case catch class continue convenience default defer deinit do else enum
extension fallthrough false final for func get guard if import in indirect init inout internal is isolated lazy let
mutating nil nonisolated nonmutating open operator override package private protocol public repeat required rethrows
return self Self sending set some static struct subscript super switch throw throws true try typealias unowned var weak
where while consuming borrowing""".split()  # fmt: skip

TOKENS = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>"""(?:.|\n)*?"""|#"(?:.|\n)*?"#|"(?:\\.|[^"\\\n])*")'
    r"|(?P<number>\b\d[\d_.a-fx]*\b)|(?P<attribute>[@#]\w+)|(?P<word>\b[A-Za-z_]\w*\b)",
    re.DOTALL,
)


def highlighted(text: str, syntax: str | None) -> str:
    if syntax != "swift":
        return html.escape(text, quote=False)
    parts, end = [], 0
    for match in TOKENS.finditer(text):
        parts.append(html.escape(text[end : match.start()], quote=False))
        kind, spelling = match.lastgroup, html.escape(match[0], quote=False)
        if kind == "word":
            kind = "keyword" if match[0] in WORDS else "type" if match[0][0].isupper() else None
        parts.append(f'<span class="{kind}">{spelling}</span>' if kind else spelling)
        end = match.end()
    return "".join(parts) + html.escape(text[end:], quote=False)


def in_one_line(tokens: list[dict]) -> str:
    """A declaration for a list, where it is a link as a whole."""
    return _marked(tokens, [token["text"] for token in tokens], lambda _: None)


def declaration(tokens: list[dict], link) -> str:
    """A declaration, with a line for each parameter if it is long. `link` is the address of a reference, or None."""
    is_long = sum(len(token["text"]) for token in tokens) > 80
    return _marked(tokens, _broken(tokens) if is_long else [token["text"] for token in tokens], link)


def _marked(tokens: list[dict], texts: list[str], link) -> str:
    parts = []
    for index, token in enumerate(tokens):
        spelling = html.escape(texts[index], quote=False)
        kind = {"typeIdentifier": "type", "externalParam": "label", "internalParam": "name"}.get(token["kind"], token["kind"])
        address = link(token["identifier"]) if "identifier" in token else None
        if address:
            parts.append(f'<a class="type" href="{address}">{spelling}</a>')
        elif kind == "text":
            parts.append(spelling)
        else:
            parts.append(f'<span class="{kind}">{spelling}</span>')
    return "".join(parts)


def _broken(tokens: list[dict]) -> list[str]:
    """The texts of the tokens, with a new line before each parameter and before the bracket that ends them."""
    texts = [token["text"] for token in tokens]
    if len(tokens) > 1 and tokens[0]["kind"] == "attribute" and texts[1] == " ":
        texts[1] = "\n"
    starts = [i for i, token in enumerate(tokens) if token["kind"] == "externalParam"]
    if not starts or not texts[starts[0] - 1].endswith("("):
        return texts
    depth = 1
    for index in range(starts[0], len(tokens)):
        if tokens[index]["kind"] == "externalParam" and depth == 1:
            texts[index - 1] = texts[index - 1].rstrip()
            texts[index] = "\n    " + texts[index]
        if tokens[index]["kind"] not in ("text",):
            continue
        for place, sign in enumerate(tokens[index]["text"].replace("->", "  ")):
            depth += (sign in "([<") - (sign in ")]>")
            if depth == 0:
                texts[index] = texts[index][:place] + "\n" + texts[index][place:]
                return texts
    return texts
