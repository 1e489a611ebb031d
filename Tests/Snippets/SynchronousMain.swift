// A program without concurrency: threads that block.
import RedisCommands
import RedisEvents

@main
struct Program {
    static func main() throws {
        let pubsub = try PubSub("redis://localhost:6379")
        try pubsub.blocking.subscribe("orders") { message in print(message) }
        try pubsub.blocking.psubscribe(["cache.*": .calling { print($0) }])
        try pubsub.blocking.ping()
        print(try pubsub.blocking.getMessage(timeout: .seconds(1)))
        print(try pubsub.blocking.states())
        let thread = try pubsub.runInThread { error, _, thread in
            print(error)
            thread.stop()
        }
        try thread.join()
        for event in pubsub.listen() { print(event) }
        try pubsub.blocking.unsubscribe("orders")
        try pubsub.blocking.subscribe(.channel, ["a".description])
        try pubsub.blocking.drain()
        pubsub.blocking.close()

        let monitor = try Monitor("redis://localhost:6379")
        try monitor.blocking.start()
        for event in monitor.listen() {
            if case .failed(let error) = event { print(error) }
        }
        monitor.blocking.close()

        let client = try RedisClient("redis://localhost:6379")
        print(try client.blocking.send(["GET", "a"]))
        print(try client.blocking.send(.get("a", as: Int.self)) ?? 0)
        try client.blocking.publish("orders", 1)
        var batch = RedisBatch()
        let visits = batch.append(.incr("visits"))
        print(try client.blocking.send(batch)[visits].get())
        print(try client.blocking.send(discardingReplies: batch).successCount)
        print(try client.blocking.atomically { $0.append(.incr("visits")) }.count)
        try client.blocking.transaction(watching: ["stock"]) { tx in
            let stock = try tx.send(.get("stock", as: Int.self)) ?? 0
            _ = try tx.commit { $0.append(.set("stock", stock - 1)) }
        }
        client.blocking.close()
    }
}
