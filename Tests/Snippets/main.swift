// The top level of a program.
import RedisCommands
import RedisEvents

let pubsub = try PubSub("redis://localhost:6379")
try await pubsub.subscribe("orders") { message in
    print(message.channel, message.text ?? "\(message.payload.count) bytes")
}
try await pubsub.psubscribe("cache.*")
try await pubsub.ping()
print(try await pubsub.getMessage(timeout: .seconds(1)))
print(await pubsub.states())
for try await event in pubsub.events { print(event) }
try await pubsub.unsubscribe("orders")
let prices = try await pubsub.subscription(to: "prices")
print(try await prices.next(timeout: .seconds(1)))
await prices.close()
await pubsub.drain()
await pubsub.close()

let monitor = try Monitor("redis://localhost:6379")
try await monitor.start()
print(try await monitor.next(timeout: .seconds(1)))
await monitor.close()

let keys = try KeyspaceEvents("redis://localhost:6379", keys: ["session:*"])
try await keys.start()
print(try await keys.next(timeout: .seconds(1)))
await keys.close()

let client = try RedisClient("redis://localhost:6379")
print(try await client.send(["GET", "a"]))
try await client.publish("orders", "1")
await client.close()
