// Finds pages by their names. Without scripts the list of all names does the same; so the field is made here.
"use strict";
(() => {
    const here = document.currentScript.dataset;
    const form = document.createElement("form");
    form.setAttribute("role", "search");
    form.innerHTML = '<input type="search" placeholder="Find a name" aria-label="Find a name"><ul id="found"></ul>';
    document.querySelector("header").append(form);
    const [input, list] = form.children;

    function rank(name, wanted) {
        const lower = name.toLowerCase();
        const last = lower.slice(lower.replace(/\(.*/, "").lastIndexOf(".") + 1);
        if (lower === wanted || last === wanted) return 0;
        if (lower.startsWith(wanted)) return 1;
        if (last.startsWith(wanted)) return 2;
        return lower.includes(wanted) ? 3 : 9;
    }

    function find() {
        const wanted = input.value.trim().toLowerCase();
        const found = wanted === "" ? [] : PAGES
            .map(([name, kind, path]) => ({ name, kind, path, rank: rank(name, wanted) }))
            .filter((page) => page.rank < 9)
            .sort((a, b) => a.rank - b.rank || a.name.length - b.name.length)
            .slice(0, 40);
        list.replaceChildren(...found.map((page) => {
            const link = document.createElement("a");
            link.href = here.root + page.path;
            link.textContent = page.name + " ";
            const kind = document.createElement("small");
            kind.textContent = page.kind;
            link.append(kind);
            const item = document.createElement("li");
            item.append(link);
            return item;
        }));
    }

    // The names are loaded when they are first wanted.
    let load = () => {
        load = find;
        const script = document.createElement("script");
        script.src = here.root + "names.js";
        script.onload = find;
        document.head.append(script);
    };
    input.addEventListener("input", () => (typeof PAGES === "undefined" ? load() : find()));
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        const first = list.querySelector("a");
        if (first) location.href = first.href;
    });
})();
