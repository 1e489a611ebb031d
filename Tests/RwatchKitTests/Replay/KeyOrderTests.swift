import RwatchKit
import TestSupport
import Testing

@Suite("The order of commands on the same keys", .tags(.unit))
struct KeyOrderTests {
    private static func access(reads: [UInt64] = [], writes: [UInt64] = []) -> KeyAccess {
        var access = KeyAccess()
        access.reads = reads
        access.writes = writes
        return access
    }

    private static var everything: KeyAccess {
        var access = KeyAccess()
        access.isOfEverything = true
        return access
    }

    private typealias Wait = KeyOrder.Wait

    @Test("is kept by waiting for the last who wrote, and by writers for those who read")
    func waits() {
        var order = KeyOrder()
        #expect(order.next(Self.access(writes: [1]), over: 0).waits == [])
        // The connection keeps the order itself.
        #expect(order.next(Self.access(writes: [1]), over: 0).waits == [])
        #expect(order.next(Self.access(reads: [1]), over: 1).waits == [Wait(connection: 0, ticket: 2)])
        #expect(order.next(Self.access(reads: [1]), over: 1).waits == [Wait(connection: 0, ticket: 2)])
        // Others that read only do not wait for each other.
        #expect(order.next(Self.access(reads: [1], writes: [9]), over: 2).waits == [Wait(connection: 0, ticket: 2)])
        #expect(order.next(Self.access(writes: [2]), over: 3).waits == [])
        let (ticket, waits) = order.next(Self.access(writes: [1]), over: 1)
        #expect(ticket == 7)
        #expect(Set(waits.map(\.ticket)) == [2, 5])
        #expect(waits.contains(Wait(connection: nil, ticket: 5)))
        #expect(order.next(Self.access(reads: [1]), over: 0).waits == [Wait(connection: 1, ticket: 7)])
    }

    @Test("is that of the recording around what may touch everything")
    func barrier() {
        var order = KeyOrder()
        _ = order.next(Self.access(writes: [1]), over: 0)
        _ = order.next(Self.access(writes: [2]), over: 1)
        #expect(order.next(Self.everything, over: 2).waits == [Wait(connection: nil, ticket: 2)])
        #expect(order.next(Self.access(reads: [7]), over: 0).waits == [Wait(connection: 2, ticket: 3)])
        #expect(order.next(Self.access(writes: [1]), over: 2).waits == [])
        #expect(order.next(KeyAccess(), over: 1).waits == [Wait(connection: 2, ticket: 3)])
        order.allAnswered()
        #expect(order.next(Self.access(reads: [7], writes: [1]), over: 0).waits == [])
    }

    @Test("does not hold up others because of what waits for them")
    func blocking() {
        var order = KeyOrder()
        _ = order.next(Self.access(writes: [1]), over: 0)
        let blocking = order.next(Self.access(writes: [1]), over: 1, isWaitedFor: false)
        #expect(blocking.waits == [Wait(connection: 0, ticket: 1)])
        #expect(order.next(Self.access(writes: [1]), over: 2).waits == [Wait(connection: 0, ticket: 1)])
    }

    @Test("is kept in bounded memory")
    func bounded() {
        var order = KeyOrder(mostKeys: 100)
        var full = 0
        for key in 0..<1000 {
            let (ticket, waits) = order.next(Self.access(writes: [UInt64(key)]), over: key % 7)
            if !waits.isEmpty {
                #expect(waits == [Wait(connection: nil, ticket: ticket - 1)])
                full += 1
            }
            #expect(order.keyCount <= 100)
        }
        #expect(full == 9)
    }
}
