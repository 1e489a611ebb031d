import RedisCore
import RedisEvents
import TestSupport
import Testing

@Suite("A mailbox of invalidations", .tags(.unit))
struct InvalidationMailboxTests {
    private let lost = RedisDisconnect(.endOfStream, "the server closed the connection")

    /// What is left when all is taken, in order.
    private func drain(_ mailbox: Mailbox<Invalidations.Event>) -> [Invalidations.Event] {
        var events: [Invalidations.Event] = []
        while case .item(.control(let event)) = mailbox.poll() { events.append(event) }
        return events
    }

    @Test("never loses a flush, however long nobody reads and however little it may hold")
    func flushes() {
        let mailbox = Mailbox<Invalidations.Event>(limit: RedisBufferLimit(events: 1))
        for _ in 0..<2_000 {
            var segment = Segment<Invalidations.Event>()
            segment.append(.link(.restored(after: .zero, at: .tcp(host: "h", port: 1))))
            segment.append(.invalidated(["a"]))
            segment.append(.flushAll(.linkLost(lost)))
            mailbox.commit(&segment)
        }
        let events = drain(mailbox)
        #expect(events.count < 300)
        // The last event, except for link events, invalidates everything that was cached before.
        let last = events.last { if case .link = $0 { false } else { true } }
        var isFlush = false
        if case .flushAll? = last { isFlush = true }
        #expect(isFlush)
        let dropped = events.reduce(0) { count, event in
            if case .flushAll(.dropped(let drop)) = event { count + drop.count } else { count }
        }
        #expect(dropped == 2_000)
    }
}
