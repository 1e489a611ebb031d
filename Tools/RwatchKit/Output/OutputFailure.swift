package import RedisPOSIX

/// Why output ended too early.
package enum OutputFailure: Error, Equatable {
    /// The reader has gone: EPIPE, or the other end hung up while nothing was written.
    case readerGone
    /// write(2) failed with this `errno`, such as ENOSPC.
    case failed(Int32)
    /// A part of the recording with this name could not be made, written or renamed.
    case partFailed(String, RedisSystemError)
    /// The deadline of `finish` passed while this many bytes were still unwritten.
    case unfinished(bytes: Int)
}
