import RESP
import RedisCore
import RedisEvents
import Testing

@Suite("A run of MONITOR's lines")
struct LineRunTests {
    private func read(_ text: String, mark: RedisBytes = "", limits: FrameLimits = FrameLimits()) -> (
        lines: [String], byteCount: Int
    ) {
        let bytes = Array(text.utf8)
        var run = LineRun(bytes.span.rawBytes, limits, from: .none, leavingOut: mark.rawSpan)
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

    @Test("leaves our own commands out")
    func own() {
        let found = read("+1.0 \"PING\" \"mark-7\"\r\n+2.0 \"PING\" \"mark-8\"\r\n+3.0 \"a\"\r\n", mark: "mark-7")
        #expect(found.lines == ["2.0 \"PING\" \"mark-8\"", "3.0 \"a\""])
    }

    @Test("leaves lines over a limit to the parser")
    func limits() {
        #expect(read("+1.0 12345\r\n", limits: FrameLimits(lineLength: 9)).lines == [])
        #expect(read("+1.0 12345\r\n", limits: FrameLimits(lineLength: 10)).lines == ["1.0 12345"])
    }
}
