import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

extension KeyspaceEvents.NotificationPolicy {
    /// The policy with a check every few milliseconds.
    func checking(every interval: Duration? = .milliseconds(20)) -> KeyspaceEvents.NotificationPolicy {
        var policy = self
        policy.checkInterval = interval
        return policy
    }
}

extension RedisServer {
    fileprivate func setFlags(_ flags: String) throws { try command("CONFIG", "SET", "notify-keyspace-events", flags) }

    /// How often a command was called, or refused before it was.
    fileprivate func count(_ field: String, of command: String) throws -> Int {
        let line = try self.command("INFO", "commandstats").split(separator: "\r\n").first {
            $0.hasPrefix("cmdstat_\(command):")
        }
        let value = line?.split(whereSeparator: { ":,".contains($0) }).first { $0.hasPrefix("\(field)=") }
        return value.flatMap { Int($0.dropFirst(field.count + 1)) } ?? 0
    }
}

extension KeyspaceEvents {
    /// The next gap.
    fileprivate func nextGap() async throws -> RedisGap? {
        while case .event(let event) = try await next(timeout: .seconds(10)) {
            if case .gap(let gap) = event { return gap }
        }
        return nil
    }
}

@Suite("The setting for events of keys, and who else changes it", .tags(.server), .timeLimit(.minutes(2)))
struct KeyspaceWatchersTests {
    private static let allOn = RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])

    @Test("is told when somebody takes it away, with a gap until it is back", arguments: bothProtocols)
    func takenAway(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer(Self.allOn) { server in
            let keys = try KeyspaceEvents(
                server.configuration(version),
                keys: ["a*", "b*"],
                events: [.set],
                notifications: .verify.checking()
            )
            let before = RedisTimestamp.now()
            try await keys.start()
            try server.command("SET", "a", "v")
            #expect(try await keys.take(1) == ["0 set a"])
            let off = RedisTimestamp.now()
            try server.setFlags("")
            #expect(try await keys.take(1) == ["missing $K"])
            let first = try #require(try await keys.nextGap())
            #expect(!first.isComplete)
            #expect(first.cause.reason == .notificationsOff)
            #expect(first.cause.node == server.endpoint)
            #expect(first.cause.description == #"notify-keyspace-events was changed to "", without $K"#)
            #expect(first.names.map(\.name) == ["__keyspace@*__:a*", "__keyspace@*__:b*"])
            // From a moment at which it was on, and not from the beginning.
            #expect(first.from >= before)
            #expect(first.lastEvent != nil)
            try server.command("SET", "a", "missed")
            try server.setFlags("KEA")
            let on = RedisTimestamp.now()
            #expect(try await keys.take(2) == ["verified", "gap"])
            try server.setFlags("KE")
            #expect(try await keys.take(2) == ["missing $", "gap so far"])
            try server.setFlags("K$")
            let last = try #require(try await keys.nextGap())
            #expect(last.isComplete)
            // The second is one of its own.
            #expect(last.from >= off && last.until >= on)
            await keys.close()
        }
    }

    @Test("lets a gap stand before what comes in spite of it")
    func partlyOff() async throws {
        try await withRedisServer(Self.allOn) { server in
            let keys = try KeyspaceEvents(
                server.configuration(),
                events: [.set, .del],
                notifications: .verify.checking()
            )
            try await keys.start()
            try server.setFlags("Eg")
            #expect(try await keys.take(2) == ["missing $", "gap so far"])
            try server.command("SET", "k", "v")
            try server.command("DEL", "k")
            #expect(try await keys.take(1) == ["0 del k"])
            // What is missing is told again when it is another, and not at each look.
            try server.setFlags("E$")
            #expect(try await keys.take(1) == ["missing g"])
            try server.setFlags("KEA")
            #expect(try await keys.take(2) == ["verified", "gap"])
            try server.command("SET", "k", "v")
            #expect(try await keys.take(1) == ["0 set k"])
            await keys.close()
        }
    }

    @Test(
        "is set again when it may be, with a gap, and set back to what somebody else wanted",
        arguments: bothProtocols
    )
    func setAgain(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let keys = try KeyspaceEvents(
                server.configuration(version),
                events: [.set],
                notifications: .addMissing(restoring: true).checking()
            )
            try await keys.start()
            #expect(try await keys.take(1) == ["enabled $E"])
            try server.setFlags("Kx")
            #expect(try await keys.take(2) == ["enabled $xKE", "gap"])
            try server.command("SET", "k", "v")
            #expect(try await keys.take(1) == ["0 set k"])
            #expect(words(await keys.close()) == "restored xK")
            #expect(try server.notifyFlags == "xK")
        }
    }

    @Test("is not taken from another watcher by the one that ends first, whichever that is", arguments: [0, 1])
    func twoWatchers(_ firstToEnd: Int) async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "x"])) { server in
            let policy = KeyspaceEvents.NotificationPolicy.addMissing(restoring: true).checking()
            let watches = try [
                KeyspaceEvents(server.configuration(), events: [.set], notifications: policy),
                KeyspaceEvents(server.configuration(), keys: ["k*"], notifications: policy),
            ]
            for keys in watches { try await keys.start() }
            #expect(try server.notifyFlags == "AKE")
            let left = ["AKE", "$xE"][firstToEnd]
            #expect(words(await watches[firstToEnd].close()) == "left to others \(left)")
            #expect(try server.notifyFlags == left)
            let other = watches[1 - firstToEnd]
            try server.command("SET", "k", "v")
            let found = try await other.take(1, skipping: ["enabled $xE", "enabled AKE"])
            #expect(found == ["0 set k"])
            // What was there before the first came.
            #expect(words(await other.close()) == "restored x")
            #expect(try server.notifyFlags == "x")
        }
    }

    @Test("is set back by the last of several that needed the same, also when they end together")
    func endTogether() async throws {
        try await withRedisServer { server in
            for _ in 0..<5 {
                let policy = KeyspaceEvents.NotificationPolicy.addMissing(restoring: true).checking()
                var watches: [KeyspaceEvents] = []
                for _ in 0..<3 {
                    let keys = try KeyspaceEvents(server.configuration(), events: [.set], notifications: policy)
                    try await keys.start()
                    watches.append(keys)
                }
                #expect(try server.notifyFlags == "$E")
                await withTaskGroup(of: Void.self) { group in
                    for keys in watches { group.addTask { await keys.close() } }
                }
                #expect(try server.notifyFlags == "")
            }
        }
    }

    @Test("was off for all watchers, whichever has set it again first")
    func allBlind() async throws {
        try await withRedisServer { server in
            let policy = KeyspaceEvents.NotificationPolicy.addMissing(restoring: true)
            // The first looks often, and is the one that sets it again; the second looks when it is over.
            let first = try KeyspaceEvents(server.configuration(), events: [.set], notifications: policy.checking())
            let second = try KeyspaceEvents(
                server.configuration(),
                events: [.set],
                notifications: policy.checking(every: .milliseconds(400))
            )
            try await first.start()
            try await second.start()
            // One that needs more has not found off what the others need.
            let third = try KeyspaceEvents(
                server.configuration(),
                keys: ["x"],
                notifications: policy.checking(every: nil)
            )
            try await third.start()
            let looks = try server.count("calls", of: "client|list")
            #expect(try await eventually { try server.count("calls", of: "client|list") >= looks + 2 })
            #expect(try await second.next(timeout: .zero).event == nil)
            let told = "another watcher found notify-keyspace-events without $E, and set it again"
            // It may look in between, once in a while, and see it for itself.
            for _ in 0..<20 {
                try server.setFlags("x")
                let gap = try #require(try await second.nextGap())
                #expect(gap.isComplete)
                #expect(gap.cause.reason == .notificationsOff)
                #expect(try await first.nextGap()?.isComplete == true)
                if gap.cause.description == told { break }
                #expect(gap.cause.description == #"notify-keyspace-events was changed to "x", without $E"#)
            }
            // Nothing that nobody has set is told of.
            try server.command("CONFIG", "SET", "maxmemory", "0")
            try server.command("SET", "k", "v")
            #expect(try await second.take(1, skipping: ["enabled $xE"]) == ["0 set k"])
            for keys in [first, second, third] { await keys.close() }
        }
    }

    @Test("is left to a watcher that only verifies it")
    func verifying() async throws {
        try await withRedisServer { server in
            let first = try KeyspaceEvents(
                server.configuration(),
                notifications: .addMissing(restoring: true).checking()
            )
            try await first.start()
            let second = try KeyspaceEvents(server.configuration(), events: [.set], notifications: .verify.checking())
            try await second.start()
            #expect(words(await first.close()) == "left to others AE")
            try server.command("SET", "k", "v")
            #expect(try await second.take(1) == ["0 set k"])
            await second.close()
        }
    }

    @Test("costs a CONFIG GET and an INFO for each look, over one link, and none without an interval")
    func cost() async throws {
        try await withRedisServer(Self.allOn) { server in
            func clients() throws -> Int { try server.count("calls", of: "hello") }
            let seldom = try KeyspaceEvents(server.configuration(), notifications: .verify.checking(every: nil))
            try await seldom.start()
            #expect(try server.count("calls", of: "config|get") == 1)
            let keys = try KeyspaceEvents(server.configuration(), notifications: .verify.checking())
            try await keys.start()
            let links = try clients()
            #expect(try await eventually { try server.count("calls", of: "config|get") >= 6 })
            #expect(try clients() == links)
            // Once a link: who watches already.
            #expect(try server.count("calls", of: "client|list") == 2)
            await keys.close()
            let looks = try server.count("calls", of: "config|get")
            await seldom.close()
            #expect(try server.count("calls", of: "config|get") == looks)
        }
    }

    @Test("is asked for once a link where it is refused, to read and to set")
    func refused() async throws {
        try await withRedisServer(Self.allOn) { server in
            try server.command("ACL", "SETUSER", "none", "on", ">pw", "+@all", "-config", "allchannels", "allkeys")
            try server.command("ACL", "SETUSER", "get", "on", ">pw", "+@all", "-config|set", "allchannels", "allkeys")
            func watch(_ user: String, _ policy: KeyspaceEvents.NotificationPolicy) throws -> KeyspaceEvents {
                var configuration = try server.configuration()
                configuration.credentials = RedisCredentials(username: user, password: "pw")
                return try KeyspaceEvents(configuration, events: [.set], notifications: policy.checking())
            }
            let blind = try watch("none", .verify)
            try await blind.start()
            #expect(try await blind.take(1) == ["unverified notPermitted"])
            let reading = try watch("get", .addMissing())
            try await reading.start()
            try server.setFlags("")
            #expect(try await reading.take(2) == ["missing $E", "gap so far"])
            let looks = try server.count("calls", of: "config|get")
            #expect(try await eventually { try server.count("calls", of: "config|get") >= looks + 5 })
            #expect(try server.count("rejected_calls", of: "config|get") == 1)
            #expect(try server.count("rejected_calls", of: "config|set") == 1)
            // The next link is another chance.
            await blind.cut()
            #expect(
                try await blind.take(4, skipping: ["retrying"]) == [
                    "lost", "restored", "unverified notPermitted", "gap",
                ]
            )
            // Once more, and the handshake after a loss has a question of its own.
            let rejected = try server.count("rejected_calls", of: "config|get")
            #expect(2...3 ~= rejected)
            let later = try server.count("calls", of: "config|get")
            #expect(try await eventually { try server.count("calls", of: "config|get") >= later + 5 })
            #expect(try server.count("rejected_calls", of: "config|get") == rejected)
            await blind.close()
            await reading.close()
        }
    }

    @Test("is set once and not at each look where the server does not show it")
    func hidden() async throws {
        try await withRedisServer(Self.allOn) { server in
            let keys = try KeyspaceEvents(
                server.configuration(),
                events: [.new],
                notifications: .addMissing(restoring: true).checking()
            )
            try await keys.start()
            #expect(try await keys.take(1) == ["enabled AKEnoc"] || server.notifyFlags == "AKE")
            let looks = try server.count("calls", of: "config|get")
            let writes = try server.count("calls", of: "config|set")
            #expect(try await eventually { try server.count("calls", of: "config|get") >= looks + 4 })
            #expect(try server.count("calls", of: "config|set") == writes)
            try server.command("SET", "k", "v")
            #expect(try await keys.take(1) == ["0 new k"])
            await keys.close()
        }
    }

    @Test("goes on being looked at when the link for that is lost")
    func linkLost() async throws {
        try await withRedisServer(Self.allOn) { server in
            let keys = try KeyspaceEvents(server.configuration(), events: [.set], notifications: .verify.checking())
            try await keys.start()
            let killed = try server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            #expect(killed == "1")
            try server.setFlags("")
            #expect(try await keys.take(2) == ["missing $E", "gap so far"])
            await keys.close()
        }
    }

    @Test("must be looked at in a time that is one")
    func invalid() throws {
        let error = #expect(throws: RedisError.self) {
            try KeyspaceEvents("redis://localhost", notifications: .verify.checking(every: .zero))
        }
        #expect(error?.code == .invalidConfiguration)
    }
}
