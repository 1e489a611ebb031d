import RedisEvents
import RedisRESP

/// The escapes inside the quotes of an expression: those of a MONITOR line.
enum ExpressionEscape {
    /// The byte that the text at `offset` stands for, and where it ends.
    static func decode(_ text: [UInt8], at offset: Int) -> (value: UInt8, next: Int)? {
        MonitorEscape.decode(text.rawSpan, at: offset)
    }
}
