import Glibc
import RedisToolkit

/// A process that takes the messages of a queue, at least once, until its standard input ends, for tests that kill
/// processes:
///
///     queue-worker URL NAME VISIBILITY-IN-MILLISECONDS
///
/// It writes a line for each message: `taken <message>` when it has it, and `done <message>` when that is acknowledged.
@main
enum QueueWorker {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let milliseconds = Int(arguments[3]) else { exit(64) }
        let client = try RedisClient(arguments[1])
        let queue = MessageQueue(arguments[2], on: client)
        let consumer = try queue.consumer(visibility: .milliseconds(milliseconds))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await takeMessages(consumer) }
            await Task.detached { readToEnd() }.value
            group.cancelAll()
        }
        _ = try? await consumer.close()
        await client.close()
    }

    private static func takeMessages(_ consumer: MessageQueue.Consumer) async {
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

    /// Blocks until the standard input has ended.
    private static func readToEnd() {
        var byte: UInt8 = 0
        while unsafe read(0, &byte, 1) > 0 {}
    }

    private static func write(_ text: String) {
        let line = Array("\(text)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe Glibc.write(1, $0.baseAddress, $0.count) }
    }
}
