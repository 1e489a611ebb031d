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
        try client.blocking.publish("orders", 1)
        client.blocking.close()
    }
}
