/// How a part of a line looks on a terminal that shows colours. The colours are those of the terminal's own sixteen,
/// which whoever uses it has chosen so that they can be read on its background.
enum TextStyle: UInt8 {
    case plain
    /// What is looked at last: times, servers, scripts, marks of what was left out.
    case faint
    case name
    /// A command that changes data.
    case write
    /// A command or an event that takes data away, or that is for whoever runs the server.
    case danger
    /// What `--highlight` looks for.
    case highlight
    // Clients and channels. Red and yellow are taken.
    case client0
    case client1
    case client2
    case client3
    case client4
    case client5
    case client6
    case client7

    private static let clients: [TextStyle] = [
        .client0, .client1, .client2, .client3, .client4, .client5, .client6, .client7,
    ]

    /// The style of a client or a channel: always the same one, in each run.
    static func steady(_ name: RawSpan) -> TextStyle {
        // FNV-1a, whose low bits change with each byte.
        var hash: UInt32 = 0x811c_9dc5
        for index in 0..<name.byteCount { hash = (hash ^ UInt32(name.byte(at: index))) &* 0x0100_0193 }
        return clients[Int((hash ^ hash >> 16) & 7)]
    }

    /// What a terminal is told, of at most eight bytes: the bytes of a word, the first one lowest.
    struct Sequence: BitwiseCopyable {
        let word: UInt64
        let length: Int

        init(_ text: String) {
            word = text.utf8.reversed().reduce(0) { $0 << 8 | UInt64($1) }
            length = text.utf8.count
        }
    }

    /// What ends every style.
    static let reset: StaticString = "\u{1b}[0m"

    /// What switches a style on (ECMA-48, SGR), by its raw value; nothing for the plain one.
    static let sequences: [Sequence] = [
        Sequence(""),
        Sequence("\u{1b}[2m"),
        Sequence("\u{1b}[1m"),
        Sequence("\u{1b}[33m"),
        Sequence("\u{1b}[1;31m"),
        Sequence("\u{1b}[30;43m"),
        Sequence("\u{1b}[32m"),
        Sequence("\u{1b}[34m"),
        Sequence("\u{1b}[35m"),
        Sequence("\u{1b}[36m"),
        Sequence("\u{1b}[92m"),
        Sequence("\u{1b}[94m"),
        Sequence("\u{1b}[95m"),
        Sequence("\u{1b}[96m"),
    ]
}

extension OutputBuffer {
    /// Appends a sequence for the terminal.
    @inline(always)
    mutating func append(_ sequence: TextStyle.Sequence) { append(word: sequence.word, length: sequence.length) }
}
