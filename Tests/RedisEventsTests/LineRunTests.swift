import RedisCore
import RedisEvents
import RedisRESP
import TestSupport
import Testing

@Suite("A run of MONITOR's lines", .tags(.unit))
struct LineRunTests {
    /// Links from these addresses, each of which has sent PING; `nil` is a unix socket.
    private func lines(of own: [String?]) -> OwnLines {
        let links = OwnLinks()
        for source in own { links.opened(from: source).sends(["PING"]) }
        let lines = OwnLines(links)
        lines.refresh(at: .now)
        return lines
    }

    private func read(_ text: String, own: [String?] = [], limits: RedisFrameLimits = RedisFrameLimits()) -> (
        lines: [String], byteCount: Int
    ) {
        let bytes = Array(text.utf8)
        var run = LineRun(bytes.span.rawBytes, limits, from: .none, leavingOut: lines(of: own))
        var found: [String] = []
        while run.next() { found.append(RedisBytes(copying: run.line).description) }
        #expect(run.count == found.count)
        return (found, run.byteCount)
    }

    /// The same for a line that the parser found.
    private func readAlone(_ text: String, own: [String?] = []) -> [String] {
        let bytes = Array(text.utf8)
        var run = LineRun(line: bytes.span.rawBytes, from: .none, leavingOut: lines(of: own))
        var found: [String] = []
        while found.count < 2, run.next() { found.append(RedisBytes(copying: run.line).description) }
        #expect(run.count == found.count)
        #expect(run.byteCount == bytes.count)
        #expect(run.largestFrame == bytes.count + 3)
        return found
    }

    @Test("knows its longest frame, wherever that stands")
    func largestFrame() {
        let bytes = Array("+1.0 a\r\n+1.0 abc\r\n+1.0 ab\r\n".utf8)
        var run = LineRun(bytes.span.rawBytes, RedisFrameLimits(), from: .none, leavingOut: lines(of: []))
        while run.next() {}
        #expect(run.largestFrame == 10)
    }

    @Test(
        "looks at each byte a few times, also in lines that no server sends",
        .tags(.timing),
        arguments: ["+1\r\n", "+1[\r\n"]
    )
    func hostileLines(_ line: String) {
        let count = 1_000_000
        let start = ContinuousClock.now
        let found = read(String(repeating: line, count: count), own: ["127.0.0.1:5000"])
        #expect(found.lines.count == count)
        // To look through all that follows, for each line, would take minutes.
        #expect(start.duration(to: .now) < .seconds(10))
    }

    @Test("brings whole lines, wherever the bytes are cut")
    func everyCut() {
        let lines = ["1.000001 [0 lua] \"A\"", "2.000002 [0 1:2] \"B\" \"with a \r in it\"", "3.0", "4.0 \r"]
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

    @Test("that the parser found is one line, counted once, unless it is of a command of our own")
    func parsed() {
        let (source, header) = ("127.0.0.1:41690", "1795219143.045931 [0 ")
        let mine = "\(header)\(source)] \"PING\""
        let others = ["1.0 [0 lua] \"A\"", "\(header)\(source)] \"GET\"", "\(header)127.0.0.1:41691] \"PING\""]
        for line in others { #expect(readAlone(line, own: [source]) == [line]) }
        #expect(readAlone(mine, own: [source]) == [])
        // Of what ends before its command nobody knows whose it is.
        let start = "\(header)\(source)]"
        for length in 0...start.count {
            let part = String(start.prefix(length))
            #expect(readAlone(part, own: [source]) == [part], "\(length) bytes")
        }
    }

    @Test("leaves out a command of our own from any address, where ours may have any")
    func anywhere() {
        let line = "1795219143.045931 [0 unix:/run/redis.sock] \"PING\""
        let other = "1795219143.045931 [0 unix:/run/redis.sock] \"GET\""
        let found = read("+\(line)\r\n+\(other)\r\n+\(line)\r\n", own: [nil])
        // It was sent once.
        #expect(found.lines == [other, line])
    }

    @Test("leaves lines over a limit to the parser")
    func limits() {
        #expect(read("+1.0 12345\r\n", limits: RedisFrameLimits(lineLength: 9)).lines == [])
        #expect(read("+1.0 12345\r\n", limits: RedisFrameLimits(lineLength: 10)).lines == ["1.0 12345"])
        let two = "+1.0 12345\r\n+2.0 12345\r\n"
        #expect(read(two, limits: RedisFrameLimits(lineLength: 10)).lines == ["1.0 12345", "2.0 12345"])
        #expect(read(two, limits: RedisFrameLimits(frameLength: 12)).lines == ["1.0 12345", "2.0 12345"])
        #expect(read(two, limits: RedisFrameLimits(frameLength: 11)).lines == [])
    }
}
