extension PageScript {
    /// The list of events: bounded, paused on request, and honest about what it has left out.
    static let events = #"""
        import { leftOut } from "./chart.js";
        import { find, make, say, text } from "./dom.js";
        import { argument, clock, member, number } from "./format.js";

        const most = 500;
        const reads = new Set(["get", "mget", "hget", "hgetall", "hmget", "lrange", "smembers", "zrange", "exists", "scan",
          "ttl", "type", "xread", "strlen", "keys", "info", "ping"]);
        let isPaused = false;
        let held = [];
        let heldOut = 0;
        let missed = 0;

        /** How many events the list has left out so far. */
        export const missedEvents = () => missed;

        function command(event) {
          const name = member(event, "cmd");
          // All clients of a unix socket have its path for an address.
          const client = member(event, "client").replace(/^unix:.*/, "unix");
          const where = client === "" ? "" : ` ${client}`;
          const tint = reads.has(name.toLowerCase()) ? "read" : "write";
          const shown = (event.args ?? []).map(argument).join(" ");
          return [text("where", `${event.db === undefined ? "" : `db${event.db}`}${where} `), text(`word ${tint}`, name), " ",
            text("", shown)];
        }

        function message(event) {
          const pattern = event.kind === "pmessage" ? `${member(event, "pattern")} → ` : "";
          return [text("where", pattern), text("word", member(event, "channel")), " ", text("", member(event, "payload"))];
        }

        const node = (event) => (event.node ? [text("where", `${member(event, "node")} `)] : []);

        function row(event) {
          const time = make("time", "", `${clock(event.ts, true)} `);
          switch (event.kind) {
            case "command": return make("li", "", time, ...node(event), ...command(event));
            case "message": case "pmessage": case "smessage":
              return make("li", "", time, ...node(event), ...message(event));
            case "key":
              return make("li", "", time, ...node(event), text("where", `db${event.db} `), text("word", member(event, "event")),
                " ", text("", member(event, "key")));
            case "gap":
              return make("li", "record gap", time, "gap: events may be missing here; ", text("", member(event, "reason")));
            case "missed": return make("li", "record", time, `… ${number(event.count)} events are left out here`);
            default: return make("li", "", time, text("", member(event, "text")));
          }
        }

        /** Shows events. A list that was scrolled up stays where it is. */
        export function add(events) {
          for (const event of events) {
            if (event.kind !== "missed") continue;
            missed += event.count;
            leftOut(Math.floor(event.ts), event.count);
          }
          if (isPaused) {
            held.push(...events);
            while (held.length > most) {
              const out = held.shift();
              heldOut += out.kind === "missed" ? out.count : 1;
            }
            say("list-text", `paused; ${number(held.length + heldOut)} more since then`);
            return;
          }
          append(events);
        }

        function append(events) {
          const list = find("list");
          const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
          const fragment = document.createDocumentFragment();
          for (const event of events.slice(-most)) fragment.append(row(event));
          list.append(fragment);
          while (list.childElementCount > most) list.firstElementChild.remove();
          if (isAtEnd) list.scrollTop = list.scrollHeight;
        }

        export function clear() {
          find("list").replaceChildren();
          held = [];
          heldOut = 0;
        }

        export function togglePause() {
          isPaused = !isPaused;
          const button = find("pause");
          button.setAttribute("aria-pressed", isPaused);
          button.textContent = isPaused ? "Go on" : "Pause";
          say("list-text", isPaused ? "paused" : "");
          if (isPaused) return;
          if (heldOut > 0) append([{ kind: "missed", ts: held[0]?.ts ?? Date.now() / 1000, count: heldOut }]);
          append(held);
          held = [];
          heldOut = 0;
        }

        export function begin() { find("pause").addEventListener("click", togglePause); }

        """#
}
