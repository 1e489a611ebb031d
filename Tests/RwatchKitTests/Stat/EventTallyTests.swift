import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("What stat counts of lines", .tags(.unit))
struct EventTallyTests {
    @Test("commands by name, key, prefix, client and database")
    func commands() {
        let tally = tallied(
            #"100.000000 [0 10.0.0.1:1] "SET" "user:1" "value""#,
            #"100.000010 [0 10.0.0.1:1] "get" "user:1""#,
            #"100.000020 [3 10.0.0.2:1] "Get" "user:2""#,
            #"100.000030 [3 lua] "GET" "plain""#,
            #"101.500000 [0 unix:/s] "PING""#
        )
        let counters = tally.counters
        #expect(counters.events == 5 && tally.account.lines == 5 && tally.account.unreadable == 0)
        #expect(counts(counters.commands) == ["get 3", "ping 1", "set 1"])
        #expect(counts(counters.keys) == ["user:1 2", "plain 1", "user:2 1"])
        #expect(counts(counters.prefixes) == ["user: 3"])
        #expect(counters.unprefixed == 1)
        #expect(counts(counters.clients) == ["10.0.0.1:1 2", "10.0.0.2:1 1", "unix:/s 1"])
        #expect(counters.scriptCommands == 1)
        #expect(counters.commandsByDatabase.map { "\($0.database) \($0.count)" } == ["0 3", "3 2"])
        #expect(counters.bytes == 11 + 6 + 6 + 5)
        #expect(counters.first == 100_000_000 && counters.last == 101_500_000)
        #expect(counters.peak.events == 4 && counters.peak.time == 100_000_000)
    }

    @Test("keys where the commands have them, without their escapes")
    func keys() {
        let tally = tallied(
            #"1.000000 [0 a:1] "MGET" "a:1" "b:1" "a:1""#,
            #"1.000000 [0 a:1] "EVAL" "return 1" "1" "a:1" "no""#,
            #"1.000000 [0 a:1] "XREAD" "STREAMS" "s" "0""#,
            #"1.000000 [0 a:1] "SET" "\xff\x00\"" "\r\n""#,
            #"1.000000 [0 a:1] "OBJECT" "ENCODING" "a:1""#,
            #"1.000000 [0 a:1] "PUBLISH" "c" "m""#,
            #"1.000000 [0 a:1] "UNKNOWN.COMMAND" "x""#
        )
        #expect(counts(tally.counters.keys).first == "a:1 4")
        #expect(tally.counters.keys.distinct == 4)
        let binary = tally.counters.keys.top(9, at: tally.counters.time).map(\.name)
        #expect(binary.contains([0xff, 0, 0x22]))
        #expect(counts(tally.counters.commands).contains("object|encoding 1"))
        #expect(tally.counters.sizes.count == 7)
        // Two bytes of the value and three of the key.
        #expect(
            tally.counters.commands.top(9, at: tally.counters.time).first { $0.name == Array("set".utf8) }?.bytes == 5
        )
    }

    @Test("prefixes of the depth that is asked for")
    func depths() {
        let lines = ["a", "a:b", "a:b:c", "a:b:c:d", ":", "a::b"].map {
            Array(#"1.0 [0 a:1] "GET" ""#.utf8) + Array($0.utf8) + [0x22]
        }
        .map { line in Array(String(decoding: line, as: UTF8.self).replacing("1.0 ", with: "1.000000 ").utf8) }
        for (depth, prefixes) in [
            (1, ["a: 4", ": 1"]), (2, ["a:b: 2", ": 1", "a: 1", "a:: 1"]),
            (3, [": 1", "a: 1", "a:: 1", "a:b: 1", "a:b:c: 1"]),
        ] {
            var settings = Counters.Settings()
            settings.prefixDepth = depth
            let tally = tallied(lines, RecordingSelection(), settings)
            #expect(counts(tally.counters.prefixes) == prefixes, "\(depth)")
            #expect(tally.counters.unprefixed == 1)
        }
    }

    @Test("messages, events of keys, gaps and drops, of lines and of JSON")
    func others() {
        let tally = tallied(
            #"1.000000 message "c" "hello""#,
            #"2.000000 pmessage "c*" "c" "\xff""#,
            #"{"v":1,"kind":"smessage","ts":3,"node":"h:1","channel":"s","payload":"x"}"#,
            #"4.000000 [2] expired "k:1""#,
            #"{"v":1,"kind":"key","ts":5,"db":0,"event":"set","key":"k:2"}"#,
            #"{"v":1,"kind":"gap","ts":7,"from":5.5,"to":7,"duration_ms":1500,"complete":true,"reason":"cut","node":"h:1"}"#,
            #"{"v":1,"kind":"drop","ts":9,"from":8,"count":12,"bytes":300}"#,
            "OK",
            ""
        )
        let counters = tally.counters
        #expect(counters.eventsByKind.map(\.count) == [0, 1, 1, 1, 2])
        #expect(counts(counters.channels) == ["c 2", "s 1"] && counts(counters.patterns) == ["c* 1"])
        #expect(counts(counters.keyEvents) == ["expired 1", "set 1"])
        #expect(counts(counters.keys) == ["k:1 1", "k:2 1"] && counts(counters.nodes) == ["h:1 1"])
        #expect(counters.incidents.gaps == 1 && counters.incidents.dropped == 12)
        #expect(
            counters.incidents.kept == [
                Incident(.gap, from: 5_500_000, until: 7_000_000, node: "h:1", reason: "cut"),
                Incident(.drop, from: 8_000_000, until: 9_000_000, count: 12),
            ]
        )
        #expect(tally.account.blanks == 2 && tally.account.records == 2 && tally.account.lines == 9)
    }

    @Test("nothing that cannot be read, and tells how much that is")
    func unreadable() {
        let tally = tallied(
            "hello",
            #"1.000000 [0 a:1] "GET" "k"#,
            #"1.000000 [0 a:1] "GET" "\xzz""#,
            "{",
            #"{"kind":"key","ts":1}"#,
            #"1.000000 [0] set k"#,
            #"1.000000 [0 a:1] "GET" "k""#
        )
        #expect(tally.counters.events == 1 && tally.account.lines == 7)
        #expect(tally.account[problem: .unknownForm] == 1)
        #expect(tally.account[problem: .brokenArguments] == 3)
        #expect(tally.account[problem: .brokenJSON] == 1 && tally.account[problem: .unknownRecord] == 1)
    }

    @Test("the largest events, and the longest pauses by the event before them")
    func notable() {
        let lines = (0..<40).map { index in
            let time = 1000 + (index < 20 ? index : index + index * index)
            let value = String(repeating: "x", count: index)
            return Array("\(time).000000 [0 a:1] \"SET\" \"k:\(index)\" \"\(value)\"".utf8)
        }
        let counters = tallied(lines).counters
        #expect(counters.largest.items.map(\.value) == (30..<40).reversed().map { UInt64($0 + 4) })
        #expect(counters.largest.items[0].element.key == Array("k:39".utf8))
        // From 19 it goes to 420, and from then on in steps of 42, 44 and so on.
        #expect(counters.slowest.items[0].value == 401_000_000)
        #expect(
            counters.slowest.items[0].element
                == NotableEvent(
                    kind: "command",
                    time: 1_019_000_000,
                    name: Array("set".utf8),
                    key: Array("k:19".utf8),
                    client: Array("a:1".utf8)
                )
        )
        #expect(counters.gaps.count == 39)
    }

    @Test("pauses of each server by itself")
    func servers() {
        let tally = tallied(
            #"node=a:1 1.000000 [0 c:1] "GET" "x""#,
            #"node=b:1 1.500000 [0 c:1] "SET" "y" "1""#,
            #"node=a:1 4.000000 [0 c:1] "GET" "z""#,
            #"node=b:1 2.500000 [0 c:1] "GET" "z""#
        )
        #expect(tally.counters.slowest.items.map(\.value) == [3_000_000, 1_000_000])
        #expect(
            tally.counters.slowest.items.map { String(decoding: $0.element.node, as: UTF8.self) } == ["a:1", "b:1"]
        )
        #expect(counts(tally.counters.nodes) == ["a:1 2", "b:1 2"])
        // A second and a half backwards is what several servers do; more would be another recording.
        #expect(tally.counters.backwardSteps == 0)
    }

    @Test("windows that go on when time goes back")
    func backwards() {
        let lines = (0..<30).map { Array("\(1000 + $0 % 10).000000 [0 a:1] \"PING\"".utf8) }
        let counters = tallied(lines).counters
        #expect(counters.backwardSteps == 2 && counters.events == 30)
        #expect(counters.first == 1_000_000_000 && counters.last == 1_009_000_000)
        #expect(RateWindow.allCases.map { counters.count(in: $0).events } == [2, 12, 30, 30])
    }

    @Test("what is selected")
    func selection() throws {
        var commands = Selection()
        commands.commands = ["get"]
        let lines = [
            #"1.000000 [0 a:1] "GET" "k""#, #"1.000000 [0 a:1] "SET" "k" "v""#, #"1.000000 message "c" "m""#,
            #"1.000000 [0] del "k""#,
        ].map { Array($0.utf8) }
        let tally = tallied(lines, RecordingSelection(commands: .some(commands), messages: .none, keyEvents: .none))
        #expect(tally.counters.events == 1 && tally.account.unselected == 3)
    }

    @Test("any bytes, without a trap")
    func anyBytes() {
        var generator = Generator(state: 23)
        let starts = [
            "", "1.000000 [0 a:1] \"", "9223372036854.775807 [2147483647 a:1] \"", "{\"kind\":\"", "1.000000 [0] ",
            "1.000000 message \"", #"{"v":1,"kind":"gap","ts":1,"from":99999999999.5,"reason":""#,
        ].map { Array($0.utf8) }
        let lines = (0..<2000).map { index in
            starts[index % starts.count] + generator.bytes(upTo: 60) + (index % 2 == 0 ? [0x22] : [])
        }
        .map { $0.filter { $0 != 0x0a } }
        let tally = tallied(lines)
        #expect(tally.account.lines == 2000)
        #expect(!report(tally).lines.isEmpty && !report(tally).json.isEmpty)
    }
}
