import RedisRESP

/// Writes values the plainest way there is.
enum RESPWriter {
    static func write(_ values: [RESPValue]) -> [UInt8] {
        var bytes: [UInt8] = []
        for value in values { write(value, to: &bytes) }
        return bytes
    }

    private static func write(_ value: RESPValue, to bytes: inout [UInt8]) {
        switch value {
        case .simpleString(let text): line("+", text, to: &bytes)
        case .error(let text): bulk("!", text, to: &bytes)  // it may have come as a bulk error, and hold line ends
        case .integer(let number): line(":", RedisBytes("\(number)"), to: &bytes)
        case .bulkString(let text): bulk("$", text, to: &bytes)
        case .verbatimString(let format, let text):
            bulk("=", format.isEmpty ? text : RedisBytes(format.bytes + [UInt8(ascii: ":")] + text.bytes), to: &bytes)
        case .null: line("_", "", to: &bytes)
        case .boolean(let isTrue): line("#", isTrue ? "t" : "f", to: &bytes)
        case .double(let number): line(",", RedisBytes("\(number)"), to: &bytes)
        case .bigNumber(let digits): line("(", digits, to: &bytes)
        case .array(let elements): aggregate("*", elements, to: &bytes)
        case .set(let elements): aggregate("~", elements, to: &bytes)
        case .push(let elements): aggregate(">", elements, to: &bytes)
        case .map(let pairs):
            line("%", RedisBytes("\(pairs.count)"), to: &bytes)
            for pair in pairs {
                write(pair.key, to: &bytes)
                write(pair.value, to: &bytes)
            }
        }
    }

    private static func line(_ type: Character, _ content: RedisBytes, to bytes: inout [UInt8]) {
        bytes += Array("\(type)".utf8) + content.bytes + [0x0d, 0x0a]
    }

    private static func bulk(_ type: Character, _ content: RedisBytes, to bytes: inout [UInt8]) {
        line(type, RedisBytes("\(content.count)"), to: &bytes)
        bytes += content.bytes + [0x0d, 0x0a]
    }

    private static func aggregate(_ type: Character, _ elements: [RESPValue], to bytes: inout [UInt8]) {
        line(type, RedisBytes("\(elements.count)"), to: &bytes)
        for element in elements { write(element, to: &bytes) }
    }
}
