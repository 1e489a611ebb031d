import RedisEvents
import RedisRESP
import TestSupport
import Testing

@Suite("The reads of a cache whose process writes as well", .tags(.unit))
struct ReadTicketsTests {
    /// By reference: `#expect` takes no mutating call.
    private final class Tickets {
        var value = ReadTickets(prefixes: ["k"])

        init() { value.allChanged(isHeard: true) }
    }

    @Test("may not be stored from the beginning of a write until its reply")
    func write() throws {
        let tickets = Tickets()
        let before = tickets.value.begin("k")
        #expect(tickets.value.mayStore("k", before))
        tickets.value.beginWrite("k")
        #expect(!tickets.value.mayStore("k", before))
        let during = tickets.value.begin("k")
        #expect(during != nil && !tickets.value.mayStore("k", during))
        tickets.value.endWrite("k")
        // Its reply may have been sent before the write was done.
        #expect(!tickets.value.mayStore("k", before) && !tickets.value.mayStore("k", during))
        let after = tickets.value.begin("k")
        #expect(tickets.value.mayStore("k", after))
    }

    @Test("may not be stored before the last of several writes has its reply")
    func writes() {
        let tickets = Tickets()
        tickets.value.beginWrite("k")
        tickets.value.beginWrite("k")
        tickets.value.endWrite("k")
        #expect(!tickets.value.mayStore("k", tickets.value.begin("k")))
        tickets.value.endWrite("k")
        #expect(tickets.value.mayStore("k", tickets.value.begin("k")))
    }

    @Test("do not end with another one of the same key")
    func several() {
        let tickets = Tickets()
        let first = tickets.value.begin("k")
        let second = tickets.value.begin("k")
        tickets.value.end("k")
        #expect(tickets.value.mayStore("k", first) && tickets.value.mayStore("k", second))
        tickets.value.end("k")
        #expect(!tickets.value.mayStore("k", second))
    }

    @Test("are not affected by writes of other keys, and leave nothing behind")
    func others() {
        let tickets = Tickets()
        tickets.value.beginWrite("k2")
        let ticket = tickets.value.begin("k")
        #expect(tickets.value.mayStore("k", ticket))
        tickets.value.end("k")
        // A read that has ended may not be stored any more.
        #expect(!tickets.value.mayStore("k", ticket))
        tickets.value.endWrite("k2")
        tickets.value.endWrite("unknown")
        tickets.value.end("unknown")
        #expect(tickets.value.begin("other") == nil)
        tickets.value.allChanged(isHeard: false)
        #expect(tickets.value.begin("k") == nil)
    }
}

@Suite("How long ago the links were heard", .tags(.unit))
struct TrackingLeaseTests {
    @Test("is as long ago as that of the most silent link, and never is when one was not heard")
    func oldest() {
        let lease = TrackingLease()
        #expect(lease.heardAt == .min)
        let one = lease.addLink()
        let other = lease.addLink()
        lease.heard(one, at: 1_000_000_000)
        #expect(lease.heardAt == .min)
        lease.heard(other, at: 2_000_000_000)
        #expect(lease.heardAt == 1_000_000_000)
        lease.heard(one, at: 3_000_000_000)
        #expect(lease.heardAt == 2_000_000_000)
        // More often than a hundred times a second is not noted, and an earlier time never.
        lease.heard(other, at: 2_005_000_000)
        lease.heard(other, at: 1_000_000_000)
        #expect(lease.heardAt == 2_000_000_000)
        lease.removeLink(other)
        #expect(lease.heardAt == 3_000_000_000)
        // A link that is not there any more is not heard either.
        lease.heard(other, at: 9_000_000_000)
        #expect(lease.heardAt == 3_000_000_000)
        lease.removeLink(one)
        #expect(lease.heardAt == .min)
    }
}
