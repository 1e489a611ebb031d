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
    package func run(
        _ target: Target,
        form: MessageForm,
        limits: WatchLimits,
        isQuiet: Bool = false
    ) async -> ExitStatus {
        await WatchRun.run(limits, isJSON: form == .json, isQuiet: isQuiet) { run async throws(RedisError) in
            let counts = [Set(channels).count, Set(patterns).count, Set(shardChannels).count]
            let names = counts.reduce(0, +)
            for configuration in try await target.open(run.atEnd) {
                let labels = NodeLabels(target, isJSON: form == .json)
                let pubsub = try PubSub(
                    configuration.within(run),
                    loop: run.loop,
                    sink: SubscriptionSink(run, form: form, names: names, labels: labels)
                )
                run.whileStopped(suspend: pubsub)
                run.atEnd { await pubsub.close() }
                try await run.begin(configuration, watching: Self.words(counts)) { () async throws(RedisError) in
                    try await subscribe(pubsub)
                }
            }
        }
    }

    /// `1 channel, 2 patterns and 1 shard channel`.
    private static func words(_ counts: [Int]) -> String {
        let kinds = zip(counts, ["channel", "pattern", "shard channel"]).filter { $0.0 > 0 }
        return Words.list(kinds.map { Words.count($0.0, $0.1) })
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
