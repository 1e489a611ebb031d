package import RedisCommands
import RedisCore
import RedisEvents
import RedisRESP
import Synchronization

/// `rwatch demo`: a private server with traffic, and both watches side by side in one stream. The subscription's link
/// is cut once, to show a gap.
package enum Demonstration {
    /// Runs until the limits or a signal end it.
    package static func run(limits: WatchLimits) async -> ExitStatus {
        // Nothing is asked for, so nothing can be refused.
        let form = (try? ShapeRequest().form(of: .commands, to: .standard)) ?? .line
        let settings = RunSettings(limits: limits, hasSummary: false, isQuiet: true)
        return await WatchRun.run(settings, isJSON: false) { run async throws(RedisError) in
            let configuration = try await Target(.embedded(RedisConfiguration())).openOne(run.atEnd)
            let monitor = try Monitor(
                configuration,
                loop: run.loop,
                sink: MonitorLineSink(run, form: form, prefix: "monitor  ")
            )
            run.whileStopped(suspend: MonitorPauses(of: monitor))
            run.atEnd { await monitor.close() }
            let pubsub = try PubSub(
                configuration,
                loop: run.loop,
                sink: SubscriptionSink(run, form: form, names: 3, prefix: "sub      ")
            )
            run.whileStopped(suspend: pubsub)
            run.atEnd { await pubsub.close() }
            let client = try RedisClient(configuration)
            run.atEnd { await client.close() }
            try await pubsub.subscribe("orders")
            try await pubsub.psubscribe("cache.*")
            try await pubsub.ssubscribe("{shop}.stock")
            try await monitor.start()
            let traffic = Task { await Self.makeTraffic(client) }
            run.atEnd { traffic.cancel() }
        }
    }

    /// The traffic of a small shop: orders, stock, a cache. It ends when it is cancelled or the server is gone.
    package static func makeTraffic(_ client: RedisClient) async {
        var step = 0
        while !Task.isCancelled {
            do throws(RedisError) {
                try await client.send(order(step))
                if step == 12 { try await client.send(["CLIENT", "KILL", "TYPE", "pubsub"]) }
            } catch { return }
            step += 1
            try? await Task.sleep(for: .milliseconds(Int.random(in: 40...160)))
        }
    }

    private static func order(_ step: Int) -> RedisCommand {
        let number = RedisBytes(String(1000 + step))
        switch step % 6 {
        case 0: return ["SET", RedisBytes("order:\(1000 + step)"), RedisBytes("{\"items\":\(step % 5 + 1)}")]
        case 1: return ["PUBLISH", "orders", RedisBytes("order \(999 + step) placed")]
        case 2: return ["EVAL", "return redis.call('DECRBY', KEYS[1], ARGV[1])", "1", "stock:tea", "2"]
        case 3: return ["SPUBLISH", "{shop}.stock", "tea is running low"]
        case 4: return ["HSET", "customer:7", "name", "Zoë", "last", number]
        default: return ["PUBLISH", "cache.customers", "customer:7 changed"]
        }
    }
}
