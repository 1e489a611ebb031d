import RedisCommands
import RedisCore
package import RedisRESP

/// `rwatch channels`.
package struct ListChannels: Sendable {
    package var pattern: RedisBytes?
    package var isJSON: Bool

    /// What to list, and how.
    package init(pattern: RedisBytes?, isJSON: Bool) {
        self.pattern = pattern
        self.isJSON = isJSON
    }

    /// Prints the active channels and shard channels with their subscribers, sorted by name, and the number of
    /// patterns.
    package func run(_ target: Target) async -> ExitStatus {
        await PlainRun.run(target) { client, output async throws(RedisError) in
            let channels = try await client.pubsubNumSub(try await client.pubsubChannels(pattern))
            let shardChannels = try await shardChannels(client)
            let patterns = try await client.pubsubNumPat()
            var buffer = OutputBuffer()
            for channel in channels.sorted(by: Self.order) { append("channel", channel, to: &buffer) }
            for channel in shardChannels.sorted(by: Self.order) { append("shardchannel", channel, to: &buffer) }
            output.bytes(buffer.take())
            output.line(isJSON ? "{\"v\":1,\"kind\":\"patterns\",\"count\":\(patterns)}" : "patterns \(patterns)")
        }
    }

    /// The shard channels; none on a server that does not know them (before 7.0).
    private func shardChannels(_ client: RedisClient) async throws(RedisError) -> [RedisClient.ChannelCount] {
        do throws(RedisError) {
            let names = try await client.pubsubShardChannels(pattern)
            return names.isEmpty ? [] : try await client.pubsubShardNumSub(names)
        } catch {
            if error.lacksCommand { return [] }
            throw error
        }
    }

    private func append(_ kind: StaticString, _ channel: RedisClient.ChannelCount, to buffer: inout OutputBuffer) {
        if isJSON {
            buffer.append(literal: "{\"v\":1,\"kind\":\"")
            buffer.append(literal: kind)
            buffer.append(literal: "\",")
            buffer.append(jsonField: "channel", channel.name.rawSpan)
            buffer.append(literal: ",\"subscribers\":")
            buffer.append(integer: channel.subscribers)
            buffer.append(literal: "}\n")
        } else {
            buffer.append(literal: kind)
            buffer.append(literal: " ")
            buffer.append(quoted: channel.name.rawSpan)
            buffer.append(literal: " ")
            buffer.append(integer: channel.subscribers)
            buffer.append(literal: "\n")
        }
    }

    private static func order(_ lhs: RedisClient.ChannelCount, _ rhs: RedisClient.ChannelCount) -> Bool {
        lhs.name.lexicographicallyPrecedes(rhs.name)
    }
}
