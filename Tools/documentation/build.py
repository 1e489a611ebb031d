"""Tools/docs's site: DocC's archives as HTML that works when it is opened from a file."""

import html
import json
import posixpath
import re
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote, unquote

import contracts
import graphs
import links
from names import Names, to
from render import KINDS, Page, Unknown

HERE = Path(__file__).parent
PRODUCTS = ["RedisEvents", "RedisCommands", "RedisToolkit", "RedisStreams", "RedisTesting"]
SHARED = ["RedisCore", "RedisRESP", "RedisReactor"]
# The documents of the repository that are pages, too: what articles link to, and what leads on from there.
PROJECT = "Project"
DOCUMENTS = [
    "README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "docs/*.md",
    "Examples/README.md", "Examples/*/README.md", "Tools/bench/README.md",
]  # fmt: skip


def documents() -> list[Path]:
    return [path for pattern in DOCUMENTS for path in sorted(Path().glob(pattern))]


def project_catalogue(folder: Path) -> dict[str, Path]:
    """Makes a catalogue of the repository's documents, and says which file each article is."""
    folder.mkdir(parents=True)
    articles = {}
    for path in documents():
        name = "-".join(part for part in path.with_suffix("").parts if part not in ("docs",))
        articles[name] = path
        text = path.read_text()
        # DocC reads what is in pointed brackets as HTML, and drops it.
        (folder / f"{name}.md").write_text(re.sub(r"<!--.*?-->\n*", "", text, flags=re.DOTALL))
    items = "".join(f"- <doc:{name}>\n" for name in articles)
    (folder / "Project.md").write_text(
        "# The repository\n\n@Metadata {\n    @TechnologyRoot\n}\n\nWhat belongs to the package as a whole.\n\n"
        f"## Topics\n\n### Documents\n\n{items}"
    )
    return articles


class Site:
    def __init__(self, output: Path):
        self.output = output
        self.names = Names()
        self.pages: list[tuple[dict, str]] = []
        self.sources: dict[str, str] = {}  # the page of each Markdown file of the repository
        self.origins: dict[str, str] = {}  # and the other way round
        self.roots: dict[str, dict] = {}
        self.data: dict[str, dict] = {}  # of all pages, by their references
        self.problems: list[str] = []
        self.copied: set[str] = set()

    def read(self, name: str, archive: Path, catalogue: Path, articles: dict[str, Path]) -> None:
        """The pages of an archive. The articles are those of its catalogue."""
        found = sorted((archive / "data/documentation").rglob("*.json"))
        for path in found:
            data = json.loads(path.read_text())
            reference = data["identifier"]["url"]
            self.names.add(reference, data["kind"] == "symbol")
            page = self.names.paths[reference]
            self.pages.append((data, page))
            self.data[reference] = data
            parts = reference.split("/documentation/", 1)[1].split("/")
            if len(parts) == 1:
                self.roots[name] = data
                self._is(str(catalogue / f"{name}.md"), page)
            elif data["kind"] == "article" and parts[-1] in articles:
                self._is(str(articles[parts[-1]]), page)

    def _is(self, source: str, page: str) -> None:
        self.sources[source] = page
        self.origins[page] = source

    def local(self, url: str, page: str) -> str:
        """The link to what a Markdown file of the repository links to: its page, or a copy of the file."""
        target, _, anchor = url.partition("#")
        source = self.origins.get(page)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source or ""), unquote(target)))
        if Path(path).is_dir() and f"{path}/README.md" in self.sources:
            path += "/README.md"
        if path in self.sources:
            # DocC's anchors keep capitals, those of code hosts do not; `links` finds those that lead nowhere.
            return to(self.sources[path], page) + (f"#{anchor}" if anchor else "")
        if not source or path.startswith("..") or not Path(path).is_file():
            self.problems.append(f"{source or page}: there is nothing at {url}")
            return "#"
        copy = f"files/{path}"
        if copy not in self.copied:
            self.copied.add(copy)
            (self.output / copy).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, self.output / copy)
        return to(copy, page)

    def write(self) -> None:
        for data, path in self.pages:
            page = Page(data, self.names, path, self.local, self.data)
            try:
                body = page.body()
            except Unknown as unknown:
                self.problems.append(f"{path}: {unknown} cannot be shown")
                continue
            self._write(path, page.title, body, self._side(page))
        self._write("index.html", "redis-events", self._home(), "")
        self._write("names.html", "All names", self._all_names(), "")
        index = [[name, kind, quote(path)] for name, kind, path in self._index()]
        text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
        (self.output / "names.js").write_text(f"const PAGES = {text};\n")
        for asset in ("style.css", "search.js"):
            shutil.copy(HERE / asset, self.output / asset)

    def _write(self, path: str, title: str, body: str, side: str) -> None:
        root = to(".", path) + "/"
        root = "" if root == "./" else root
        side = f'<div class="side">{side}</div>' if side else "<div></div>"
        text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title, quote=False)} · redis-events</title>
<link rel="stylesheet" href="{root}style.css">
</head>
<body>
<a class="skip" href="#main">To the text</a>
<header><a class="home" href="{root}index.html">redis-events</a> <a href="{root}names.html">All names</a></header>
<div class="page">
{side}
<main id="main">
{body}</main>
</div>
<script src="{root}search.js" data-root="{root}"></script>
</body>
</html>
"""
        file = self.output / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def _side(self, page: Page) -> str:
        """The contents of the page's module, and of the page itself."""
        module = page.reference.split("/documentation/", 1)[1].split("/")[0]
        data = self.roots[module]
        current = {page.reference, *page.ancestors()}
        groups = []
        for section in data.get("topicSections", []):
            items = []
            for reference in section["identifiers"]:
                if reference not in self.names.paths:
                    continue
                known = data["references"][reference]
                here = ' aria-current="true"' if reference in current else ""
                title = html.escape(known["title"], quote=False)
                items.append(f'<li><a href="{self.names.relative(reference, page.path)}"{here}>{title}</a></li>')
            groups.append(f"<h2>{html.escape(section['title'], quote=False)}</h2><ul>{''.join(items)}</ul>")
        inside = [(anchor, text) for level, anchor, text in page.headings if level == 2]
        contents = "".join(f'<li><a href="#{quote(anchor)}">{text}</a></li>' for anchor, text in inside)
        here = f"<details open><summary>On this page</summary><ul>{contents}</ul></details>" if len(inside) > 2 else ""
        title = html.escape(data["metadata"]["title"], quote=False)
        return f'<nav aria-label="contents">{here}<details><summary>{title}</summary>{"".join(groups)}</details></nav>'

    def _home(self) -> str:
        abstract = "Watch what happens in Redis and Valkey, act on it, and lose nothing in silence."
        parts = [f'<h1>redis-events</h1>\n<p class="abstract">{abstract}</p>\n']
        for title, names in (("Products", PRODUCTS), ("What all products share", SHARED), ("The repository", [PROJECT])):
            parts.append(f'<h2>{title}</h2>\n<dl class="topics">\n')
            for name in names:
                data = self.roots[name]
                page = Page(data, self.names, "index.html", self.local, self.data)
                address = self.names.relative(data["identifier"]["url"], "index.html")
                title = data["metadata"]["title"]
                parts.append(f'<dt><a href="{address}">{title}</a></dt><dd>{page.inline(data["abstract"])}')
                for section in data.get("topicSections", []):
                    if section["title"] in ("Articles", "Documents"):
                        articles = "".join(f"<li>{page.titled(r)}</li>" for r in section["identifiers"])
                        parts.append(f"<ul>{articles}</ul>")
                parts.append("</dd>\n")
            parts.append("</dl>\n")
        return "".join(parts)

    def _index(self) -> list[tuple[str, str, str]]:
        """The name, the kind and the file of each page but those that DocC makes for groups."""
        entries = []
        for data, path in self.pages:
            metadata, reference = data["metadata"], data["identifier"]["url"]
            if metadata.get("role") == "collectionGroup" and data["kind"] == "article" and path not in self.origins:
                continue
            outer = [part for part in reference.split("/documentation/", 1)[1].split("/")[1:-1]]
            title = metadata["title"].removeprefix(f"{outer[-1]}." if outer else "")  # A case has the type's name in it.
            name = ".".join([*outer, title]) if data["kind"] == "symbol" else title
            kind = KINDS.get(metadata.get("symbolKind", ""), "Article")
            entries.append((name.replace("-swift.enum", "").replace("-swift.struct", ""), kind, path))
        return sorted(entries, key=lambda entry: (entry[0].lower(), entry))

    def _all_names(self) -> str:
        items = "".join(
            f'<dt><a href="{quote(path)}"><code>{html.escape(name, quote=False)}</code></a> <small>{kind}</small></dt>\n'
            for name, kind, path in self._index()
        )
        return f'<h1>All names</h1>\n<dl class="topics">\n{items}</dl>\n'


def main(build: Path, output: Path) -> None:
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    catalogues = {name: Path(f"Sources/{name}/Documentation.docc") for name in graphs.MODULES}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        project = project_catalogue(scratch / f"{PROJECT}.docc")
        made = graphs.archives(build, scratch, {**catalogues, PROJECT: scratch / f"{PROJECT}.docc"})
        if made is None:
            sys.exit("Tools/docs: DocC has warnings")
        site = Site(output)
        for module in graphs.MODULES:
            site.problems += contracts.lacking(contracts.declared(module, scratch / "graphs" / module))
        for name, archive in made.items():
            articles = project if name == PROJECT else {path.stem: path for path in catalogues[name].glob("*.md")}
            site.read(name, archive, catalogues.get(name, scratch), articles)
        site.write()
    for name, data in site.roots.items():
        for section in data.get("topicSections", []):
            # What other modules' types get has a page of its own; all else stands in a group.
            if section.get("generated") and section["title"] != "Extended Modules":
                missing = ", ".join(reference.rsplit("/", 1)[-1] for reference in section["identifiers"])
                site.problems.append(f"{name}: no group of the landing page has {missing}")
    problems = site.problems + links.dead_in_site(output)
    if problems:
        sys.exit("\n".join(["Tools/docs:", *problems]))
    print(f"{len(site.pages)} pages, no dead link: {output}/index.html")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
