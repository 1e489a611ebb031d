import Glibc
import RedisToolkit

/// A process that takes a lock again and again until its standard input ends, for tests that kill and stop processes:
///
///     lock-worker URL NAME MILLISECONDS
///
/// It writes two lines for each lease, the first and the last moment at which it had the lock: `<fence> <nanoseconds of
/// the clock that all processes share>`. It reads the clock first and asks the lease afterwards, so that it surely had
/// the lock then. It asks all the time, so that one that was stopped asks the first thing when it goes on.
@main
enum LockWorker {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let milliseconds = Int(arguments[3]) else { exit(64) }
        let client = try RedisClient(arguments[1])
        let options = RedisLeaseOptions(timeToLive: .milliseconds(milliseconds))
        let lock = try RedisLock(arguments[2], on: client, options)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await takeTurns(lock) }
            await Task.detached { readToEnd() }.value
            group.cancelAll()
        }
        await client.close()
    }

    /// Takes the lock for some milliseconds, again and again.
    private static func takeTurns(_ lock: RedisLock) async {
        while !Task.isCancelled {
            // Whatever happens to the lease or to the link, the next round comes.
            try? await lock.withLock { lease in
                var last = time()
                guard lease.isValid else { return }
                write(lease.fence, last)
                let end = last + .random(in: 0...3_000_000)
                while true {
                    let now = time()
                    guard lease.isValid else { break }
                    last = now
                    if now > end { break }
                }
                write(lease.fence, last)
            }
        }
    }

    /// Blocks until the standard input has ended.
    private static func readToEnd() {
        var byte: UInt8 = 0
        while unsafe read(0, &byte, 1) > 0 {}
    }

    /// The time in nanoseconds.
    private static func time() -> Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
    }

    private static func write(_ fence: Int, _ time: Int) {
        let line = Array("\(fence) \(time)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe Glibc.write(1, $0.baseAddress, $0.count) }
    }
}
