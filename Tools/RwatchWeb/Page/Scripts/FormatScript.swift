extension PageScript {
    /// How texts from servers, numbers and times are shown.
    static let format = #"""
        // Characters that do not show, or that change how others show: controls, directions, joiners, what is not
        // assigned.
        const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;
        const names = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

        /** A text from anywhere, in which everything can be seen. */
        export function visible(text) {
          return text.replace(hidden, (one) => names[one] ?? `\\u{${one.codePointAt(0).toString(16)}}`);
        }

        /** Bytes that are no text: what is ASCII as it is, the rest as \xff. */
        export function visibleBytes(base64) {
          let shown = "";
          for (const one of atob(base64)) {
            const code = one.charCodeAt(0);
            shown += code >= 0x20 && code < 0x7f ? one : `\\x${code.toString(16).padStart(2, "0")}`;
          }
          return shown;
        }

        /** The member of an object, which is text, or bytes under a name of their own. */
        export function member(object, name) {
          if (object.redacted) return "(redacted)";
          if (typeof object[name] === "string") return visible(object[name]);
          const bytes = object[`${name}_base64`];
          return typeof bytes === "string" ? visibleBytes(bytes) : "";
        }

        /** An argument of a command, in quotes. */
        export function argument(value) {
          const text = typeof value === "string" ? visible(value) : visibleBytes(value?.base64 ?? "");
          return `"${text.replaceAll('"', '\\"')}"`;
        }

        const whole = new Intl.NumberFormat("en");
        const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

        export const number = (value) => whole.format(value);
        export const rate = (value) => whole.format(value >= 100 ? Math.round(value) : Math.round(value * 10) / 10);
        export const compact = (value) => (value < 10000 ? whole.format(value) : short.format(value));

        export function size(bytes) {
          const units = ["B", "KB", "MB", "GB", "TB"];
          let unit = 0;
          while (bytes >= 1024 && unit < units.length - 1) { bytes /= 1024; unit += 1; }
          return `${unit === 0 ? bytes : bytes.toFixed(1)} ${units[unit]}`;
        }

        /** Seconds as 3 d 4 h, 12 min, 5 s. */
        export function span(seconds) {
          if (seconds >= 86400) return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
          if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
          if (seconds >= 60) return `${Math.floor(seconds / 60)} min`;
          return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
        }

        const pad = (value, width = 2) => String(value).padStart(width, "0");

        /** The local time of seconds since the epoch. */
        export function clock(seconds, withMilliseconds = false) {
          const date = new Date(seconds * 1000);
          const text = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
          return withMilliseconds ? `${text}.${pad(date.getMilliseconds(), 3)}` : text;
        }

        """#
}
