// A program with an asynchronous entry, an actor, a task and a group.
import RedisEvents

@main
struct Program {
    static func main() async throws {
        let pubsub = try PubSub("redis://localhost:6379")
        try await pubsub.subscribe("orders")
        let task = Task {
            try await pubsub.psubscribe("cache.*")
            _ = try await pubsub.getMessage(timeout: nil)
            await pubsub.close()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pubsub.run() }
            group.addTask {
                try await pubsub.run { event in
                    print(event)
                } onError: { error in
                    print(error)
                }
            }
            try await group.waitForAll()
        }
        try await task.value
        try await Watcher(pubsub).watch()
        try await onTheMainActor(pubsub)
    }
}

actor Watcher {
    let pubsub: PubSub
    var seen = 0

    init(_ pubsub: PubSub) { self.pubsub = pubsub }

    func watch() async throws {
        try await pubsub.subscribe("orders")
        try await pubsub.ping()
        for try await event in pubsub.events where event.message != nil { seen += 1 }
        try await pubsub.unsubscribe()
        await pubsub.close()
    }
}

@MainActor
func onTheMainActor(_ pubsub: PubSub) async throws {
    try await pubsub.subscribe("orders") { message in print(message) }
    try await pubsub.subscribe("orders") { message in await show(message) }
}

@MainActor
func show(_ message: PubSub.Message) { print(message) }
