import RedisCommands
import RedisCore
package import RedisRESP

/// The names of what a server has, for the completions of a shell: a line each, no more than a shell can show, and only
/// those that mean nothing to a shell.
package enum CompleteNames {
    /// What is named.
    package enum Kind: String, Sendable, CaseIterable {
        case channels
        case keys
    }

    /// No more names than this are printed, and no more keys than some times as many looked at.
    private static let most = 1000
    private static let mostRounds = 10
    /// Whoever presses the tabulator key does not want to wait.
    private static let patience = Duration.seconds(1)

    /// Prints the names that begin with a prefix.
    package static func run(_ kind: Kind, _ prefix: RedisBytes, _ target: Target) async -> ExitStatus {
        var target = target
        if case .servers(var servers) = target.place {
            for index in servers.indices {
                servers[index].connectTimeout = min(servers[index].connectTimeout, patience)
                servers[index].reconnect.initialPatience = .zero
            }
            target.place = .servers(servers)
        }
        return await PlainRun.run(target) { client, output async throws(RedisError) in
            let names =
                switch kind {
                case .channels: try await channels(client)
                case .keys: try await keys(client, prefix)
                }
            for name in names.filter(Self.isPlain).sorted(by: { $0.lexicographicallyPrecedes($1) }).prefix(most) {
                if name.starts(with: prefix) { output.line("\(name)") }
            }
        }
    }

    private static func channels(_ client: RedisClient) async throws(RedisError) -> [RedisBytes] {
        let channels = try await client.pubsubChannels(nil)
        let shardChannels = try? await client.pubsubShardChannels(nil)
        return channels + (shardChannels ?? [])
    }

    /// Some keys, which the server is not searched through for.
    private static func keys(_ client: RedisClient, _ prefix: RedisBytes) async throws(RedisError) -> [RedisBytes] {
        var (cursor, names): (RedisBytes, Set<RedisBytes>) = ("0", [])
        for _ in 0..<mostRounds {
            let reply = try await client.send(["SCAN", cursor, "MATCH", pattern(prefix), "COUNT", "1000"])
            guard let parts = reply.elements, parts.count == 2, let next = parts[0].bytes,
                let found = parts[1].elements
            else { break }
            names.formUnion(found.compactMap(\.bytes))
            cursor = next
            if cursor == "0" || names.count >= most { break }
        }
        return Array(names)
    }

    /// The pattern of what begins with a prefix.
    private static func pattern(_ prefix: RedisBytes) -> RedisBytes {
        RedisBytes(prefix.flatMap { "*?[]\\".utf8.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] } + [0x2a])
    }

    /// Whether a name means nothing to any shell.
    static func isPlain(_ name: RedisBytes) -> Bool {
        !name.isEmpty && name.first != UInt8(ascii: "-") && name.count <= 256
            && name.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                default: "._:@/-".utf8.contains(byte)
                }
            }
    }
}
