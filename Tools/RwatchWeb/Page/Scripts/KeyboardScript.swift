extension PageScript {
    /// Keys for those who use no mouse.
    static let keyboard = #"""
        import { find } from "./dom.js";
        import { togglePause } from "./events.js";
        import { choose } from "./tables.js";
        import { next } from "./theme.js";

        function help() { if (!find("help").open) find("help").showModal(); }

        const keys = {
          p: togglePause,
          t: next,
          "?": help,
          "/": () => find("where").focus(),
          s: () => find("name").focus(),
        };

        export function begin() {
          find("help-button").addEventListener("click", help);
          document.addEventListener("keydown", (event) => {
            if (event.ctrlKey || event.metaKey || event.altKey || find("help").open) return;
            if (event.target instanceof HTMLElement && event.target.closest("input, select, textarea")) {
              if (event.key === "Escape") event.target.blur();
              return;
            }
            if (event.key >= "1" && event.key <= "9") choose(Number(event.key) - 1);
            else if (keys[event.key]) keys[event.key]();
            else return;
            event.preventDefault();
          });
        }

        """#
}
