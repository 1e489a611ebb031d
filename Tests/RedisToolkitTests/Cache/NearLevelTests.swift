import RedisEvents
import RedisRESP
import RedisReactor
import RedisToolkit
import TestSupport
import Testing

/// What decides whether a value that a process keeps may be used.
@Suite("The values that a process keeps", .tags(.unit), .timeLimit(.minutes(1)))
struct NearLevelTests {
    private final class Value: Sendable {
        let name: String

        init(_ name: String) { self.name = name }
    }

    private let lease = TrackingLease()
    private let near: NearLevel
    private let link: Int

    init() {
        link = lease.addLink()
        near = NearLevel(prefixes: ["app:"], limit: 16 << 10, lease: lease, leaseLength: .seconds(2))
        near.watchStarted()
        lease.heard(link, at: SteadyClock.now)
    }

    @discardableResult
    private func keep(_ name: RedisBytes, _ number: Int, _ ticket: ReadTickets.Stub?, cost: Int = 1) -> Bool {
        near.keep(ticket, for: number) { epoch in
            NearTable.Entry(
                key: name,
                object: Value(name.description),
                cost: cost,
                epoch: epoch,
                usableUntil: .max,
                refreshAt: .max
            )
        }
    }

    private func found(_ number: Int) -> String? { (near.find(number)?.object as? Value)?.name }

    private func changed(_ keys: RedisBytes...) {
        var list: [UInt8] = []
        for key in keys { KeyList.append(key.rawSpan, to: &list) }
        near.changed(RedisBytes(list))
    }

    @Test("are used for as long after the links were heard as the lease says, and no longer")
    func leased() {
        let now = SteadyClock.now
        let silent = TrackingLease()
        let silentLink = silent.addLink()
        let near = NearLevel(prefixes: ["app:"], limit: 1 << 20, lease: silent, leaseLength: .seconds(2))
        near.watchStarted()
        let ticket = near.begin("app:k")
        let isKept = near.keep(ticket, for: 1) { epoch in
            NearTable.Entry(
                key: "app:k",
                object: Value("k"),
                cost: 1,
                epoch: epoch,
                usableUntil: .max,
                refreshAt: .max
            )
        }
        #expect(isKept)
        #expect(near.find(1) == nil, "a link that was never heard")
        // As after a process was stopped: nothing has said that the link is lost.
        silent.heard(silentLink, at: now - 2_000_000_000)
        #expect(near.find(1) == nil)
        silent.heard(silentLink, at: now - 1_000_000_000)
        #expect(near.find(1) != nil)
        // And a shard that was added counts from the beginning.
        let other = silent.addLink()
        #expect(near.find(1) == nil)
        silent.heard(other, at: now)
        #expect(near.find(1) != nil)
    }

    @Test("are none that were read before their key was told to have changed")
    func tickets() {
        let old = near.begin("app:k")
        #expect(keep("app:k", 1, old))
        #expect(found(1) == "app:k")
        changed("app:other", "app:k")
        #expect(found(1) == nil)
        #expect(!keep("app:k", 1, old), "the reply has come behind the invalidation")
        near.end("app:k", old)
        let new = near.begin("app:k")
        #expect(keep("app:k", 1, new))
        near.end("app:k", new)
        #expect(near.begin("other:k") == nil)
        #expect(!keep("other:k", 2, nil))
    }

    @Test("are none while a link is lost, and none that were read before it was")
    func lost() {
        let ticket = near.begin("app:k")
        #expect(keep("app:k", 1, ticket))
        near.linkLost()
        #expect(!near.isHeard && found(1) == nil)
        #expect((near.last(1) as? Value)?.name == "app:k")
        #expect(!keep("app:k", 1, ticket))
        #expect(near.begin("app:k") == nil)
        near.trackingResumed()
        #expect(near.isHeard && found(1) == nil)
        #expect(!keep("app:k", 1, ticket))
        #expect(keep("app:k", 1, near.begin("app:k")))
        near.reportsMissed()
        #expect(near.isHeard && found(1) == nil)
        #expect(near.last(1) != nil)
        near.serverFlushed()
        #expect(near.isHeard && near.last(1) == nil)
        near.watchEnded()
        near.trackingResumed()
        #expect(!near.isHeard)
    }

    @Test("are none that this process is writing, nor what was read before the reply")
    func writes() {
        #expect(keep("app:k", 1, near.begin("app:k")))
        let before = near.begin("app:k")
        near.beginWrite("app:k")
        #expect(found(1) == nil)
        #expect(!keep("app:k", 1, before))
        #expect(!keep("app:k", 1, near.begin("app:k")))
        near.endWrite("app:k")
        #expect(!keep("app:k", 1, before))
        #expect(keep("app:k", 1, near.begin("app:k")))
        #expect(found(1) == "app:k")
    }

    @Test("are within their bytes, and what was displaced is forgotten under its key too")
    func bounds() {
        for number in 0..<100 {
            let name = RedisBytes("app:\(number)")
            let ticket = near.begin(name)
            // All in the same one of sixteen tables, which has 1 KiB.
            #expect(keep(name, number * 16, ticket, cost: 100))
            near.end(name, ticket)
        }
        #expect(near.statistics.count == 10)
        #expect(near.statistics.bytes == 1000)
        #expect(near.statistics.discarded == 90)
        for number in 0..<100 { changed(RedisBytes("app:\(number)")) }
        #expect(near.statistics.count == 0)
        #expect(!keep("app:large", 1, near.begin("app:large"), cost: 1025))
        // Two keys of the same number displace each other.
        #expect(keep("app:a", 7, near.begin("app:a")))
        #expect(keep("app:b", 7, near.begin("app:b")))
        changed("app:a")
        #expect(found(7) == "app:b")
        changed("app:b")
        #expect(found(7) == nil)
    }
}
