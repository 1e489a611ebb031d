import RedisCore
import RedisEvents
import RedisRESP
import TestSupport
import Testing

@Suite("A run of MONITOR's lines", .tags(.unit))
struct LineRunTests {
    private func read(_ text: String, own: [String] = [], limits: RedisFrameLimits = RedisFrameLimits()) -> (
        lines: [String], byteCount: Int
    ) {
        let bytes = Array(text.utf8)
        let ends = OwnLines.ends(of: own.map { RedisBytes($0) })
        var run = LineRun(bytes.span.rawBytes, limits, from: .none, stoppingAt: ends.rawSpan)
        var lines: [String] = []
        while run.next() { lines.append(RedisBytes(copying: run.line).description) }
        return (lines, run.byteCount)
    }

    @Test("brings whole lines, wherever the bytes are cut")
    func everyCut() {
        let lines = ["1.000001 [0 lua] \"A\"", "2.000002 [0 1:2] \"B\" \"with a \r in it\"", "3.0"]
        let stream = lines.map { "+\($0)\r\n" }.joined()
        for cut in 0...stream.utf8.count {
            let found = read(String(decoding: Array(stream.utf8)[..<cut], as: UTF8.self))
            let whole = lines.indices.filter { lines[...$0].map { $0.utf8.count + 3 }.reduce(0, +) <= cut }.count
            #expect(found.lines == Array(lines.prefix(whole)), "\(cut) bytes")
        }
    }

    @Test(
        "ends before answers, errors and pushes",
        arguments: ["+OK\r\n", "-ERR x\r\n", "$4\r\nmark\r\n", ">1\r\n+x\r\n", "+\r\n"]
    )
    func others(_ other: String) {
        let found = read("+1.0 [0 lua] \"A\"\r\n\(other)+2.0 [0 lua] \"B\"\r\n")
        #expect(found.lines == ["1.0 [0 lua] \"A\""])
        #expect(found.byteCount == 18)
    }

    @Test("ends before a line that may be of a command of our own, in whatever database")
    func own() {
        let mine = ["127.0.0.1:41690", "[::1]:37706"]
        for header in ["1795219143.045931 [0 ", "1795219143.045931 [12 ", "1.000001 [3 ", "1795219143.045931[0 "] {
            for source in mine + ["227.0.0.1:41690"] {
                let found = read("+1.0 [0 lua] \"A\"\r\n+\(header)\(source)] \"PING\"\r\n", own: mine)
                #expect(found.lines == ["1.0 [0 lua] \"A\""], "\(header)\(source)")
            }
            // Alike in its end, at another place; a part of one; none.
            for source in ["7.0.0.1:41690", "127.0.0.1:4169", "127.0.0.1:41691", "lua", "unix:/a/127.0.0.1:41690", ""] {
                let line = "\(header)\(source)] \"PING\""
                #expect(read("+\(line)\r\n", own: mine).lines == [line])
            }
            let copy = "\(header)10.0.0.1:1] \"ECHO\" \"127.0.0.1:41690]\""
            #expect(read("+\(copy)\r\n", own: mine).lines == [copy])
        }
        for line in ["1.0", "1", "12345678901234567890123456789", "1795219143.045931 [0 "] {
            #expect(read("+\(line)\r\n", own: mine).lines == [line])
        }
    }

    @Test("leaves lines over a limit to the parser")
    func limits() {
        #expect(read("+1.0 12345\r\n", limits: RedisFrameLimits(lineLength: 9)).lines == [])
        #expect(read("+1.0 12345\r\n", limits: RedisFrameLimits(lineLength: 10)).lines == ["1.0 12345"])
    }
}
