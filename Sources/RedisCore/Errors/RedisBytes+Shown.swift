public import RedisRESP
internal import RedisReactor

extension RedisBytes {
    /// The bytes as they may be shown, cut at `limit` bytes: see ``ShownText``.
    package func shown(upTo limit: Int = ShownText.nameLimit) -> String {
        ShownText.make(of: Array(prefix(ShownText.bytesSeen(upTo: limit))), count: count, upTo: limit)
    }
}

extension RedisBytes: CustomDebugStringConvertible {
    /// The text in quotes as it may be shown, also where it stands in something else that is printed: line feeds, control characters,
    /// marks of direction and bytes that are not UTF-8 escaped (`\n`, `\x1b`, `\u{202e}`), and cut at 1 KiB.
    public var debugDescription: String { "\"\(shown(upTo: ShownText.lineLimit))\"" }
}
