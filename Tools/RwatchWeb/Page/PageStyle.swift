/// The page's style: light, dark, wide and narrow.
enum PageStyle {
    /// Colours, and what all parts have.
    static let base = #"""
        :root {
          color-scheme: light;
          --page: #f6f7f9; --card: #fff; --line: #dfe3e8; --text: #1b2430; --quiet: #5c6876; --accent: #1f6feb;
          --fill: #1f6feb22; --bar: #1f6feb1c; --good: #1a7f45; --bad: #c3302b; --warn: #9a5b00; --bad-fill: #c3302b1f;
          --warn-line: #d48a18; --field: #fff; --write: #a1420b; --read: #1a6a5b;
          --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
        }
        :root[data-theme="dark"] {
          color-scheme: dark;
          --page: #10151c; --card: #181f29; --line: #2b3542; --text: #e2e8f0; --quiet: #96a3b3; --accent: #6aa9ff;
          --fill: #6aa9ff2b; --bar: #6aa9ff26; --good: #4fc27c; --bad: #ff7b72; --warn: #e5b567; --bad-fill: #ff7b7230;
          --warn-line: #e5a94b; --field: #10151c; --write: #f0a36b; --read: #6fd0bb;
        }
        @media (prefers-color-scheme: dark) {
          :root:not([data-theme="light"]) {
            color-scheme: dark;
            --page: #10151c; --card: #181f29; --line: #2b3542; --text: #e2e8f0; --quiet: #96a3b3; --accent: #6aa9ff;
            --fill: #6aa9ff2b; --bar: #6aa9ff26; --good: #4fc27c; --bad: #ff7b72; --warn: #e5b567;
            --bad-fill: #ff7b7230; --warn-line: #e5a94b; --field: #10151c; --write: #f0a36b; --read: #6fd0bb;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--text);
          font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
        header { display: flex; align-items: center; gap: 10px; padding: 10px 16px; background: var(--card);
          border-bottom: 1px solid var(--line); position: sticky; top: 0; z-index: 2; }
        h1 { font-size: 17px; margin: 0; display: flex; align-items: center; gap: 8px; }
        h2 { font-size: 14px; margin: 0 0 8px; }
        h3 { font-size: 12px; margin: 12px 0 4px; color: var(--quiet); font-weight: 600; }
        .space { flex: 1; }
        .tag { font: 12px var(--mono); padding: 2px 8px; border: 1px solid var(--line); border-radius: 99px; }
        .tag:empty { display: none; }
        .state { font-size: 12px; color: var(--quiet); display: inline-flex; align-items: center; gap: 6px; }
        .state::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: var(--warn-line); }
        .state[data-state="up"]::before { background: var(--good); }
        .state[data-state="lost"]::before, .state[data-state="away"]::before { background: var(--bad); }
        .state[data-state="ended"]::before { background: var(--quiet); }
        .quiet { color: var(--quiet); font-size: 12px; margin: 6px 0 0; min-height: 1.45em; }
        .note { padding: 16px; }
        .hidden, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden;
          clip-path: inset(50%); white-space: nowrap; }
        [hidden] { display: none !important; }
        button, input, select { font: inherit; color: inherit; background: var(--field); border: 1px solid var(--line);
          border-radius: 6px; padding: 5px 10px; min-height: 32px; }
        button { cursor: pointer; background: var(--card); }
        button:hover { border-color: var(--accent); }
        button[aria-pressed="true"] { background: var(--accent); border-color: var(--accent); color: var(--page); }
        input { min-width: 0; flex: 1; }
        input::placeholder { color: var(--quiet); opacity: .75; }
        #where, #name, #to, #payload { font-family: var(--mono); font-size: 13px; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
        form { display: flex; gap: 8px; align-items: center; flex-wrap: wrap; }
        kbd { font: 12px var(--mono); border: 1px solid var(--line); border-radius: 4px; padding: 1px 6px; }
        ul, ol { list-style: none; margin: 0; padding: 0; }
        bdi { unicode-bidi: isolate; }
        """#

    /// The layout, and each part.
    static let parts = #"""

        main { display: grid; gap: 12px; padding: 12px 16px 24px; max-width: 1680px; margin: 0 auto;
          grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px;
          min-width: 0; }
        #summary { grid-column: 1 / -1; padding: 10px 14px; }
        #summary dl { display: flex; flex-wrap: wrap; gap: 6px 36px; margin: 0; }
        #summary dt { color: var(--quiet); font-size: 12px; }
        #summary dd { margin: 0; font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; }
        #rates { grid-column: 1 / -1; display: flex; flex-direction: column; }
        #rates h2 { margin-bottom: 0; }
        .legend { margin: 2px 0 4px; font-size: 12px; color: var(--quiet); display: flex; flex-wrap: wrap;
          gap: 4px 14px; }
        #windows { margin-left: auto; white-space: pre; }
        .key::before { content: ""; display: inline-block; width: 14px; height: 8px; margin-right: 5px; }
        .key.line::before { height: 2px; vertical-align: middle; background: var(--accent); }
        .key.gap::before { background: var(--bad-fill); border-left: 2px solid var(--bad); }
        .key.drop::before { width: 3px; margin-right: 7px; background: var(--warn-line); }
        #chart { flex: 1 0 190px; min-height: 190px; position: relative; }
        #chart svg { position: absolute; inset: 0; width: 100%; height: 100%; display: block; overflow: visible; }
        #chart .area { fill: var(--fill); } #chart .curve { fill: none; stroke: var(--accent); stroke-width: 1.6; }
        #chart .grid { stroke: var(--line); } #chart text { fill: var(--quiet); font-size: 11px; }
        #chart .gap { fill: var(--bad-fill); } #chart .edge { stroke: var(--bad); stroke-width: 2; }
        #chart .drop { stroke: var(--warn-line); stroke-width: 2; }
        #chart .cursor { stroke: var(--quiet); stroke-dasharray: 2 3; }

        #nodes li, #links li { display: grid; grid-template-columns: auto 1fr auto; gap: 2px 10px; padding: 5px 0;
          border-bottom: 1px solid var(--line); align-items: baseline; }
        #nodes .name, #links .name { font: 13px var(--mono); overflow-wrap: anywhere; }
        #nodes .facts, #links .facts { grid-column: 1 / -1; color: var(--quiet); font-size: 12px; }
        #nodes .number { font-variant-numeric: tabular-nums; }
        #incidents { max-height: 170px; overflow: auto; font-size: 12px; }
        #incidents li { padding: 3px 0; overflow-wrap: anywhere; }
        #incidents .gap b { color: var(--bad); } #incidents .reconnect b { color: var(--good); }
        #incidents time { color: var(--quiet); font-family: var(--mono); margin-right: 6px; }

        #tabs { display: flex; flex-wrap: wrap; gap: 4px; margin-bottom: 8px; }
        #tabs button { border-color: transparent; padding: 3px 9px; min-height: 28px; }
        #tabs button[aria-selected="true"] { border-color: var(--accent); color: var(--accent); font-weight: 600; }
        #table { overflow: auto; max-height: 420px; }
        table { width: 100%; border-collapse: collapse; font-size: 13px; }
        caption { text-align: left; color: var(--quiet); font-size: 12px; padding-bottom: 4px; }
        th { text-align: right; color: var(--quiet); font-weight: 500; font-size: 12px; padding: 2px 6px; }
        th:first-child, td:first-child { text-align: left; }
        td { padding: 3px 6px; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        td:first-child { position: relative; width: 60%; white-space: normal; overflow-wrap: anywhere; }
        td .bar { position: absolute; inset: 1px auto 1px 0; background: var(--bar); border-radius: 3px; }
        td .name { position: relative; font-family: var(--mono); }

        #where-mistake { margin: 8px 0 0; padding: 8px 10px; background: var(--bad-fill); border-radius: 6px;
          font: 12px/1.5 var(--mono); overflow: auto; }
        #selection label { font-size: 13px; color: var(--quiet); }
        #list { margin-top: 8px; height: 420px; overflow: auto; font: 12.5px/1.5 var(--mono); overflow-anchor: none;
          border: 1px solid var(--line); border-radius: 6px; padding: 4px 8px; background: var(--field); }
        #list li { overflow-wrap: anywhere; white-space: pre-wrap; contain: content; }
        #list time { color: var(--quiet); } #list .where { color: var(--quiet); }
        #list .word { color: var(--accent); font-weight: 600; }
        #list .write { color: var(--write); } #list .read { color: var(--read); }
        #list .record { color: var(--warn); } #list .record.gap { color: var(--bad); font-weight: 600; }

        #names { display: flex; flex-wrap: wrap; gap: 6px; margin-bottom: 8px; }
        #names li { display: flex; align-items: center; gap: 6px; border: 1px solid var(--line); border-radius: 99px;
          padding: 1px 3px 1px 10px; font: 13px var(--mono); overflow-wrap: anywhere; }
        #names .kind { color: var(--quiet); font: 11px system-ui, sans-serif; }
        #names button { border: 0; background: none; padding: 0 8px; min-height: 26px; }
        #events, #channels { grid-column: 1 / -1; } #channels form { max-width: 720px; margin-top: 8px; }

        dialog { border: 1px solid var(--line); border-radius: 10px; background: var(--card); color: var(--text);
          padding: 16px 20px; max-width: 420px; }
        dialog::backdrop { background: #0008; }
        dialog dl { margin: 0 0 10px; } dialog dl div { display: flex; gap: 14px; padding: 3px 0; }
        dialog dt { min-width: 92px; } dialog dd { margin: 0; }

        @media (min-width: 1100px) {
          main { grid-template-columns: minmax(0, 5fr) minmax(0, 5fr) minmax(0, 4fr); }
          #rates { grid-column: 1 / 3; } #servers { grid-column: 3; grid-row: 2; }
          #top { grid-column: 1; } #events { grid-column: 2 / 4; }
        }
        @media (max-width: 760px) {
          header { padding: 8px 12px; gap: 8px; }
          main { grid-template-columns: minmax(0, 1fr); padding: 8px; gap: 8px; }
          #summary dl { gap: 6px 22px; } #summary dd { font-size: 18px; }
          #windows { margin-left: 0; } #chart { flex-basis: 150px; min-height: 150px; }
          #list { height: 56vh; } button { min-height: 40px; } input, select { min-height: 40px; font-size: 16px; }
          #selection label { width: 100%; } #selection input { flex-basis: 100%; }
          #where, #name, #to, #payload { font-size: 16px; }
        }
        @media (prefers-reduced-motion: no-preference) { #names li { transition: opacity .2s; } }
        """#
}
