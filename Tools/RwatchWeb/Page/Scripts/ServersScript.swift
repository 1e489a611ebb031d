extension PageScript {
    /// The state of each server and link, and what happened to them.
    static let servers = #"""
        import { find, make, text } from "./dom.js";
        import { clock, number, size, span, visible } from "./format.js";

        const words = { up: "up", away: "away", lost: "lost", ended: "ended" };

        function stateOf(value) {
          const element = make("span", "state", words[value] ?? value);
          element.dataset.state = value;
          return element;
        }

        function server(node) {
          const facts = [];
          if (node.version) facts.push(visible(node.version));
          if (node.role) facts.push(visible(node.role));
          if (node.clients !== undefined) facts.push(`${number(node.clients)} clients`);
          if (node.memory !== undefined) {
            facts.push(size(node.memory) + (node.memory_limit ? ` of ${size(node.memory_limit)}` : ""));
          }
          if (node.keys !== undefined) facts.push(`${number(node.keys)} keys`);
          if (node.uptime !== undefined) facts.push(`up ${span(node.uptime)}`);
          if (node.problem) facts.push(visible(node.problem));
          const pace = node.commands_per_second === undefined ? "" : `${number(node.commands_per_second)}/s`;
          return make("li", "", stateOf(node.state), text("name", visible(node.node)), make("span", "number", pace),
            text("facts", facts.join(" · ")));
        }

        function link(one, now) {
          const facts = [`since ${span(Math.max(now - one.since, 0))}`];
          if (one.losses > 0) facts.push(`lost ${number(one.losses)} ${one.losses === 1 ? "time" : "times"}`);
          if (one.cause && one.state !== "up") facts.push(visible(one.cause));
          return make("li", "", stateOf(one.state), text("name", `${one.source} ${visible(one.node)}`), make("span", ""),
            text("facts", facts.join(" · ")));
        }

        function incident(one) {
          const time = make("time", "", one.to === undefined ? "" : clock(one.to));
          const length = one.from !== undefined && one.to !== undefined ? ` of ${span(Math.max(one.to - one.from, 0))}` : "";
          const what = one.kind === "gap" ? `gap${length}` : one.kind === "reconnect" ? `back after${length.slice(3)}` : one.kind;
          const rest = [];
          if (one.count !== undefined) rest.push(`at most ${number(one.count)} missed`);
          if (one.reason) rest.push(visible(one.reason));
          else if (one.node) rest.push(visible(one.node));
          return make("li", one.kind, time, make("b", "", what), " ", text("", rest.join("; ")));
        }

        export function show(state) {
          find("nodes").replaceChildren(...state.nodes.map(server));
          find("links").replaceChildren(...state.links.map((one) => link(one, state.ts)));
          const incidents = state.incidents.slice(-30).reverse();
          const none = make("li", "quiet", "Nothing is missing.");
          find("incidents").replaceChildren(...(incidents.length > 0 ? incidents.map(incident) : [none]));
        }

        """#
}
