package import RedisCore
package import RedisRESP
import RedisReactor

/// The lines of a file or of standard input. Reading blocks.
package struct LineInput: ~Copyable {
    private let file: InputFile
    /// The name of the file for errors.
    private let name: String
    private var buffer: [UInt8] = []
    private var head = 0
    /// No line feed was found before this position.
    private var scanned = 0
    private var hasEnded = false

    /// Standard input.
    package static var standardInput: LineInput { LineInput(.standardInput, "standard input") }

    private init(_ file: consuming InputFile, _ name: String) {
        self.file = file
        self.name = name
    }

    /// The file of that path, or standard input when the path is `-`.
    package init(path: RedisBytes) throws(RedisError) {
        if path == "-" {
            self = .standardInput
            return
        }
        let file: InputFile
        do throws(RedisSystemError) { file = try InputFile(path: Array(path)) } catch { throw .input("\(path)", error) }
        self.init(file, "\(path)")
    }

    /// Whether a whole line was read already.
    var hasBufferedLine: Bool { buffer[head...].contains(UInt8(ascii: "\n")) }

    /// The next line without its line feed; `nil` at the end. The last line may lack its line feed. Throws when the
    /// input cannot be read; the part of a line before the error is not returned.
    package mutating func nextLine() throws(RedisError) -> RedisBytes? {
        while true {
            if let end = buffer[max(head, scanned)...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { head = end + 1 }
                return RedisBytes(buffer[head..<end])
            }
            if hasEnded {
                guard head < buffer.count else { return nil }
                defer { head = buffer.count }
                return RedisBytes(buffer[head...])
            }
            buffer.removeFirst(head)
            head = 0
            scanned = buffer.count
            let piece: [UInt8]
            do throws(RedisSystemError) { piece = try file.readPiece() } catch { throw .input(name, error) }
            hasEnded = piece.isEmpty
            buffer += piece
        }
    }

    /// Everything until the end.
    package consuming func readAll() throws(RedisError) -> [UInt8] {
        do throws(RedisSystemError) { return try file.readAll() } catch { throw .input(name, error) }
    }
}

extension RedisError {
    /// An input that cannot be read.
    static func input(_ name: String, _ error: RedisSystemError) -> RedisError {
        let reason = name == "standard input" && error.isBadDescriptor ? "it is closed" : error.reason
        return RedisError(.systemFailure, "cannot read \(name): \(reason)", underlyingError: InputFailure())
    }
}

/// Marks errors of an input.
struct InputFailure: Error {}
