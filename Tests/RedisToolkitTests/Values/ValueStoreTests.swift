import Foundation
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A store of values", .tags(.server), .timeLimit(.minutes(1)))
struct ValueStoreTests {
    private struct User: Codable, Equatable {
        var name: String
        var visits: Int
        var seen: Date?
        var picture = Data([0, 255])
    }

    private let ada = User(name: "Ada", visits: 3, seen: Date(timeIntervalSince1970: 1_700_000_000.25))

    @Test("keeps values, with their times to live, in both codings", arguments: ["json", "cbor"])
    func roundTrip(_ name: String) async throws {
        try await withClient { server, client in
            let values =
                name == "json" ? RedisValueStore(client) : RedisValueStore(client, coder: RedisCBORCoder())
            try await values.set(ada, for: "u", expiry: .after(.milliseconds(90_500)))
            #expect(try await values.value(User.self, for: "u") == ada)
            let ttl = try #require(Int(try server.command("PTTL", "u")))
            #expect((85_000...90_500).contains(ttl))
            // Without an expiry, the value does not expire any more; with `.keep`, as before.
            try await values.set(1, for: "u", expiry: .keep)
            #expect(try #require(Int(try server.command("PTTL", "u"))) > 0)
            try await values.set(1, for: "u")
            #expect(try server.command("PTTL", "u") == "-1")
            #expect(try await values.values(Int.self, for: ["u", "missing", "u"]) == [1, nil, 1])
            #expect(try await values.values(Int.self, for: [RedisBytes]()) == [])
            let large = String(repeating: "0123456789", count: 1 << 20)
            try await values.set(large, for: "large")
            #expect(try await values.value(String.self, for: "large") == large)
            #expect(try await values.remove("large", "u", "missing") == 2)
            #expect(try await values.remove() == 0)
        }
    }

    @Test("tells a missing value from a null")
    func null() async throws {
        try await withClient { server, client in
            let values = RedisValueStore(client)
            #expect(try await values.value(Int?.self, for: "k") == Int??.none)
            try await values.set(Int?.none, for: "k")
            #expect(try server.command("GET", "k") == "null")
            #expect(try await values.value(Int?.self, for: "k") == Int??.some(nil))
            #expect(try await values.pop(Int?.self, for: "k") == Int??.some(nil))
            #expect(try await values.pop(Int?.self, for: "k") == Int??.none)
            #expect(try await values.values(Int?.self, for: ["k"]) == [Int??.none])
        }
    }

    @Test("gives a value that is popped to one of fifty")
    func pop() async throws {
        try await withClient { server, client in
            let values = RedisValueStore(client)
            for round in 0..<20 {
                try await values.set(round, for: "k")
                let winners = try await withThrowingTaskGroup(of: Int?.self) { group in
                    for _ in 0..<50 { group.addTask { try await values.pop(Int.self, for: "k") } }
                    return try await group.reduce(into: [Int]()) { if let value = $1 { $0.append(value) } }
                }
                #expect(winners == [round])
            }
            #expect(try server.command("EXISTS", "k") == "0")
        }
    }

    @Test("sets and exchanges by condition")
    func conditions() async throws {
        try await withClient { _, client async throws in
            let values = RedisValueStore(client, coder: .cbor)
            #expect(try await values.set("a", for: "k", if: .present) == false)
            #expect(try await values.set("a", for: "k", if: .absent, expiry: .after(.seconds(60))))
            #expect(try await values.set("b", for: "k", if: .absent) == false)
            #expect(try await values.exchange("c", for: "k") == "a")
            #expect(try await values.exchange("c", for: "new") == nil)
            #expect(try await values.compareAndSet("k", "b", "d") == false)
            #expect(try await values.compareAndSet("k", "c", "d"))
            #expect(try await values.compareAndSet("other", String?.none, "d"))
            #expect(try await values.remove("k", ifEquals: "c") == false)
            #expect(try await values.remove("k", ifEquals: "d"))
            #expect(try await values.value(String.self, for: "k") == nil)
        }
    }

    @Test("updates exactly under fifty writers, and keeps the time to live")
    func update() async throws {
        try await withClient { server, client in
            let values = RedisValueStore(client)
            #expect(try await values.update(Int.self, for: "n") { ($0 ?? 0) + 42 } == 42)
            try server.command("PEXPIRE", "n", "600000")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        for _ in 0..<10 {
                            try await values.update(Int.self, for: "n", attempts: 10_000) { ($0 ?? 0) + 1 }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await values.value(Int.self, for: "n") == 542)
            #expect((500_000...600_000).contains(try #require(Int(try server.command("PTTL", "n")))))
            try await values.update(Int.self, for: "n", expiry: nil) { _ in 1 }
            #expect(try server.command("PTTL", "n") == "-1")
            await #expect(throws: CancellationError.self) {
                try await values.update(Int.self, for: "n") { _ in throw CancellationError() }
            }
            #expect(try await values.value(Int.self, for: "n") == 1)
            #expect(try await values.update(Int.self, for: "n") { _ in nil } == nil)
            #expect(try server.command("EXISTS", "n") == "0")
        }
    }

    @Test("gives an update up when somebody writes all the time, after as many attempts as it was told")
    func conflict() async throws {
        try await withClient { server, client in
            let values = RedisValueStore(client)
            var calls = 0
            let error = await #expect(throws: RedisError.self) {
                try await values.update(Int.self, for: "k", attempts: 3) { _ in
                    calls += 1
                    try server.command("SET", "k", "\(calls)")
                    return 0
                }
            }
            #expect(error?.code == .conflict)
            #expect(calls == 3)
        }
    }

    @Test("says which value cannot be read, without a word of it, and keeps its bytes in the error alone")
    func unreadable() async throws {
        try await withClient { server, client in
            let values = RedisValueStore(client)
            try server.command("SET", "k\u{1b}[31m", #"{"name":"secret","visits":"hunter2"}"#)
            let error = await #expect(throws: RedisError.self) { try await values.value(User.self, for: "k\u{1b}[31m") }
            #expect(error?.code == .codingFailed)
            #expect(
                error?.description
                    == #"command: the value of "k\x1b[31m" cannot be read as User: a part of it has another type"#
            )
            let popped = await #expect(throws: RedisError.self) { try await values.pop(User.self, for: "k\u{1b}[31m") }
            #expect(popped?.execution == .executed)
            let unreadable = try #require(popped?.underlyingError as? RedisUnreadableValue)
            #expect(unreadable.bytes.text == #"{"name":"secret","visits":"hunter2"}"#)
            #expect(!"\(unreadable)".contains("secret"))
            #expect(try server.command("EXISTS", "k\u{1b}[31m") == "0")

            try server.command("SET", "k", "no JSON {")
            let corrupt = await #expect(throws: RedisError.self) { try await values.value(Int.self, for: "k") }
            #expect(corrupt?.message.hasSuffix("its bytes are not of the store's coding") == true)
            let absent = await #expect(throws: RedisError.self) {
                try server.command("SET", "k", "{}")
                _ = try await values.value(User.self, for: "k")
            }
            #expect(absent?.message.hasSuffix("a part of it is missing") == true)
        }
    }

    @Test("sends nothing for a value without a form, or a time to live that is not positive")
    func refused() async throws {
        try await withClient { server, client in
            let values = RedisValueStore(client)
            let infinite = await #expect(throws: RedisError.self) { try await values.set(Double.infinity, for: "k") }
            #expect(infinite?.code == .codingFailed && infinite?.execution == .notExecuted)
            for duration in [Duration.zero, .milliseconds(-1)] {
                let refused = await #expect(throws: RedisError.self) {
                    try await values.set(1, for: "k", expiry: .after(duration))
                }
                #expect(refused?.code == .invalidCommand && refused?.execution == .notExecuted)
            }
            #expect(try server.command("EXISTS", "k") == "0")
            // A part of a millisecond is a whole one.
            try await values.set(1, for: "k", expiry: .after(.nanoseconds(1)))
            try server.command("LPUSH", "list", "a")
            let wrong = await #expect(throws: RedisError.self) { try await values.pop(Int.self, for: "list") }
            #expect(wrong?.serverPrefix == "WRONGTYPE")
            #expect(try server.command("LLEN", "list") == "1")
        }
    }

    @Test("pops in one step from a server that has no GETDEL")
    func withoutGetdel() async throws {
        let options = RedisServerOptions(arguments: ["--rename-command", "GETDEL", ""])
        try await withClient(options) { server, client in
            let values = RedisValueStore(client)
            try await values.set(7, for: "k")
            #expect(try await values.pop(Int.self, for: "k") == 7)
            #expect(try await values.pop(Int.self, for: "k") == nil)
            try server.command("LPUSH", "list", "a")
            let wrong = await #expect(throws: RedisError.self) { try await values.pop(Int.self, for: "list") }
            #expect(wrong?.serverPrefix == "WRONGTYPE")
        }
    }
}
