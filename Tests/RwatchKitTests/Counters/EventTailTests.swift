import RwatchKit
import TestSupport
import Testing

@Suite("The last events", .tags(.unit))
struct EventTailTests {
    private func tally(most: Int, _ lines: [String]) -> EventTally {
        var tally = EventTally(Counters(seed: 3), tail: EventTail(most: most))
        var parser = RecordingParser()
        for line in lines { withBytes(Array(line.utf8)) { parser.read($0, &tally) } }
        return tally
    }

    private func command(_ number: Int, value: String = "v") -> String {
        "1700000000.\(100_000 + number) [0 10.0.0.1:\(number)] \"SET\" \"k:\(number)\" \"\(value)\""
    }

    @Test("are the newest ones, in order, with the line and all parts of each")
    func order() throws {
        let lines = (0..<25).map { command($0) }
        let tally = tally(most: 10, lines)
        let last = tally.last(.max)
        #expect(last.map(\.number) == Array(15..<25))
        #expect(last.map(\.line) == lines[15...].map { Array($0.utf8) })
        #expect(tally.last(3).map(\.number) == [22, 23, 24])
        let event = try #require(last.first)
        #expect(event.name == Array("set".utf8) && event.key == Array("k:15".utf8))
        #expect(event.client == Array("10.0.0.1:15".utf8) && event.time == 1_700_000_000_100_015)
        #expect(tally.last(2) { $0.number % 10 == 7 }.map(\.number) == [17])
    }

    @Test("are fewer when they are long, and never a mixture of two", arguments: [1, 100, 300, 400, 5000])
    func long(_ length: Int) {
        let lines = (0..<6000).map { command($0, value: String(repeating: "\($0 % 10)", count: length + $0 % 37)) }
        let last = tally(most: 2048, lines).last(.max)
        #expect(last.count == 2048 || length >= 300 && last.count >= 700)
        #expect(last.map(\.number) == Array((6000 - last.count)..<6000))
        for event in last {
            #expect(event.line == Array(lines[event.number].utf8.prefix(512)))
            #expect(event.key == Array("k:\(event.number)".utf8))
        }
    }

    @Test("have messages and events of keys as lines")
    func kinds() {
        let lines = [
            #"{"v":1,"kind":"message","ts":1.5,"channel":"c","payload":"p"}"#,
            #"{"v":1,"kind":"pmessage","ts":2.5,"channel":"ca","pattern":"c*","payload":"p \"q\""}"#,
            #"{"v":1,"kind":"smessage","ts":3.5,"channel":"s","payload":""}"#,
            #"{"v":1,"kind":"key","ts":4.5,"db":3,"event":"del","key":"k"}"#,
        ]
        let last = tally(most: 9, lines).last(9)
        #expect(
            last.map { String(decoding: $0.line, as: UTF8.self) } == [
                #"1.500000 message "c" "p""#, #"2.500000 pmessage "c*" "ca" "p \"q\"""#, #"3.500000 smessage "s" """#,
                #"4.500000 [3] del "k""#,
            ]
        )
        #expect(last.map { String(decoding: $0.name, as: UTF8.self) } == ["c", "ca", "s", "del"])
        #expect(last.map(\.key) == [nil, nil, nil, Array("k".utf8)])
    }
}
