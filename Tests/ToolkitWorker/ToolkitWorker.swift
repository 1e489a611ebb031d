import Glibc
import RedisToolkit

/// A process that does something with the toolkit until its standard input ends, for tests with several processes,
/// which they may kill:
///
///     toolkit-worker queue URL NAME VISIBILITY
///     toolkit-worker limiter URL NAME TASKS
///     toolkit-worker cache URL NAMESPACE TASKS
///
/// `queue` takes messages, at least once, and writes `taken <message>` when it has one, and `done <message>` when that
/// is acknowledged. The other two write `ready`, and begin when they have read a byte. `limiter` lets so many tasks ask
/// one limiter of 200 a second, and writes at its end `allowed <count>`. `cache` lets so many tasks ask for one cold
/// value, writes `computed` when it computes it, and at its end `values <the different ones>`.
@main
enum ToolkitWorker {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let number = Int(arguments[4]) else { exit(64) }
        let client = try RedisClient(arguments[2])
        switch arguments[1] {
        case "queue": try await takeMessages(MessageQueue(arguments[3], on: client), visibility: .milliseconds(number))
        case "limiter":
            try await ask(RateLimiter(arguments[3], [RateLimit(200, per: .seconds(1), burst: 20)], on: client), number)
        case "cache": try await load(RedisCache(client, namespace: arguments[3]), number)
        default: exit(64)
        }
        await client.close()
    }

    private static func takeMessages(_ queue: MessageQueue, visibility: Duration) async throws {
        let consumer = try queue.consumer(visibility: visibility)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    // Whatever happens to the link, the next round comes.
                    guard let delivery = try? await consumer.get() else { continue }
                    write("taken \(delivery.message)")
                    do {
                        try await delivery.acknowledge()
                        write("done \(delivery.message)")
                    } catch {}
                }
            }
            await Task.detached { while readByte() {} }.value
            group.cancelAll()
        }
        _ = try? await consumer.close()
    }

    private static func ask(_ limiter: RateLimiter, _ tasks: Int) async throws {
        write("ready")
        guard await Task.detached(operation: { readByte() }).value else { return }
        let allowed = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    var count = 0
                    while !Task.isCancelled {
                        if case .allowed? = try? await limiter.attempt("all") { count += 1 }
                        await Task.yield()
                    }
                    return count
                }
            }
            await Task.detached { while readByte() {} }.value
            group.cancelAll()
            return await group.reduce(0, +)
        }
        write("allowed \(allowed)")
    }

    private static func load(_ cache: RedisCache, _ tasks: Int) async throws {
        let region = try cache.region("cold", key: String.self, value: Int.self)
        write("ready")
        guard await Task.detached(operation: { readByte() }).value else { return }
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    try await region.value(for: "k") { _ in
                        write("computed")
                        try await Task.sleep(for: .milliseconds(300))
                        return Int(getpid())
                    }
                }
            }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        write("values \(values.map { "\($0)" }.sorted().joined(separator: ","))")
        await Task.detached { while readByte() {} }.value
        await cache.close()
    }

    /// Blocks until there is a byte of the standard input. Returns whether there is one, and not the end.
    private static func readByte() -> Bool {
        var byte: UInt8 = 0
        return unsafe read(0, &byte, 1) > 0
    }

    private static func write(_ text: String) {
        let line = Array("\(text)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe Glibc.write(1, $0.baseAddress, $0.count) }
    }
}
