import RedisCore
import RedisPOSIX

/// Keeps other processes from a file of positions as long as it exists: each of two would erase what the other one
/// keeps.
final class StateLock {
    private let file: OutputFile

    /// Locks the file that stands beside the file of positions, and makes it if need be. It is never removed, because
    /// another process may be about to lock it.
    ///
    /// - Throws: `.systemFailure` when another process has it, or why there can be none.
    init(of path: String) throws(RedisError) {
        do throws(RedisSystemError) { file = try Self.open(Array((path + ".lock").utf8)) } catch {
            let isTaken = error.code == EWOULDBLOCK
            let reason = isTaken ? "another rwatch keeps its positions there; give each its own" : "\(error)"
            throw RedisError(.systemFailure, "the file of positions \(path): \(reason)")
        }
    }

    private static func open(_ path: [UInt8]) throws(RedisSystemError) -> OutputFile {
        do throws(RedisSystemError) { return try OutputFile(creating: path) } catch {
            guard error.code == EEXIST else { throw error }
        }
        return try OutputFile(abandoned: path)
    }
}
