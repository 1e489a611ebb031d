import RedisCore
import TestSupport
import Testing

@Suite("The numbers of servers", .tags(.unit))
struct NodeTableTests {
    private func server(_ number: Int) -> RedisEndpoint { .tcp(host: "h", port: UInt16(number)) }

    @Test("mean an address for as long as it is held, and for a while behind that")
    func holds() {
        var table = NodeTable(capacity: 100, kept: 2)
        let one = table.hold(server(1))
        #expect(table.hold(server(1)) == one)
        #expect(table.number(of: server(1)) == one)
        table.release(one)
        for other in 2...5 { table.release(table.hold(server(other))) }
        #expect(table[one] == server(1))
        table.release(one)
        #expect(table[one] == server(1))
        // Taken up again, it is as if it had never been let go of.
        #expect(table.hold(server(1)) == one)
        for other in 6...9 { table.release(table.hold(server(other))) }
        #expect(table[one] == server(1))
        table.release(one)
        for other in 10...11 { table.release(table.hold(server(other))) }
        #expect(table[one] == nil)
        #expect(table.count == 2)
    }

    @Test("are not let go of by whoever does not hold them")
    func releasedTwice() {
        var table = NodeTable(capacity: 100, kept: 0)
        let one = table.hold(server(1))
        table.release(one)
        table.release(one)
        #expect(table.hold(server(1)) != 0)
        let number = table.hold(server(1))
        table.release(number)
        table.release(table.hold(server(2)))
        #expect(table[number] == server(1), "it is held once more")
        table.release(number)
        table.release(table.hold(server(3)))
        #expect(table[number] == nil)
    }

    @Test("that were let go of once too often are held like any other when they are taken up again")
    func releasedTooOften() {
        var table = NodeTable(capacity: 100, kept: 2)
        let one = table.hold(server(1))
        for _ in 1...2 { table.release(one) }
        #expect(table.hold(server(1)) == one)
        for other in 2...4 { table.release(table.hold(server(other))) }
        #expect(table[one] == server(1))
        table.release(one)
        for other in 5...6 { table.release(table.hold(server(other))) }
        #expect(table[one] == nil)
    }

    @Test("are no different when they are the first that was given, or the first that was let go of")
    func first() {
        var unheld = NodeTable(capacity: 100, kept: 1)
        let numbers = (1...2).map { unheld.number(of: server($0)) }
        #expect(numbers.map { unheld[$0] } == [nil, server(2)])
        var table = NodeTable(capacity: 100, kept: 1)
        table.release(table.hold(server(1)))
        #expect(table.hold(server(1)) == 1)
        table.release(table.hold(server(2)))
        #expect((1...2).map { table[$0] } == [server(1), server(2)])
    }

    @Test("are given again when there is no other, that of the address first which was let go of longest ago")
    func reuse() {
        var table = NodeTable(capacity: 3, kept: 2)
        #expect((1...3).map { table.hold(server($0)) } == [1, 2, 3])
        #expect(table.hold(server(4)) == 0)
        #expect(table.number(of: server(4)) == 0)
        table.release(2)
        table.release(1)
        #expect((1...3).map { table[$0] } == (1...3).map(server))
        #expect(table.hold(server(5)) == 2)
        #expect(table.hold(server(6)) == 1)
        #expect(table.hold(server(7)) == 0)
        #expect((1...3).map { table[$0] } == [server(6), server(5), server(3)])
        #expect(table.count == 3)
    }

    @Test("do not grow with addresses that come and go")
    func churn() {
        var table = NodeTable(capacity: 1000, kept: 10)
        let own = table.hold(.tcp(host: "own", port: 1))
        for number in 1...20_000 {
            let held = table.hold(server(number))
            #expect(held != 0 && held != own)
            table.release(held)
        }
        for _ in 1...20_000 { table.release(table.hold(server(1))) }
        #expect(table.count == 11)
        #expect(table[own] == .tcp(host: "own", port: 1))
    }

    @Test("are forgotten in the order in which they were let go of, also beside one that comes and goes")
    func order() {
        var table = NodeTable(capacity: 1000, kept: 10)
        let numbers = (1...100).map { table.hold(server($0)) }
        for number in numbers { table.release(number) }
        for _ in 1...100 { table.release(table.hold(server(100))) }
        for number in 201...205 { table.release(table.hold(server(number))) }
        #expect((91...95).map { table[numbers[$0 - 1]] } == [nil, nil, nil, nil, nil])
        #expect((96...100).map { table[numbers[$0 - 1]] } == (96...100).map(server))
        #expect((201...205).map { table[table.number(of: server($0))] } == (201...205).map(server))
        #expect(table.count == 10)
    }

    @Test("are held by links and forgotten by the process")
    func process() {
        let endpoint = RedisEndpoint.tcp(host: "held.example", port: 1)
        let hold = NodeHold(endpoint)
        for number in 1...5000 { _ = NodeHold(.tcp(host: "other.example", port: UInt16(number))) }
        #expect(hold.number.endpoint == endpoint)
        #expect(NodeNumber(endpoint) == hold.number)
        let first = NodeNumber(.tcp(host: "first.example", port: 1))
        #expect(first.endpoint == .tcp(host: "first.example", port: 1))
        for number in 1...5000 { _ = NodeHold(.tcp(host: "another.example", port: UInt16(number))) }
        #expect(first.endpoint == nil)
    }
}
