extension PageScript {
    /// The events of the last five minutes, with gaps and with what the list has left out.
    static let chart = #"""
        import { find, say, svg } from "./dom.js";
        import { clock, compact, number } from "./format.js";

        const margin = { top: 14, right: 8, bottom: 20, left: 44 };
        const missed = new Map();
        let last = null;
        let pointer = null;

        /** Notes that the list has left out events at a time. */
        export function leftOut(second, count) {
          missed.set(second, (missed.get(second) ?? 0) + count);
          if (missed.size > 400) missed.delete(missed.keys().next().value);
        }

        /** The least of 1, 2, 5 × 10ⁿ that is not less. */
        function nice(value) {
          const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
          for (const step of [1, 2, 5, 10]) if (step * power >= value) return step * power;
          return value;
        }

        export function show(state) {
          last = state;
          draw();
        }

        function draw() {
          const state = last;
          if (!state) return;
          const place = find("chart");
          const width = Math.max(place.clientWidth, 200);
          const height = Math.max(place.clientHeight, 80);
          // The last second is not over.
          const end = state.history.to;
          // A watch that has just begun shows a minute, and grows.
          const shown = Math.max(60, Math.ceil(end - (state.begun ?? 0)));
          const counts = state.history.counts.slice(0, -1).slice(-shown);
          const begin = end - counts.length;
          const top = nice(Math.max(...counts, 10));
          const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
          const x = (second) => margin.left + ((second - begin) / Math.max(counts.length - 1, 1)) * inner.width;
          const y = (count) => margin.top + inner.height * (1 - count / top);
          const inside = (second) => Math.min(Math.max(second, begin), end - 1);
          const parts = [];
          for (const share of [0, 0.5, 1]) {
            parts.push(svg("line", { class: "grid", x1: margin.left, x2: width - margin.right, y1: y(top * share),
              y2: y(top * share) }));
            const label = svg("text", { x: margin.left - 6, y: y(top * share) + 4, "text-anchor": "end" });
            label.textContent = compact(top * share);
            parts.push(label);
          }
          const step = counts.length > 150 ? 60 : 15;
          for (let second = Math.ceil(begin / step) * step; second < end; second += step) {
            const label = svg("text", { x: x(second), y: height - 4, "text-anchor": "middle" });
            label.textContent = step < 60 ? clock(second) : clock(second).slice(0, 5);
            parts.push(label);
          }
          let gaps = 0;
          for (const incident of state.incidents) {
            if (incident.kind !== "gap" || !(incident.to >= begin) || !(incident.from <= end)) continue;
            gaps += 1;
            const from = x(inside(incident.from));
            const until = Math.max(x(inside(incident.to)), from + 2);
            const band = svg("rect", { class: "gap", x: from, y: margin.top, width: until - from, height: inner.height });
            const edge = svg("line", { class: "edge", x1: from, x2: from, y1: margin.top, y2: margin.top + inner.height });
            parts.push(band, edge);
          }
          if (counts.length > 0) {
            const points = counts.map((count, index) => `${x(begin + index).toFixed(1)},${y(count).toFixed(1)}`);
            const floor = y(0).toFixed(1);
            parts.push(svg("path", { class: "area",
              d: `M${x(begin).toFixed(1)},${floor}L${points.join("L")}L${x(end - 1).toFixed(1)},${floor}Z` }));
            parts.push(svg("path", { class: "curve", d: `M${points.join("L")}` }));
          }
          for (const second of missed.keys()) {
            if (second < begin || second >= end) continue;
            parts.push(svg("line", { class: "drop", x1: x(second), x2: x(second), y1: y(0), y2: y(0) + 6 }));
          }
          let pointed = "";
          if (pointer !== null && counts.length > 1) {
            const share = Math.min(Math.max((pointer - margin.left) / inner.width, 0), 1);
            const index = Math.round(share * (counts.length - 1));
            const second = begin + index;
            parts.push(svg("line", { class: "cursor", x1: x(second), x2: x(second), y1: margin.top, y2: y(0) }));
            pointed = `${clock(second)}: ${number(counts[index])} events`;
            if (missed.has(second)) pointed += `, ${number(missed.get(second))} of them not in the list`;
          }
          const most = Math.max(0, ...counts);
          const words = `Events a second in five minutes: at most ${number(most)}, ${gaps} gaps.`;
          const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words,
            preserveAspectRatio: "none" }, ...parts);
          place.replaceChildren(picture);
          say("chart-text", pointed || `at most ${number(most)} a second in five minutes`);
        }

        export function begin() {
          const place = find("chart");
          place.addEventListener("pointermove", (event) => {
            pointer = event.clientX - place.getBoundingClientRect().left;
            draw();
          });
          place.addEventListener("pointerleave", () => { pointer = null; draw(); });
          new ResizeObserver(() => draw()).observe(place);
        }

        """#
}
