import RedisEvents
import RedisReactor
import TestSupport
import Testing

@Suite("What another node of a shard repeats", .tags(.unit))
struct EchoFilterTests {
    private let start = ContinuousClock.now

    private func recent(_ digests: UInt64...) -> RecentMessages {
        var recent = RecentMessages()
        for digest in digests { recent.add(digest, at: PackedInstant(start)) }
        return recent
    }

    private func admits(_ digest: UInt64, _ filter: inout ExpectedEchoes?) -> Bool? { filter?.admits(digest) }

    @Test("is left out as often as it was delivered, whatever comes in between")
    func repetitions() {
        var filter = recent(10, 11, 10).echoes(at: start)
        #expect(admits(10, &filter) == false)
        #expect(admits(12, &filter) == true)
        #expect(admits(11, &filter) == false)
        #expect(admits(10, &filter) == false)
        #expect(admits(10, &filter) == true)
    }

    @Test("is expected for a second, of what came within the last one")
    func window() {
        var recent = RecentMessages()
        recent.add(10, at: PackedInstant(start))
        recent.add(11, at: PackedInstant(start + .milliseconds(600)))
        var filter = recent.echoes(at: start + .milliseconds(1100))
        #expect(filter?.isOver(at: start + .milliseconds(2000)) == false)
        #expect(filter?.isOver(at: start + .milliseconds(2100)) == true)
        #expect(admits(10, &filter) == true)
        #expect(admits(11, &filter) == false)
        #expect(recent.echoes(at: start + .seconds(3)) == nil)
    }

    @Test("is remembered in bounded memory, the oldest forgotten first")
    func bound() {
        var recent = RecentMessages()
        for digest in 0..<10_000 as Range<UInt64> { recent.add(digest, at: PackedInstant(start)) }
        var filter = recent.echoes(at: start)
        #expect(admits(10_000 - 4096, &filter) == false)
        #expect(admits(10_000 - 4097, &filter) == true)
    }
}
