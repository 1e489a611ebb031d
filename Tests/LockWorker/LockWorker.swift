import Glibc
import RedisToolkit

/// A process that takes a lock again and again until its standard input ends, for tests that kill and stop processes:
///
///     lock-worker URL NAME MILLISECONDS
///
/// It writes a line for each moment at which it had the lock: `<fence> <nanoseconds of the clock that all processes
/// share>`. It reads the clock first and asks the lease afterwards, so that it surely had the lock then.
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
                note(lease)
                try await Task.sleep(for: .milliseconds(.random(in: 0...3)))
                note(lease)
            }
        }
    }

    /// Blocks until the standard input has ended.
    private static func readToEnd() {
        var byte: UInt8 = 0
        while unsafe read(0, &byte, 1) > 0 {}
    }

    /// Notes that the lease holds, if it does.
    private static func note(_ lease: RedisLease) {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        guard lease.isValid else { return }
        let line = Array("\(lease.fence) \(Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec))\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
    }
}
