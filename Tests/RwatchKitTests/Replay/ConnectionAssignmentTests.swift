import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("The connections of recorded clients", .tags(.unit))
struct ConnectionAssignmentTests {
    @Test("are one for each, and go on from clients that have gone")
    func passedOn() {
        var assignment = ConnectionAssignment(limit: 3)
        let clients: [RedisBytes] = ["a", "b", "c", "a", "d", "a", "c", "b", "d"]
        #expect(clients.map { assignment.connection(of: $0) } == [0, 1, 2, 0, 1, 0, 2, 1, 0])
        #expect(assignment.count == 3)
        #expect(assignment.passedOn == 3)
    }

    @Test("are always those that were used the longest ago")
    func model() {
        var random = Generator(state: 8)
        for limit in [1, 2, 3, 7] {
            var assignment = ConnectionAssignment(limit: limit)
            var model: [(client: Int, connection: Int)] = []
            for _ in 0..<500 {
                let client = Int.random(in: 0..<limit * 2, using: &random)
                var connection = model.count
                if let index = model.firstIndex(where: { $0.client == client }) {
                    connection = model.remove(at: index).connection
                } else if model.count == limit {
                    connection = model.removeFirst().connection
                }
                model.append((client, connection))
                #expect(assignment.connection(of: RedisBytes("\(client)")) == connection)
            }
            #expect(assignment.count == limit)
        }
    }

    @Test("stay few with a million clients")
    func million() {
        var assignment = ConnectionAssignment(limit: 64)
        for client in 0..<100_000 { _ = assignment.connection(of: RedisBytes("10.0.0.1:\(client)")) }
        #expect(assignment.count == 64)
        #expect(assignment.passedOn == 99_936)
    }
}
