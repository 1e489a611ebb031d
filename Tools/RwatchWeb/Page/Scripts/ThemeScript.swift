extension PageScript {
    /// Light, dark, or as the system has it.
    static let theme = #"""
        import { find } from "./dom.js";

        const order = ["auto", "light", "dark"];
        const words = { auto: "as the system", light: "light", dark: "dark" };
        let current = "auto";

        function apply() {
          if (current === "auto") delete document.documentElement.dataset.theme;
          else document.documentElement.dataset.theme = current;
          find("theme").textContent = current;
          find("theme").setAttribute("aria-label", `Colours: ${words[current]}`);
        }

        export function next() {
          current = order[(order.indexOf(current) + 1) % order.length];
          try { localStorage.setItem("theme", current); } catch { /* It is not kept then. */ }
          apply();
        }

        export function begin() {
          try {
            const kept = localStorage.getItem("theme");
            if (order.includes(kept)) current = kept;
          } catch { /* Nothing is kept. */ }
          find("theme").addEventListener("click", next);
          apply();
        }

        """#
}
