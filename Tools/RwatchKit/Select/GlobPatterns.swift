import RedisEvents
import RedisRESP

/// Glob-style patterns of which each knows what it begins with, because most are a prefix and a star. Their bytes are
/// in one array, so that no references are counted when a text is compared.
struct GlobPatterns: Sendable {
    private enum Rest {
        /// The prefix is all of it.
        case nothing
        /// One star.
        case anything
        case pattern
    }

    private struct Entry: BitwiseCopyable {
        /// Where the pattern begins.
        let start: Int
        let length: Int
        /// The length of what each text begins with.
        let prefixLength: Int
        let rest: Rest
    }

    private var entries: [Entry] = []
    private var bytes: [UInt8] = []

    init(_ patterns: [[UInt8]]) {
        for pattern in patterns {
            let prefixLength = pattern.prefix { !"*?[]\\".utf8.contains($0) }.count
            let left = pattern.dropFirst(prefixLength)
            let rest: Rest =
                left.isEmpty ? .nothing : left.elementsEqual([UInt8(ascii: "*")]) ? .anything : .pattern
            entries.append(
                Entry(start: bytes.count, length: pattern.count, prefixLength: prefixLength, rest: rest)
            )
            bytes += pattern
        }
    }

    var isEmpty: Bool { entries.isEmpty }

    /// Whether one of the patterns matches all of a text.
    @inline(__always)
    func match(_ text: RawSpan) -> Bool {
        let bytes = bytes.span.rawBytes
        for index in entries.indices where Self.matches(entries[index], in: bytes, text) { return true }
        return false
    }

    @inline(__always)
    private static func matches(_ entry: Entry, in bytes: RawSpan, _ text: RawSpan) -> Bool {
        let length = entry.prefixLength
        guard text.byteCount >= length,
            text.part(at: 0, count: length).equals(bytes.part(at: entry.start, count: length))
        else { return false }
        switch entry.rest {
        case .nothing: return text.byteCount == length
        case .anything: return true
        case .pattern: return Glob.matches(bytes.part(at: entry.start, count: entry.length), text)
        }
    }
}
