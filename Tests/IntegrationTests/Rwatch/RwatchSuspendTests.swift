import Foundation
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch, stopped and continued", .tags(.rwatch, .timing), .timeLimit(.minutes(2)))
struct RwatchSuspendTests {
    /// How many connections the server has beside the one that asks.
    private func others(_ server: RedisServer) throws -> Int {
        try server.command("CLIENT", "LIST").split(separator: "\n").count - 1
    }

    private func objects(_ rwatch: RwatchProcess) throws -> [[String: Any]] {
        try rwatch.lines.map { try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
    }

    @Test("monitor leaves MONITOR before it stops, and comes back with a gap, each time")
    func monitor() async throws {
        try await withRedisServer { server in
            let rwatch = try RwatchProcess(["monitor", "--json", "-p", "\(server.port)"])
            let monitoring = { try server.command("CLIENT", "LIST").contains("cmd=monitor") }
            // Commands by name; what the test asks meanwhile is left out.
            let story = {
                try objects(rwatch).compactMap { object -> String? in
                    if object["kind"] as? String == "gap" { return "gap: \(object["reason"] as? String ?? "")" }
                    guard object["cmd"] as? String == "SET" else { return nil }
                    return (object["args"] as? [Any])?.first as? String
                }
            }
            var expected: [String] = []
            for round in 1...2 {
                #expect(try await eventually { try monitoring() })
                try server.command("SET", "before \(round)", "1")
                expected.append("before \(round)")
                #expect(try await eventually { try story() == expected })
                rwatch.signal(SIGTSTP)
                #expect(try await eventually { try rwatch.isStopped() })
                #expect(try await eventually { try others(server) == 0 })
                try server.command("SET", "meanwhile", "1")
                rwatch.signal(SIGCONT)
                expected.append("gap: suspended, because the process was stopped")
                #expect(try await eventually { try story() == expected })
            }
            try server.command("SET", "after", "1")
            #expect(try await eventually { try story() == expected + ["after"] })
            #expect(rwatch.notices.contains(#/rwatch: link back after [0-9.]+ m?s\n/#))
            rwatch.signal(SIGTERM)
            #expect(try await rwatch.status() == 128 + SIGTERM)
        }
    }

    @Test("sub lets go of its link before it stops, also with --no-reconnect, and is subscribed again afterwards")
    func sub() async throws {
        try await withRedisServer { server in
            let rwatch = try RwatchProcess(["sub", "ch", "--json", "--no-reconnect", "-C", "2", "-p", "\(server.port)"])
            #expect(try await eventually { try server.publish("ch", "probe") == 1 })
            // On its way it would be in the gap, too.
            #expect(try await eventually { rwatch.lines.count == 1 })
            rwatch.signal(SIGTSTP)
            #expect(try await eventually { try rwatch.isStopped() })
            #expect(try await eventually { try others(server) == 0 })
            #expect(try server.publish("ch", "missed") == 0)
            rwatch.signal(SIGCONT)
            #expect(try await eventually { try server.publish("ch", "after") == 1 })
            #expect(try await rwatch.status() == 0)
            let objects = try objects(rwatch)
            try #require(objects.map { $0["kind"] as? String } == ["message", "gap", "message"])
            #expect(objects[1]["reason"] as? String == "suspended, because the process was stopped")
            #expect(objects[2]["payload"] as? String == "after")
        }
    }

    @Test("stops as well while the server is away, and goes on trying afterwards")
    func away() async throws {
        try await withRedisServer { server in
            let rwatch = try RwatchProcess(["sub", "ch", "--raw", "-C", "1", "-p", "\(server.port)"])
            #expect(try await eventually { rwatch.notices.contains("watching ") }, "\(rwatch.notices)")
            server.kill()
            #expect(try await eventually { rwatch.notices.contains("still trying") })
            rwatch.signal(SIGTSTP)
            #expect(try await eventually { try rwatch.isStopped() })
            try await server.restart()
            rwatch.signal(SIGCONT)
            #expect(try await eventually { try server.publish("ch", "after") == 1 })
            #expect(try await rwatch.status() == 0)
            #expect(rwatch.text == "after\n")
        }
    }

    @Test("ends when it is told to while it is stopped")
    func ended() async throws {
        try await withRedisServer { server in
            let rwatch = try RwatchProcess(["monitor", "-p", "\(server.port)"])
            #expect(try await eventually { try server.command("CLIENT", "LIST").contains("cmd=monitor") })
            rwatch.signal(SIGTSTP)
            #expect(try await eventually { try rwatch.isStopped() })
            rwatch.signal(SIGTERM)
            rwatch.signal(SIGCONT)
            #expect(try await rwatch.status() == 128 + SIGTERM)
            #expect(try await eventually { try others(server) == 0 })
        }
    }
}
