import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("What is sent of a recording", .tags(.unit))
struct ReplayPlannerTests {
    @Test("are commands with the bytes that they had")
    func bytes() {
        let (units, counts) = planned([
            #"1.000000 [0 a:1] "SET" "k\x00\xff\"\\" "\n\r\t\a\b""#, line("a:1", "get k"),
            #"1.000000 [0 a:1] "SET" "k"x"#, #"1.000000 [0 a:1] "SET" "\y""#,
        ])
        let set: [UInt8] =
            Array("*3\r\n$3\r\nSET\r\n$5\r\nk".utf8) + [0, 0xff, 0x22, 0x5c] + Array("\r\n$5\r\n".utf8)
            + [0x0a, 0x0d, 0x09, 0x07, 0x08] + Array("\r\n".utf8)
        #expect(units == ["a:1 0: " + commands(in: set).joined(), "a:1 0: get k"])
        #expect(counts.recorded == 2)
        #expect(counts[.brokenArguments] == 2)
        #expect(counts.lines == 4)
        #expect(counts.planned == 2)
    }

    @Test("are neither commands of scripts nor replicated ones, nor those that belong to a connection or to the server")
    func leftOut() {
        let (units, counts) = planned([
            line("lua", "SET k v"), line("10.0.0.1:6379", "SET k v"), #"1.000000 [0 a:1] "AUTH" "(redacted)""#,
            line("a:1", "HELLO 3"), line("a:1", "CLIENT SETNAME x"), line("a:1", "subscribe c"),
            line("a:1", "SELECT 3"),
            line("a:1", "select x"), line("a:1", "WATCH k"), line("a:1", "CONFIG SET dir /tmp"),
            line("a:1", "SHUTDOWN"), line("a:1", "Debug sleep 5"), line("a:1", "ACL SETUSER x"),
            line("a:1", "module load x"), line("a:1", "REPLICAOF h 1"), line("a:1", "MIGRATE h 1 k 0 5"),
            line("a:1", "WAIT 1 0"), line("a:1", "EVAL return 1 (redacted)"), #"1.000000 [ns a:1] "GET" "k""#,
            line("a:1", "FLUSHALL"), line("a:1", "SCRIPT FLUSH"), line("a:1", "FUNCTION LOAD x"),
            line("a:1", "CONFIG GET dir"), line("a:1", "json.set k . v"),
        ])
        #expect(
            units == [
                "a:1 0: FLUSHALL", "a:1 0: SCRIPT FLUSH", "a:1 0: FUNCTION LOAD x", "a:1 0: CONFIG GET dir",
                "a:1 0: json.set k . v",
            ]
        )
        let expected: [(ReplaySkip, Int)] = [
            (.script, 1), (.replicated, 1), (.redacted, 2), (.connection, 4), (.select, 2), (.watch, 1),
            (.administrative, 6), (.otherServer, 1), (.namespace, 1),
        ]
        for (reason, count) in expected { #expect(counts[reason] == count, "\(reason)") }
        #expect(counts.recorded == 24)
        #expect(counts.skippedCount + counts.planned == counts.recorded)
    }

    @Test("are replicated ones by the addresses of primaries and of the recording's servers")
    func replicated() {
        var settings = ReplayPlanner.Settings()
        settings.primaries = ["10.0.0.9:7000"]
        let lines = [
            line("10.0.0.9:7000", "SET k v"), line("10.0.0.8:7000", "SET k v"),
            "node=10.0.0.8:7000 " + line("b:1", "SET k v"), line("10.0.0.8:7000", "SET k w"),
        ]
        #expect(
            planned(lines, settings).units == ["10.0.0.8:7000 0: SET k v", "10.0.0.8:7000 b:1 0: SET k v"]
        )
        settings.sendsReplicated = true
        #expect(planned(lines, settings).units.count == 4)
    }

    @Test("are transactions in one piece, in the database in which they began")
    func transactions() {
        let (units, counts) = planned([
            line("a:1", "MULTI", database: 2), line("b:1", "SET x 1"), line("a:1", "SET k v", database: 2),
            line("a:1", "EVAL s 1 k", database: 2), line("lua", "SET k w", database: 2),
            line("a:1", "SELECT 5", database: 5), line("a:1", "INCR n", database: 5),
            line("a:1", "EXEC", database: 5, second: 9), line("a:1", "GET k", database: 5),
        ])
        #expect(
            units == [
                "b:1 0: SET x 1", "a:1 2->5 transaction: MULTI, SET k v, EVAL s 1 k, SELECT 5, INCR n, EXEC",
                "a:1 5: GET k",
            ]
        )
        #expect(counts.planned == 8)
        #expect(counts[.script] == 1)
    }

    @Test("are not transactions that did nothing, and what they lack is told")
    func emptyTransactions() {
        let (units, counts) = planned([
            // Aborted, discarded, begun before the recording, without an end.
            line("a:1", "MULTI"), line("a:1", "EXEC"), line("a:1", "MULTI"), line("a:1", "DISCARD"),
            line("a:1", "SET k v"), line("a:1", "EXEC"), line("a:1", "DISCARD"), line("a:1", "MULTI"),
            line("a:1", "SELECT 1", database: 1), line("a:1", "EXEC", database: 1), line("c:1", "MULTI"),
        ])
        #expect(units == ["a:1 0: SET k v"])
        #expect(counts[.discarded] == 7)
        #expect(counts[.unfinishedTransaction] == 3)
        #expect(counts.skippedCount + counts.planned == counts.recorded)
    }

    @Test("are commands alone when others come between them and an EXEC")
    func noTransaction() {
        // The client of the MULTI has gone, and another one has got its address.
        let (units, counts) = planned([
            line("a:1", "MULTI"), line("a:1", "SET k 1"), line("a:1", "SELECT 1", database: 1),
            line("b:1", "SET x 1"), line("a:1", "SET k 2", database: 1), line("a:1", "EXEC", database: 1),
            line("a:1", "MULTI", database: 1), line("a:1", "SET k 3", database: 1),
        ])
        #expect(
            units == [
                "a:1 0: SET k 1", "b:1 0: SET x 1", "a:1 0 transaction: MULTI, SET k 2, EXEC", "a:1 1: SET k 3",
            ]
        )
        #expect(counts[.unfinishedTransaction] == 1)
        #expect(counts[.select] == 1)
    }

    @Test("are the transactions of clients of one socket, which the recording does not tell apart")
    func sameName() {
        let (units, _) = planned([
            line("unix:/s", "MULTI"), line("unix:/s", "MULTI"), line("unix:/s", "SET a 1"), line("unix:/s", "EXEC"),
            line("unix:/s", "SET b 1"), line("unix:/s", "EXEC"), line("unix:/s", "SET c 1"),
        ])
        #expect(
            units == [
                "unix:/s 0 transaction: MULTI, SET a 1, EXEC", "unix:/s 0 transaction: MULTI, SET b 1, EXEC",
                "unix:/s 0: SET c 1",
            ]
        )
    }

    @Test("are transactions of what is selected in them")
    func selection() throws {
        var settings = ReplayPlanner.Settings()
        var selection = Selection()
        selection.excludedCommands = ["FLUSHALL", "EXEC", "MULTI"]
        settings.selection = RecordingSelection(commands: .some(selection), messages: .none)
        let (units, counts) = planned(
            [
                line("a:1", "MULTI"), line("a:1", "FLUSHALL"), line("a:1", "SET k v"), line("a:1", "EXEC"),
                line("a:1", "MULTI"), line("a:1", "FLUSHALL"), line("a:1", "EXEC"), line("a:1", "FLUSHALL"),
                #"1.000000 message "c" "p""#,
            ],
            settings
        )
        #expect(units == ["a:1 0 transaction: MULTI, SET k v, EXEC"])
        #expect(counts[.unselected] == 4)
        #expect(counts[.discarded] == 2)
    }

    @Test("are blocking commands, which others must not wait for")
    func blocking() {
        #expect(
            planned([
                line("a:1", "BLPOP q 0"), line("a:1", "XREAD BLOCK 5 STREAMS s $"), line("a:1", "XREAD STREAMS s 0"),
                line("a:1", "MULTI"), line("a:1", "BLPOP q 0"), line("a:1", "EXEC"),
            ]).units == [
                "a:1 0 blocking: BLPOP q 0", "a:1 0 blocking: XREAD BLOCK 5 STREAMS s $", "a:1 0: XREAD STREAMS s 0",
                "a:1 0 transaction: MULTI, BLPOP q 0, EXEC",
            ]
        )
    }

    @Test("are messages, each once whatever subscriptions it came by")
    func messages() {
        let (units, counts) = planned([
            #"1.000000 message "ch" "p""#, #"1.000000 pmessage "c*" "ch" "p""#, #"1.000000 pmessage "*" "ch" "p""#,
            // The same once more.
            #"2.000000 message "ch" "p""#, #"2.000000 pmessage "c*" "ch" "p""#, #"2.000000 pmessage "*" "ch" "p""#,
            // By a pattern alone, twice.
            #"3.000000 pmessage "*" "x" "p""#, #"3.000000 pmessage "*" "x" "p""#,
            #"4.000000 smessage "ch" "p""#, #"4.000000 smessage "ch" "p""#, #"4.000000 message "ch" "p""#,
            // Of two servers, in between each other.
            #"node=a:1 5.000000 message "n" "p""#, #"node=b:1 5.000000 message "n" "p""#,
            #"node=a:1 5.000000 pmessage "*" "n" "p""#, #"node=b:1 5.000000 pmessage "*" "n" "p""#,
            #"6.000000 [0] set "k""#, #"{"kind":"gap"}"#, #"{"kind":"drop","count":5}"#,
        ])
        #expect(
            units == [
                "pubsub publish: PUBLISH ch p", "pubsub publish: PUBLISH ch p", "pubsub publish: PUBLISH x p",
                "pubsub publish: PUBLISH x p", "pubsub publish: SPUBLISH ch p", "pubsub publish: SPUBLISH ch p",
                "pubsub publish: PUBLISH ch p", "pubsub publish: PUBLISH n p", "pubsub publish: PUBLISH n p",
            ]
        )
        #expect(counts[.samePublish] == 6)
        #expect(counts[.keyEvent] == 1)
        #expect(counts.gaps == 1)
        #expect(counts.dropped == 5)
        #expect(counts.skippedCount + counts.planned == counts.recorded)
    }

    @Test("has lost more than can be counted, if it says so")
    func drops() {
        let lines = Array(repeating: #"{"kind":"drop","count":999999999999999}"#, count: 9224)
        #expect(planned(lines).1.dropped == .max)
    }

    @Test("is not a recording of the server itself, as far as that can be known")
    func ownSource() {
        func source(_ lines: [String]) -> RedisBytes? {
            var settings = ReplayPlanner.Settings()
            settings.ownName = "rwatch-replay-1x2y"
            settings.targets = ["127.0.0.1:7000", "localhost:7000"]
            var planner = ReplayPlanner(settings)
            var parser = RecordingParser()
            for line in lines { withBytes(Array(line.utf8)) { parser.read($0, &planner) } }
            return planner.ownSource
        }
        #expect(source([line("127.0.0.1:7000", "GET k"), line("a:1", "SET k rwatch-replay-1x2y")]) == nil)
        #expect(source([line("a:1", "HELLO 3 SETNAME rwatch-replay-1x2y")]) == "a:1")
        #expect(source([line("a:1", "CLIENT SETNAME rwatch-replay-1x2y")]) == "a:1")
        #expect(source(["node=localhost:7000 " + line("a:1", "GET k")]) == "localhost:7000")
        #expect(source([#"{"kind":"message","ts":1,"node":"127.0.0.1:7000","channel":"c","payload":"p"}"#]) != nil)
    }

    @Test("is not kept for ever while an EXEC does not come")
    func limits() {
        var settings = ReplayPlanner.Settings()
        settings.mostOpenTransactions = 2
        let lines = [
            line("a:1", "MULTI"), line("b:1", "MULTI"), line("c:1", "MULTI"), line("a:1", "SET a 1"),
            line("a:1", "EXEC"), line("c:1", "SET c 1"), line("c:1", "EXEC"),
        ]
        let (units, counts) = planned(lines, settings)
        #expect(units == ["a:1 0: SET a 1", "c:1 0 transaction: MULTI, SET c 1, EXEC"])
        // The first MULTI and its EXEC, and the second, which has none.
        #expect(counts[.unfinishedTransaction] == 3)
        settings.mostOpenTransactions = 100
        settings.mostOpenBytes = 1000
        let long = line("a:1", "SET a " + String(repeating: "x", count: 700))
        #expect(planned([line("a:1", "MULTI"), long, long], settings).units.count == 2)
        #expect(planned([line("a:1", "MULTI"), long, long], settings).counts[.unfinishedTransaction] == 1)
    }

    @Test("may be any bytes, a million clients and transactions without end")
    func hostile() {
        var planner = ReplayPlanner(ReplayPlanner.Settings())
        var parser = RecordingParser()
        var (random, planned) = (Generator(state: 99), 0)
        let count = isSoak ? 3_000_000 : 15_000
        for index in 0..<count {
            let text =
                switch index % 3 {
                case 0: line("10.0.0.1:\(index)", "MULTI")
                case 1: line("10.0.0.1:\(index - 1)", "SET k v")
                default: line("10.0.0.2:1", "x" + String(decoding: random.bytes(upTo: 9), as: UTF8.self))
                }
            withBytes(Array(text.utf8)) { parser.read($0, &planner) }
            while planner.next() != nil { planned += 1 }
        }
        planner.recordingEnded()
        while planner.next() != nil { planned += 1 }
        let counts = planner.counts
        #expect(counts.lines == count)
        #expect(counts.planned == planned)
        #expect(counts.recorded + counts.unreadableCount == counts.lines)
        #expect(counts.skippedCount + counts.planned == counts.recorded)
        #expect(counts[.unfinishedTransaction] == count / 3)
        #expect(planned >= count / 3)
    }
}
