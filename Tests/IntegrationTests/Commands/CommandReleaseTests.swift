import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Typed commands at each release", .tags(.release), .timeLimit(.minutes(2)))
struct CommandReleaseTests {
    private static let checks: [CommandCheck] = [
        StringCommandTests.strings, StringCommandTests.counters, StringCommandTests.expiry, KeyCommandTests.keys,
        KeyCommandTests.hashes, KeyCommandTests.scripts, CollectionCommandTests.lists, CollectionCommandTests.sets,
        CollectionCommandTests.sortedSets, StreamCommandTests.entries, StreamCommandTests.groups,
        ServerCommandTests.questions, ServerCommandTests.connections, ScanTests.keys, ScanTests.elements,
    ]

    @Test("have the replies that they promise", arguments: ServerRelease.all, bothProtocols)
    func replies(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            for check in Self.checks {
                let client = try RedisClient(server.configuration(version))
                try await client.flushall()
                try await check(client, release)
                await client.close()
            }
        }
    }

    @Test("have a class that does not contradict the flags of the server", arguments: ServerRelease.all)
    func classes(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let client = try RedisClient(server.configuration())
            let commands = try #require(try await client.send(["COMMAND"]).elements)
            #expect(commands.count > 190)
            for command in commands {
                let subcommands = command.elements.flatMap { $0.count > 9 ? $0[9].elements : nil } ?? []
                for described in subcommands.isEmpty ? [command] : subcommands {
                    let name = try #require(described.elements?[0].text)
                    let flags = try #require(described.elements?[2].elements).compactMap(\.text)
                    let words = name.split(separator: "|").map { RedisBytes(String($0)) }
                    let found = RedisCommandClass.of(RedisCommand(words + ["x"]))
                    #expect(!flags.contains("write") || found > .readOnly, "\(name) writes")
                    // Links of replicas were said to be readers, and so are the containers of older releases.
                    let isOther = ["psync", "sync", "host:", "post"].contains(name) || Self.containers.contains(name)
                    #expect(!flags.contains("readonly") || isOther || found == .readOnly, "\(name) only reads")
                    #expect(RedisCommandClass.isKnown(RedisCommand(words)) || Self.containers.contains(name), "\(name)")
                }
            }
            await client.close()
        }
    }

    /// The commands that are nothing without a subcommand.
    private static let containers: Set<String> = [
        "acl", "client", "cluster", "config", "latency", "memory", "module", "object", "pubsub", "script", "slowlog",
        "xgroup", "xinfo",
    ]
}
