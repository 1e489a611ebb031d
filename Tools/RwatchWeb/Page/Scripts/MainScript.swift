extension PageScript {
    /// Reads the stream, and hands on what comes.
    static let main = #"""
        import * as actions from "./actions.js";
        import * as chart from "./chart.js";
        import { find, say } from "./dom.js";
        import * as events from "./events.js";
        import { number, rate, size, visible } from "./format.js";
        import * as keyboard from "./keyboard.js";
        import * as servers from "./servers.js";
        import * as tables from "./tables.js";
        import * as theme from "./theme.js";

        // The cookie has the token now, and the history of the browser need not.
        if (location.search) history.replaceState(null, "", location.pathname);

        let source = null;
        let where = "";

        function connection(state, words) {
          find("connection").dataset.state = state;
          say("connection", words);
        }

        function show(state) {
          const isCount = state.source === "stats";
          say("rate-label", isCount ? "commands a second" : "events a second");
          say("total-label", isCount ? "commands" : "events");
          const whole = state.history.counts;
          say("rate", rate(isCount ? state.rates["1s"] : whole[whole.length - 2] ?? 0));
          say("total", number(state.events));
          say("bytes", isCount ? "–" : size(state.bytes));
          say("gaps", number(state.gaps));
          say("missed", number(events.missedEvents()));
          const windows = Object.entries(state.rates).slice(1);
          say("windows", windows.map(([name, value]) => `${name}: ${rate(value)}/s`).join("  "));
          chart.show(state);
          servers.show(state);
          tables.show(state);
          actions.show(state);
          const isLost = state.links.some((link) => link.state !== "up");
          connection(isLost ? "lost" : "up", isLost ? "a link is lost" : "live");
        }

        function greet(hello) {
          find("list").dataset.where = where;
          say("source", hello.source);
          document.title = `rwatch ${hello.source}`;
          say("version", `rwatch ${visible(hello.version)}`);
          say("redaction", hello.redact === "none" ? "Nothing is left out (--redact none)."
            : `Left out of what is shown: ${visible(hello.redact)} (--redact).`);
          actions.greet(hello);
          if (hello.source === "stats") {
            say("list-text", "The counters have no single events. Subscribe below, or start rwatch with --source monitor.");
          }
        }

        function open() {
          source?.close();
          const query = where ? `?${new URLSearchParams({ where })}` : "";
          source = new EventSource(`/stream${query}`);
          source.addEventListener("hello", (event) => greet(JSON.parse(event.data)));
          source.addEventListener("state", (event) => show(JSON.parse(event.data)));
          source.addEventListener("events", (event) => events.add(event.data.split("\n").map((line) => JSON.parse(line))));
          source.addEventListener("error", () => {
            if (source.readyState === EventSource.CLOSED) {
              connection("ended", "rwatch has ended, or another one began: open its URL");
            } else {
              connection("lost", "rwatch does not answer");
            }
          });
        }

        async function select(event) {
          event.preventDefault();
          const wanted = find("where").value.trim();
          const mistake = find("where-mistake");
          if (wanted) {
            const answer = await fetch(`/check?${new URLSearchParams({ where: wanted })}`);
            const found = await answer.json();
            mistake.hidden = found.ok;
            mistake.textContent = found.ok ? "" : visible(found.words).replaceAll("\\n", "\n");
            find("where").setAttribute("aria-invalid", !found.ok);
            if (!found.ok) return;
          }
          mistake.hidden = true;
          find("where").removeAttribute("aria-invalid");
          where = wanted;
          events.clear();
          open();
        }

        theme.begin();
        chart.begin();
        tables.begin();
        events.begin();
        actions.begin();
        keyboard.begin();
        find("selection").addEventListener("submit", select);
        open();

        """#
}
