extension PageScript {
    /// What somebody does on the page: subscribes and publishes.
    static let actions = #"""
        import { find, make, say, text } from "./dom.js";
        import { member, number, visible } from "./format.js";

        async function post(path, fields) {
          try {
            const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
            return await answer.json();
          } catch {
            return { ok: false, message: "rwatch does not answer" };
          }
        }

        const words = { channel: "channel", pattern: "pattern", shard: "shard channel" };
        let shown = "";

        export function show(state) {
          const names = JSON.stringify(state.subscriptions);
          if (names === shown) return;
          shown = names;
          const rows = state.subscriptions.map((one) => {
            const name = one.redacted ? "(redacted)" : member(one, "name");
            const end = make("button", "", "×");
            end.type = "button";
            end.setAttribute("aria-label", `End the subscription to ${name}`);
            end.disabled = typeof one.name !== "string";
            end.addEventListener("click", async () => {
              const answer = await post("/unsubscribe", { kind: one.kind, name: one.name });
              say("action", answer.ok ? `unsubscribed from ${name}` : visible(answer.message));
            });
            return make("li", "", make("span", "kind", words[one.kind] ?? one.kind), text("", name), end);
          });
          const none = make("li", "", make("span", "kind", "none yet "));
          find("names").replaceChildren(...(rows.length > 0 ? rows : [none]));
        }

        export function greet(hello) {
          find("publish").hidden = !hello.publish;
        }

        export function begin() {
          find("subscribe").addEventListener("submit", async (event) => {
            event.preventDefault();
            const name = find("name").value;
            const answer = await post("/subscribe", { kind: find("kind").value, name });
            say("action", answer.ok ? `subscribed to ${visible(name)}` : visible(answer.message));
            if (answer.ok) find("name").value = "";
          });
          find("publish").addEventListener("submit", async (event) => {
            event.preventDefault();
            const channel = find("to").value;
            const answer = await post("/publish", { channel, payload: find("payload").value });
            say("action", answer.ok ? `${number(answer.receivers)} received it` : visible(answer.message));
          });
        }

        """#
}
