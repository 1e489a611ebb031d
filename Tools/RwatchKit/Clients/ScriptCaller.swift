import RedisEvents
import RedisRESP

/// Who called the script whose commands a server shows: whoever sent the line before them.
///
/// Servers show the commands of a script or a function as those of `lua`, directly behind the command that called it.
/// While a script runs for too long, a server executes some commands of others; those call no scripts.
struct ScriptCaller {
    private static let executedMeanwhile = CaselessNames([
        "auth", "discard", "function", "hello", "multi", "quit", "replconf", "reset", "script", "shutdown", "unwatch",
        "watch",
    ])

    /// The address of the caller; `nil` when it is not known.
    private(set) var source: [UInt8]?
    /// Whether the caller is the server's link to its primary.
    private(set) var isPrimary = false

    /// Notes a line of a client.
    mutating func note(_ line: RawSpan, _ header: MonitorLine, isPrimary: Bool) {
        var index = header.argumentsStart
        if let name = MonitorLine.nextArgument(line, at: &index),
            Self.executedMeanwhile.find(line.part(name.range)) != nil
        {
            return
        }
        self.isPrimary = isPrimary
        let bytes = line.part(header.source)
        if let source, source.rawSpan.equals(bytes) { return }
        source = [UInt8](copying: bytes)
    }

    /// Forgets the caller, because lines were missed.
    mutating func forget() { self = ScriptCaller() }
}
