import RedisEvents
import RedisRESP

/// A glob-style pattern that knows what it begins with, because most are a prefix and a star.
struct GlobPattern: Sendable {
    private enum Rest {
        /// The prefix is all of it.
        case nothing
        /// One star.
        case anything
        case pattern
    }

    private let pattern: [UInt8]
    /// The bytes that each text begins with.
    private let prefix: [UInt8]
    private let rest: Rest

    init(_ pattern: [UInt8]) {
        self.pattern = pattern
        prefix = Array(pattern.prefix { !"*?[]\\".utf8.contains($0) })
        let left = pattern.dropFirst(prefix.count)
        rest = left.isEmpty ? .nothing : left.elementsEqual([UInt8(ascii: "*")]) ? .anything : .pattern
    }

    /// Whether the pattern matches all of a text.
    func matches(_ text: RawSpan) -> Bool {
        let count = prefix.count
        guard text.byteCount >= count, text.part(0..<count).equals(prefix.rawSpan) else { return false }
        switch rest {
        case .nothing: return text.byteCount == count
        case .anything: return true
        case .pattern: return Glob.matches(pattern.rawSpan, text)
        }
    }
}
