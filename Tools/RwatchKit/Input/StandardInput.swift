import RESP
import Reactor

/// Standard input by bytes and by lines; reading blocks.
struct StandardInput {
    private var buffer: [UInt8] = []
    private var head = 0
    /// Up to here no line feed was found.
    private var scanned = 0
    private var hasEnded = false

    /// Whether a whole line is there already.
    var hasBufferedLine: Bool { buffer[head...].contains(UInt8(ascii: "\n")) }

    /// The next line without its line feed; `nil` at the end. A last line may lack its line feed.
    mutating func nextLine() -> RedisBytes? {
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
            guard let piece = ThisProcess.readStandardInput(), !piece.isEmpty else {
                hasEnded = true
                continue
            }
            buffer += piece
        }
    }

    /// Everything up to the end.
    static func readAll() -> [UInt8] {
        var all: [UInt8] = []
        while let piece = ThisProcess.readStandardInput(), !piece.isEmpty { all += piece }
        return all
    }
}
