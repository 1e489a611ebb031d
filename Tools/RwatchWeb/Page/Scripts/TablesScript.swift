extension PageScript {
    /// The tables of what is most frequent.
    static let tables = #"""
        import { find, make, text } from "./dom.js";
        import { member, number, rate, size } from "./format.js";

        const titles = { commands: "Commands", keys: "Keys", prefixes: "Prefixes", clients: "Clients",
          channels: "Channels", patterns: "Patterns", key_events: "Events of keys", nodes: "Servers" };
        let chosen = "commands";
        let state = null;
        let shownTabs = "";

        export function show(next) {
          state = next;
          const there = Object.keys(titles).filter((name) => state.tables[name]);
          if (!there.includes(chosen) && there.length > 0) chosen = there[0];
          if (there.join() !== shownTabs) {
            shownTabs = there.join();
            showTabs(there);
          }
          showTable();
        }

        /** Chooses the table with that number. */
        export function choose(index) {
          const name = shownTabs.split(",")[index];
          if (name) select(name);
        }

        function select(name) {
          chosen = name;
          for (const tab of find("tabs").children) {
            const isChosen = tab.dataset.name === name;
            tab.setAttribute("aria-selected", isChosen);
            tab.tabIndex = isChosen ? 0 : -1;
            if (isChosen) find("table").setAttribute("aria-labelledby", tab.id);
          }
          showTable();
        }

        function showTabs(there) {
          find("tabs").replaceChildren(...there.map((name) => {
            const tab = make("button", "", titles[name]);
            tab.type = "button";
            tab.id = `tab-${name}`;
            tab.role = "tab";
            tab.dataset.name = name;
            tab.setAttribute("aria-controls", "table");
            tab.addEventListener("click", () => select(name));
            return tab;
          }));
          select(chosen);
        }

        function columns(table) {
          const all = [
            { title: table.unit ?? "count", value: (row) => (row.error ? "≤ " : "") + number(row.count) },
            { title: "a second", name: "rate", value: (row) => rate(row.rate) },
            { title: "bytes", name: "bytes", value: (row) => size(row.bytes) },
            { title: "µs each", name: "microseconds", value: (row) => rate(row.microseconds) },
          ];
          return all.filter((column) => !column.name || table.rows.some((row) => row[column.name] !== undefined));
        }

        function showTable() {
          const table = state?.tables[chosen];
          const place = find("table");
          if (!table) {
            const hint = state?.source === "stats" ? "Nothing was called yet." : "Nothing came yet.";
            place.replaceChildren(make("p", "quiet", hint));
            return;
          }
          const most = Math.max(1, ...table.rows.map((row) => row.count));
          const shown = columns(table);
          const head = make("tr", "", make("th", "", titles[chosen]), ...shown.map((one) => make("th", "", one.title)));
          for (const cell of head.children) cell.scope = "col";
          const body = make("tbody", "", ...table.rows.map((row) => {
            const bar = make("span", "bar");
            bar.style.width = `${(100 * row.count) / most}%`;
            const name = row.redacted ? "(redacted)" : member(row, "name");
            const cell = make("td", "", bar, text("name", name === "" ? '""' : name + (row.length ? "…" : "")));
            return make("tr", "", cell, ...shown.map((one) => make("td", "", one.value(row))));
          }));
          const element = make("table", "", make("caption", "", caption(table)), make("thead", "", head), body);
          const top = place.scrollTop;
          place.replaceChildren(element);
          place.scrollTop = top;
        }

        function caption(table) {
          if (table.unit) return `the ${number(table.rows.length)} with the most ${table.unit}`;
          if (table.distinct === undefined) return `${number(table.total)} calls since this page's rwatch began`;
          const words = `${number(table.total)} counted, ${number(table.distinct)} different`;
          return table.bound ? `${words}; what has no row came ${number(table.bound)} times at most` : words;
        }

        export function begin() {
          find("tabs").addEventListener("keydown", (event) => {
            const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
            if (!step) return;
            const names = shownTabs.split(",");
            const name = names[(names.indexOf(chosen) + step + names.length) % names.length];
            select(name);
            find(`tab-${name}`)?.focus();
            event.preventDefault();
          });
        }

        """#
}
