import RedisRESP
import TestSupport
import Testing

@Suite("The parser, with frames at random", .tags(.unit), .timeLimit(.minutes(2)))
struct FrameParserFuzzTests {
    struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// The value is made first and written by the plainest code there is; what comes out of the parser, however the
    /// bytes are cut, must be the value again.
    @Test(arguments: 0..<UInt64(400))
    func `reads back what was written`(seed: UInt64) throws {
        var random = Random(state: seed)
        var bytes: [UInt8] = []
        var values: [RESPValue] = []
        for _ in 0..<20 { values.append(Self.write(depth: 4, to: &bytes, &random)) }
        var feeder = Feeder()
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = min(
                rest.count,
                Int.random(in: 1...[1, 3, 40, 4000].randomElement(using: &random)!, using: &random)
            )
            try feeder.feed(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        #expect(feeder.values == values, "seed \(seed)")
        #expect(feeder.unread.isEmpty, "seed \(seed)")
    }

    /// Damaged streams: however they are cut, the parser neither traps nor changes its mind.
    @Test(arguments: 0..<UInt64(1500))
    func `judges damaged bytes alike however they are cut`(seed: UInt64) {
        var random = Random(state: seed)
        var bytes: [UInt8] = []
        for _ in 0..<4 { _ = Self.write(depth: 3, to: &bytes, &random) }
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[place] = Array("$*>%~|:+-0129\r\n_#,(!=?;".utf8).randomElement(using: &random)!
            case 1: bytes.remove(at: place)
            default: bytes.insert(.random(in: 0...255, using: &random), at: place)
            }
            if bytes.isEmpty { return }
        }
        let limits = RedisFrameLimits(depth: 6, elements: 64, bulkLength: 4096, lineLength: 4096, frameLength: 1 << 16)
        func run(_ size: Int) -> ([RESPValue], RESPError?) {
            var feeder = Feeder(limits: limits)
            var rest = bytes[...]
            do throws(RESPError) {
                while !rest.isEmpty {
                    try feeder.feed(rest.prefix(size))
                    rest = rest.dropFirst(size)
                }
            } catch { return (feeder.values, error) }
            return (feeder.values, nil)
        }
        let whole = run(bytes.count)
        for size in [1, 2, 7] {
            let cut = run(size)
            #expect(
                cut.0 == whole.0 && cut.1 == whole.1,
                "seed \(seed), pieces of \(size): \(whole.1.debugDescription) or \(cut.1.debugDescription)"
            )
        }
    }

    static func write(depth: Int, to bytes: inout [UInt8], _ random: inout Random) -> RESPValue {
        func text(_ forLine: Bool) -> [UInt8] {
            (0..<Int.random(in: 0...12, using: &random)).map { _ in
                forLine
                    ? .random(in: 32...126, using: &random) : [13, 10, 0, 255, 65].randomElement(using: &random) ?? 0
            }
        }
        func line(_ type: Character, _ content: [UInt8]) { bytes += Array(String(type).utf8) + content + [13, 10] }
        func bulk(_ type: Character, _ content: [UInt8]) {
            line(type, Array("\(content.count)".utf8)); bytes += content + [13, 10]
        }
        if Int.random(in: 0..<12, using: &random) == 0 {
            line("|", Array("1".utf8))
            _ = write(depth: 0, to: &bytes, &random)
            _ = write(depth: 0, to: &bytes, &random)
        }
        let count = Int.random(in: 0...4, using: &random)
        switch Int.random(in: 0..<(depth > 0 ? 16 : 11), using: &random) {
        case 0: let t = text(true); line("+", t); return .simpleString(RedisBytes(t))
        case 1: let t = text(true); line("-", t); return .error(RedisBytes(t))
        case 2: let t = text(false); bulk("!", t); return .error(RedisBytes(t))
        case 3:
            let n = Int(truncatingIfNeeded: random.next()) >> Int.random(in: 0...63, using: &random);
            line(":", Array("\(n)".utf8)); return .integer(n)
        case 4, 5: let t = text(false); bulk("$", t); return .bulkString(RedisBytes(t))
        case 6:
            let t = text(false); bulk("=", Array("txt:".utf8) + t);
            return .verbatimString(format: "txt", text: RedisBytes(t))
        case 7: line("_", []); return .null
        case 8: bytes += Array((Bool.random(using: &random) ? "$-1\r\n" : "*-1\r\n").utf8); return .null
        case 9: let b = count > 2; line("#", Array((b ? "t" : "f").utf8)); return .boolean(b)
        case 10: let d = Double.random(in: -1e9...1e9, using: &random); line(",", Array("\(d)".utf8)); return .double(d)
        case 11:
            line("*", Array("\(count)".utf8));
            return .array((0..<count).map { _ in write(depth: depth - 1, to: &bytes, &random) })
        case 12:
            line("~", Array("\(count)".utf8));
            return .set((0..<count).map { _ in write(depth: depth - 1, to: &bytes, &random) })
        case 13:
            line(">", Array("\(count)".utf8));
            return .push((0..<count).map { _ in write(depth: depth - 1, to: &bytes, &random) })
        case 14:
            line("(", Array("-123456789012345678901234567890".utf8));
            return .bigNumber("-123456789012345678901234567890")
        default:
            line("%", Array("\(count)".utf8))
            return .map(
                (0..<count).map { _ in
                    let key = write(depth: depth - 1, to: &bytes, &random)
                    return .init(key: key, value: write(depth: depth - 1, to: &bytes, &random))
                }
            )
        }
    }
}
