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
        let links = OwnLinks()
        for source in own { links.opened(from: source).sends(["PING"]) }
        let lines = OwnLines(links)
        lines.refresh(at: .now)
        var run = LineRun(bytes.span.rawBytes, limits, from: .none, leavingOut: lines)
        var found: [String] = []
        while run.next() { found.append(RedisBytes(copying: run.line).description) }
        return (found, run.byteCount)
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

    @Test("leaves out a line of a command of our own, in whatever database, and once")
    func own() {
        let mine = ["127.0.0.1:41690", "[::1]:37706"]
        for header in ["1795219143.045931 [0 ", "1795219143.045931 [12 ", "1.000001 [3 ", "1795219143.045931[0 "] {
            for source in mine {
                let line = "\(header)\(source)] \"PING\""
                let found = read("+1.0 [0 lua] \"A\"\r\n+\(line)\r\n+\(line)\r\n", own: mine)
                #expect(found.lines == ["1.0 [0 lua] \"A\"", line], "\(header)\(source)")
                let other = "\(header)\(source)] \"GET\" \"PING\""
                #expect(read("+\(other)\r\n", own: mine).lines == [other])
            }
            // Alike in its end, at another place; a part of one; none.
            for source in [
                "227.0.0.1:41690", "7.0.0.1:41690", "127.0.0.1:4169", "127.0.0.1:41691", "lua",
                "unix:/a/127.0.0.1:41690", "",
            ] {
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

    @Test("that the parser found is one line, counted once")
    func parsed() {
        let bytes = Array("1.0 [0 lua] \"A\"".utf8)
        var run = LineRun(line: bytes.span.rawBytes, from: .none, leavingOut: OwnLines(OwnLinks()))
        var found: [String] = []
        while run.next() { found.append(RedisBytes(copying: run.line).description) }
        #expect(found == ["1.0 [0 lua] \"A\""])
        #expect(run.count == 1)
    }

    @Test("leaves lines over a limit to the parser")
    func limits() {
        #expect(read("+1.0 12345\r\n", limits: RedisFrameLimits(lineLength: 9)).lines == [])
        #expect(read("+1.0 12345\r\n", limits: RedisFrameLimits(lineLength: 10)).lines == ["1.0 12345"])
    }
}
