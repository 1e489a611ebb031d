package import RESP
import RedisCore
import RedisEvents

/// `rwatch sub`.
package struct WatchSubscriptions: Sendable {
    package var channels: [RedisBytes]
    package var patterns: [RedisBytes]
    package var shardChannels: [RedisBytes]

    /// What to subscribe to.
    package init(channels: [RedisBytes] = [], patterns: [RedisBytes] = [], shardChannels: [RedisBytes] = []) {
        self.channels = channels
        self.patterns = patterns
        self.shardChannels = shardChannels
    }

    /// Prints every message until the run ends. One name that is refused at the start ends it: a watch that misses what
    /// it was asked for would be no help.
    package func run(_ target: Target, form: MessageForm, limits: WatchLimits) async -> ExitStatus {
        await WatchRun.run(limits) { run async throws(RedisError) in
            let names = Set(channels).count + Set(patterns).count + Set(shardChannels).count
            for configuration in try await target.open(run.atEnd) {
                let labels = NodeLabels(target, isJSON: form == .json)
                let pubsub = try PubSub(
                    configuration,
                    loop: run.loop,
                    sink: SubscriptionSink(run, form: form, names: names, labels: labels)
                )
                run.whileStopped(suspend: pubsub)
                run.atEnd { await pubsub.close() }
                try await subscribe(pubsub)
            }
        }
    }

    func subscribe(_ pubsub: PubSub) async throws(RedisError) {
        for (kind, names) in [
            (SubscriptionKind.channel, channels), (.pattern, patterns), (.shardChannel, shardChannels),
        ] {
            let results = try await pubsub.subscribe(kind, names)
            if let error = results.lazy.compactMap(\.error).first { throw error }
        }
    }
}
