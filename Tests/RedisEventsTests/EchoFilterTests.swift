import RedisEvents
import RedisReactor
import TestSupport
import Testing

@Suite("What another node of a shard repeats", .tags(.unit))
struct EchoFilterTests {
    private let start = ContinuousClock.now

    private func recent(_ digests: UInt64...) -> RecentMessages {
        let recent = RecentMessages()
        read(digests, at: start, into: recent)
        return recent
    }

    private func read(_ digests: [UInt64], at moment: ContinuousClock.Instant, into recent: RecentMessages) {
        for (offset, digest) in digests.enumerated() { recent.add(digest, number: recent.count + offset) }
        recent.readEnded(count: recent.count + digests.count, at: moment)
    }

    private func admit(_ digest: UInt64, _ filter: inout ExpectedEchoes?) -> Bool? { filter?.admit(digest) }

    @Test("is left out as often as it was delivered, whatever comes in between")
    func repetitions() {
        var filter = recent(10, 11, 10).echoes(at: start)
        #expect(admit(10, &filter) == false)
        #expect(admit(12, &filter) == true)
        #expect(admit(11, &filter) == false)
        #expect(admit(10, &filter) == false)
        #expect(admit(10, &filter) == true)
    }

    @Test("is expected for a second, of what came within the last one")
    func window() {
        let recent = RecentMessages()
        read([10], at: start, into: recent)
        read([11], at: start + .milliseconds(600), into: recent)
        var filter = recent.echoes(at: start + .milliseconds(1100))
        #expect(filter?.isOver(at: start + .milliseconds(2000)) == false)
        #expect(filter?.isOver(at: start + .milliseconds(2100)) == true)
        #expect(admit(10, &filter) == true)
        #expect(admit(11, &filter) == false)
        #expect(recent.echoes(at: start + .seconds(3)) == nil)
    }

    @Test("is remembered in bounded memory, the oldest forgotten first")
    func bound() {
        let recent = RecentMessages()
        read(Array(0..<10_000), at: start, into: recent)
        var filter = recent.echoes(at: start)
        #expect(admit(10_000 - 4096, &filter) == false)
        #expect(admit(10_000 - 4097, &filter) == true)
    }

    @Test("is remembered in bounded memory when each message comes in a read of its own")
    func boundOfReads() {
        let recent = RecentMessages()
        for digest in 0..<10_000 as Range<UInt64> { read([digest], at: start, into: recent) }
        var filter = recent.echoes(at: start)
        #expect(admit(10_000 - 4096, &filter) == false)
        #expect(admit(10_000 - 4097, &filter) == true)
    }

    @Test("is not what came in a read whose messages were all left out, nor what came a second before the next read")
    func reads() {
        let recent = RecentMessages()
        read([10], at: start, into: recent)
        read([], at: start + .milliseconds(500), into: recent)
        read([11], at: start + .milliseconds(1001), into: recent)
        var filter = recent.echoes(at: start + .milliseconds(1001))
        #expect(admit(10, &filter) == true)
        #expect(admit(11, &filter) == false)
        #expect(recent.count == 2)
    }
}
