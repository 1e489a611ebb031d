import RedisPOSIX

/// What a terminal shows of what is drawn.
package struct ScreenLook: Sendable, Equatable {
    package var isColored: Bool
    /// Whether there are characters of ASCII alone.
    package var isASCII: Bool
    /// Whether the mouse is asked for.
    package var hasMouse: Bool

    package init(isColored: Bool, isASCII: Bool, hasMouse: Bool = false) {
        self.isColored = isColored
        self.isASCII = isASCII
        self.hasMouse = hasMouse
    }

    /// What standard output shows, by the environment; `nil` when it is no terminal, or has no keyboard.
    ///
    /// - Parameters:
    ///   - color: Whether there are colours.
    ///   - isASCII: Whether the user wants ASCII alone. It is so too where the locale or `TERM` know no more.
    ///   - hasMouse: Whether the mouse is asked for.
    package init?(color: ColorChoice, isASCII: Bool, hasMouse: Bool) {
        guard Terminal.isTerminal(1), TerminalMode.keyboard() != nil else { return nil }
        func variable(_ name: String) -> String {
            ThisProcess.environment(name).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        self.init(
            isColored: color.isColored(.standard),
            isASCII: isASCII || !Self.hasUnicode(variable),
            hasMouse: hasMouse
        )
    }

    /// Whether the terminal shows UTF-8, as the environment has it.
    package static func hasUnicode(_ variable: (String) -> String) -> Bool {
        if ["dumb", "linux", "vt100", "vt220"].contains(variable("TERM")) { return false }
        // The first that is set decides, as it does for setlocale(3).
        for name in ["LC_ALL", "LC_CTYPE", "LANG"] where !variable(name).isEmpty {
            let locale = variable(name).lowercased()
            return locale.contains("utf-8") || locale.contains("utf8")
        }
        return false
    }
}

/// The characters that pictures are made of.
package struct Glyphs: Sendable, Equatable {
    package let isASCII: Bool

    package init(isASCII: Bool) { self.isASCII = isASCII }

    /// From nothing to all, for lines of values.
    private static let levels = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    private static let plainLevels = [".", ":", "-", "=", "+", "*", "%", "#"]
    /// Parts of a cell from the left, for bars.
    private static let parts = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// A value as a part of the greatest, as one character.
    package func level(_ value: Double, of greatest: Double) -> String {
        guard value > 0, greatest > 0 else { return " " }
        let place = min(max(Int((value / greatest * 8).rounded(.up)) - 1, 0), 7)
        return isASCII ? Self.plainLevels[place] : Self.levels[place]
    }

    /// The last values as a line of characters, the newest at the right.
    package func line(_ values: [Double], width: Int) -> String {
        let shown = values.suffix(max(width, 0))
        let greatest = shown.max() ?? 0
        return String(repeating: " ", count: max(width - shown.count, 0))
            + shown.map { level($0, of: greatest) }.joined()
    }

    /// A bar of a part of the width.
    package func bar(_ share: Double, width: Int) -> String {
        let share = min(max(share.isNaN ? 0 : share, 0), 1)
        let eighths = Int((share * Double(width) * 8).rounded())
        if isASCII { return String(repeating: "#", count: (eighths + 4) / 8) }
        let (whole, rest) = eighths.quotientAndRemainder(dividingBy: 8)
        return String(repeating: "█", count: whole) + (rest > 0 ? Self.parts[rest - 1] : "")
    }

    package var down: String { isASCII ? "v" : "▼" }
    package var up: String { isASCII ? "^" : "▲" }
    package var cut: String { isASCII ? "~" : "…" }
    package var rule: String { isASCII ? "-" : "─" }
    /// Where events are missing.
    package var gap: String { isASCII ? "!" : "▒" }

    /// A text of ours, with what ASCII has for what it has not.
    package func words(_ text: String) -> String {
        guard isASCII else { return text }
        var plain = ""
        for character in text.unicodeScalars {
            switch character {
            case "µ": plain += "u"
            case "±": plain += "+-"
            case "…": plain += "..."
            case "·": plain += "|"
            default: plain += character.isASCII ? String(character) : "?"
            }
        }
        return plain
    }
}
