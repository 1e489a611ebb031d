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

    /// What switches the style on (ECMA-48, SGR).
    var sequence: StaticString {
        switch self {
        case .plain: ""
        case .faint: "\u{1b}[2m"
        case .name: "\u{1b}[1m"
        case .write: "\u{1b}[33m"
        case .danger: "\u{1b}[1;31m"
        case .highlight: "\u{1b}[30;43m"
        case .client0: "\u{1b}[32m"
        case .client1: "\u{1b}[34m"
        case .client2: "\u{1b}[35m"
        case .client3: "\u{1b}[36m"
        case .client4: "\u{1b}[92m"
        case .client5: "\u{1b}[94m"
        case .client6: "\u{1b}[95m"
        case .client7: "\u{1b}[96m"
        }
    }
}
