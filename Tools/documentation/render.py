"""Pages of DocC's render JSON as HTML that needs neither a server nor a script. What this does not know, it refuses."""

import html
import re
from collections.abc import Callable
from urllib.parse import quote, unquote

from listing import declaration, highlighted, in_one_line
from names import Names, to

KINDS = {
    "class": "Class", "struct": "Structure", "enum": "Enumeration", "protocol": "Protocol", "method": "Method",
    "property": "Property", "init": "Initializer", "case": "Case", "subscript": "Subscript", "typealias": "Type alias",
    "func": "Function", "op": "Operator", "associatedtype": "Associated type", "module": "Module",
    "extension": "Extension", "var": "Variable",
}  # fmt: skip


# An address in the text of a declaration's documentation, which DocC leaves as it is.
ADDRESS = re.compile(r"https://[^\s()<>]*[^\s()<>.,;:]")


class Unknown(Exception):
    """A part of a page that has no form in HTML here."""


class Page:
    """One page: what of it stands between the head and the foot of the site."""

    def __init__(self, data: dict, names: Names, path: str, local: Callable[[str, str], str], others: dict[str, dict]):
        """`local` is the address of a file of the repository; `others` has the data of all pages by their references."""
        self.data, self.names, self.path, self.local, self.others = data, names, path, local, others
        self.reference = data["identifier"]["url"]
        self.references = data["references"]
        self.metadata = data["metadata"]
        self.headings: list[tuple[int, str, str]] = []

    @property
    def title(self) -> str:
        return self.metadata["title"]

    def link(self, reference: str) -> str | None:
        """The address of a reference that has a page."""
        target = reference.partition("#")[0]
        return self.names.relative(reference, self.path) if target in self.names.paths else None

    # Inline

    def inline(self, parts: list[dict]) -> str:
        return "".join(self._inline(part) for part in parts)

    def _inline(self, part: dict) -> str:
        match part["type"]:
            case "text":
                return ADDRESS.sub(r'<a href="\g<0>">\g<0></a>', html.escape(part["text"], quote=False))
            case "codeVoice":
                code = f"<code>{html.escape(part['code'], quote=False)}</code>"
                meant = self.names.meant(part["code"], self.reference)
                return f'<a href="{self.names.relative(meant, self.path)}">{code}</a>' if meant else code
            case "emphasis" | "newTerm":
                return f"<em>{self.inline(part['inlineContent'])}</em>"
            case "strong" | "inlineHead":
                return f"<strong>{self.inline(part['inlineContent'])}</strong>"
            case "strikethrough":
                return f"<s>{self.inline(part['inlineContent'])}</s>"
            case "image":
                return self._image(part["identifier"])
            case "link":
                return self._away(part["destination"], html.escape(part["title"], quote=False))
            case "reference":
                return self._reference(part)
        raise Unknown(f"inline {part['type']}")

    def _reference(self, part: dict) -> str:
        known = self.references.get(part["identifier"], {})
        text = self.inline(part["overridingTitleInlineContent"]) if "overridingTitleInlineContent" in part else None
        if known.get("type") == "link":
            return self._away(known["url"], text or self.inline(known.get("titleInlineContent", [])) or known["title"])
        if not known and "://" in part["identifier"] and not part["identifier"].startswith("doc:"):
            return self._away(part["identifier"], text or html.escape(part["identifier"], quote=False))
        address = self.link(part["identifier"])
        if not address:
            raise Unknown(f"the reference {part['identifier']}")
        return f'<a href="{address}">{text or self._name(known)}</a>'

    def _name(self, known: dict) -> str:
        title = html.escape(known["title"], quote=False)
        return f"<code>{title}</code>" if known.get("kind") == "symbol" and known.get("role") != "collection" else title

    def _away(self, url: str, text: str) -> str:
        if "://" in url or url.startswith("mailto:"):
            return f'<a href="{html.escape(url)}">{text}</a>'
        if url.startswith("#"):
            return f'<a href="{html.escape(url)}">{text}</a>'
        return f'<a href="{html.escape(self.local(url, self.path))}">{text}</a>'

    def _image(self, identifier: str) -> str:
        known = self.references[identifier]
        url = self.local(known["variants"][0]["url"], self.path)
        return f'<img src="{html.escape(url)}" alt="{html.escape(known.get("alt") or "")}">'

    # Blocks

    def blocks(self, blocks: list[dict], lifts: int = 0) -> str:
        return "".join(self._block(block, lifts) for block in blocks)

    def _block(self, block: dict, lifts: int) -> str:
        match block["type"]:
            case "paragraph":
                return f"<p>{self.inline(block['inlineContent'])}</p>\n"
            case "heading":
                return self._heading(block["level"], block["anchor"], html.escape(block["text"], quote=False))
            case "codeListing":
                text = highlighted("\n".join(block["code"]), block.get("syntax"))
                return f'<pre tabindex="0"><code>{text}</code></pre>\n'
            case "unorderedList" | "orderedList":
                tag = "ul" if block["type"] == "unorderedList" else "ol"
                start = f' start="{block["start"]}"' if block.get("start", 1) != 1 else ""
                items = "".join(f"<li>{self._item(item)}</li>\n" for item in block["items"])
                return f"<{tag}{start}>\n{items}</{tag}>\n"
            case "termList":
                items = "".join(
                    f"<dt>{self.inline(item['term']['inlineContent'])}</dt>"
                    f"<dd>{self._flat(item['definition']['content'])}</dd>\n"
                    for item in block["items"]
                )
                return f"<dl>\n{items}</dl>\n"
            case "aside":
                name = html.escape(block.get("name") or block["style"].capitalize(), quote=False)
                style = "throws" if name == "Throws" else html.escape(block["style"])
                return f'<aside class="{style}"><h4>{name}</h4>{self.blocks(block["content"])}</aside>\n'
            case "table":
                return self._table(block)
            case "thematicBreak":
                return "<hr>\n"
            case "small":
                return f"<p><small>{self.inline(block['inlineContent'])}</small></p>\n"
            case "links":
                return self._list(block["items"])
        raise Unknown(f"block {block['type']}")

    def _heading(self, level: int, anchor: str, text: str) -> str:
        anchor = unquote(anchor)
        self.headings.append((level, anchor, text))
        link = f'<a class="anchor" href="#{quote(anchor)}" aria-label="link to this section">#</a>'
        return f'<h{level} id="{html.escape(anchor)}">{text} {link}</h{level}>\n'

    def _item(self, item: dict) -> str:
        return self._flat(item["content"])

    def _flat(self, content: list[dict]) -> str:
        """A single paragraph without its tags."""
        if len(content) == 1 and content[0]["type"] == "paragraph":
            return self.inline(content[0]["inlineContent"])
        return self.blocks(content)

    def _table(self, table: dict) -> str:
        alignments = table.get("alignments") or []
        rows = []
        for index, row in enumerate(table["rows"]):
            tag = "th" if table["header"] in ("row", "both") and index == 0 else "td"
            cells = []
            for column, cell in enumerate(row):
                side = alignments[column] if column < len(alignments) else "unset"
                style = f' class="{side}"' if side in ("right", "center") else ""
                cells.append(f"<{tag}{style}>{self._flat(cell)}</{tag}>")
            rows.append(f"<tr>{''.join(cells)}</tr>")
        head = f"<thead>{rows[0]}</thead>\n" if "<th" in rows[0] else ""
        body = "\n".join(rows[1:] if head else rows)
        return f'<div class="table"><table>\n{head}<tbody>\n{body}\n</tbody></table></div>\n'

    # Sections

    def body(self) -> str:
        parts = [self._trail(), self._eyebrow(), f"<h1>{self._title()}</h1>\n"]
        if self.data.get("abstract"):
            parts.append(f'<p class="abstract">{self.inline(self.data["abstract"])}</p>\n')
        parts += [self._section(section) for section in self.data.get("primaryContentSections", [])]
        parts += [self._topics(section) for section in self.data.get("topicSections", [])]
        parts += [self._relations(section) for section in self.data.get("relationshipsSections", [])]
        for section in self.data.get("defaultImplementationsSections", []):
            parts.append(self._topics(section, "Default implementations: "))
        for section in self.data.get("seeAlsoSections", []):
            parts.append("" if section.get("generated") else self._topics(section, "See also: "))
        return "".join(parts)

    def _title(self) -> str:
        # A long name may be broken behind its brackets and colons.
        return html.escape(self.title, quote=False).replace("(", "(<wbr>").replace(":", ":<wbr>")

    def _eyebrow(self) -> str:
        kind = KINDS.get(self.metadata.get("symbolKind", ""), self.metadata.get("roleHeading", ""))
        return f'<p class="eyebrow">{html.escape(kind, quote=False)}</p>\n' if kind else ""

    def ancestors(self) -> list[str]:
        paths = self.data["hierarchy"].get("paths") or [[]]
        return [reference for reference in paths[0] if reference in self.names.paths]

    def _trail(self) -> str:
        home = f'<a href="{to("index.html", self.path)}">redis-events</a>'
        steps = [self.titled(reference) for reference in self.ancestors()]
        return f'<nav class="trail" aria-label="where this page is">{" / ".join([home, *steps])}</nav>\n'

    def titled(self, reference: str) -> str:
        return f'<a href="{self.link(reference)}">{html.escape(self.references[reference]["title"], quote=False)}</a>'

    def _section(self, section: dict) -> str:
        match section["kind"]:
            case "declarations":
                code = "\n".join(declaration(d["tokens"], self.link) for d in section["declarations"])
                return f'<pre class="declaration" tabindex="0"><code>{code}</code></pre>\n'
            case "parameters":
                items = "".join(
                    f"<dt><code>{html.escape(p['name'], quote=False)}</code></dt><dd>{self._flat(p['content'])}</dd>\n"
                    for p in section["parameters"]
                )
                return f"{self._heading(2, 'parameters', 'Parameters')}<dl>\n{items}</dl>\n"
            case "content":
                return self.blocks(self._without_bare_discussion(section["content"]))
            case "mentions":
                mentions = ", ".join(self.titled(reference) for reference in section["mentions"])
                return f'<p class="mentions">In articles: {mentions}</p>\n'
        raise Unknown(f"section {section['kind']}")

    def _without_bare_discussion(self, content: list[dict]) -> list[dict]:
        """Without the heading that DocC sets above what has none, unless another section stands before it."""
        first = content[0] if content else {}
        is_first = not any(anchor in ("parameters", "return-value") for _, anchor, _ in self.headings)
        is_bare = first.get("type") == "heading" and first["text"] in ("Discussion", "Overview")
        return content[1:] if is_bare and is_first else content

    def _topics(self, section: dict, prefix: str = "") -> str:
        title = prefix + section.get("title", "Topics")
        anchor = section.get("anchor") or title.replace(" ", "-").replace(":", "")
        text = "".join(self.blocks(section["discussion"]["content"]) for _ in [0] if "discussion" in section)
        return f"{self._heading(2, anchor, html.escape(title, quote=False))}{text}{self._list(section['identifiers'])}"

    def _list(self, identifiers: list[str]) -> str:
        items = []
        for identifier in identifiers:
            known, address = self.references[identifier], self.link(identifier)
            if not address:
                raise Unknown(f"the reference {identifier}")
            abstract = f"<dd>{self.inline(known['abstract'])}</dd>" if known.get("abstract") else ""
            items.append(f'<dt><a href="{address}">{self._listed(known)}</a></dt>{abstract}\n')
        return f'<dl class="topics">\n{"".join(items)}</dl>\n'

    @staticmethod
    def _listed(known: dict) -> str:
        if known.get("fragments") and known.get("role") == "symbol":
            return f"<code>{in_one_line(known['fragments'])}</code>"
        return html.escape(known["title"], quote=False)

    def _relations(self, section: dict) -> str:
        """What a type conforms to. The protocols of the language that every type has by itself are left out."""
        names, members = [], []
        for identifier in section["identifiers"]:
            known = self.references[identifier]
            title = html.escape(known["title"].removeprefix("Swift."), quote=False)
            if title in ("Copyable", "Escapable", "SendableMetatype"):
                continue
            address = self.link(identifier)
            names.append(f'<a href="{address}"><code>{title}</code></a>' if address else f"<code>{title}</code>")
            if section["type"] == "conformsTo" and address:
                members.append(self._members(identifier, title))
        if not names:
            return ""
        heading = self._heading(2, section["type"], html.escape(section["title"], quote=False))
        return f"{heading}<p>{', '.join(names)}</p>\n{''.join(members)}"

    def _members(self, protocol: str, title: str) -> str:
        """What a type has by a protocol of ours, which has the pages of it."""
        page = self.others[protocol]
        items = []
        for reference in (r for section in page.get("topicSections", []) for r in section["identifiers"]):
            if address := self.link(reference):
                items.append(f'<dt><a href="{address}">{self._listed(page["references"][reference])}</a></dt>\n')
        if not items:
            return ""
        summary = f"<summary>What it has as a <code>{title}</code></summary>"
        return f'<details>{summary}<dl class="topics">\n{"".join(items)}</dl></details>\n'
