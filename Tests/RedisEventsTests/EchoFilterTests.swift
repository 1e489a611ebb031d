import RedisEvents
import Testing

@Suite("What another node of a shard repeats")
struct EchoFilterTests {
    private let start = ContinuousClock.now

    /// Messages of channels, by digest; those of channel 1 are 10, 11, …
    private func recent(_ digests: UInt64...) -> RecentMessages {
        var recent = RecentMessages()
        for digest in digests { recent.add(digest, at: start) }
        return recent
    }

    private func admits(_ digest: UInt64, of name: UInt64, _ filter: inout EchoFilter?) -> Bool? {
        filter?.admits(digest, of: name)
    }

    @Test("is left out, as often as it was delivered, before anything new on its channel")
    func repetitions() {
        var filter = recent(10, 11, 10, 20).echoes(at: start, nil)
        #expect(admits(10, of: 1, &filter) == false)
        #expect(admits(11, of: 1, &filter) == false)
        #expect(admits(10, of: 1, &filter) == false)
        #expect(admits(10, of: 1, &filter) == true)
        #expect(admits(20, of: 2, &filter) == false)
        #expect(admits(21, of: 2, &filter) == true)
    }

    @Test("is no repetition any more once something new has come on the channel")
    func settled() {
        var filter = recent(10, 11, 20).echoes(at: start, nil)
        #expect(admits(12, of: 1, &filter) == true)
        #expect(admits(10, of: 1, &filter) == true)
        #expect(admits(20, of: 2, &filter) == false)
    }

    @Test("is expected for a second, of what came within the last one")
    func window() {
        var recent = RecentMessages()
        recent.add(10, at: start)
        recent.add(11, at: start + .milliseconds(600))
        let filter = recent.echoes(at: start + .milliseconds(1100), nil)
        var copy = filter
        #expect(admits(10, of: 1, &copy) == true)
        copy = filter
        #expect(admits(11, of: 1, &copy) == false)
        #expect(filter?.isOver(at: start + .milliseconds(2000)) == false)
        #expect(filter?.isOver(at: start + .milliseconds(2100)) == true)
        #expect(recent.echoes(at: start + .seconds(3), nil) == nil)
    }

    @Test("of an earlier change of nodes stays done with")
    func twice() {
        let recent = recent(10, 20)
        var first = recent.echoes(at: start, nil)
        #expect(admits(11, of: 1, &first) == true)
        var second = recent.echoes(at: start, first)
        #expect(admits(10, of: 1, &second) == true)
        #expect(admits(20, of: 2, &second) == false)
    }

    @Test("is remembered in bounded memory, the oldest forgotten first")
    func bound() {
        var recent = RecentMessages()
        for digest in 0..<10_000 as Range<UInt64> { recent.add(digest, at: start) }
        var filter = recent.echoes(at: start, nil)
        #expect(admits(10_000 - 4096, of: 1, &filter) == false)
        #expect(admits(10_000 - 4097, of: 2, &filter) == true)
    }
}
