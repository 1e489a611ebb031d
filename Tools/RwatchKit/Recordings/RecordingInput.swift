package import RedisCore
package import RedisRESP
import RedisReactor

/// The bytes of a recording: a file, or standard input. Reading blocks.
package struct RecordingInput: ~Copyable {
    /// The name of the file in texts.
    package let name: String
    private let file: InputFile

    /// Opens the file of that path, or standard input when the path is `-`.
    ///
    /// - Throws: Why it cannot be opened.
    package init(path: RedisBytes) throws(RedisError) {
        if path == "-" {
            name = "standard input"
            file = .standardInput
            return
        }
        name = "\(path)"
        do throws(RedisSystemError) { file = try InputFile(path: Array(path)) } catch { throw .input("\(path)", error) }
    }

    /// Whether it can be read again.
    package var isRegular: Bool { file.isRegular }

    /// Whether somebody is still writing it, as far as the system tells.
    package var isBeingWritten: Bool { file.isOpenForWriting }

    /// Reads the next bytes into `bytes` from `offset` on.
    ///
    /// - Returns: How many there were; 0 at the end.
    mutating func read(into bytes: inout [UInt8], at offset: Int) throws(RedisError) -> Int {
        do throws(RedisSystemError) { return try file.readPiece(into: &bytes, at: offset) } catch {
            throw .input(name, error)
        }
    }

    /// Begins again at the beginning.
    mutating func rewind() throws(RedisError) {
        do throws(RedisSystemError) { try file.rewind() } catch { throw .input(name, error) }
    }
}
