internal import RedisRESP

/// A value with its key, as a region keeps it in its process.
@usableFromInline
final class NearValue<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    @usableFromInline let key: Key
    @usableFromInline let value: Value
    /// Until when the server keeps the value, by `SteadyClock`.
    let keptUntil: Int64

    init(_ key: Key, _ value: Value, keptUntil: Int64) {
        self.key = key
        self.value = value
        self.keptUntil = keptUntil
    }

    /// Whether it is the value of that key. Texts are compared by their bytes, as the server compares keys: texts that
    /// Swift considers equal may be two keys there.
    @inlinable
    func isOf(_ other: Key) -> Bool {
        if let mine = key as? String, let other = other as? String { return mine.hasSameBytes(as: other) }
        return key == other
    }
}

extension String {
    /// Whether both are the same in UTF-8.
    @usableFromInline
    func hasSameBytes(as other: String) -> Bool {
        utf8Span.span.rawBytes.equals(other.utf8Span.span.rawBytes)
    }
}
