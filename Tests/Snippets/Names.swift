// Names, payloads and arguments as text, bytes and numbers, with handlers of all kinds.
import RedisCommands
import RedisEvents

func handle(_ message: PubSub.Message) {}
func handleLater(_ message: PubSub.Message) async {}

@Sendable func first(_ message: PubSub.Message) throws {}
@Sendable func second(_ message: PubSub.Message) throws {}

func names(_ pubsub: PubSub, id: Int, name: String, names: [String], bytes: [UInt8]) async throws {
    try await pubsub.subscribe("room.\(id)")
    try await pubsub.subscribe(name)
    try await pubsub.subscribe(name, "b", bytes, RedisBytes([0xff]), name.prefix(1))
    try await pubsub.subscribe(.channel, names)
    try await pubsub.subscribe(.channel, names.map(RedisBytes.init))
    try await pubsub.subscribe(.channel, ["a", "b"])
    try await pubsub.subscribe(.channel, names) { message in handle(message) }
    try await pubsub.unsubscribe(.channel, names)
    try await pubsub.unsubscribe()
    try await pubsub.unsubscribe(name, timeout: .seconds(2))
    try await pubsub.unsubscribe(.channel, [])
    print(try await pubsub.subscription(to: name, "b", timeout: .milliseconds(100)))
}

func handlers(_ pubsub: PubSub, id: Int, name: String) async throws {
    try await pubsub.subscribe("x") { message in await handleLater(message) }
    try await pubsub.subscribe("x") { message in handle(message) }
    try await pubsub.subscribe("x") { handle($0) }
    try await pubsub.subscribe("x", "y", timeout: .unlimited) { message in
        if message.text == "a" { await handleLater(message) }
        handle(message)
    }
    try await pubsub.subscribe("x", handler: first)
    try await pubsub.subscribe("x", handler: .inline { view in _ = view.payload })
    try await pubsub.subscribe(["a": first, "b": second])
    try await pubsub.subscribe(["a": { handle($0) }, "room.\(id)": { handle($0) }])
    try await pubsub.psubscribe(["a": .calling(first), name: .awaiting { await handleLater($0) }])
    try await pubsub.ssubscribe([RedisBytes([0, 255]): .calling(first)])
}

func commands(_ client: RedisClient, id: Int, name: String, text: String, bytes: [UInt8]) async throws {
    try await client.publish("a", text)
    try await client.publish("room.\(id)", bytes)
    try await client.publish(name, "x")
    let binary = RedisBytes([0, 255])
    try await client.publish(binary, binary)
    try await client.send(["EXPIRE", "k", 60])
    try await client.send(["SET", binary, text, "EX", 60, 1.5])
    let command: RedisCommand = ["GET", "k"]
    try await client.send(command)
    try await client.send(RedisCommand(["a", text].map(RedisBytes.init)))
    print(try await client.pubsubNumSub("a", name))
}
