import RedisRESP
import TestSupport
import Testing

@Suite("Errors of a server", .tags(.unit))
struct ErrorLineTests {
    private func value(_ bytes: [UInt8]) throws -> RESPValue {
        var parser = FrameParser()
        let progress = try parser.parse(bytes.span.rawBytes)
        #expect(progress == .frame(byteCount: bytes.count))
        return RESPValue(Frame(bytes: bytes.span.rawBytes, nodes: parser.frameNodes))
    }

    /// As a simple error, as a bulk error, and as both in an aggregate and a push.
    private func told(_ line: [UInt8]) throws -> [RESPValue] {
        let end: [UInt8] = [0x0d, 0x0a]
        let simple = Array("-".utf8) + line + end
        let bulk = Array("!\(line.count)\r\n".utf8) + line + end
        let both = simple + bulk
        let array = try value(Array("*2\r\n".utf8) + both)
        let push = try value(Array(">3\r\n+kind\r\n".utf8) + both)
        return [try value(simple), try value(bulk)] + (array.elements ?? []) + (push.elements?.dropFirst() ?? [])
    }

    private func expect(_ line: [UInt8], toBe kept: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let told = try told(line)
        #expect(told == [RESPValue](repeating: .error(RedisBytes(kept)), count: 6), sourceLocation: sourceLocation)
    }

    @Test("are kept up to a kibibyte")
    func cut() throws {
        let line = Array(repeating: UInt8(ascii: "e"), count: RESPValue.longestError)
        try expect(line, toBe: line)
        try expect(line + [0x65], toBe: line)
        try expect(Array(repeating: 0x65, count: 1 << 20), toBe: line)
        try expect([], toBe: [])
    }

    @Test("are not cut within a character", arguments: ["\u{e9}", "\u{20ac}", "\u{1F1E9}"])
    func characters(_ character: String) throws {
        for front in 0..<4 {
            let line = [UInt8](repeating: 0x65, count: front) + Array(String(repeating: character, count: 600).utf8)
            let length = character.utf8.count
            let kept = front + (RESPValue.longestError - front) / length * length
            try expect(line, toBe: Array(line.prefix(kept)))
        }
        // What is no text has no characters.
        let odd = [UInt8](repeating: 0x80, count: 2000)
        try expect(odd, toBe: Array(odd.prefix(RESPValue.longestError)))
    }
}
