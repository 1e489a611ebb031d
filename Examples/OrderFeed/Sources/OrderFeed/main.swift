import RedisStreams

// Bills orders, each at least once, across restarts: a position is kept in a file, and what came meanwhile is read from
// the server. usage: OrderFeed publish TEXT | OrderFeed bill FILE   (REDIS_URL names the server)

let client = try RedisClient(RedisConfiguration(environmentPrefix: "REDIS_"))
let orders = try DurableChannel("orders", on: client, keeping: .last(100_000))
let arguments = Array(CommandLine.arguments.dropFirst())

switch (arguments.first, arguments.dropFirst().first) {
case ("publish", let text?):
    print("published", try await orders.publish(text))

case ("bill", let path?):
    let cursor = DurableFileCursor(path: path)
    let reader = try orders.subscription(from: try await cursor.start(of: "orders", else: .beginning))
    try await reader.run(saving: cursor) { event in
        switch event {
        case .message(let message), .replayed(let message):
            print("billed", message.payload.text ?? "\(message.payload.count) bytes")
        case .gap(let gap): print("too late:", gap)
        case .rewound(let rewind): print("the server has lost orders that were billed:", rewind)
        case .foreign, .link, .refused, .failed: break
        }
    }

default:
    print("usage: OrderFeed publish TEXT | OrderFeed bill FILE")
}
await client.close()
