import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("What recorded commands read and write", .tags(.unit))
struct KeyAccessTests {
    private func accesses(_ lines: [String]) -> [KeyAccess] {
        var planner = ReplayPlanner(ReplayPlanner.Settings(), seed: 7)
        var parser = RecordingParser()
        var found: [KeyAccess] = []
        for line in lines { withBytes(Array(line.utf8)) { parser.read($0, &planner) } }
        while let unit = planner.next() { found.append(unit.access) }
        return found
    }

    @Test("are the keys that the command has, by database and by their bytes")
    func keys() {
        let found = accesses([
            line("a:1", "GET k"), line("a:1", "SET k v"), line("a:1", "SET k v", database: 1),
            #"1.000000 [0 a:1] "SET" "\x6b" "v""#, line("a:1", "MGET k j"), line("a:1", "RENAME j k"),
        ])
        #expect(found[0].reads.count == 1 && found[0].writes.isEmpty)
        #expect(found[1].writes == found[0].reads && found[1].reads.isEmpty)
        #expect(found[2].writes.count == 1 && found[2].writes != found[1].writes)
        #expect(found[3].writes == found[1].writes)
        #expect(found[4].reads.count == 2 && found[4].reads.first == found[0].reads.first)
        #expect(Set(found[5].writes) == Set(found[4].reads))
        #expect(found.allSatisfy { !$0.isOfEverything })
    }

    @Test("are everything where it cannot be known, and nothing where there is none")
    func everything() {
        let all = accesses(
            [
                "EVAL s 1 k", "FCALL f 0", "FLUSHALL", "SORT k BY w* STORE d", "MOVE k 1", "unknown k", "SWAPDB 0 1",
                "SCRIPT LOAD x",
            ].map { line("a:1", $0) }
        )
        #expect(all.count == 8 && all.allSatisfy { $0.isOfEverything })
        let none = accesses(["PING", "DBSIZE", "KEYS *", "INFO"].map { line("a:1", $0) })
        #expect(none.count == 4 && none.allSatisfy { $0 == KeyAccess() })
        // It counts as reading, and stores what it has counted.
        #expect(accesses([line("a:1", "PFCOUNT k")])[0].writes.count == 1)
    }

    @Test("are channels of messages, which are no keys")
    func channels() {
        let found = accesses([
            #"1.000000 message "k" "p""#, line("a:1", "PUBLISH k p"), line("a:1", "SET k v"),
            line("a:1", "PUBLISH j p"),
        ])
        #expect(found[0].writes == found[1].writes)
        #expect(Set(found.flatMap(\.writes)).count == 3)
    }
}
