import Foundation
import RedisReactor

/// Reads a descriptor to its end on a thread of its own.
final class PipeReader: Sendable {
    private let bytes = Locked<[UInt8]>([])
    private let done = DispatchSemaphore(value: 0)

    /// Reads at most `piece` bytes at a time and sleeps in between.
    init(_ descriptor: Int32, piece: Int = 64 * 1024, pause: TimeInterval = 0) {
        Thread.detachNewThread { [self] in
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
            while let data = try? handle.read(upToCount: piece), !data.isEmpty {
                bytes.withLock { $0 += data }
                if pause > 0 { Thread.sleep(forTimeInterval: pause) }
            }
            done.signal()
        }
    }

    /// Waits for the end of the stream, for a minute at most. Returns what has come.
    func result() -> [UInt8] {
        _ = done.wait(timeout: .now() + 60)
        done.signal()
        return bytes.withLock { $0 }
    }
}
