import Glibc
import RedisStreams

/// A process that handles the messages of a `RedisQueue` until its standard input ends, for tests with several
/// processes, which they may kill:
///
///     streams-worker URL NAME VISIBILITY CONCURRENCY
///
/// It writes `taken <message>` when a handler has begun, and `done <message>` at its end.
@main
enum StreamsWorker {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let visibility = Int(arguments[3]), let concurrency = Int(arguments[4]) else {
            exit(64)
        }
        let client = try RedisClient(arguments[1])
        var options = RedisQueueOptions()
        options.visibility = .milliseconds(visibility)
        let queue = try RedisQueue(arguments[2], on: client, options: options)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await queue.run(concurrency: concurrency) { message in
                    write("taken \(message.text ?? "")")
                    try await Task.sleep(for: .milliseconds(2))
                    write("done \(message.text ?? "")")
                }
            }
            await Task.detached { while readByte() {} }.value
            await queue.drain(within: .seconds(5))
            try await group.waitForAll()
        }
        await client.close()
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
