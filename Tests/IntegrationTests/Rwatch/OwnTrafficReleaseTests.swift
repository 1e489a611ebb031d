import Foundation
import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Nothing of ours in our own MONITOR stream, at each release", .tags(.release), .timeLimit(.minutes(3)))
struct OwnTrafficReleaseTests {
    private static let password = "hunter2"
    /// Over what rwatch reaches the server.
    enum Way: String, CaseIterable, CustomTestStringConvertible {
        case tcp, unix, proxy

        var testDescription: String { rawValue }
    }

    private func guards(_ client: RedisClient) async throws -> [Substring] {
        let list = try await client.send(["CLIENT", "LIST"]).text ?? ""
        return list.split(separator: "\n").filter { $0.contains("guard-redis-events") }
    }

    private func reach<Result>(
        _ server: RedisServer,
        _ way: Way,
        _ body: (String) async throws -> Result
    ) async throws -> Result {
        switch way {
        case .tcp: return try await body(server.url)
        case .unix: return try await body(try #require(server.unixURL))
        case .proxy:
            return try await withFaultProxy(to: server) { proxy in
                try await body("redis://:\(Self.password)@127.0.0.1:\(proxy.port)")
            }
        }
    }

    /// One that shows passwords, and one that does not.
    @Test(
        "rwatch monitor shows neither its guard nor the password",
        arguments: ServerRelease.all.filter { [5, 7].contains($0.version?.major) }
    )
    func rwatch(_ release: ServerRelease) async throws {
        try await withRelease(release, RedisServerOptions(password: Self.password)) { server in
            let client = try RedisClient(server.configuration())
            try await client.ping()
            // Twice the same server: each watch would show the other's links.
            let servers = ["-u", server.url, "-u", server.url]
            let rwatch = try RwatchProcess(["monitor", "--heartbeat", "20ms"] + servers)
            // Before CLIENT SETNAME is answered on it, its AUTH is over.
            #expect(try await eventually { try await guards(client).count == 2 }, "\(rwatch.notices)")
            try await client.send(["SET", "end", "1"])
            #expect(try await eventually { rwatch.lines.count >= 2 }, "\(rwatch.notices)")
            #expect(rwatch.lines.allSatisfy { $0.hasSuffix("\"SET\" \"end\" \"1\"") }, "\(rwatch.text)")
            #expect(!rwatch.text.contains(Self.password))
            await client.close()
        }
    }

    @Test("credentials that change on the monitor's own link and its guard's do not show", arguments: ServerRelease.all)
    func renewal(_ release: ServerRelease) async throws {
        try await withRelease(release, RedisServerOptions(password: Self.password)) { server in
            let client = try RedisClient(server.configuration())
            try await client.ping()
            var configuration = try server.configuration()
            let feed = RedisCredentialsFeed(RedisCredentials(password: Self.password))
            configuration.credentials = feed
            let monitor = try Monitor(configuration, guard: Monitor.Guard(interval: .milliseconds(5)))
            try await monitor.start()
            #expect(try await eventually { try await !guards(client).isEmpty })
            func authentications() async throws -> Int {
                let text = try await client.send(["INFO", "commandstats"]).text ?? ""
                return text.firstMatch(of: #/cmdstat_auth:calls=([0-9]+)/#).flatMap { Int($0.1) } ?? 0
            }
            let before = try await authentications()
            feed.send(RedisCredentials(password: "wrong"))
            #expect(try await eventually { try await authentications() >= before + 2 })
            try await client.send(["SET", "end", "1"])
            var names: Set<String> = []
            for try await event in monitor.events {
                if let command = event.command { names.insert(command.name) }
                if names.contains("SET") { break }
            }
            #expect(names == ["INFO", "SET"])
            await monitor.close()
            await client.close()
        }
    }

    @Test(
        "shows nothing of our own, and all of a neighbour that copies our names and words",
        arguments: ServerRelease.all,
        Way.allCases
    )
    func neighbour(_ release: ServerRelease, _ way: Way) async throws {
        let options = RedisServerOptions(transport: .both, password: Self.password)
        try await withRelease(release, options) { server in
            // Connected before, so that nothing of their own handshakes shows. The second comes from the same kind of
            // address as ours: on a unix socket they look alike.
            let client = try RedisClient(server.configuration())
            try await client.ping()
            try await reach(server, way) { url in
                let copycat = try RedisClient(url)
                try await copycat.ping()
                var configuration = try RedisConfiguration(url: url)
                configuration.heartbeat = .milliseconds(20)
                let monitor = try Monitor(configuration, guard: Monitor.Guard(interval: .milliseconds(5)))
                try await monitor.start()
                #expect(try await eventually { try await !guards(client).isEmpty })
                let line = try #require(try await guards(client).first)
                let name = try #require(line.firstMatch(of: #/ name=(\S+)/#)?.1)
                let mark = try #require(name.firstMatch(of: #/guard-(.*)/#)?.1)
                let copies: [RedisCommand] = [
                    ["ECHO", RedisBytes("\(mark)")], ["PING", RedisBytes("\(mark)")], ["PING", RedisBytes("\(name)")],
                    ["SET", "k", RedisBytes("\(name)")],
                ]
                for command in copies { try await copycat.send(command) }
                try await copycat.send(["SET", "end", "1"])
                var found: [[RedisBytes]] = []
                for try await event in monitor.events {
                    guard let command = event.command else { continue }
                    if command.arguments == ["SET", "end", "1"] { break }
                    found.append(Array(command.arguments))
                }
                #expect(found == copies.map(\.arguments))
                await copycat.close()
                await monitor.close()
            }
            await client.close()
        }
    }
}
