import RedisPOSIX
import RedisReactor

/// A part of a recording while it is written: a file with another name, which gets its own when it is whole.
struct PartFile: ~Copyable {
    private let name: RecordingName
    private let file: OutputFile
    /// Up to here everything is whole.
    private var size = 0

    /// Makes the file of a part that begins that many seconds after 1970-01-01 00:00:00 UTC.
    ///
    /// - Throws: Why it cannot be made. A name that is taken is none of the reasons: the next number is tried.
    init(_ name: RecordingName, at seconds: Int64) throws(RedisSystemError) {
        self.name = name
        var number = 0
        while true {
            let path = name.path(at: seconds, number: number)
            number += 1
            if RecordingName.isTaken(path) { continue }
            do throws(RedisSystemError) {
                file = try OutputFile(creating: path + RecordingName.openSuffix)
                return
            } catch {
                guard error.code == EEXIST || error.code == EWOULDBLOCK else { throw error }
            }
        }
    }

    /// Writes a chunk, all of it or nothing.
    mutating func write(_ chunk: borrowing [UInt8]) throws(RedisSystemError) {
        var offset = 0
        while offset < chunk.count {
            let result = RawOutput.write(chunk, from: offset, to: file.descriptor)
            if result >= 0 {
                offset += result
            } else if Int32(-result) != EINTR {
                // A full disk may have taken a part of the chunk, which would end in the middle of a line.
                try? file.truncate(to: size)
                throw RedisSystemError(call: "write", code: Int32(-result))
            }
        }
        size += chunk.count
    }

    /// Gives the file its own name, once it is on the disk.
    ///
    /// - Returns: The path.
    consuming func finish() throws(RedisSystemError) -> [UInt8] {
        try file.synchronize()
        return try name.giveOwnName(to: file.path)
    }
}
