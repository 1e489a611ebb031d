import RedisRESP
import TestSupport
import Testing

@Suite("The frame parser", .tags(.unit))
struct FrameParserTests {
    @Test("reads every kind of frame", arguments: Fixture.all)
    func wholeFrame(_ fixture: Fixture) throws {
        var feeder = Feeder()
        try feeder.feed(fixture.bytes.utf8)
        #expect(feeder.values == [fixture.value])
        #expect(feeder.unread.isEmpty)
    }

    @Test("goes on wherever a frame was cut, and never early", arguments: Fixture.all)
    func splitFrame(_ fixture: Fixture) throws {
        let bytes = Array(fixture.bytes.utf8)
        for cut in 1..<bytes.count {
            var feeder = Feeder()
            try feeder.feed(bytes[..<cut])
            #expect(feeder.values.isEmpty, "cut at \(cut)")
            try feeder.feed(bytes[cut...])
            #expect(feeder.values == [fixture.value], "cut at \(cut)")
        }
    }

    @Test("reads all frames behind each other, one byte at a time")
    func oneByteAtATime() throws {
        var feeder = Feeder()
        for fixture in Fixture.all {
            for byte in fixture.bytes.utf8 { try feeder.feed([byte]) }
        }
        #expect(feeder.values == Fixture.all.map(\.value))
    }

    @Test(
        "names the byte and its place in the stream",
        arguments: [
            ("x\r\n", RESPError(.unknownType, offset: 0, byte: 0x78)),
            ("+OK\r\n?", RESPError(.unknownType, offset: 5, byte: 0x3f)),
            (":12a\r\n", RESPError(.expectedCarriageReturn, offset: 3, byte: 0x61)),
            (":\r\n", RESPError(.expectedDigit, offset: 1, byte: 0x0d)),
            (":-\r\n", RESPError(.expectedDigit, offset: 2, byte: 0x0d)),
            (":9223372036854775808\r\n", RESPError(.integerOverflow, offset: 19, byte: 0x38)),
            (":-9223372036854775809\r\n", RESPError(.integerOverflow, offset: 20, byte: 0x39)),
            ("$-2\r\n", RESPError(.invalidLength, offset: 1, byte: 0x2d)),
            ("%-1\r\n", RESPError(.invalidLength, offset: 1, byte: 0x2d)),
            ("$3\r\nabcde\r\n", RESPError(.expectedCarriageReturn, offset: 7, byte: 0x64)),
            ("$3\r\nabc\rX", RESPError(.expectedLineFeed, offset: 8, byte: 0x58)),
            ("$3\rXabc", RESPError(.expectedLineFeed, offset: 3, byte: 0x58)),
            ("#x\r\n", RESPError(.invalidBoolean, offset: 1, byte: 0x78)),
            ("_x\r\n", RESPError(.expectedCarriageReturn, offset: 1, byte: 0x78)),
            ("$?\r\n", RESPError(.streamedTypeUnsupported, offset: 1, byte: 0x3f)),
            ("*?\r\n", RESPError(.streamedTypeUnsupported, offset: 1, byte: 0x3f)),
            (";4\r\n", RESPError(.streamedTypeUnsupported, offset: 0, byte: 0x3b)),
        ]
    )
    func violations(_ bytes: String, _ expected: RESPError) {
        #expect(failure(bytes) == expected)
    }

    @Test(
        "refuses what is over a limit when it is announced, before it comes",
        arguments: [
            ("$11\r\n", RESPError(.bulkTooLong(limit: 10), offset: 0)),
            ("$9223372036854775807\r\n", RESPError(.bulkTooLong(limit: 10), offset: 0)),
            ("*5\r\n", RESPError(.tooManyElements(limit: 4), offset: 0)),
            ("*9223372036854775807\r\n", RESPError(.tooManyElements(limit: 4), offset: 0)),
            ("%4611686018427387904\r\n", RESPError(.tooManyElements(limit: 4), offset: 0)),
            ("%3\r\n", RESPError(.tooManyElements(limit: 4), offset: 0)),
            // Announced values count, whether they have come or not.
            ("*3\r\n*2\r\n", RESPError(.tooManyElements(limit: 4), offset: 4)),
            ("*1\r\n*1\r\n*1\r\n", RESPError(.tooDeep(limit: 2), offset: 8)),
            ("+0123456789012", RESPError(.lineTooLong(limit: 12), offset: 0)),
            ("+0123456789012\r\n", RESPError(.lineTooLong(limit: 12), offset: 0)),
            ("*3\r\n$10\r\n0123456789\r\n$10\r\n", RESPError(.frameTooLong(limit: 32), offset: 21)),
        ]
    )
    func limits(_ bytes: String, _ expected: RESPError) {
        let limits = RedisFrameLimits(depth: 2, elements: 4, bulkLength: 10, lineLength: 12, frameLength: 32)
        #expect(failure(bytes, limits) == expected)
    }

    @Test("reckons with any number of values that is set as the limit")
    func noLimitOfValues() {
        let limits = RedisFrameLimits(elements: .max)
        let over = RESPError(.tooManyElements(limit: .max), offset: 0)
        #expect(failure("*9223372036854775807\r\n", limits) == over)
        #expect(failure("%4611686018427387903\r\n", limits) == over)
        let nested = RESPError(.tooManyElements(limit: .max), offset: 4)
        #expect(failure("*2\r\n*2305843009213693951\r\n", limits) == nested)
        #expect(failure("*2\r\n*9223372036854775807\r\n", limits) == nested)
    }

    @Test("bounds a line whose every piece ends in a carriage return")
    func endlessReturns() {
        var feeder = Feeder(limits: RedisFrameLimits(lineLength: 12))
        let error = #expect(throws: RESPError.self) {
            try feeder.feed("+".utf8)
            for _ in 0..<20 { try feeder.feed("\r".utf8) }
        }
        #expect(error == RESPError(.lineTooLong(limit: 12), offset: 0))
        #expect(feeder.unread.count == 15)
    }

    @Test("allows no line in the reply to a question of ours that is as long as the reply may be")
    func ownQuestions() {
        for limits in [RedisFrameLimits.clientList, .topology] {
            var feeder = Feeder(limits: limits)
            let error = #expect(throws: RESPError.self) {
                try feeder.feed("-".utf8)
                try feeder.feed(repeatElement(UInt8(ascii: "x"), count: 1 << 20 + 1))
            }
            #expect(error == RESPError(.lineTooLong(limit: 1 << 20), offset: 0))
        }
    }

    @Test("says the same of a line over two limits, however it is cut", arguments: [1, 5, 100])
    func twoLimits(_ size: Int) {
        func judge(_ bytes: String, _ limits: RedisFrameLimits) -> RESPError? {
            var feeder = Feeder(limits: limits)
            var rest = Array(bytes.utf8)[...]
            do throws(RESPError) {
                while !rest.isEmpty {
                    try feeder.feed(rest.prefix(size))
                    rest = rest.dropFirst(size)
                }
                return nil
            } catch { return error }
        }
        let line = "*2\r\n+a\r\n+0123456789012345678901234567890\r\n"
        let frame = judge(line, RedisFrameLimits(lineLength: 24, frameLength: 30))
        #expect(frame == RESPError(.frameTooLong(limit: 30), offset: 8))
        let both = judge(line, RedisFrameLimits(lineLength: 12, frameLength: 30))
        #expect(both == RESPError(.lineTooLong(limit: 12), offset: 8))
    }

    @Test("counts attributes, the empty ones too, so that nothing is kept without end")
    func emptyAttributes() {
        let limits = RedisFrameLimits(elements: 4)
        let attributes = String(repeating: "|0\r\n", count: 5)
        #expect(failure(attributes, limits) == RESPError(.tooManyElements(limit: 4), offset: 16))
    }

    @Test("bounds a length that never ends")
    func endlessLength() {
        #expect(failure(":" + String(repeating: "0", count: 40)) == RESPError(.integerOverflow, offset: 33, byte: 0x30))
    }

    @Test("does not look twice at the bytes of a long line")
    func longLine() throws {
        // A line of 8 MiB in pieces of 64 bytes: looking from the start each time would touch 550 GB.
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 8 << 20)
        var parser = FrameParser()
        let line = [UInt8(ascii: "+")] + piece + Array("\r\n".utf8)
        var end = 64
        while end < line.count {
            let progress = try parser.parse(line.span.extracting(..<end).rawBytes)
            #expect(progress == .incomplete(missing: 1))
            end += 64
        }
        #expect(try parser.parse(line.span.rawBytes) == .frame(byteCount: line.count))
    }

    @Test("tells how much of a bulk string is missing")
    func missingBytes() throws {
        var parser = FrameParser()
        let bytes = Array("$100\r\nabc".utf8)
        #expect(try parser.parse(bytes.span.rawBytes) == .incomplete(missing: 99))
    }

    @Test("survives random bytes without a trap")
    func randomBytes() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("+-:$*_#,(!=%~>|;0123456789\r\n\r\n\r\nabc?".utf8)
        for _ in 0..<20_000 {
            var feeder = Feeder(
                limits: RedisFrameLimits(depth: 8, elements: 64, bulkLength: 64, lineLength: 64, frameLength: 512)
            )
            let count = Int.random(in: 1...80, using: &generator)
            _ = try? feeder.feed((0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 })
        }
    }

    private func failure(_ bytes: String, _ limits: RedisFrameLimits = RedisFrameLimits()) -> RESPError? {
        var feeder = Feeder(limits: limits)
        do throws(RESPError) {
            try feeder.feed(bytes.utf8)
            return nil
        } catch { return error }
    }
}
