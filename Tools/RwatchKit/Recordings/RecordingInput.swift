package import RedisCore
package import RedisRESP
import RedisReactor

/// The bytes of a recording: a file, or standard input, compressed by gzip or not. Reading blocks.
package struct RecordingInput: ~Copyable {
    private enum Form {
        case unknown
        case plain
        case compressed
    }

    private static let blockSize = 64 << 10

    /// The name of the file in texts.
    package let name: String
    /// Whether the compressed bytes end too early, or cannot be read from some place on.
    package private(set) var isDamaged = false
    private let file: InputFile
    private var form = Form.unknown
    private var inflater: Inflater?
    /// Bytes of the file that were read and not used.
    private var block: [UInt8] = []
    private var unused = 0..<0
    /// Whether the compressed bytes so far are whole parts.
    private var isBetweenParts = true

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
        if form == .unknown { try findForm() }
        if form == .compressed { return try inflate(into: &bytes, at: offset) }
        guard !unused.isEmpty else { return try Self.read(file, name, into: &bytes, at: offset) }
        let count = min(unused.count, bytes.count - offset)
        for index in 0..<count { bytes[offset + index] = block[unused.lowerBound + index] }
        unused = (unused.lowerBound + count)..<unused.upperBound
        return count
    }

    /// Begins again at the beginning.
    mutating func rewind() throws(RedisError) {
        do throws(RedisSystemError) { try file.rewind() } catch { throw .input(name, error) }
        form = .unknown
        inflater = nil
        (unused, isBetweenParts, isDamaged) = (0..<0, true, false)
    }

    /// Looks at the first two bytes.
    private mutating func findForm() throws(RedisError) {
        block = [UInt8](repeating: 0, count: Self.blockSize)
        var filled = 0
        while filled < 2 {
            let count = try Self.read(file, name, into: &block, at: filled)
            if count == 0 { break }
            filled += count
        }
        unused = 0..<filled
        form = filled >= 2 && block[0] == 0x1F && block[1] == 0x8B ? .compressed : .plain
        guard form == .compressed else { return }
        inflater = Inflater()
        if inflater == nil { throw RedisError(.systemFailure, "there is no memory to decompress \(name)") }
    }

    private mutating func inflate(into bytes: inout [UInt8], at offset: Int) throws(RedisError) -> Int {
        while !isDamaged {
            if unused.isEmpty {
                unused = 0..<(try Self.read(file, name, into: &block, at: 0))
                if unused.isEmpty {
                    isDamaged = !isBetweenParts
                    return 0
                }
            }
            // Blocks of a device may be padded.
            if isBetweenParts, block[unused.lowerBound] == 0 {
                unused.removeFirst()
                continue
            }
            guard let (count, state) = inflater?.inflate(block, &unused, into: &bytes, at: offset) else { return 0 }
            isBetweenParts = state == .ended
            isDamaged = state == .damaged
            if count > 0 { return count }
        }
        return 0
    }

    private static func read(
        _ file: borrowing InputFile,
        _ name: String,
        into bytes: inout [UInt8],
        at offset: Int
    ) throws(RedisError) -> Int {
        do throws(RedisSystemError) { return try file.readPiece(into: &bytes, at: offset) } catch {
            throw .input(name, error)
        }
    }
}
