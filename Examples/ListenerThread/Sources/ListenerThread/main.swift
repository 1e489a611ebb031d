import RedisEvents

// A program without async: one thread listens, the main thread does what it has to.

let url = CommandLine.arguments.dropFirst().first ?? "redis://localhost:6379"
let pubsub = try PubSub(url)
try pubsub.blocking.subscribe("orders") { message in
    print("order:", message.text ?? "\(message.payload.count) bytes")
}
let thread = try pubsub.runInThread(name: "orders") { error, _, _ in print("a handler threw:", error) }

print("ready")
while let line = readLine(), line != "quit" { print("you wrote:", line) }

thread.stop()
try thread.join()
