import RedisEvents
package import RedisRESP

/// Names of key events in the form of `--events`: `set,del`, with optional blanks around them, in any case.
package enum EventNames {
    /// Reads names. An unknown name is accepted if it is not similar to a known one, because modules have names of
    /// their own.
    package static func parse(_ text: String) throws(EventNamesError) -> [RedisBytes] {
        var names: [RedisBytes] = []
        for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            names.append(try name(String(Substring(part))))
        }
        return names
    }

    /// The names that are unknown and do not look like a module's.
    static func strange(_ names: [RedisBytes]) -> [RedisBytes] {
        names.filter { !known.contains("\($0)") && !$0.contains(UInt8(ascii: ".")) }
    }

    private static func name(_ part: String) throws(EventNamesError) -> RedisBytes {
        let typed = part.drop { $0 == " " || $0 == "\t" }
        let word = String(typed.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
        guard !word.isEmpty else { throw .empty }
        if known.contains(word) { return RedisBytes(word) }
        if known.contains(word.lowercased()) { return RedisBytes(word.lowercased()) }
        // The names of modules contain a point, as their commands do.
        if !word.contains("."), let near = Suggestion.closest(to: word, among: known) {
            throw .unknown(word, suggestion: near)
        }
        return RedisBytes(word)
    }

    private static let known = KeyspaceEvents.KeyEvent.Name.known.map(\.description).sorted()
}

/// Why a text cannot be read as names of key events.
package enum EventNamesError: Error, Equatable, CustomStringConvertible {
    /// A name is missing.
    case empty
    /// An unknown name that is similar to a known one.
    case unknown(String, suggestion: String)

    /// One line for the user.
    package var description: String {
        switch self {
        case .empty: "--events needs names with commas between, such as set,del"
        case .unknown(let name, let suggestion): "unknown event '\(name)'; did you mean '\(suggestion)'?"
        }
    }
}
